"""Records are found by a status that few have, as soon as the stays it follows from say so, and no longer than that."""

from __future__ import annotations

from fieldsync.documents import DocId
from fieldsync.registry import Item
from fieldsync.searching.criteria import Criteria

from .conftest import CELL, DWELLING, HOUSEHOLD, PERSON, STAY, Field, uid

ELSEWHERE = "510107001001999"


def found(field_: Field, kind: str, status: str, area: str | None = CELL[:9]) -> list[str]:
    """Return who is found by a status, once the registry is filed: those whom looking at every record finds."""
    field_.pipeline.steps.duplicates.catch_up()
    search, wanted = field_.pipeline.search, Criteria(kind=kind, status=status, area=area)
    ids = [one.record.id for one in search.page(wanted, None, 50).found]
    each = [search.of(record) for record in field_.pipeline.registry.records(f"{kind}:", end=f"{kind};")]
    assert ids == [e.record.id for e in each if e.status == status and wanted.within(e.record.cell)]
    return ids


def write(field_: Field, record: str, **values: str | None) -> None:
    """Let the registry know other values of a record."""
    known = field_.pipeline.registry.get(record)
    assert known
    at = f"2026-11-24T08:00:00.{known.version:03}Z"
    items = {
        n: Item(value={} if v is None else {"value": v}, source="decision", at=at, case=at) for n, v in values.items()
    }
    field_.pipeline.registry.set_items(known, None, items)


def test_a_person_and_a_household_follow_their_stays(field_: Field) -> None:
    """A stay that ends leaves nobody here and nobody living there; one that goes on again takes both off the list.

    Who had a stay before is looked at again, as well as who has it now.
    """
    assert found(field_, "person", "left") == []
    write(field_, STAY, until="2026-11-01")
    assert found(field_, "person", "left") == [PERSON]
    assert HOUSEHOLD in found(field_, "household", "empty")
    assert found(field_, "stay", "ended") == [STAY]
    write(field_, STAY, until=None, kind="registered_only")
    assert found(field_, "person", "registered_only") == [PERSON]
    assert found(field_, "person", "left") == found(field_, "stay", "ended") == []
    write(field_, STAY, kind="usual")
    assert found(field_, "person", "registered_only") == []
    assert HOUSEHOLD not in found(field_, "household", "empty")
    write(field_, STAY, person=f"person:{uid('somebody else')}")
    assert found(field_, "person", "left") == [PERSON]
    write(field_, STAY, person=PERSON)
    assert found(field_, "person", "left") == []


def test_an_erased_person_leaves_a_home_empty(field_: Field) -> None:
    """Their stay goes with them, and with it what told that somebody lives there."""
    assert HOUSEHOLD not in found(field_, "household", "empty")
    field_.pipeline.erasing.erase(PERSON, "chen.jie", "request 2026-114")
    assert HOUSEHOLD in found(field_, "household", "empty")
    assert field_.pipeline.search.page(Criteria(kind="person", status="left"), None, 50).found == []


def test_what_a_record_says_of_itself(field_: Field) -> None:
    """A death counts whatever the stays say; a dwelling is on the list of its occupancy alone."""
    write(field_, PERSON, death_date="2026-11-02")
    assert found(field_, "person", "dead") == [PERSON]
    write(field_, DWELLING, occupancy="vacant")
    assert found(field_, "dwelling", "vacant") == [DWELLING]
    write(field_, DWELLING, occupancy="occupied")
    assert found(field_, "dwelling", "vacant") == []


def test_areas_and_a_filing_that_broke_off(field_: Field) -> None:
    """An area is how a cell begins; a row that no longer holds is taken away, also where a broken run had left it."""
    write(field_, STAY, until="2026-11-01")
    for area in (None, CELL, CELL[:6]):
        assert found(field_, "person", "left", area) == [PERSON]
    assert found(field_, "person", "left", ELSEWHERE) == []
    filing, stale = field_.services.store.database("filing"), DocId(f"status:person:registered_only:{CELL}|{PERSON}")
    assert filing.add([(stale, b"{}")]) == [True]
    write(field_, STAY, since="2020-01-02")
    assert found(field_, "person", "left") == [PERSON]
    assert filing.get(stale) is None
