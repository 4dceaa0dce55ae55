"""Forms read in a process with limits: whatever happens there, the caller gets a value."""

import io
import zipfile

import pytest

from forms_spec.limited_process import Ended, ProcessLimits, run_limited
from forms_spec.xlsform import read_form
from forms_spec.xlsform_limited import read_form_limited
from tests.unit.forms_spec.workbooks import question, workbook

FORM = workbook([question("text", "a", fs_key="yes")])


def test_the_answer_is_that_of_the_reader() -> None:
    """A form read in a process of its own is the same, warnings included."""
    assert read_form_limited(FORM, "a.xlsx") == read_form(FORM, "a.xlsx")


def test_too_little_memory_is_a_fault() -> None:
    """The limit is named, and the caller's own memory is untouched."""
    (fault,) = read_form_limited(FORM, "a.xlsx", memory_mb=20).errors
    assert fault.code == "workbook-memory"
    assert "20 MB" in fault.message_zh


def test_too_little_time_is_a_fault() -> None:
    """A process that does not end in time is ended."""
    (fault,) = read_form_limited(FORM, "a.xlsx", timeout_s=0.01).errors
    assert fault.code == "workbook-timeout"


@pytest.mark.parametrize(("doing", "timeout_s"), [("spin", 1), ("sleep", 0.1)])
def test_time_is_the_processors_and_after_patience_the_clocks(doing: str, timeout_s: float) -> None:
    """One that keeps a processor is ended when it had its seconds; one that only waits, after a multiple of them."""
    ended = run_limited("tests.unit.forms_spec.busy_child", doing, b"", ProcessLimits(timeout_s, memory_mb=512))
    assert ended == Ended("time")


def test_what_is_out_of_bounds_starts_no_process() -> None:
    """Bounds are looked up first."""
    (fault,) = read_form_limited(b"no zip", "a.xlsx", timeout_s=0).errors
    assert fault.code == "workbook-unreadable"


def test_a_workbook_with_a_gigantic_cell_ends_within_the_limits() -> None:
    """What is within bounds as a file may still need too much memory; the process ends, not the caller."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FORM)) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                cell = b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"a" * 60_000_000 + b"</t></is></c></row>"
                content = content.replace(b"</sheetData>", cell + b"</sheetData>")
            target.writestr(name, content)
    (fault,) = read_form_limited(bomb.getvalue(), "bomb.xlsx", memory_mb=200).errors
    assert fault.code == "workbook-memory"


def test_what_a_reader_prints_is_not_the_answer() -> None:
    """The reader of old workbooks warns on standard output; the answer arrives all the same."""
    lying = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00" + b"\x01" * 1000
    )
    (fault,) = read_form_limited(lying, "a.xls").errors
    assert fault.code == "workbook-unreadable"
