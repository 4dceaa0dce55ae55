"""Workbooks of records read in a process with limits: whatever happens there, the caller gets records or one error."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from fieldsync.cli.main import app
from forms_spec.limited_process import ProcessLimits
from forms_spec.records import UnreadableRecordsError
from forms_spec.records_limited import read_workbook_records_limited
from forms_spec.workbook_records import LIMITS, read_workbook_records
from tests.unit.forms_spec.workbooks import YES_NO, question, spec_of, workbook

SURVEY = [question("text", "name"), question("integer", "size"), question("select_one yes_no", "known")]
SPEC = spec_of(SURVEY, YES_NO)


def answers(*rows: list[Any]) -> bytes:
    """Return a workbook of records with the columns of the form, and one that is no question."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["name", "size", "known", "weight"], *rows):
        sheet.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


ANSWERS = answers(["王", 3, "yes", 1], ["B", 1e300, "maybe"])


def test_the_records_are_those_of_the_reader() -> None:
    """Texts, numbers of any size and unknown columns arrive as they are read in one process."""
    found = read_workbook_records_limited(ANSWERS, "a.xlsx", SPEC)
    assert found == read_workbook_records(ANSWERS, "a.xlsx", SPEC)
    assert found.records[1].data["size"] == int(1e300)


@pytest.mark.parametrize(
    ("limits", "said", "said_zh"),
    [(ProcessLimits(0.01, 512), "0.01 s", "0.01 秒"), (ProcessLimits(20, 20), "20 MB", "20 MB")],
)
def test_too_little_time_or_memory_is_one_error(limits: ProcessLimits, said: str, said_zh: str) -> None:
    """The limit is named, with what to do, in both languages."""
    with pytest.raises(UnreadableRecordsError, match=said) as raised:
        read_workbook_records_limited(ANSWERS, "a.xlsx", SPEC, limits)
    assert "Split it" in str(raised.value)
    assert said_zh in raised.value.chinese


def test_what_is_wrong_inside_is_told_in_both_languages() -> None:
    """The reader's own error crosses over."""
    with pytest.raises(UnreadableRecordsError, match="it is not a sound zip archive") as raised:
        read_workbook_records_limited(b"no zip", "a.xlsx", SPEC)
    assert "zip 压缩包" in raised.value.chinese


def test_a_larger_workbook_than_is_opened_starts_no_process() -> None:
    """Its size is looked at first, and named with the limit."""
    with pytest.raises(UnreadableRecordsError, match=f"the limit is {LIMITS.file_size:,} bytes"):
        read_workbook_records_limited(bytes(LIMITS.file_size + 1), "a.xlsx", SPEC, ProcessLimits(0, 0))


def run(folder: Path, name: str, content: bytes, *options: str) -> Any:
    form, records = folder / "form.xlsx", folder / name
    form.write_bytes(workbook(SURVEY, YES_NO))
    records.write_bytes(content)
    return CliRunner().invoke(app, ["form", "validate", str(form), str(records), *options])


def test_records_of_more_than_a_form_may_have_are_read_whole(tmp_path: Path) -> None:
    """Not cut where a form would be too large: of a file of 18 MiB the last line counts."""
    line = json.dumps({"data": {"name": "x" * 600_000}}) + "\n"
    content = line.encode() * 32 + b'{"data": {"known": "maybe"}}\n'
    assert len(content) > 18 << 20
    found = json.loads(run(tmp_path, "records.jsonl", content, "--json").stdout)["records"]
    assert (len(found), [finding["code"] for finding in found[-1]["findings"]]) == (33, ["choice"])


@pytest.mark.parametrize(
    ("name", "content", "english", "chinese"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx", "另存为 .xlsx"),
        ("a.xlsx", b"PK", "without a password", "不加密"),
        ("a.jsonl", b"{", "line 1 is not JSON", "不是 JSON"),
        ("a.csv", "姓名".encode("gb18030"), "is not UTF-8", "不是 UTF-8"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes, english: str, chinese: str) -> None:
    """In the language asked for, with exit status 2."""
    for language, said in (("en", english), ("zh", chinese)):
        result = run(tmp_path, name, content, "--lang", language)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert said in result.stderr
