"""Forms with a retention, published into an installation."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from io import BytesIO

from openpyxl import load_workbook

from fieldsync.sample import district
from tests.unit.forms_spec.workbooks import question, workbook

from .conftest import Field

SAMPLE = ("person", "household", "visit", "health")


def publish(field_: Field, **retention: str) -> None:
    """Publish forms with retentions: the sample's in a new version, another of one question where it has none."""
    for kind, text in retention.items():
        field_.services.forms.publish(_form(kind, text), f"{kind}.xlsx", "test")


def let_days_pass(field_: Field, days: int) -> int:
    """Let days pass, and a day's pass over all cells after them; returns how many documents went."""
    field_.moment += timedelta(days=days)
    return sum(field_.pipeline.steps.let_run_out() for _ in field_.pipeline.steps.cells())


@cache
def _form(kind: str, text: str) -> bytes:
    """Return a form; the same bytes each time, so that it is read once."""
    if kind in SAMPLE:
        return _retained(district.path(f"forms/{kind}.xlsx").read_bytes(), text)
    return _small(kind, text)


def _retained(content: bytes, text: str) -> bytes:
    book = load_workbook(BytesIO(content))
    settings = book["settings"]
    headers = [cell.value for cell in settings[1]]
    settings.cell(2, headers.index("version") + 1).value = f"2027-{text}"
    settings.cell(1, len(headers) + 1).value = "attribute::fs:retention"
    settings.cell(2, len(headers) + 1).value = text
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def _small(kind: str, text: str) -> bytes:
    marked = {"form_id": kind, "version": f"2027-{text}", "attribute::fs:retention": text}
    return workbook([question("text", "note")], **marked)
