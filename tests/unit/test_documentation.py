"""What the pages say of commands, settings, routes and modules is so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from conflict import STRATEGIES
from fieldsync.audit import OUTCOMES
from fieldsync.cli.main import app
from fieldsync.judgement import Reason
from fieldsync.settings import Settings
from mobile_api.app import create_app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "fieldsync/sample/wuhou/README.md"])
COMMAND = re.compile(r"\bfieldsync ((?:\\\n|[^|;&)`\n])+)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def page(name: str) -> str:
    """Read a page by its path in the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def commands() -> dict[str, Any]:
    """Return every command by its words."""
    root = typer.main.get_command(app)
    found: dict[str, Any] = {}
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        found.update({f"{name} {word}": one for word, one in inner.items()} if inner else {name: command})
    return found


def shown_commands() -> Iterator[tuple[str, str]]:
    """Yield each command line in a shell block of a page, without `fieldsync`, and the page that shows it."""
    for path in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            for shown in COMMAND.findall(block):
                yield shown.replace("\\\n", " ").partition(" #")[0], path.name


@pytest.mark.parametrize(("name", "field"), Settings.model_fields.items())
def test_every_setting_is_documented_with_its_default(name: str, field: Any) -> None:
    """Its row in docs/operating.md begins with the variable and the default."""
    default = field.get_default(call_default_factory=True)
    shown = "empty" if default in ("", None) else f"`{default}`"
    assert f"| `FIELDSYNC_{name.upper()}` | {shown} |" in page("docs/operating.md")


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    """A reader of the table of commands has seen all of them."""
    assert f"`fieldsync {command}`" in page("README.md")


def figures_of_the_day(name: str) -> list[str]:
    """Return the numbers of the sentence and of the table that a page tells the field day with."""
    text = page(name)
    (day,) = re.findall(r"\n(\d+ (?:tablets|台平板).*?\|)\n\n", text, re.DOTALL)
    return re.findall(r"\d{1,3}(?:,\d{3})*", re.sub(r"make demo.*", "", day))


def test_the_day_has_the_same_figures_in_both_languages() -> None:
    """Tablets, cells, situations, and every row of the table; `test_field_day.py` compares them with a day."""
    english, chinese = figures_of_the_day("README.md"), figures_of_the_day("README.zh.md")
    assert len(english) > 20
    assert english == chinese


@pytest.mark.parametrize(("shown", "where"), list(shown_commands()))
def test_every_command_line_shown_can_be_typed(shown: str, where: str) -> None:
    """A command line in a page names a command that exists, and only options it has."""
    known, words = commands(), shlex.split(shown)
    command = known.get(" ".join(words[:2])) or known.get(words[0])
    assert command is not None, f"{where}: there is no command {shown!r}"
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_named_in_passing_exist(path: Path) -> None:
    """What a page calls a command of ours in its text is one, or the group of some."""
    known = {*commands(), *(name.partition(" ")[0] for name in commands())}
    named = re.findall(r"`fieldsync ([a-z]+(?: [a-z]+)?)", path.read_text(encoding="utf-8"))
    assert [name for name in named if name not in known and name.partition(" ")[0] not in commands()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_local_link_leads_somewhere(path: Path) -> None:
    """A link to a file of the project finds it."""
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_route_is_in_the_table_of_the_api(tmp_path: Path) -> None:
    """Each operation of `/api/v1` has its method and path in docs/api.md."""
    described = create_app(Settings(store=f"sqlite:///{tmp_path}/store")).openapi()["paths"]
    operations = {
        f"`{method.upper()} {path.removeprefix('/api/v1/')}`"
        for path, methods in described.items()
        for method in methods
        if path.startswith("/api/v1/")
    }
    assert {operation for operation in operations if operation not in page("docs/api.md")} == set()


def test_every_module_is_on_the_tour() -> None:
    """CONTRIBUTING names each module of the use cases."""
    modules = {path.name for path in (ROOT / "fieldsync").glob("[!_]*.py")}
    assert {name for name in modules if f"`{name}`" not in page("CONTRIBUTING.md")} == set()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("docs/decisions/0007-quarantine.md", [f"`{reason}`" for reason in Reason]),
        ("docs/glossary.md", [f"| {outcome} |" for outcome in OUTCOMES]),
        ("docs/merging.md", [f"`{strategy}`" for strategy in STRATEGIES]),
    ],
)
def test_every_word_of_a_list_is_explained(name: str, words: list[str]) -> None:
    """Reasons, outcomes and strategies each have their row."""
    assert [word for word in words if word not in page(name)] == []
