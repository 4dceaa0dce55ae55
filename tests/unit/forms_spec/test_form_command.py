"""The commands `form check` and `form validate`, run as a user would."""

import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from fieldsync.cli import form_check, form_validate
from tests.unit.forms_spec.workbooks import YES_NO, question, workbook

SURVEY = [
    question("text", "name", required="yes", fs_key="yes", fs_admit="street"),
    question("integer", "age", constraint=". < 150"),
    question("select_multiple yes_no", "answers", fs_merge="union"),
]


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    form_check.register(app)
    form_validate.register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def form(tmp_path: Path) -> Path:
    file = tmp_path / "form.xlsx"
    file.write_bytes(workbook(SURVEY, YES_NO))
    return file


def test_check_writes_the_form_as_json(form: Path) -> None:
    """The object has the members of the contract, and a clean form ends with 0."""
    result = run("check", form, "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (said["form"], said["version"], said["languages"]) == ("test", "1", ["default"])
    assert [(field["name"], field["type"]) for field in said["fields"]] == [
        ("name", "text"),
        ("age", "integer"),
        ("answers", "select_multiple"),
    ]
    assert (said["errors"], said["warnings"]) == ([], [])


def test_check_shows_fields_and_marks(form: Path) -> None:
    """The table is for reading."""
    result = run("check", form)
    assert result.exit_code == 0
    for word in ("name", "key", "union", "3 fields, 0 errors, 0 warnings"):
        assert word in result.stdout


def test_check_ends_with_1_on_errors(tmp_path: Path) -> None:
    """Each error has sheet, row, column, message and remedy, in both languages."""
    file = tmp_path / "form.xlsx"
    file.write_bytes(workbook([question("text", "a", fs_merge="newest")]))
    result = run("check", file, "--json")
    (error,) = json.loads(result.stdout)["errors"]
    assert result.exit_code == 1
    assert (error["sheet"], error["row"], error["column"]) == ("survey", 2, "bind::fs:merge")
    assert all(error[text] for text in ("message", "message_zh", "remedy", "remedy_zh"))
    assert "newest" in run("check", file).stdout


@pytest.mark.parametrize(
    ("content", "name"), [(b"no workbook", "a.xlsx"), (b"hello", "a.md"), (b"", "a.png"), (None, "none.xlsx")]
)
def test_check_ends_with_2_on_what_cannot_be_read(tmp_path: Path, content: bytes | None, name: str) -> None:
    """One line says what and how to mend it."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = run("check", tmp_path / name)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert name in result.stderr


def test_check_waits_for_no_pipe_and_reads_no_folder(tmp_path: Path) -> None:
    """A pipe that nobody writes into would keep the command for ever."""
    os.mkfifo(tmp_path / "pipe.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    for name in ("pipe.xlsx", "folder.xlsx"):
        result = run("check", tmp_path / name)
        assert (result.exit_code, "name a readable file" in result.stderr) == (2, True)


def test_validate_lists_the_findings_of_each_record(form: Path, tmp_path: Path) -> None:
    """Records keep their order and number; errors end with 1."""
    records = tmp_path / "records.jsonl"
    records.write_text('{"_id": "t:1", "data": {"name": "A", "answers": ["yes"]}}\n{"data": {"age": 200, "x": 1}}\n')
    result = run("validate", form, records, "--json", "--today", "2026-11-23")
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (said["form"], said["errors"], said["warnings"]) == ("test", 2, 1)
    assert [(record["record"], record["id"]) for record in said["records"]] == [(1, "t:1"), (2, "")]
    assert [[finding["code"] for finding in record["findings"]] for record in said["records"]] == [
        [],
        ["required", "constraint", "unknown_field"],
    ]
    assert "unknown_field" in run("validate", form, records).stdout


def test_validate_reads_csv_and_reasons(form: Path, tmp_path: Path) -> None:
    """A clean file ends with 0."""
    records = tmp_path / "records.csv"
    records.write_text("name,age,answers,missing.name\n王芳,34,yes no,\n,7,,refused\n", encoding="utf-8")
    result = run("validate", form, records)
    assert result.exit_code == 0
    assert "2 records, no findings" in result.stdout


@pytest.mark.parametrize(
    ("records", "options", "said"),
    [
        ('{"data"', [], "line 1"),
        ('{"data": {}}', ["--today", "tomorrow"], "YYYY-MM-DD"),
        (None, [], "readable file"),
    ],
)
def test_validate_ends_with_2_on_what_cannot_be_read(
    form: Path, tmp_path: Path, records: str | None, options: list[str], said: str
) -> None:
    """One line says which and where."""
    file = tmp_path / "records.jsonl"
    if records is not None:
        file.write_text(records)
    result = run("validate", form, file, *options)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr


def test_validate_refuses_a_form_with_errors(tmp_path: Path) -> None:
    """Records are not checked by rules that are not understood."""
    form, records = tmp_path / "form.xlsx", tmp_path / "records.jsonl"
    form.write_bytes(workbook([question("text", "a", constraint="twice(.)")]))
    records.write_text('{"data": {"a": "x"}}\n')
    result = run("validate", form, records)
    assert result.exit_code == 2
    assert "twice()" in result.stderr


@pytest.mark.parametrize("command", ["check", "validate"])
def test_help_has_an_example(command: str) -> None:
    """A user sees how to call it."""
    assert f"fieldsync form {command}" in run(command, "--help").stdout


def test_check_draws_the_form(tmp_path: Path) -> None:
    """The tree shows groups and repeats with what is in them, conditions with names, marks, labels in one language."""
    survey = [
        question("integer", "age"),
        question("begin group", "home", relevant="${age} > 17"),
        question("begin repeat", "member", repeat_count="${age}"),
        question("select_one yes_no", "told", required="yes", fs_sensitive="yes"),
        question("end repeat", ""),
        question("end group", ""),
    ]
    file = tmp_path / "form.xlsx"
    file.write_bytes(workbook(survey, YES_NO))
    lines = [line.rstrip() for line in run("check", file, "--print").stdout.splitlines()]
    assert lines[1:5] == [
        "├── age integer Age",
        "└── home group Home if ${age} > 17",
        "    └── member repeat Member times ${age}",
        "        └── told select_one yes_no Told required [sensitive]",
    ]


@pytest.mark.parametrize(("language", "word", "other"), [("zh", "不允许", "allowed"), ("en", "allowed", "不允许")])
def test_check_speaks_one_language_if_asked(tmp_path: Path, language: str, word: str, other: str) -> None:
    """`--lang` chooses; both are there without it."""
    file = tmp_path / "form.xlsx"
    file.write_bytes(workbook([question("text", "a", fs_merge="newest")]))
    said = run("check", file, "--lang", language).stdout
    assert word in said
    assert other not in said
    assert word in run("check", file).stdout


def test_check_reads_the_files_beside_the_form(tmp_path: Path) -> None:
    """Choices from a file in the form's folder become the form's; nothing outside of the folder is read."""
    file = tmp_path / "form.xlsx"
    file.write_bytes(workbook([question("select_one_from_file towns.csv", "town")]))
    (missing,) = json.loads(run("check", file, "--json").stdout)["warnings"]
    assert missing["code"] == "file-missing"
    (tmp_path / "towns.csv").write_text("name,label\nt1,镇一\n", encoding="gb18030")
    (unreadable,) = json.loads(run("check", file, "--json").stdout)["warnings"]
    assert "GB18030" in unreadable["message_zh"]
    (tmp_path / "towns.csv").write_text("name,label\nt1,镇一\n", encoding="utf-8")
    assert json.loads(run("check", file, "--json").stdout)["warnings"] == []


def test_check_names_a_file_that_is_no_form_in_one_line(tmp_path: Path) -> None:
    """A file in another encoding ends with 2 and one line, in the language asked for."""
    file = tmp_path / "form.csv"
    file.write_bytes("survey\n,type,name,label\n,text,a,姓名\n".encode("gb18030"))
    result = run("check", file, "--lang", "zh")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "GB18030" in result.stderr
    assert "请" in result.stderr


def test_check_shows_how_long_documents_are_kept(tmp_path: Path) -> None:
    """In the table, in the tree and as JSON."""
    file = tmp_path / "form.xlsx"
    file.write_bytes(workbook(SURVEY, YES_NO, **{"attribute::fs:retention": "P5Y"}))
    assert "kept P5Y" in run("check", file).stdout
    assert "[retention P5Y]" in run("check", file, "--print").stdout
    assert json.loads(run("check", file, "--json").stdout)["retention"] == "P5Y"
