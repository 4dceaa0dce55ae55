"""How long a form lets its documents be kept: read, checked, and compared between versions."""

from datetime import date

import pytest

from forms_spec import FormSpec, compare
from forms_spec.retention import read_retention
from tests.unit.forms_spec.workbooks import checked, question, spec_of

SURVEY = [question("text", "a")]


def form(version: str = "1", retention: str = "") -> FormSpec:
    return spec_of(SURVEY, version=version, **({"attribute::fs:retention": retention} if retention else {}))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("P5Y", date(2024, 2, 29), date(2029, 2, 28)),
        ("P18M", date(2026, 8, 31), date(2028, 2, 29)),
        ("P90D", date(2026, 11, 23), date(2027, 2, 21)),
        ("P2W", date(2026, 12, 25), date(2027, 1, 8)),
        ("P1Y6M10D", date(2026, 1, 1), date(2027, 7, 11)),
        ("P200Y", date(9998, 1, 1), date.max),
    ],
)
def test_a_duration_ends_on_a_day(text: str, start: date, end: date) -> None:
    """Months first, the last day of a shorter month; then days; never beyond what a date can be."""
    read = read_retention(text)
    assert read
    assert read.after(start) == end


@pytest.mark.parametrize("text", ["", "P", "5Y", "P5", "P0D", "P0Y", "PT5H", "P1.5Y", "P201Y", "-P5Y", "p5y", "P1D2Y"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Also times of a day, decimals, nothing at all and more than 200 years."""
    assert read_retention(text) is None


def test_the_settings_sheet_says_how_long() -> None:
    """The form as data has it; without the column documents are kept for good."""
    assert form(retention="P5Y").retention == "P5Y"
    assert form().retention is None
    assert FormSpec.decode(form(retention="P5Y").encode()).retention == "P5Y"


@pytest.mark.parametrize(
    ("column", "value", "code", "said", "said_zh"),
    [
        ("attribute::fs:retention", "5 years", "column-value", "P5Y, P18M, P90D", "时长"),
        ("attribute::fs:retension", "P5Y", "column-unknown", "Did you mean retention?", "retention"),
    ],
)
def test_a_mistake_is_named_with_its_place_in_both_languages(
    column: str, value: str, code: str, said: str, said_zh: str
) -> None:
    """Sheet and column, what is allowed, and what was meant."""
    (fault,) = checked(SURVEY, **{column: value}).errors
    assert (fault.code, fault.sheet, fault.column) == (code, "settings", column)
    assert said in fault.message + fault.remedy
    assert said_zh in fault.message_zh + fault.remedy_zh


def test_it_needs_the_namespace() -> None:
    """As the columns of the survey sheet do; the line to add is told."""
    (fault,) = checked(SURVEY, namespaces="", **{"attribute::fs:retention": "P5Y"}).errors
    assert fault.code == "namespace-missing"
    assert 'fs="https' in fault.remedy


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("P5Y", "P1Y", "kept_shorter"),
        ("", "P50Y", "kept_shorter"),
        ("P1Y", "P5Y", "kept_longer"),
        ("P1Y", "", "kept_longer"),
    ],
)
def test_another_retention_needs_a_look(before: str, after: str, kind: str) -> None:
    """A shorter one, or a first one, makes documents run out; a longer one is not what people were told."""
    (change,) = compare(form("1", before), form("2", after))
    assert (change.kind, change.severity, change.rule) == (kind, "warning", "retention")
    assert (change.before or "", change.after or "") == (before, after)
    assert "保存期限" in change.message["zh"]
    assert compare(form("1", before), form("2", before)) == []
