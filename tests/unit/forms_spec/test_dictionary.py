"""A data dictionary: every variable and code, in cells that no spreadsheet program reckons with."""

import io
import json
from pathlib import Path

import msgspec
import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from fieldsync.cli.form_export import register
from forms_spec.dictionary import as_markdown, as_workbook, codes, variables
from tests.unit.forms_spec.workbooks import YES_NO, question, spec_of, workbook

SURVEY = [
    question("text", "name", fs_key="yes", fs_admit="street"),
    question("begin group", "home"),
    question("begin repeat", "member"),
    question("select_one yes_no", "told", label="a | b", required="yes", fs_sensitive="yes"),
    question("end repeat", ""),
    question("end group", ""),
    question("note", "thanks"),
]
SPEC = spec_of(SURVEY, [*YES_NO, {"list_name": "unused", "name": "x", "label": "X"}])


def test_every_variable_has_a_row() -> None:
    """Names lead into repeats, groups are told, notes are no variables."""
    headers, *rows = variables(SPEC)
    told = [dict(zip(headers, row, strict=True)) for row in rows]
    assert [row["variable"] for row in told] == ["name", "member", "member[].told"]
    assert (told[0]["key"], told[0]["admitted by"], told[0]["row"]) == ("yes", "street", "2")
    assert (told[1]["group"], told[2]["sensitive"], told[2]["choices"]) == ("home", "yes", "yes_no")


def test_only_lists_in_use_are_told() -> None:
    """A code has its list, value and label."""
    assert codes(SPEC) == [["list", "code", "label (default)"], ["yes_no", "yes", "Yes"], ["yes_no", "no", "No"]]


def test_cells_of_the_workbook_are_texts() -> None:
    """What begins like a formula is a text with a quote mark; what no workbook can hold is replaced."""
    name = msgspec.structs.replace(SPEC.fields[0], labels={"default": "=1+2"}, hints={"default": "@SUM(A1)\x01"})
    book = load_workbook(io.BytesIO(as_workbook(msgspec.structs.replace(SPEC, fields=(name,)))))
    assert book.sheetnames == ["variables", "codes"]
    cells = {cell.value: cell for row in book["variables"] for cell in row if cell.value}
    assert {cell.data_type for cell in cells.values()} == {"s"}
    assert [cells[text].quotePrefix for text in ("=1+2", "@SUM(A1)\ufffd", "name")] == [True, True, False]


def test_markdown_keeps_its_columns() -> None:
    """Bars inside of a text do not divide cells."""
    lines = as_markdown(SPEC).splitlines()
    told = next(line for line in lines if line.startswith("| member[].told"))
    headers = next(line for line in lines if line.startswith("| variable"))
    assert told.replace("\\|", "").count("|") == headers.count("|")


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the form as a file."""
    file = tmp_path_factory.mktemp("forms") / "form.xlsx"
    file.write_bytes(workbook(SURVEY, YES_NO))
    return file


@pytest.mark.parametrize(
    ("command", "word"), [("spec", '"id":"test"'), ("schema", "draft/2020-12"), ("xform", "<h:html")]
)
def test_a_form_is_written_in_other_shapes(form: Path, command: str, word: str) -> None:
    """To standard output, or to a file."""
    result = run(command, form)
    assert result.exit_code == 0
    assert word in result.stdout
    out = form.parent / f"{command}.out"
    assert run(command, form, "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8") == result.stdout
    assert command == "xform" or json.loads(result.stdout)


@pytest.mark.parametrize(("name", "start"), [("d.xlsx", b"PK"), ("d.md", b"# test")])
def test_the_dictionary_is_written_by_its_suffix(form: Path, name: str, start: bytes) -> None:
    """A workbook or a page."""
    assert run("dictionary", form, "--out", form.parent / name).exit_code == 0
    assert (form.parent / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("dictionary", "FORM", "--out", "d.doc"), "neither .xlsx nor .md"),
        (("schema", "FORM", "--out", "nowhere/s.json"), "cannot be written"),
        (("schema", "missing.xlsx"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(form: Path, arguments: tuple[str, ...], word: str) -> None:
    """Status 2, and nothing is written."""
    given = [str(form) if part == "FORM" else part for part in arguments]
    result = run(*[str(form.parent / part) if "/" in part and part != str(form) else part for part in given])
    assert result.exit_code == 2
    assert word in result.stderr
    assert result.stderr.count("\n") == 1
