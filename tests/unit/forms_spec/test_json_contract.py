"""What `form check --json` and `form validate --json` write keeps the contract, on every form there is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fieldsync.cli import form_check, form_validate

ROOT = Path(__file__).parents[3]
REACH = ROOT.parent / "shared" / "data" / "forms"
FORMS = [
    *sorted(ROOT.glob("tests/unit/**/*.md")),
    *sorted(path for path in ROOT.glob("tests/**/*.xls*") if "node_modules" not in path.parts),
    *sorted(ROOT.glob("fieldsync/sample/wuhou/forms/*.xlsx")),
]
FAULT = {"code", "message", "message_zh", "remedy", "remedy_zh", "sheet", "row", "column"}
FINDING = {"field", "code", "severity", "message", "row"}


def run(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    app = typer.Typer()
    form_check.register(app)
    form_validate.register(app)
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert len(result.stdout.splitlines()) == 1, result.stderr
    said: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, said


def assert_checked(status: int, said: dict[str, Any]) -> None:
    members = {"form", "version", "title", "languages", "retention", "sealed", "fields", "errors", "warnings"}
    assert set(said) == members
    assert status == (1 if said["errors"] else 0)
    for fault in (*said["errors"], *said["warnings"]):
        assert {"row": None, "sheet": "", "column": ""}.keys() | fault.keys() == FAULT
        assert all(fault[text] for text in ("code", "message", "message_zh", "remedy", "remedy_zh"))
        assert re.search("[\u4e00-\u9fff]", fault["message_zh"] + fault["remedy_zh"])
    assert all(field["name"] and field["type"] for field in fields_of(said["fields"]))


def fields_of(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*fields, *(inner for field in fields for inner in fields_of(field.get("fields", [])))]


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.name)
def test_every_form_is_checked_as_json(form: Path) -> None:
    """Names, types, errors and warnings with place and remedy in both languages; no form of ours has an error."""
    status, said = run("check", form)
    assert_checked(status, said)
    assert (status, bool(said["fields"])) == (0, True)


def test_a_broken_form_is_checked_as_json(tmp_path: Path) -> None:
    """What cannot be converted has the same members, and nulls for what is not known."""
    form = tmp_path / "broken.md"
    form.write_text("| survey |\n| | type | name | label |\n| | itneger | a | A |\n| | text | | B |\n")
    status, said = run("check", form)
    assert_checked(status, said)
    assert (said["form"], said["version"], said["fields"], len(said["errors"])) == (None, None, [], 2)


def test_the_real_form_and_its_answers_are_json() -> None:
    """REACH's form without errors; a list of findings for each of its 241 households, summed up at the end."""
    form, answers = REACH / "reach-msna-2024.xlsx", REACH / "reach-msna-2024-answers.xlsx"
    checked = run("check", form)
    assert_checked(*checked)
    assert checked[1]["errors"] == []
    status, said = run("validate", form, answers, "--today", "2024-06-15")
    assert set(said) == {"form", "version", "records", "unknown_columns", "errors", "warnings"}
    assert [record["record"] for record in said["records"]] == list(range(1, 242))
    findings = [finding for record in said["records"] for finding in record["findings"]]
    assert (status, len(findings)) == (1, said["errors"] + said["warnings"])
    known = {field["name"] for field in fields_of(checked[1]["fields"])}
    for finding in findings:
        assert finding.keys() >= FINDING
        assert {"en", "zh"} <= finding["message"].keys()
        assert re.sub(r".*\.", "", finding["field"]) in known
