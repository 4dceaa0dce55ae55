"""Sealed forms: voluntary, consent first, nothing that carries answers elsewhere."""

import pytest

from forms_spec import compare, forbidden
from tests.unit.forms_spec.workbooks import YES_NO, checked, question, spec_of

SEALED = {"attribute::fs:sealed": "yes"}
CONSENT = question("select_one yes_no", "agrees", required="yes", fs_consent="yes")


def test_a_sealed_form_is_read_with_its_consent() -> None:
    """The setting and the mark arrive in the spec, which tablets get."""
    spec = spec_of([CONSENT, question("text", "condition", relevant="${agrees} = 'yes'")], YES_NO, **SEALED)
    consent = spec.consent()
    assert spec.sealed
    assert consent is not None
    assert (consent.name, consent.consent) == ("agrees", "yes")
    assert type(spec).decode(spec.encode()) == spec


@pytest.mark.parametrize(
    ("rows", "code", "column"),
    [
        ([question("text", "condition")], "consent-missing", "bind::fs:consent"),
        ([question("text", "condition"), CONSENT], "consent-place", "name"),
        ([{**CONSENT, "required": ""}], "consent-optional", "required"),
        ([{**CONSENT, "bind::fs:consent": "maybe"}], "consent-choice", "bind::fs:consent"),
        ([question("text", "agrees", required="yes", fs_consent="yes")], "consent-type", "type"),
        ([CONSENT, {**CONSENT, "name": "again", "required": ""}], "consent-twice", "bind::fs:consent"),
        ([CONSENT, question("text", "condition", required="yes")], "sealed-required", "required"),
        ([CONSENT, question("text", "condition", fs_admit="street")], "sealed-mark", "bind::fs:admit"),
        ([CONSENT, question("text", "condition", fs_key="yes")], "sealed-mark", "bind::fs:key"),
        ([CONSENT, question("text", "condition", fs_ref="person")], "sealed-mark", "bind::fs:ref"),
        ([CONSENT, question("image", "scan")], "sealed-media", "type"),
        ([CONSENT, question("text", "person")], "sealed-name", "name"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_sealed_form_may_not_be(rows: list[dict[str, str]], code: str, column: str) -> None:
    """Each fault names its row and column, and says in both languages what is wrong and how to mend it."""
    (found,) = [fault for fault in checked(rows, YES_NO, **SEALED).errors if fault.code == code]
    assert (found.sheet, found.column) == ("survey", column)
    assert found.row in (2, 3)
    assert all((found.message, found.message_zh, found.remedy, found.remedy_zh))


def test_a_repeat_inside_is_looked_at_too() -> None:
    """A required question in a repeat is found, and consent in one is no consent for the whole."""
    repeat = [
        question("begin repeat", "visits"),
        question("text", "doctor", required="yes"),
        question("end repeat", ""),
    ]
    assert [fault.code for fault in checked([CONSENT, *repeat], YES_NO, **SEALED).errors] == ["sealed-required"]
    inside = [question("begin repeat", "visits"), CONSENT, question("end repeat", "")]
    assert "consent-place" in [fault.code for fault in checked(inside, YES_NO, **SEALED).errors]


def test_consent_in_a_form_that_is_not_sealed_is_a_fault() -> None:
    """Whoever marks a consent and forgets the setting hears of it before answers go into cells."""
    assert [fault.code for fault in checked([CONSENT], YES_NO).errors] == ["consent-unsealed"]


def test_no_version_seals_a_form_or_opens_it() -> None:
    """Answers of both kinds would lie in two places."""
    rows = [CONSENT, question("text", "condition")]
    sealed = spec_of(rows, YES_NO, **SEALED)
    opened = spec_of([{**CONSENT, "bind::fs:consent": ""}, rows[1]], YES_NO, version="2")
    for old, new in ((sealed, opened), (opened, sealed)):
        assert "sealed" in [change.kind for change in compare(old, new)]
        assert [change.kind for change in forbidden([old], new)] == ["sealed"]
