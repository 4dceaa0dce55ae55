"""Two versions of a form in use at once: each cell merges by its own, and nothing of the other is lost or laid bare."""

from __future__ import annotations

import pytest

from tests.unit.forms_spec.workbooks import question, workbook

from .conftest import CELL, HOUSEHOLD, OTHER_CELL, PERSON, Field, uid

NEXT = workbook(
    [
        question("text", "name", fs_merge="review", fs_key="yes", fs_admit="street"),
        question("text", "phone", fs_merge="review", fs_sensitive="yes"),
        question("text", "nickname"),
    ],
    form_id="person",
    version="next",
)


@pytest.fixture
def field(field_: Field) -> Field:
    """The installation, with a next version of the form of persons in use in the cell at hand alone."""
    field_.services.forms.publish(NEXT, "person.xlsx", "test", CELL)
    return field_


def test_a_cell_merges_by_the_version_of_its_area(field: Field) -> None:
    """Where the next version is in use two phones are a contest; elsewhere the later one counts, as before."""
    kinds = field.pipeline.kinds
    strategies = [kinds.merge_rules("person", cell).strategy_of("phone") for cell in (CELL, OTHER_CELL, "")]
    assert strategies == ["review", "latest", "latest"]
    first, second = field.tablet("li.na"), field.tablet("zhang.wei")
    first.edit(PERSON, phone="13800000001")
    second.edit(PERSON, phone="13800000002")
    field.run()
    assert [case.item for case in field.open_cases("contest")] == ["phone"]
    assert field.books()["faults"] == []


def test_what_a_version_does_not_ask_keeps_its_rules(field: Field) -> None:
    """An identity number is still one item with its kind, masked, and asked a person about; it is no stranger."""
    kinds = field.pipeline.kinds
    assert kinds.spec("person", CELL).version == "next"
    assert kinds.merge_rules("person", CELL).item_of("id_number") == "identity"
    assert kinds.levels("person", CELL)("identity", True) == "community"
    assert kinds.masks("person")("id_number")
    tablet = field.tablet("li.na")
    body = {"kind": "person", "version": "next", "data": {**field.data(PERSON), "nickname": "Xiao Wang"}}
    tablet.write(PERSON, body)
    field.run()
    assert "unknown_field" not in codes(field)
    assert field.data(PERSON)["sex"] == "2"


def test_a_merged_document_names_the_newest_version_that_met_in_it(field: Field) -> None:
    """Whichever revision wins: an answer of the next version is checked by the next version."""
    first, second = field.tablet("li.na"), field.tablet("zhang.wei")
    data = field.data(PERSON)
    first.write(PERSON, {"kind": "person", "version": "next", "data": {**data, "nickname": "Xiao Wang"}})
    second.edit(PERSON, employer="Panda Tea")
    third = field.tablet("he.ping")
    third.heads[PERSON] = second.heads[PERSON]
    third.write(PERSON, {"kind": "person", "version": "2026-11-01", "data": {**data, "occupation": "cook"}})
    field.run()
    body = field.body(PERSON)
    assert (body["version"], body["data"]["nickname"], body["data"]["occupation"]) == ("next", "Xiao Wang", "cook")


def test_a_document_made_with_a_retired_form_is_held_back(field: Field) -> None:
    """One that was made before stays valid, however late it is edited; what the server brought is no new document."""
    tablet = field.tablet("li.na")
    early, late = (f"person:{uid(name)}" for name in ("early", "late"))
    for doc_id in (early, late):
        if doc_id == late:
            field.later()
            field.services.publishing.retire("person", "replaced", "test")
            field.later()
        tablet.edit(doc_id, name="Wang", sex="1", birth_date="2000-01-01")
        stay = {"person": doc_id, "household": HOUSEHOLD, "kind": "usual", "relation": "10", "since": "2026-01-01"}
        tablet.edit(f"stay:{uid(doc_id)}", **stay)
    field.run()
    unit = field.pipeline.steps.units.standing(CELL, HOUSEHOLD, "2026-11-23")
    assert [f["document"] for f in unit.findings if f["code"] == "retired_form"] == [late]


def codes(field: Field) -> set[str]:
    standing = field.pipeline.steps.units.standing(CELL, HOUSEHOLD, "2026-11-23")
    return {str(finding["code"]) for finding in standing.findings}
