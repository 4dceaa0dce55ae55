"""The audit finds what is planted: an entry removed, an outcome forged, a revision without an entry, a lost value."""

from __future__ import annotations

from typing import Any

from fieldsync.documents import DocId, Rev
from fieldsync.ledger import NAME, Outcome, entry_id
from fieldsync.revisions import server_rev
from fieldsync.stores.base import Graft, Put

from .conftest import CELL, PERSON, Field, uid


def worked(field_: Field) -> str:
    """Admit one change, and return its revision."""
    tablet = field_.tablet("li.na")
    rev = tablet.edit(PERSON, phone="12800000001")
    field_.submit(tablet)
    field_.run()
    assert field_.books()["adds_up"]
    return rev


def kinds_of_faults(books: dict[str, Any]) -> set[str]:
    """Return what kinds of faults the books have."""
    assert not books["adds_up"]
    return {fault["kind"] for fault in books["faults"]}


def erase(field_: Field, ledger_id: str) -> None:
    """Remove a document from the ledger behind everybody's back."""
    database = field_.services.store.database(NAME)
    found = database.get(DocId(ledger_id))
    assert found is not None
    database.put(Put(DocId(ledger_id), b"{}", found.rev, deleted=True))


def test_an_entry_removed_is_found(field_: Field) -> None:
    """The cell has a leaf that the ledger does not know, and outcomes speak of a change that nobody made."""
    rev = worked(field_)
    erase(field_, entry_id(CELL, PERSON, rev))
    assert kinds_of_faults(field_.books()) == {"not_in_ledger", "outcome_without_change"}


def test_an_outcome_removed_is_found(field_: Field) -> None:
    """A change that the registry has without an outcome in the ledger: it is told as admitted only by the ledger."""
    tablet = field_.tablet("li.na")
    first = tablet.edit(PERSON, phone="12800000001")
    tablet.edit(PERSON, phone="12800000002")
    field_.submit(tablet)
    field_.run()
    erase(field_, f"{entry_id(CELL, PERSON, first)}#phone#0001")
    books = field_.books()
    assert books["unaccounted"] == 1
    assert kinds_of_faults(books) == {"unaccounted"}


def test_a_forged_outcome_is_found(field_: Field) -> None:
    """Somebody writes that a change was admitted; the registry does not have it."""
    tablet = field_.tablet("li.na")
    rev = tablet.edit(PERSON, employer="Jinli Tea")
    field_.run()
    log = field_.services.ledger.document(CELL, PERSON)
    forged = Outcome(
        cell=CELL, document=PERSON, rev=rev, item="employer", outcome="admitted", cause="auto:x", at="2026-11-23"
    )
    field_.services.ledger.conclude([forged], log)
    assert kinds_of_faults(field_.books()) == {"not_in_registry"}


def test_an_outcome_of_our_own_invention_is_found(field_: Field) -> None:
    """A word that is no outcome accounts for nothing."""
    tablet = field_.tablet("li.na")
    rev = tablet.edit(PERSON, employer="Jinli Tea")
    log = field_.services.ledger.document(CELL, PERSON)
    forged = Outcome(
        cell=CELL, document=PERSON, rev=rev, item="employer", outcome="forgotten", cause="auto:x", at="2026-11-23"
    )
    field_.services.ledger.conclude([forged], log)
    assert field_.books()["unaccounted"] == 1


def test_a_waiting_change_needs_its_case(field_: Field) -> None:
    """An outcome that waits for a case nobody has is not waiting visibly."""
    tablet = field_.tablet("li.na")
    rev = tablet.edit(PERSON, employer="Jinli Tea")
    log = field_.services.ledger.document(CELL, PERSON)
    forged = Outcome(
        cell=CELL, document=PERSON, rev=rev, item="employer", outcome="waiting", cause="admission:none", at="2026-11-23"
    )
    field_.services.ledger.conclude([forged], log)
    books = field_.books()
    assert kinds_of_faults(books) == {"no_case"}
    assert books["unaccounted"] == 1


def test_a_revision_that_came_past_the_ledger_is_found(field_: Field) -> None:
    """A revision written straight into the cell has no entry."""
    doc_id = DocId(f"person:{uid('smuggled')}")
    body = b'{"kind":"person","data":{"name":"X"}}'
    field_.cell.graft([Graft(doc_id, (Rev(server_rev(None, False, {})),), body)])
    assert kinds_of_faults(field_.books()) == {"not_in_ledger"}


def test_an_acknowledged_edit_that_the_cell_lost_is_found(field_: Field) -> None:
    """The ledger has an accepted edit of which the cell knows nothing."""
    tablet = field_.tablet("li.na")
    new = f"person:{uid('lost')}"
    rev = tablet.write(new, {"kind": "person", "data": {"name": "李雷"}})
    entry = field_.services.ledger.entry(CELL, new, rev)
    assert entry is not None
    import msgspec

    ghost = f"person:{uid('ghost')}"
    field_.services.ledger.record([msgspec.structs.replace(entry, document=ghost)])
    assert "not_in_cell" in kinds_of_faults(field_.books())


def test_the_totals_agree_in_every_grouping(field_: Field) -> None:
    """By collector, by cell and by day the changes add up to the same."""
    worked(field_)
    books = field_.books()
    for grouping in ("by_collector", "by_cell", "by_day"):
        assert sum(sum(counts.values()) for counts in books[grouping].values()) == books["changes"]
