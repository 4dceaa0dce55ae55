"""Forms in this process: a workbook checked, records validated, and single documents of 40 fields."""

from __future__ import annotations

import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fieldsync.bench.work import Watch, Work
from forms_spec import Circumstances, FormSpec, Validator, read_form_limited, read_workbook_records_limited
from forms_spec.spec import Choice, Field

FIELDS = 40
_NOW = Circumstances(datetime(2026, 11, 23, 12, tzinfo=UTC))
_DATA = {f"q{n}": str(n) if n % 4 else n for n in range(FIELDS)} | {"q5": "yes", "q9": "yes", "q13": ["a", "b"]}


def measure_check(form: Path) -> tuple[Work, FormSpec | None]:
    """Check a workbook as `form check` does, in a process with limits; return the form if it has no errors."""
    content = form.read_bytes()
    watch = Watch()
    checked = read_form_limited(content, form.name)
    child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    work = watch.work("form check", 1, "forms", errors=len(checked.errors), child_peak_mb=round(child_mb))
    return work, None if checked.errors else checked.spec


def measure_records(spec: FormSpec, records: Path) -> list[Work]:
    """Read a workbook of records and validate them."""
    content = records.read_bytes()
    watch = Watch()
    read = read_workbook_records_limited(content, records.name, spec).records
    reading = watch.work("records read", len(read), "records")
    watch = Watch()
    validator = Validator(spec)
    count = sum(len(validator.findings(record.data, record.missing, _NOW)) for record in read)
    members = sum(len(value) for record in read for value in record.data.values() if _is_repeat(value))
    return [reading, watch.work("records validated", len(read), "records", members=members, findings=count)]


def _is_repeat(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def measure_documents(count: int) -> Work:
    """Check a document of 40 fields so many times: every other one with a condition, a constraint or a calculation."""
    validator = Validator(_person())
    watch = Watch()
    for _ in range(count):
        validator.findings(_DATA, {}, _NOW)
    return watch.work("document check", count, f"documents, {FIELDS} fields")


def _person() -> FormSpec:
    choices = {"yes_no": (Choice("yes"), Choice("no")), "abc": (Choice("a"), Choice("b"), Choice("c"))}
    return FormSpec(
        id="person", version="1", title={}, languages=("en",), fields=tuple(map(_field, range(FIELDS))), choices=choices
    )


def _field(n: int) -> Field:
    """Return the n-th field: of four one is a number with a constraint, one a choice, one conditional, one reckoned."""
    name, path = f"q{n}", f"/data/q{n}"
    if n == 13:
        return Field(name=name, path=path, type="select_multiple", choices="abc", constraint="count-selected(.) < 3")
    match n % 4:
        case 0:
            return Field(name=name, path=path, type="integer", required="true()", constraint=". >= 0 and . <= 120")
        case 1 if n in (5, 9):
            return Field(name=name, path=path, type="select_one", choices="yes_no", required="true()")
        case 2:
            return Field(name=name, path=path, type="text", relevant="/data/q5 = 'yes' or /data/q8 > 18")
        case 3:
            reckoned = f"if(/data/q{n - 3} > 10, concat(/data/q{n - 1}, '!'), {n})"
            return Field(name=name, path=path, type="text", calculation=reckoned, constraint="regex(., '[0-9]+!?')")
    return Field(name=name, path=path, type="text", required="/data/q9 = 'no'")
