"""The archive of the ledger: what goes there, that nothing is lost or doubled, and that all reads go on as before."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from fieldsync.accounting.tallies import Tallies
from fieldsync.archive import Archive
from fieldsync.archiving import Archiving
from fieldsync.cases import Cases
from fieldsync.documents import DocId
from fieldsync.errors import StoreUnavailable
from fieldsync.ledger import NAME, Ledger
from fieldsync.restoring import replay

from .conftest import CELL, PERSON, Field
from .crashes import Died, Fuse, FusedStore
from .test_tallies import check

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATER = date(2027, 1, 1)


@pytest.fixture
def worked(field_: Field) -> Field:
    """Three tablets' worth of concluded edits of a person, and one that is open, on top of each other."""
    for phone, name in (("1", "li.na"), ("2", "wang.fang"), ("3", "li.na")):
        tablet = field_.tablet(name)
        tablet.edit(PERSON, phone=f"1280000000{phone}")
        field_.submit(tablet, name=f"submission {phone}")
        field_.run()
        field_.later()
    field_.tablet("li.na").edit(PERSON, employer="Jinli Tea")
    field_.run()
    return field_


def archiving(field_: Field, store: Any = None) -> Archiving:
    """Return an archiving of the field's ledger, by way of a store in front of it."""
    store = store or field_.services.store
    ledger = Ledger(store, field_.services.vault, field_.services.ledger.archive)
    return Archiving(store, ledger, Cases(store, field_.services.vault), Tallies(store, ledger, SHANGHAI), SHANGHAI)


def whole(field_: Field) -> dict[str, Any]:
    """Return all entries of the person as they read."""
    return dict(field_.services.ledger.document(CELL, PERSON).entries)


def short(field_: Field) -> set[str]:
    """Return the revisions of which only the short form is in the ledger."""
    logs = field_.services.ledger.documents()
    return {rev for _, _, log in logs for rev, entry in log.entries.items() if entry.is_short}


def archived_lines(field_: Field) -> list[dict[str, Any]]:
    """Return the lines of all files of the archive, read as any tool would."""
    folder = field_.services.ledger.archive.folder
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.gz"))
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]


def test_what_is_concluded_goes_and_reads_as_before(worked: Field) -> None:
    """Entries, story, books and tallies are the same; the leaf, what is open and its base stay whole."""
    before, story = whole(worked), worked.pipeline.teller.document(CELL, PERSON)
    books = worked.books()
    check(worked, worked.pipeline.tallies)
    done = archiving(worked).run(LATER)
    gone = short(worked)
    (leaf,) = worked.live(PERSON)
    assert done.shortened == done.entries == len(gone) > 0
    assert leaf not in gone
    assert before[leaf].path[1] not in gone
    assert whole(worked) == before
    assert worked.pipeline.teller.document(CELL, PERSON) == story
    assert worked.books() == {**books, "archived": len(gone)}
    check(worked, worked.pipeline.tallies)
    worked.pipeline.tallies.forget()
    check(worked, worked.pipeline.tallies)


def test_what_is_too_new_stays(worked: Field) -> None:
    """Before the first arrival there is nothing to archive."""
    assert archiving(worked).run(date(2026, 11, 23)).entries == 0
    assert short(worked) == set()


def test_the_bodies_leave_the_store(worked: Field) -> None:
    """The ledger's database does not keep what was replaced."""
    archiving(worked).run(LATER)
    (rev, *_) = sorted(short(worked))
    database = worked.services.store.database(NAME)
    row = next(r for r in worked.services.ledger.rows() if f"@{rev}" in r.id and "#" not in r.id)
    assert len(row.path) == 2
    assert database.get(row.id, row.path[1]) is None


def test_interrupted_at_every_write(worked: Field) -> None:
    """Whatever a run that died left, the next one ends: nothing is lost, no line is in two files."""
    before, at = whole(worked), 1
    while True:
        fuse = Fuse()
        fuse.left = at
        try:
            archiving(worked, FusedStore(worked.services.store, fuse)).run(LATER)
            break
        except Died:
            assert whole(worked) == before
            assert worked.books()["adds_up"]
        at += 1
    assert at > 3
    lines = [line["id"] for line in archived_lines(worked)]
    assert len(lines) == len(set(lines))
    assert {line.partition("@")[2] for line in lines if "#" not in line} == short(worked)
    check(worked, worked.pipeline.tallies)


@pytest.mark.parametrize("moment", ["file", "manifest"])
def test_interrupted_between_file_and_manifest(worked: Field, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the manifest does not name does not count, and is written again."""
    before, add = whole(worked), Archive.add

    def die(self: Archive, draft: Path, made: Any) -> None:
        if moment == "manifest":
            add(self, draft, made)
        else:
            draft.rename(self.folder / made.name)
        raise Died

    monkeypatch.setattr(Archive, "add", die)
    with pytest.raises(Died):
        archiving(worked).run(LATER)
    monkeypatch.undo()
    assert whole(worked) == before
    assert short(worked) == set()
    archiving(worked).run(LATER)
    lines = [line["id"] for line in archived_lines(worked)]
    assert len(lines) == len(set(lines)) > 0
    assert whole(worked) == before
    assert worked.services.ledger.archive.verify() == 1


def test_again_archives_only_what_is_new(worked: Field) -> None:
    """A second file for the same month follows the first in the chain."""
    archiving(worked).run(LATER)
    tablet = worked.tablet("li.na")
    worked.submit(tablet, name="submission 4")
    worked.run()
    worked.later()
    tablet = worked.tablet("wang.fang")
    tablet.edit(PERSON, phone="12800000009")
    worked.submit(tablet, name="submission 5")
    worked.run()
    before = whole(worked)
    assert archiving(worked).run(LATER).files == 1
    assert archiving(worked).run(LATER).files == 0
    assert worked.services.ledger.archive.verify() == 2
    assert whole(worked) == before
    lines = [line["id"] for line in archived_lines(worked) if "#" not in line["id"]]
    assert len(lines) == len(set(lines))


def test_a_late_edit_on_an_archived_version_merges_over_its_body(worked: Field) -> None:
    """A tablet that was away since the first version still meets the others over what it had seen."""
    entries = worked.services.ledger.document(CELL, PERSON).entries.values()
    first = next(e.rev for e in entries if e.cause == "import")
    archiving(worked).run(LATER)
    assert first in short(worked)
    tablet = worked.tablet("zhao.yun")
    tablet.heads[PERSON] = (first,)
    tablet.edit(PERSON, name="王芳芳")
    assert worked.data(PERSON)["name"] == "王芳芳"
    assert worked.data(PERSON)["phone"] == "12800000003"
    assert worked.data(PERSON)["employer"] == "Jinli Tea"
    worked.run()
    assert worked.books()["adds_up"]


def test_an_archive_that_is_not_there_is_missed_in_words(worked: Field) -> None:
    """A merge that needs an archived body says which file to put back; the books and the story say where it is."""
    entries = worked.services.ledger.document(CELL, PERSON).entries.values()
    first = next(e.rev for e in entries if e.cause == "import")
    archiving(worked).run(LATER)
    folder = worked.services.ledger.archive.folder
    folder.rename(folder.with_name("elsewhere"))
    tablet = worked.tablet("zhao.yun")
    tablet.heads[PERSON] = (first,)
    with pytest.raises(StoreUnavailable, match="FIELDSYNC_ARCHIVE"):
        tablet.push({"_id": PERSON, "_rev": f"2-{'a' * 32}", "_revisions": _path(first), "data": {"name": "X"}})
    assert {f["kind"] for f in worked.books()["faults"]} == {"archive_missing"}
    folder.with_name("elsewhere").rename(folder)
    assert worked.books()["adds_up"]


def _path(first: str) -> dict[str, Any]:
    return {"start": 2, "ids": ["a" * 32, first.partition("-")[2]]}


def test_a_damaged_file_is_named(worked: Field) -> None:
    """A file that is not what was written is refused before anything of it is used."""
    archiving(worked).run(LATER)
    archive = worked.services.ledger.archive
    (held,) = archive.files()
    path = archive.folder / held.name
    path.write_bytes(path.read_bytes()[:-9] + b"damaged!!")
    with pytest.raises(StoreUnavailable, match=held.name):
        archive.verify()
    manifest = archive.folder / "manifest.json"
    manifest.write_bytes(msgspec.json.encode([msgspec.structs.replace(held, sha256="0" * 64)]))
    with pytest.raises(StoreUnavailable, match="manifest"):
        archive.verify()


def test_a_lost_cell_comes_back_from_a_ledger_with_an_archive(worked: Field) -> None:
    """What was archived is in the paths of what was not: the winner is whole, and so are the books."""
    archiving(worked).run(LATER)
    winner = worked.cell.get(DocId(PERSON))
    worked.services.store.delete(f"cell-{CELL}")
    assert replay(worked.services.store, worked.services.vault) > 0
    assert worked.cell.get(DocId(PERSON)) == winner
    assert worked.books()["adds_up"]


def test_by_tablet_and_by_day(worked: Field) -> None:
    """The ledger is asked by tablet, by day of the city, or both."""
    ledger = worked.services.ledger
    mine = ledger.arrivals(tablet="tablet:li.na")
    assert {one.author for one in mine} == {"li.na"}
    everything = ledger.arrivals(day=date(2026, 11, 23), zone=SHANGHAI)
    assert {one.author for one in everything} == {"li.na", "wang.fang"}
    assert ledger.arrivals(tablet="tablet:li.na", day=date(2026, 11, 23), zone=SHANGHAI) == mine
    assert ledger.arrivals(day=date(2026, 11, 24), zone=SHANGHAI) == []
    assert ledger.arrivals(day=date(2026, 11, 23), zone=ZoneInfo("Asia/Kathmandu")) == everything
