"""Answers to sealed forms: under seal, with a stub in the cell, in the books, withdrawn and erased."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldsync.backups import Wish, back_up, database_files, fill, read_manifest
from fieldsync.documents import DocId
from fieldsync.errors import BadInput, NotFound
from fieldsync.pipeline import Pipeline
from fieldsync.replication import Access, PushRequest
from fieldsync.restoring import replay
from fieldsync.services import Services
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store

from .conftest import CELL, HOUSEHOLD, PERSON, Field, uid
from .sealed_room import ROOM, TOLD, Sender, told_in
from .test_planted_values import layers, spellings

PLANTED = "plantedword"
"""What somebody told, where it is looked for in JSON text, which would spell Chinese otherwise."""


def files_with(folder: Path, text: str) -> set[str]:
    """Return the names of the files that hold a text, however it is spelt."""
    wanted = list(spellings(text))
    files = (path for path in folder.rglob("*") if path.is_file())
    return {p.name for p in files if any(one in layer for layer in layers(p.read_bytes()) for one in wanted)}


def test_an_answer_is_kept_under_seal_and_the_cell_has_a_stub(field_: Field, tmp_path: Path) -> None:
    """The stub says which form, about whom, when, by whom and that they agreed; no file has the answer in it."""
    answer = Sender(field_).answer("one")
    assert told_in(field_, answer)["data"]["long_term"] == TOLD
    stub = field_.body(answer)
    assert (stub["form"], stub["version"], stub["sealed"]) == ("health", "2026-11-01", True)
    about = {"person": PERSON, "household": HOUSEHOLD}
    assert stub["data"] == {**about, "consent": "given", "at": "2026-11-23T08:00:00.000Z", "by": "li.na"}
    assert files_with(tmp_path, TOLD) == set()


def test_the_books_balance_with_it(field_: Field) -> None:
    """One change, recorded, in the cell it is of; revisions of the sealed database are compared with the ledger."""
    Sender(field_).answer("one")
    books = field_.books()
    assert (books["changes"], books["outcomes"], books["faults"], books["adds_up"]) == (1, {"recorded": 1}, [], True)
    assert list(books["by_cell"]) == [CELL]
    field_.services.store.delete(f"cell-{ROOM}")
    assert {fault["kind"] for fault in field_.books()["faults"]} == {"not_in_cell"}


def test_a_refusal_keeps_nothing_else(field_: Field, tmp_path: Path) -> None:
    """Whatever the tablet sent beside it, a photo too; the stub says that they did not agree."""
    photo = {"_attachments": {"x.txt": {"content_type": "text/plain", "data": "5qSN5YWl55qE55eF5oOFenE="}}}
    answer = Sender(field_).refuse("one", self_rated="poor_able")
    Sender(field_).answer("two", data={"agrees": "no"}, **photo)
    assert told_in(field_, answer)["data"] == {"person": PERSON, "household": HOUSEHOLD, "agrees": "no"}
    assert field_.data(answer)["consent"] == "refused"
    entries = field_.services.ledger.document(ROOM, answer).entries.values()
    assert [entry.body["data"].get("long_term") for entry in entries if entry.body] == [None]
    assert not list(field_.services.store.blobs().digests())
    assert files_with(tmp_path, "poor_able") == {"forms.sqlite"} | files_with(tmp_path, "poor_unable")


def test_an_answer_that_came_to_the_cell_is_moved(field_: Field, tmp_path: Path) -> None:
    """The tablet's revision is known and has the stub as its child; nothing in the cell's file has the answer."""
    sender = Sender(field_)
    answer = sender.answer("astray", cell=CELL)
    rev = sender.sent[answer]
    (live,) = field_.live(answer)
    winner = field_.cell.get(DocId(answer))
    assert live.startswith("2-")
    assert winner is not None
    assert winner.path == (live, rev)
    assert field_.data(answer)["consent"] == "given"
    assert told_in(field_, answer)["data"]["long_term"] == TOLD
    assert field_.pipeline.intake.missing(CELL, sender.caller(CELL), {answer: [rev]}) == {}
    books = field_.books()
    assert (books["changes"], books["outcomes"], books["faults"]) == (1, {"recorded": 1}, [])
    assert files_with(tmp_path, TOLD) == set()


def malformed(name: str) -> bytes:
    """Return an answer that cannot be read, or cannot stand in a tree, as it may come to the cell."""
    data = {"person": PERSON, "household": HOUSEHOLD, "agrees": "yes", "long_term": TOLD}
    body = {"_id": f"answer:{uid('bad')}", "_rev": "1-" + "a" * 32, "kind": "answer", "form": "health", "data": data}
    changed = {
        "identifier": {"_id": "answer:bad"},
        "revision": {"_rev": "x"},
        "generation": {"_rev": f"999999-{'a' * 32}"},
    }
    raw = json.dumps(body | changed.get(name, {}), ensure_ascii=False).encode()
    if name == "half_character":
        return raw.replace(TOLD.encode(), TOLD.encode() + b"\\ud800")
    if name == "unreadable":
        return raw.replace(TOLD.encode(), TOLD.encode() + b"\xff")
    return raw[:-1] + b',"x":' + b"[" * 2000 + b"]" * 2000 + b"}" if name == "too_deep" else raw


@pytest.mark.parametrize("name", ["identifier", "revision", "generation", "half_character", "unreadable", "too_deep"])
def test_a_malformed_answer_that_came_to_the_cell_is_shown_to_no_staff(field_: Field, name: str) -> None:
    """It is set aside under seal, in no cell; the case has none of its words, and sent again it is the same one."""
    request = PushRequest(CELL, Sender(field_).caller(CELL), [malformed(name)], None)
    for _ in range(2):
        assert field_.pipeline.intake.push(request) == []
    (case,) = field_.open_cases("quarantine")
    assert case.cell == ROOM
    assert field_.pipeline.releases.came(case) == ""
    rows = field_.services.store.database(f"cell-{CELL}").documents()
    assert not any(TOLD in row.body.decode() or "long_term" in row.body.decode() for row in rows)
    books = field_.books()
    assert (books["outcomes"], books["faults"], books["adds_up"]) == ({"quarantined": 1}, [], True)


def test_a_person_that_names_a_sealed_form_stays_in_the_cell(field_: Field) -> None:
    """The edit is set aside under seal; below it the person is as before, not a tombstone."""
    before, rev = field_.data(PERSON), field_.live(PERSON)[0]
    number = int(rev.partition("-")[0]) + 1
    history = {"start": number, "ids": ["b" * 32, rev.partition("-")[2]]}
    named = {"kind": "person", "form": "health", "data": {"name": TOLD}}
    Sender(field_).push({"_id": PERSON, "_rev": f"{number}-{'b' * 32}", "_revisions": history, **named}, cell=CELL)
    field_.run()
    assert field_.data(PERSON) == before
    assert [(case.cell, case.reason) for case in field_.open_cases("quarantine")] == [(ROOM, "not_sealed")]
    assert field_.books()["adds_up"]


def test_who_gave_an_answer_is_known_after_somebody_tried_to_change_it(field_: Field) -> None:
    """Another tablet deletes it: that is set aside, and stub and reader still say who sent what stands."""
    sender = Sender(field_)
    answer = sender.answer("one")
    history = {"start": 2, "ids": ["b" * 32, sender.sent[answer][2:]]}
    Sender(field_, "wang.fang").push({"_id": answer, "_rev": "2-" + "b" * 32, "_revisions": history, "_deleted": True})
    assert (field_.data(answer)["consent"], field_.data(answer)["by"]) == ("given", "li.na")
    shown = field_.pipeline.sealed_answers.read(CELL, answer, "hu.yi", "home visit")
    assert (shown["by"], shown["data"]["long_term"]) == ("li.na", TOLD)


def test_sent_to_both_places_it_is_one_answer(field_: Field) -> None:
    """First under seal, then to the cell, and once more: one change, one stub."""
    sender = Sender(field_)
    answer = sender.answer("both")
    for _ in range(2):
        sender.answer("both", cell=CELL)
        field_.run()
    assert len(field_.live(answer)) == 1
    books = field_.books()
    assert (books["changes"], books["outcomes"], books["faults"]) == (1, {"recorded": 1}, [])


def test_what_is_no_sealed_answer_is_set_aside(field_: Field) -> None:
    """Other documents, other forms, files, an answer about nobody: kept, acknowledged, a case, and no words shown."""
    sender = Sender(field_)
    sent = [
        sender.send(PERSON, {"data": {"name": TOLD}}),
        sender.send("plain", {"form": "person", "data": {"name": TOLD}}),
        sender.answer("file", _attachments={"x.txt": {"content_type": "text/plain", "data": "eA=="}}),
        sender.answer("nobody", data={"person": TOLD, "household": None}),
        sender.answer("paths", **{"data/x": TOLD}),
    ]
    cases = {case.document: case for case in field_.open_cases("quarantine")}
    assert {doc: case.reason for doc, case in cases.items()} == dict(
        zip(sent, ("not_sealed", "not_sealed", "sealed_file", "shape", "shape"), strict=True)
    )
    assert {case.cell for case in cases.values()} == {ROOM}
    assert [field_.pipeline.releases.came(case) for case in cases.values()] == [""] * 5
    for doc in sent:
        gaps = field_.pipeline.intake.missing(ROOM, sender.caller(), {doc: [sender.sent[doc]]})
        assert gaps == {}
    books = field_.books()
    assert (books["outcomes"], books["faults"], books["adds_up"]) == ({"quarantined": 5}, [], True)
    told = field_.pipeline.messages.notices("tablet:li.na", "li.na", [CELL])
    assert len(told) == 5
    assert TOLD not in str(told)
    assert not list(field_.services.store.blobs().digests())


def test_saying_no_later_erases_what_was_told(field_: Field, tmp_path: Path) -> None:
    """The key goes, the stub says withdrawn, the books balance; what is told after a new yes stays."""
    sender = Sender(field_)
    first = sender.answer("one")
    field_.later()
    refusal = sender.refuse("two")
    assert told_in(field_, first) == {}
    assert field_.services.ledger.document(ROOM, first).entries[sender.sent[first]].erased
    assert [field_.data(one)["consent"] for one in (first, refusal)] == ["withdrawn", "refused"]
    field_.later()
    again = sender.answer("three")
    assert told_in(field_, again)["data"]["long_term"] == TOLD
    books = field_.books()
    assert (books["outcomes"], books["faults"]) == ({"erased": 1, "recorded": 2}, [])
    traces = [(trace.action, trace.subject) for trace in field_.services.trail.entries()]
    assert traces == [("sealed.withdraw", first)]
    with pytest.raises(NotFound):
        field_.pipeline.sealed_answers.read(CELL, first, "hu.yi", "a visit")


def test_what_was_told_before_the_no_and_comes_after_it_is_erased(field_: Field) -> None:
    """A tablet that was offline brings an older yes: it does not stand."""
    late, sender = Sender(field_, "wang.fang"), Sender(field_)
    told_at = field_.moment.isoformat()
    field_.later()
    sender.refuse("no")
    field_.later()
    body = {"kind": "answer", "form": "health", "version": "2026-11-01"}
    data = {"person": PERSON, "agrees": "yes", "long_term": TOLD}
    answer = f"answer:{uid('late')}"
    late.push({"_id": answer, "_rev": "1-" + "a" * 32, **body, "data": data, "meta": {"at": told_at}})
    assert told_in(field_, answer) == {}
    assert field_.data(answer)["consent"] == "withdrawn"
    assert field_.books()["adds_up"]


def kept_apart(field_: Field) -> str:
    """Return all that can still be opened of what the ledger has under seal."""
    logs = [log for _, _, log in field_.services.ledger.documents(ROOM)]
    return str([(entry.body, entry.raw) for log in logs for entry in log.entries.values()])


def test_saying_no_erases_what_was_set_aside_too(field_: Field, tmp_path: Path) -> None:
    """An answer with a photo, before the no or late; a restore erases it again; what is told about others stays."""
    late, sender = Sender(field_, "wang.fang"), Sender(field_)
    photo = {"_attachments": {"x.txt": {"content_type": "text/plain", "data": "eA=="}}}
    sender.answer("photo", data={"long_term": PLANTED}, **photo)
    sender.answer("home", data={"person": None, "long_term": "home"}, **photo)
    told_at = field_.moment.isoformat()
    restored = restored_from_now(field_, tmp_path)
    field_.later()
    sender.refuse("no")
    assert PLANTED not in kept_apart(field_)
    assert '"home"' in kept_apart(field_)
    data = {"person": PERSON, "agrees": "yes", "long_term": PLANTED}
    body = {"kind": "answer", "form": "health", "data": data, "meta": {"at": told_at}, **photo}
    late.push({"_id": f"answer:{uid('late')}", "_rev": "1-" + "a" * 32, **body})
    assert PLANTED not in kept_apart(field_)
    assert [case.document for case in field_.open_cases("quarantine")] == [f"answer:{uid('home')}"]
    books = field_.books()
    assert (books["outcomes"], books["faults"]) == ({"quarantined": 3, "recorded": 1}, [])
    listed = next(one for one in field_.pipeline.erasing.erasures.all() if one.record == f"answer:{uid('photo')}")
    assert PLANTED in kept_apart(restored)
    assert restored.pipeline.erasing.erase_again(listed)
    assert PLANTED not in kept_apart(restored)


@pytest.mark.parametrize("cell", [ROOM, CELL])
def test_changing_ones_own_answer_to_no_withdraws_it(field_: Field, cell: str) -> None:
    """The second revision is set aside, and still is the no that it says: also for what was told before, and late."""
    sender = Sender(field_)
    before = sender.answer("before", data={"long_term": PLANTED})
    answer = sender.answer("one", data={"long_term": PLANTED}, cell=cell)
    assert PLANTED in kept_apart(field_)
    nobody = {"kind": "answer", "form": "health", "data": {"agrees": "yes", "long_term": PLANTED}}
    sender.push({"_id": before, "_rev": "2-" + "c" * 32, **nobody})
    field_.later()
    history = {"start": 2, "ids": ["b" * 32, sender.sent[answer][2:]]}
    data = {"person": PERSON, "household": HOUSEHOLD, "agrees": "no", "long_term": PLANTED}
    body = {"kind": "answer", "form": "health", "data": data, "meta": {"at": field_.moment.isoformat()}}
    change = {"_id": answer, "_rev": "2-" + "b" * 32, "_revisions": history, **body}
    for _ in range(2):
        sender.push(change, cell=cell)
    assert [field_.data(one)["consent"] for one in (before, answer)] == ["withdrawn"] * 2
    assert PLANTED not in kept_apart(field_)
    assert (told_in(field_, answer), field_.open_cases("quarantine")) == ({}, [])
    books = field_.books()
    assert (books["outcomes"], books["faults"], books["adds_up"]) == ({"erased": 2, "quarantined": 2}, [], True)
    assert [trace.action for trace in field_.services.trail.entries()] == ["sealed.withdraw"] * 3


def test_what_is_held_is_withdrawn_once_the_hold_ends(field_: Field) -> None:
    """Also what was set aside; the sweep does it, and what nothing holds does not wait."""
    sender = Sender(field_)
    answer = sender.answer("one", data={"long_term": PLANTED})
    photo = {"_attachments": {"x.txt": {"content_type": "text/plain", "data": "eA=="}}}
    sender.answer("photo", data={"long_term": PLANTED, "household": None}, **photo)
    hold = field_.pipeline.holds.place(HOUSEHOLD, "court", "wu.min")
    field_.later()
    sender.refuse("no")
    field_.pipeline.steps.stubs.catch_up()
    assert (field_.data(answer)["consent"], told_in(field_, answer)["data"]["long_term"]) == ("given", PLANTED)
    assert field_.open_cases("quarantine") == []
    field_.pipeline.holds.end(hold.id, "wu.min")
    field_.pipeline.steps.stubs.catch_up()
    assert (field_.data(answer)["consent"], told_in(field_, answer)) == ("withdrawn", {})
    assert PLANTED not in kept_apart(field_)
    assert field_.books()["adds_up"]


def test_erasing_a_person_erases_their_answers(field_: Field, tmp_path: Path) -> None:
    """Answers, refusals and what was set aside go with the person's key; the person's file had them before."""
    sender = Sender(field_)
    answer = sender.answer("one")
    sender.answer("file", _attachments={"x.txt": {"content_type": "text/plain", "data": "eA=="}})
    held = field_.pipeline.files.of(PERSON)
    assert [r["data"]["long_term"] for r in held["revisions"] if r["cell"] == ROOM] == [TOLD]
    made = {"at": held["revisions"][0]["arrived"], "by": "wu.min", "reason": "request"}
    read = field_.pipeline.files.told(held | {"made": made}, "en")
    assert ("Long-term illness", TOLD) in [row[1:] for section in read.sections for row in section.rows]
    field_.pipeline.erasing.erase(PERSON, "wu.min", "they asked")
    assert told_in(field_, answer) == {}
    assert field_.body(answer) == {}
    entries = [log for _, _, log in field_.services.ledger.documents(ROOM)]
    assert all(TOLD not in str((e.body, e.raw)) for log in entries for e in log.entries.values())
    books = field_.books()
    assert (books["faults"], books["adds_up"]) == ([], True)
    sender.answer("after")
    assert [case.reason for case in field_.open_cases("quarantine")][-1] in ("erased", "sealed_file")
    assert files_with(tmp_path, TOLD) == set()


def test_a_restore_from_before_the_no_erases_it_again(field_: Field, tmp_path: Path) -> None:
    """The list of the erased lies beside the keys; the stub, which came back with the answer, says withdrawn again."""
    sender = Sender(field_)
    answer = sender.answer("one")
    restored = restored_from_now(field_, tmp_path)
    field_.later()
    sender.refuse("two")
    (listed,) = field_.pipeline.erasing.erasures.all()
    assert (listed.record, listed.cells, listed.reason) == (answer, [ROOM], "withdrawal")
    assert told_in(restored, answer)["data"]["long_term"] == TOLD
    assert restored.pipeline.erasing.erase_again(listed)
    assert not restored.pipeline.erasing.erase_again(listed)
    restored.pipeline.steps.stubs.catch_up()
    assert (told_in(restored, answer), restored.data(answer)["consent"]) == ({}, "withdrawn")
    assert restored.books()["adds_up"]


def restored_from_now(field_: Field, folder: Path) -> Field:
    """Return the installation as a backup of this moment brings it back."""

    def at(path: Path) -> Store:
        return open_store(f"sqlite:///{path}")

    services, backup = field_.services, folder / "backup"
    back_up(services.store, Wish(backup, "0", field_.moment, folder / "store" / "keys.json", False), at)
    again = at(folder / "again")
    fill(again, services.keys.data_keys, database_files(backup, read_manifest(backup)), at)
    made = Services.of(again, services.keys, services.settings, lambda: field_.moment)
    return Field(made, Pipeline.of(made), field_.moment)


def test_an_answer_closes_the_task_that_asked_for_it(field_: Field) -> None:
    """Whoever asked, sees that it was answered, and by whom; also where the answer was a no."""
    task = DocId(f"task:{uid('task')}")
    field_.services.pen.publish(CELL, {task: {"kind": "task", "data": {"what": "health"}}}, "test")
    answer = Sender(field_).refuse("one", task=task)
    closed = field_.data(task)["closed"]
    assert (closed["because"], closed["answer"], closed["by"]) == ("answered", answer, "li.na")


def test_what_a_crash_left_out_is_told_by_the_sweep(field_: Field) -> None:
    """An answer that came to the sealed database and of which the cell does not know yet."""
    field_.services.store.create(f"cell-{ROOM}")
    request_of = Sender(field_)
    reception = field_.pipeline.intake
    object.__setattr__(reception, "stubs", _Nobody())
    answer = request_of.answer("one")
    assert field_.body(answer) == {}
    assert field_.pipeline.steps.stubs.catch_up() == 1
    assert field_.data(answer)["consent"] == "given"
    assert field_.pipeline.steps.stubs.catch_up() == 0


class _Nobody:
    """Dies before it writes a stub."""

    def bring(self, cell: str, answers: list[str]) -> None:
        """Do nothing."""


def test_a_lost_sealed_database_comes_back_from_the_ledger(field_: Field, tmp_path: Path) -> None:
    """As a restore does it; it is sealed again, and answers that were withdrawn stay gone."""
    sender = Sender(field_)
    gone = sender.answer("gone")
    field_.later()
    sender.refuse("no")
    field_.later()
    kept = sender.answer("kept")
    services = field_.services
    services.store.delete(f"cell-{ROOM}")
    assert replay(services.store, services.vault) >= 2
    assert told_in(field_, kept)["data"]["long_term"] == TOLD
    assert "long_term" not in told_in(field_, gone).get("data", {})
    assert field_.books()["faults"] == []
    assert files_with(tmp_path, TOLD) == set()


def test_only_one_at_a_time_is_read_with_a_reason(field_: Field) -> None:
    """The list has no answers; reading one says who and why in the trail, and needs a reason."""
    answer = Sender(field_).answer("one")
    answers = field_.pipeline.sealed_answers
    (row,) = answers.listed([CELL[:6]], "hu.yi")
    assert (row["answer"], row["about"], row["consent"]) == (answer, PERSON, "given")
    assert TOLD not in str(row)
    assert answers.listed([CELL[:6]], "hu.yi", after=row["key"]) == answers.listed(["110101"], "hu.yi") == []
    with pytest.raises(BadInput):
        answers.read(CELL, answer, "hu.yi", " ")
    shown = answers.read(CELL, answer, "hu.yi", "home visit")
    assert (shown["data"]["long_term"], shown["agreed"]) == (TOLD, True)
    assert shown["told"][-1]["question"]["en"] == "Long-term illness"
    last = field_.services.trail.last()
    assert last is not None
    assert (last.by, last.action, last.subject) == ("hu.yi", "sealed.read", answer)
    assert last.names(PERSON)


def test_no_story_tells_what_is_under_seal(field_: Field) -> None:
    """Staff who read stories, and operators, are pointed to the one way."""
    answer = Sender(field_).answer("one")
    with pytest.raises(BadInput, match="sealed"):
        field_.pipeline.teller.document(ROOM, answer)
    field_.run()
    assert TOLD not in str(field_.pipeline.teller.document(CELL, answer))


def test_who_may_send_to_the_sealed_database_fetches_nothing() -> None:
    """Its access is no reading one."""
    assert [access.reads for access in Access] == [True, False, False]
