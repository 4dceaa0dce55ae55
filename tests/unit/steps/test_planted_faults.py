"""What is planted in a worked store is found by the audit: each test plants one thing, behind everybody's back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldsync.documents import DocId, Rev
from fieldsync.errors import StoreUnavailable
from fieldsync.ledger import NAME, Outcome, entry_id
from fieldsync.stores.base import Graft, Put
from fieldsync.stores.sqlite.connections import Connections, File
from fieldsync.vault import SealedDatabase

from .conftest import CELL, PERSON, Field, uid


@pytest.fixture
def worked(field_: Field) -> Field:
    """Two tablets met over the phone number, one wrote twice, one change waits for nobody; the books balance."""
    first, second = field_.tablet("li.na"), field_.tablet("wang.fang")
    first.edit(PERSON, phone="12800000001", employer="Jinli Tea")
    field_.later()
    second.edit(PERSON, phone="12800000002")
    field_.submit(second)
    field_.run()
    assert field_.books()["adds_up"]
    return field_


def faults(field_: Field) -> list[dict[str, Any]]:
    """Return the faults of books that do not balance."""
    books = field_.books()
    assert not books["adds_up"]
    return list(books["faults"])


def kinds(field_: Field) -> set[str]:
    """Return what kinds of faults there are."""
    return {fault["kind"] for fault in faults(field_)}


def erase(field_: Field, ledger_id: str) -> None:
    """Remove a document from the ledger."""
    database = field_.services.store.database(NAME)
    found = database.get(DocId(ledger_id))
    assert found is not None
    database.put(Put(DocId(ledger_id), b"{}", found.rev, deleted=True))


def revision(field_: Field, *, author: str | None = None, cause: str | None = None) -> str:
    """Return the person's one revision by an author, or by a cause of the server's."""
    entries = field_.services.ledger.document(CELL, PERSON).entries.values()
    (found,) = [e.rev for e in entries if (e.author == author if author else e.cause == cause)]
    return found


def forge(field_: Field, rev: str, item: str, outcome: str, cause: str) -> None:
    """Append an outcome that nothing bears out."""
    log = field_.services.ledger.document(CELL, PERSON)
    forged = Outcome(cell=CELL, document=PERSON, rev=rev, item=item, outcome=outcome, cause=cause, at="2026-11-23")
    field_.services.ledger.conclude([forged], log)


@pytest.mark.parametrize("author", ["li.na", "wang.fang"])
def test_an_edit_removed_from_the_middle_of_a_path(worked: Field, author: str) -> None:
    """Both edits have been merged; whichever entry goes, the merged version still descends from it."""
    rev = revision(worked, author=author)
    erase(worked, entry_id(CELL, PERSON, rev))
    found = [fault for fault in faults(worked) if fault["kind"] in ("not_in_ledger", "gap_in_path")]
    assert rev in {fault["rev"] for fault in found} | {fault["detail"].split()[-1] for fault in found}


def test_one_of_our_own_revisions_removed(worked: Field) -> None:
    """The server's merge is a leaf of the cell that the ledger does not know."""
    rev = revision(worked, cause="resolve")
    erase(worked, entry_id(CELL, PERSON, rev))
    assert (rev, "not_in_ledger") in {(fault["rev"], fault["kind"]) for fault in faults(worked)}


def test_an_imported_version_removed(worked: Field) -> None:
    """The first version, of the import, is in the middle of every path."""
    rev = revision(worked, cause="import")
    erase(worked, entry_id(CELL, PERSON, rev))
    assert (rev, "not_in_ledger") in {(fault["rev"], fault["kind"]) for fault in faults(worked)}


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        ("admitted", "admission:none"),
        ("admitted", "auto:2-00000000000000000000000000000000"),
        ("superseded", "2-00000000000000000000000000000000"),
        ("overruled", "2-00000000000000000000000000000000"),
        ("overruled", "contest:none"),
        ("agreed", "2-00000000000000000000000000000000"),
        ("agreed", "registry"),
        ("returned", "admission:none"),
        ("refused", "admission:none"),
        ("recorded", "somebody"),
    ],
)
def test_an_outcome_without_what_it_names(worked: Field, outcome: str, cause: str) -> None:
    """A change that lost by rule gets an outcome whose cause is not there, or says otherwise."""
    rev = revision(worked, author="li.na")
    assert worked.outcomes(PERSON)[rev, "phone"] == "overruled"
    forge(worked, rev, "phone", outcome, cause)
    (fault,) = faults(worked)
    assert fault["kind"] in ("contradicted", "not_in_registry")
    assert f"{CELL}/{PERSON}@{rev} phone" in fault["told"]


def test_superseded_by_another_tablets_edit(worked: Field) -> None:
    """What another tablet wrote at the same time supersedes nothing."""
    forge(worked, revision(worked, author="li.na"), "phone", "superseded", revision(worked, author="wang.fang"))
    assert kinds(worked) == {"contradicted"}


def test_agreed_with_another_value(worked: Field) -> None:
    """Two numbers are not the same number."""
    forge(worked, revision(worked, author="li.na"), "phone", "agreed", revision(worked, author="wang.fang"))
    assert kinds(worked) == {"contradicted"}


def test_overruled_by_its_own_version(worked: Field) -> None:
    """A change cannot give way to itself."""
    rev = revision(worked, author="wang.fang")
    forge(worked, rev, "phone", "overruled", rev)
    assert kinds(worked) == {"contradicted"}


def test_a_word_that_is_no_outcome(worked: Field) -> None:
    """The change is accounted for by nothing."""
    forge(worked, revision(worked, author="li.na"), "phone", "forgotten", "auto:x")
    books = worked.books()
    assert [fault["kind"] for fault in books["faults"]] == ["unknown_outcome"]
    assert books["unaccounted"] == 1


@pytest.mark.parametrize("item", ["name", "no_such_item"])
def test_an_outcome_of_a_change_that_nobody_made(worked: Field, item: str) -> None:
    """The edit is there; it did not touch this item."""
    forge(worked, revision(worked, author="li.na"), item, "admitted", "auto:x")
    assert kinds(worked) == {"outcome_without_change"}


def test_an_earlier_outcome_removed(worked: Field) -> None:
    """The last outcome counts, and the numbers tell that one before it is gone."""
    rev = revision(worked, author="wang.fang")
    forge(worked, rev, "phone", "admitted", f"registry:{rev}")
    assert worked.books()["adds_up"]
    erase(worked, f"{entry_id(CELL, PERSON, rev)}#phone#0001")
    assert kinds(worked) == {"outcome_missing"}


def test_a_version_that_came_past_the_ledger(worked: Field) -> None:
    """A leaf beside the winner, written straight into the cell."""
    rev = Rev("2-" + "f" * 32)
    root = Rev(revision(worked, cause="import"))
    worked.cell.graft([Graft(DocId(PERSON), (rev, root), b'{"kind":"person","data":{"name":"X"}}')])
    assert (rev, "not_in_ledger") in {(fault["rev"], fault["kind"]) for fault in faults(worked)}


def test_a_body_changed_in_the_cell(worked: Field) -> None:
    """Somebody wrote into the cell's file: the revision is there, and says something else than the ledger."""
    winner = worked.cell.get(DocId(PERSON))
    assert winner is not None
    _rewrite(worked, f"cell-{CELL}", winner.body.replace(b"12800000002", b"12800000009"), PERSON)
    (fault,) = faults(worked)
    assert (fault["kind"], fault["rev"]) == ("body_differs", winner.rev)


def test_a_body_changed_in_the_ledger(worked: Field) -> None:
    """The same, the other way round: the entry was written anew."""
    rev = revision(worked, cause="resolve")
    name = DocId(entry_id(CELL, PERSON, rev))
    database = SealedDatabase(worked.services.store, NAME, worked.services.vault)
    found = database.get(name)
    assert found is not None
    database.put(Put(name, found.body.replace(b"12800000002", b"12800000009"), found.rev))
    assert (rev, "body_differs") in {(fault["rev"], fault["kind"]) for fault in faults(worked)}


def test_a_body_forged_within_what_was_merged_since(worked: Field) -> None:
    """An entry that is no leaf any more, whose sealed answers somebody changed without the key: it does not open."""
    name = entry_id(CELL, PERSON, revision(worked, author="li.na"))
    kept = worked.services.store.database(NAME).get(DocId(name))
    assert kept is not None
    head, _, tail = kept.body.rpartition(b'"box":"')
    forged = head + b'"box":"' + tail[:40] + (b"B" if tail[40:41] == b"A" else b"A") + tail[41:]
    worked.services.store.database(NAME).put(Put(DocId(name), forged, kept.rev))
    with pytest.raises(StoreUnavailable, match=re.escape(name)):
        worked.books()


def test_a_document_that_the_cell_lost(worked: Field) -> None:
    """An accepted edit of which the cell knows nothing."""
    entry = worked.services.ledger.entry(CELL, PERSON, revision(worked, author="li.na"))
    assert entry is not None
    worked.services.ledger.record([msgspec.structs.replace(entry, document=f"person:{uid('ghost')}")])
    assert "not_in_cell" in kinds(worked)


def test_a_cell_that_is_gone(worked: Field) -> None:
    """All that the ledger has of a dropped cell is missing."""
    worked.services.store.delete(f"cell-{CELL}")
    assert "not_in_cell" in kinds(worked)


def test_every_fault_is_one_line_with_a_place_and_a_remedy(worked: Field) -> None:
    """Somebody who reads it knows where to look, and how to go on."""
    forge(worked, revision(worked, author="li.na"), "phone", "forgotten", "auto:x")
    told = [fault["told"] for fault in faults(worked)]
    assert all("\n" not in line and f"{CELL}/{PERSON}@" in line and "; " in line for line in told)


def _rewrite(field_: Field, name: str, body: bytes, doc_id: str) -> None:
    folder = field_.services.settings.store.removeprefix("sqlite:///")
    connections, path = Connections(), Path(folder) / f"{name}.sqlite"
    connections.write(
        File(name, path),
        lambda connection: connection.execute("UPDATE documents SET body = ? WHERE id = ?", (body.decode(), doc_id)),
    )
    connections.close()
