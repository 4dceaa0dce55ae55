"""Releases: a quarantined version let in, as it came or mended, merges like any edit of its author."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fieldsync.errors import BadInput
from fieldsync.settings import Settings

from .conftest import CELL, HOUSEHOLD, PERSON, Field, Tablet, uid


def spoil(tablet: Tablet) -> Any:
    """Push a version that cannot be read, and return its case."""
    tablet.write(PERSON, {"kind": "person", "version": "2026-11-01", "data": ["unreadable"]})
    return tablet.field.open_cases("quarantine")[0]


def mended(field_: Field, **answers: str) -> dict[str, Any]:
    """Return all answers of the person with some of them changed."""
    return {"data": {**field_.data(PERSON), **answers}}


def test_mended_answers_merge_with_what_was_written_since(field_: Field) -> None:
    """They are the collector's edit; another's later edit of something else stays."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    before = mended(field_, phone="12800000001")
    case = spoil(first)
    second.edit(PERSON, employer="Jinli Tea")
    field_.later(60)
    field_.decide(case.id, "release", value=before)
    field_.run()
    assert (field_.data(PERSON)["phone"], field_.data(PERSON)["employer"]) == ("12800000001", "Jinli Tea")
    log = field_.services.ledger.document(CELL, PERSON)
    (released,) = [e for e in log.entries.values() if e.cause == case.id]
    assert (released.author, released.is_edit, released.changes) == ("li.na", True, ["phone"])
    assert log.entries[released.path[1]].cause == "quarantine"
    assert released.body["version"] == "2026-11-01"
    assert field_.open_cases("quarantine") == []
    assert [n for n in field_.cell.documents("notice:", "notice;") if b"set aside" in n.body] == []
    story = field_.pipeline.teller.document(CELL, PERSON)
    assert any("Staff let this in after it had been set aside." in step["en"] for step in story)


def test_a_release_of_a_tablet_whose_clock_is_slow_counts_at_its_time(field_: Field) -> None:
    """The clock was measured when the version came, and its edit is later than another's."""
    slow, other = field_.tablet("li.na", timedelta(days=-365)), field_.tablet("zhang.wei")
    other.edit(PERSON, phone="12800000002")
    field_.later()
    answers = mended(field_, phone="12800000001")
    case = spoil(slow)
    field_.decide(case.id, "release", value=answers)
    field_.run()
    assert field_.data(PERSON)["phone"] == "12800000001"


def test_a_released_version_is_submitted_and_admitted_like_any_other(field_: Field) -> None:
    """Whoever submits the household next submits it too, and the books balance."""
    tablet = field_.tablet("li.na")
    case = spoil(tablet)
    field_.decide(case.id, "release", value=mended(field_, phone="12800000001"))
    field_.run()
    field_.submit(tablet)
    field_.run()
    assert field_.registry(PERSON, "phone") == {"value": "12800000001"}
    books = field_.books()
    assert (books["faults"], books["outcomes"]["quarantined"], books["adds_up"]) == ([], 1, True)


def test_a_release_beside_a_closing_tombstone_changes_only_what_it_changes(field_: Field) -> None:
    """Where another leaf lived, the branch was closed by a tombstone; its answers still count from what was before."""
    tablet = field_.tablet("li.na")
    path = tablet.heads[PERSON]
    tablet.edit(PERSON, employer="Jinli Tea")
    tablet.heads[PERSON] = path
    case = spoil(tablet)
    answers = mended(field_, languages="zh yi")
    answers["data"].pop("employer")
    field_.decide(case.id, "release", value=answers)
    field_.run()
    assert (field_.data(PERSON)["languages"], field_.data(PERSON)["employer"]) == ("zh yi", "Jinli Tea")


def test_what_can_enter_now_enters_as_it_came(field_: Field) -> None:
    """A limit was raised since: no answers need to be mended."""
    tablet = field_.tablet("li.na")
    note = "x" * Settings().max_document_bytes
    tablet.write(PERSON, {"kind": "person", "data": {**field_.data(PERSON), "note": note}})
    (case,) = field_.open_cases("quarantine")
    with pytest.raises(BadInput, match=r"too_large.*mended answers"):
        field_.decide(case.id, "release")
    field_.pipeline.releases._limits = type(field_.pipeline.releases._limits)(2**21, 64)
    field_.decide(case.id, "release")
    assert field_.data(PERSON)["note"] == note


@pytest.mark.parametrize("value", [None, {}, {"data": []}, {"phone": "1"}])
def test_a_release_without_answers_is_refused(field_: Field, value: Any) -> None:
    """It says how; the case stays open."""
    case = spoil(field_.tablet("li.na"))
    with pytest.raises(BadInput, match="answers"):
        field_.decide(case.id, "release", value=value)
    assert field_.open_cases("quarantine")


def test_a_record_is_not_released(field_: Field) -> None:
    """What never changes has its first version; a second one is mended by another record."""
    tablet = field_.tablet("li.na")
    visit = f"visit:{uid('visit')}"
    for result in ("complete", "refused"):
        tablet.write(visit, {"kind": "visit", "data": {"household": HOUSEHOLD, "round": "2026", "result": result}})
    (case,) = field_.open_cases("quarantine")
    with pytest.raises(BadInput, match="visit cannot be released"):
        field_.decide(case.id, "release", value={"data": {}})


def test_a_release_is_repeated_without_harm(field_: Field) -> None:
    """A crash after it was written, and before the case was closed: one version all the same."""
    case = spoil(field_.tablet("li.na"))
    decided = field_.decide(case.id, "release", value=mended(field_, phone="12800000001"))
    before = [field_.services.store.database(name).info().update_seq for name in (f"cell-{CELL}", "ledger")]
    field_.pipeline.releases.release(decided)
    field_.run()
    after = [field_.services.store.database(name).info().update_seq for name in (f"cell-{CELL}", "ledger")]
    assert after == before
