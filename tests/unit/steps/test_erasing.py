"""Erasing: what goes, what stays, what happens to what comes later, and after a restore."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldsync.attachments import digest_of
from fieldsync.backups import Wish, back_up, database_files, fill, read_manifest
from fieldsync.documents import DocId
from fieldsync.erased import read_list
from fieldsync.errors import BadInput, NotFound
from fieldsync.pipeline import Pipeline
from fieldsync.revisions import revisions_of
from fieldsync.services import Services
from fieldsync.stores.factory import open_store

from .conftest import CELL, DWELLING, HOUSEHOLD, OTHER_CELL, PERSON, STAY, Field, uid

WHY = "request 2026-114"


def erase(field_: Field, record: str = PERSON) -> None:
    field_.pipeline.erasing.erase(record, "chen.jie", WHY)


def test_tablets_let_go_of_the_person_and_the_stay_and_keep_the_household(field_: Field) -> None:
    """Tombstones come down; the dwelling and the household are as they were, and the books balance."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, phone="12800000001")
    field_.submit(tablet)
    field_.run()
    erase(field_)
    field_.run()
    assert (field_.live(PERSON), field_.live(STAY)) == ([], [])
    assert len(field_.live(HOUSEHOLD)) == len(field_.live(DWELLING)) == 1
    record = field_.pipeline.registry.get(PERSON)
    assert record
    assert (record.items, record.erased) == ({}, {"at": "2026-11-23T08:00:00.000Z", "by": "chen.jie"})
    books = field_.books()
    assert (books["unaccounted"], books["adds_up"], books["outcomes"]["erased"]) == (0, True, 1)
    assert field_.pipeline.search._filing.referring([PERSON]) == {PERSON: []}


def test_what_a_tablet_sends_later_is_set_aside(field_: Field) -> None:
    """An edit of the person, and a stay that names the person anew: neither enters the cell, both can be dismissed."""
    tablet = field_.tablet("li.na")
    erase(field_)
    tablet.edit(PERSON, phone="12800000001")
    new = f"stay:{uid('again')}"
    tablet.write(new, {"kind": "stay", "data": {"person": PERSON, "household": HOUSEHOLD, "kind": "usual"}})
    field_.run()
    assert (field_.live(PERSON), field_.live(new)) == ([], [])
    waiting = field_.open_cases("quarantine")
    assert {(case.document, case.reason) for case in waiting} == {(PERSON, "erased"), (new, "erased")}
    with pytest.raises(BadInput, match="was erased: dismiss"):
        field_.decide(waiting[0].id, "release")
    for case in waiting:
        field_.decide(case.id, "dismiss")
    assert field_.books()["adds_up"]


def test_an_erasure_may_be_repeated_and_is_noted_once(field_: Field, tmp_path: Path) -> None:
    """In the store and in the file beside the keys; each time in the trail, which stays whole."""
    erase(field_)
    erase(field_)
    assert [one.record for one in field_.pipeline.erasing.erasures.all()] == [PERSON]
    assert [one.record for one in read_list(tmp_path / "store" / "erased.jsonl")] == [PERSON]
    noted = [(t.by, t.subject, t.reason) for t in field_.services.trail.entries() if t.action == "registry.erase"]
    assert noted == [("chen.jie", PERSON, WHY)] * 2
    assert field_.services.trail.first_break() is None


@pytest.mark.parametrize(
    ("record", "reason", "error", "says"),
    [
        (PERSON, " ", BadInput, "needs a reason"),
        (DWELLING, WHY, BadInput, "neither a person nor a household"),
        (f"person:{uid('nobody')}", WHY, NotFound, "Nothing is held"),
    ],
)
def test_what_cannot_be_erased_is_refused(
    field_: Field, record: str, reason: str, error: type[Exception], says: str
) -> None:
    """Nothing changes, and nothing is noted."""
    with pytest.raises(error, match=says):
        field_.pipeline.erasing.erase(record, "chen.jie", reason)
    assert list(field_.services.trail.entries()) == []
    assert field_.live(PERSON)


def test_a_restore_does_not_bring_anybody_back(field_: Field, tmp_path: Path) -> None:
    """A backup of before has the person; with the list of the erased the restored store has not, and balances."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, phone="12800000001")
    keys = tmp_path / "store" / "keys.json"
    wish = Wish(tmp_path / "backup", "0", datetime(2026, 12, 1, tzinfo=UTC), keys, False)
    back_up(field_.services.store, wish, lambda folder: open_store(f"sqlite:///{folder}"))
    erase(field_)
    again = open_store(f"sqlite:///{tmp_path / 'again'}")
    files = database_files(tmp_path / "backup", read_manifest(tmp_path / "backup"))
    fill(again, field_.services.keys.data_keys, files, lambda folder: open_store(f"sqlite:///{folder}"))
    services = Services.of(again, field_.services.keys, field_.services.settings, lambda: field_.moment)
    restored = Field(services, Pipeline.of(services), field_.moment)
    assert restored.live(PERSON)
    for erasure in read_list(tmp_path / "store" / "erased.jsonl"):
        assert restored.pipeline.erasing.erase_again(erasure)
        assert not restored.pipeline.erasing.erase_again(erasure)
    restored.run()
    assert restored.live(PERSON) == []
    found = b"".join(path.read_bytes() for path in (tmp_path / "again").glob("*.sqlite*"))
    assert b"12800000001" not in found
    assert restored.books()["adds_up"]
    again.close()


def test_a_file_tells_all_that_is_held_and_who_saw_it(field_: Field) -> None:
    """Values, versions, quarantined ones too, decisions and the trail; after an erasure the trail alone."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, phone="12800000001")
    tablet.push({"_id": PERSON, "_rev": "bad", "note": "12800000002"})
    field_.run()
    field_.services.trail.note("wu.min", "registry.list", CELL, f"by name; saw: {PERSON}")
    held = field_.pipeline.files.of(PERSON)
    told = json.dumps(held, ensure_ascii=False)
    assert all(value in told for value in ("12800000001", "12800000002", "王芳", STAY, "wu.min"))
    assert [one["by"] for one in held["seen"]] == ["wu.min"]
    assert {record["id"] for record in held["registry"]} == {PERSON, STAY}
    erase(field_)
    after = field_.pipeline.files.of(PERSON)
    assert after["erased"]["by"] == "chen.jie"
    assert "1280000000" not in json.dumps(after)
    assert [one["action"] for one in after["seen"]] == ["registry.list", "registry.erase"]


def test_forgotten_documents_leave_the_figures_right(field_: Field) -> None:
    """What was looked up by a name is gone from the filing as if it had never been, and can be counted on."""
    field_.pipeline.steps.look_for_duplicates()
    filing = field_.services.store.database("filing")
    assert any(row.id.endswith(PERSON) for row in filing.documents())
    erase(field_)
    ids = [row.id for row in filing.documents()]
    assert not [name for name in ids if PERSON in name and not name.startswith("of:")]
    assert filing.info().doc_count == len(ids)
    assert filing.get(DocId(f"filed:{PERSON}")) is None


def test_a_story_ends_with_when_by_whom_and_why(field_: Field) -> None:
    """In both languages, of the person and of the stay that went with it, and nothing of what was told."""
    field_.tablet("li.na").edit(PERSON, phone="12800000001")
    field_.run()
    erase(field_)
    for document in (PERSON, STAY):
        steps = field_.pipeline.teller.document(CELL, document)
        assert (steps[-1]["step"], steps[-1]["by"], steps[-1]["reason"]) == ("erasure", "chen.jie", WHY)
        assert steps[-1]["en"] == f"Erased today at 16:00 by chen.jie: {WHY}."
        assert WHY in steps[-1]["zh"]
        assert "1280000" not in json.dumps(steps)


def attach(field_: Field, document: str, photos: dict[str, bytes]) -> None:
    """Send a new revision of a document with photos."""
    tablet = field_.tablet("li.na")
    path = tablet.heads[document]
    rev = f"{int(path[0].partition('-')[0]) + 1}-{digest_of(repr(photos).encode())[4:].encode().hex()[:32]}"
    files = {
        name: {"content_type": "image/jpeg", "data": base64.b64encode(content).decode()}
        for name, content in photos.items()
    }
    body = {"kind": document.partition(":")[0], "data": field_.data(document), "_attachments": files}
    tablet.push({**body, "_id": document, "_rev": rev, "_revisions": revisions_of((rev, *path))})


def test_photos_go_that_nobody_else_has(field_: Field, tmp_path: Path) -> None:
    """Also one that an earlier revision had; a photo of somebody else's stays, and so does a shared one."""
    one, former, shared, other = (f"zzphoto{number}".encode() * 3000 for number in range(4))
    attach(field_, PERSON, {"card.jpg": former})
    attach(field_, PERSON, {"card.jpg": one, "door.jpg": shared})
    attach(field_, DWELLING, {"door.jpg": shared, "roof.jpg": other})
    field_.run()
    erase(field_)
    blobs = field_.services.store.blobs()
    assert sorted(blobs.digests()) == sorted([digest_of(shared), digest_of(other)])
    field_.services.store.close()
    files = b"".join(path.read_bytes() for path in (tmp_path / "store").glob("blobs*"))
    assert (former[:20] in files, one[:20] in files, shared[:20] in files) == (False, False, True)


def test_the_preview_names_others_with_the_same_phone(field_: Field) -> None:
    """A household whose contact is the person's phone: it stays, and whoever erases is told."""
    tablet = field_.tablet("li.na")
    tablet.edit(HOUSEHOLD, contact_name="王芳", phone="12812345678")
    field_.submit(tablet)
    field_.run()
    field_.pipeline.steps.look_for_duplicates()
    erasing = field_.pipeline.erasing
    assert erasing.mentions(erasing.reach(PERSON)) == [HOUSEHOLD]
    assert erasing.mentions(erasing.reach(HOUSEHOLD)) == [PERSON]


def test_what_a_cell_tells_of_somebody_whom_it_does_not_have_goes_too(field_: Field) -> None:
    """A death, and a stay that nobody admitted, in a cell without the person's own document."""
    field_.services.store.create(f"cell-{OTHER_CELL}")
    tablet = field_.tablet("wang.fang")
    tablet.cell = OTHER_CELL
    tablet.heads.clear()
    for kind in ("event", "stay"):
        tablet.write(f"{kind}:{uid('there')}", {"kind": kind, "data": {"person": PERSON, "note": "a planted word"}})
    field_.pipeline.steps.catch_up(OTHER_CELL)
    field_.pipeline.erasing.erase(PERSON, "wu.min", "they asked")
    there = list(field_.services.store.database(f"cell-{OTHER_CELL}").documents())
    assert not any(b"a planted word" in row.body for row in there)
    assert field_.books()["adds_up"]
