"""Quarantine: whatever a tablet pushes is kept, and what may not enter a cell brings the tablet back to the winner."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from fieldsync.attachments import Stub, digest_of, stubs_of
from fieldsync.documents import DocId
from fieldsync.revisions import server_rev

from .conftest import CELL, HOUSEHOLD, PERSON, STAY, Field, Tablet, uid

VISIT = f"visit:{uid('visit')}"


def visit(result: str) -> dict[str, Any]:
    """Return the body of a visit."""
    return {"kind": "visit", "data": {"household": HOUSEHOLD, "round": "2026", "result": result}}


def raw_document(doc_id: str, rev: str, **members: Any) -> bytes:
    """Return a pushed document as JSON."""
    return json.dumps({"_id": doc_id, "_rev": rev, "kind": doc_id.partition(":")[0], **members}).encode()


def a_rev(generation: int = 1) -> str:
    """Return a well-formed revision."""
    return f"{generation}-{'ab' * 16}"


DEEP = raw_document(PERSON, a_rev(), data={"a": "DEEP"}).replace(b'"DEEP"', b"[" * 100 + b"]" * 100)


def kept(field_: Field, doc_id: str, rev: str) -> Any:
    """Return the ledger's entry of a revision."""
    return field_.services.ledger.entry(CELL, doc_id, rev)


def test_a_rewritten_visit_is_kept_outside_and_the_visit_stays(field_: Field) -> None:
    """The second revision of a visit is quarantined; a live copy of the first one closes the branch."""
    tablet = field_.tablet("li.na")
    tablet.write(VISIT, visit("complete"))
    rewritten = tablet.write(VISIT, visit("refused"))
    assert kept(field_, VISIT, rewritten).quarantined == "second_revision"
    assert field_.data(VISIT)["result"] == "complete"
    winner = field_.cell.get(DocId(VISIT))
    assert winner is not None
    assert winner.path[1] == rewritten, "the tablet's own revision is an ancestor, so it comes back to the winner"


def test_a_quarantined_edit_beside_another_leaf_ends_in_a_tombstone(field_: Field) -> None:
    """Where another leaf lives the branch is closed by a tombstone, and the winner is the other leaf."""
    good, bad = field_.tablet("li.na"), field_.tablet("zhang.wei")
    good.edit(PERSON, phone="12800000001")
    rev = bad.write(PERSON, {"kind": "person", "data": {"note": "x" * 1_100_000}})
    assert kept(field_, PERSON, rev).quarantined == "too_large"
    assert field_.data(PERSON)["phone"] == "12800000001"
    assert len(field_.live(PERSON)) == 1


def test_a_quarantined_edit_of_the_only_leaf_does_not_delete_the_document(field_: Field) -> None:
    """A live copy of the nearest accepted ancestor stands below a quarantined edit of the lone leaf."""
    tablet = field_.tablet("li.na")
    before = field_.data(PERSON)
    tablet.write(PERSON, {"kind": "person", "data": ["not", "an", "object"]})
    assert field_.data(PERSON) == before


def test_a_good_child_of_a_quarantined_edit_enters_and_closes_the_case(field_: Field) -> None:
    """The next edit is judged by itself: it is merged, and the case of its parent closes."""
    tablet = field_.tablet("li.na")
    tablet.write(PERSON, {"kind": "person", "data": ["bad"]})
    (case,) = field_.open_cases("quarantine")
    data = {**field_.body(PERSON)["data"], "phone": "12800000007"}
    tablet.write(PERSON, {"kind": "person", "data": data})
    assert field_.data(PERSON)["phone"] == "12800000007"
    assert len(field_.live(PERSON)) == 1
    assert not field_.pipeline.cases.get(case.id)[0].is_open
    field_.run()
    assert field_.books()["adds_up"]


def test_a_server_kind_is_quarantined_and_the_collector_is_told(field_: Field) -> None:
    """A tablet that writes a state document gets a notice in both languages; the document is gone from its replica."""
    tablet = field_.tablet("li.na")
    doc_id = f"state:{HOUSEHOLD}"
    tablet.push(raw_document(doc_id, a_rev(), data={"status": "admitted"}))
    assert field_.body(doc_id) == {}
    assert field_.cell.leaves(DocId(doc_id))[0].deleted
    (case,) = field_.open_cases("quarantine")
    assert case.reason == "server_kind"
    notices = list(field_.cell.documents("notice:", "notice;"))
    told = json.loads(notices[0].body)["data"]
    assert told["for"] == "li.na"
    assert set(told["text"]) == {"en", "zh"}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"[1, 2]", "unreadable"),
        (b'{"_id": 7, "_rev": "1-' + b"ab" * 16 + b'"}', "identifier"),
        (raw_document("person:NOT-A-UUID", a_rev()), "identifier"),
        (raw_document("spaceship:" + uid("x"), a_rev()), "identifier"),
        (raw_document(PERSON, "1000000000000000000-" + "ab" * 16), "revision"),
        (raw_document(f"person:{uid('new')}", a_rev(200_000)), "generation"),
        (raw_document(PERSON, "2-xyz"), "revision"),
        (DEEP, "too_deep"),
        (DEEP.replace(b"[" * 100, b"[" * 100_000).replace(b"]" * 100, b"]" * 100_000), "too_deep"),
        (raw_document(PERSON, a_rev(), data={"name": "X"}).replace(b'"X"', b'"\\ud800"'), "half_character"),
    ],
)  # fmt: skip
def test_what_cannot_enter_is_kept_with_its_reason(field_: Field, document: bytes, reason: str) -> None:
    """Malformed, foreign and impossible documents are in the ledger, byte for byte, with a case."""
    field_.tablet("li.na").push(document)
    (case,) = field_.open_cases("quarantine")
    entry = kept(field_, case.document, case.rev)
    assert entry.quarantined == case.reason
    assert entry.raw == document.decode()
    assert case.reason == reason
    assert field_.data(PERSON)["name"] == "王芳"
    assert len(field_.live(PERSON)) == 1
    books = field_.books()
    assert (books["outcomes"], books["unaccounted"], books["faults"]) == ({"quarantined": 1}, 0, [])


@pytest.mark.parametrize(("old", "new"), [(b'"X"', b'"\\ud83d"'), (b'"X"', b"[" * 5000 + b"]" * 5000)])
def test_what_the_parser_gives_up_on_is_still_known_by_its_revision(field_: Field, old: bytes, new: bytes) -> None:
    """Half a character, or thousands of levels: the branch is closed, and the tablet is not asked for it again."""
    tablet = field_.tablet("li.na")
    parent = tablet.heads[PERSON][0]
    body = raw_document(PERSON, a_rev(2), data={"name": "X"}, _revisions=_below(field_, tablet))
    tablet.push(body.replace(old, new))
    assert field_.pipeline.intake.missing(CELL, tablet.caller, {PERSON: [a_rev(2), parent]}) == {}
    winner = field_.cell.get(DocId(PERSON))
    assert winner is not None
    assert a_rev(2) in winner.path
    assert field_.data(PERSON)["name"] == "王芳"


def test_a_child_of_an_impossible_history_is_no_better(field_: Field) -> None:
    """A root beyond any real generation stays outside, also when a later version comes on top of it."""
    tablet, doc_id = field_.tablet("li.na"), f"person:{uid('new')}"
    tablet.push(raw_document(doc_id, a_rev(200_000), data={"name": "李雷"}))
    path = {"start": 200_001, "ids": ["cd" * 16, "ab" * 16]}
    tablet.push(raw_document(doc_id, "200001-" + "cd" * 16, data={"name": "李雷"}, _revisions=path))
    assert [case.reason for case in field_.open_cases("quarantine")] == ["generation", "generation"]
    assert field_.cell.leaves(DocId(doc_id)) == ()


def test_a_quarantined_revision_counts_as_known_for_its_sender(field_: Field) -> None:
    """The tablet that sent it is not asked again; another tablet would be."""
    sender, other = field_.tablet("li.na"), field_.tablet("zhang.wei")
    doc_id = f"spaceship:{uid('x')}"
    sender.push(raw_document(doc_id, a_rev()))
    asked = {doc_id: [a_rev()]}
    assert field_.pipeline.intake.missing(CELL, sender.caller, asked) == {}
    assert field_.pipeline.intake.missing(CELL, other.caller, asked)[doc_id].missing == (a_rev(),)


@pytest.mark.parametrize("rev", ["1000000000000000000-" + "ab" * 16, "1e+21-x", "2-xyz"])
def test_a_malformed_revision_is_asked_for_once_beside_others(field_: Field, rev: str) -> None:
    """A revision that no tree can hold does not fail the comparison of the tablet's other revisions."""
    tablet = field_.tablet("li.na")
    known, new = tablet.heads[PERSON][0], a_rev(2)
    asked = {PERSON: [known, rev, new], STAY: [rev]}
    missing = field_.pipeline.intake.missing(CELL, tablet.caller, asked)
    assert {doc_id: gap.missing for doc_id, gap in missing.items()} == {PERSON: (rev, new), STAY: (rev,)}
    assert missing[PERSON].possible_ancestors == (known,)
    tablet.push(raw_document(PERSON, rev, data={}))
    (case,) = field_.open_cases("quarantine")
    assert case.reason == "revision"
    missing = field_.pipeline.intake.missing(CELL, tablet.caller, {PERSON: [case.rev, new]})
    assert missing[PERSON].missing == (new,)


def test_design_documents_are_known_without_a_case(field_: Field) -> None:
    """A `_design/` document is kept, never enters the cell, and bothers nobody."""
    tablet = field_.tablet("li.na")
    tablet.push(raw_document("_design/mine", a_rev()))
    assert field_.open_cases("quarantine") == []
    assert field_.pipeline.intake.missing(CELL, tablet.caller, {"_design/mine": [a_rev()]}) == {}
    assert field_.cell.get(DocId("_design/mine")) is None
    assert field_.books()["edits"] == 0


def test_a_push_sent_twice_changes_nothing(field_: Field) -> None:
    """The same batch again, good and bad documents alike, leaves ledger, cell and cases as they were."""
    tablet = field_.tablet("li.na")
    good = f"person:{uid('new')}"
    batch = [
        raw_document(good, a_rev(), data={"name": "李雷"}),
        raw_document(VISIT, a_rev(), data={"result": "complete"}),
        raw_document(PERSON, a_rev(2), data=["bad"], _revisions=_below(field_, tablet)),
    ]
    tablet.push(*batch)
    before = (field_.cell.info().update_seq, field_.books(), len(field_.open_cases("quarantine")))
    tablet.push(*batch)
    assert (field_.cell.info().update_seq, field_.books(), len(field_.open_cases("quarantine"))) == before


def _below(field_: Field, tablet: Tablet) -> dict[str, Any]:
    parent = tablet.heads[PERSON][0]
    return {"start": 2, "ids": ["ab" * 16, parent.partition("-")[2]]}


def test_our_own_revisions_handed_back_are_no_edits(field_: Field) -> None:
    """After a restore a tablet hands back what the server wrote itself: no edit, no case."""
    tablet = field_.tablet("li.na")
    winner = field_.cell.get(DocId(STAY))
    assert winner is not None
    body = json.loads(winner.body)
    twin = f"stay:{uid('stay')}"
    forged = {**body, "data": {**body["data"], "until": "2026-01-01"}}
    rev = server_rev(winner.rev, False, forged)
    tablet.push(json.dumps({"_id": twin, **body, "_rev": winner.rev}).encode())
    assert field_.books()["edits"] == 0
    tablet.push(
        json.dumps(
            {
                "_id": twin,
                **forged,
                "_rev": rev,
                "_revisions": {"start": 2, "ids": [r.partition("-")[2] for r in (rev, winner.rev)]},
            }
        ).encode()
    )
    assert kept(field_, STAY, rev).origin == "tablet", "a body that was tampered with breaks the seal: it is an edit"


PHOTO = b"\x89PNG not really" * 9
STUB = {"p.png": {"content_type": "image/png", "stub": True, "digest": digest_of(PHOTO), "revpos": 2}}
INLINE = {"p.png": {"content_type": "image/png", "data": b64encode(PHOTO).decode()}}


@pytest.mark.parametrize("why", ["second_revision", "shape", "too_large", "too_deep", "half_character"])
@pytest.mark.parametrize("in_one_push", [False, True])
def test_a_child_may_name_the_photo_of_a_quarantined_revision(field_: Field, why: str, in_one_push: bool) -> None:
    """CouchDB's replicator sends a stub of what the parent had: it was handed over, so it is known."""
    doc_id = VISIT if why == "second_revision" else PERSON
    tablet = field_.tablet("li.na")
    if why == "second_revision":
        tablet.write(doc_id, visit("complete"))
    path = tablet.heads[doc_id]
    child = {"data": {**field_.body(doc_id)["data"]}, "_attachments": STUB}
    pushed = [quarantined(why, doc_id, path), raw_child(doc_id, path, **child)]
    for batch in [pushed] if in_one_push else [[document] for document in pushed]:
        tablet.push(*batch)
    assert kept(field_, doc_id, f"{len(path) + 1}-{'ab' * 16}").quarantined == why
    entry = kept(field_, doc_id, f"{len(path) + 2}-{'cd' * 16}")
    assert entry.quarantined == ("second_revision" if why == "second_revision" else None)
    assert field_.services.store.blobs().get(digest_of(PHOTO)) == PHOTO
    if entry.body:
        assert stubs_of(entry.body)["p.png"] == Stub("image/png", 2, digest_of(PHOTO), len(PHOTO))


def raw_child(doc_id: str, path: tuple[str, ...], **members: Any) -> bytes:
    """Return what comes after a revision that is not accepted."""
    hashes = ["cd" * 16, "ab" * 16, *(rev.partition("-")[2] for rev in path)]
    history = {"start": len(path) + 2, "ids": hashes}
    return raw_document(doc_id, f"{len(path) + 2}-{'cd' * 16}", _revisions=history, **members)


def quarantined(why: str, doc_id: str, path: tuple[str, ...]) -> bytes:
    """Return a revision with a photo that may not enter its cell."""
    hashes = ["ab" * 16, *(rev.partition("-")[2] for rev in path)]
    data: Any = {"shape": ["bad"], "too_large": {"note": "x" * 1_100_000}}.get(why, {"a": "HERE"})
    history = {"start": len(path) + 1, "ids": hashes}
    raw = raw_document(doc_id, a_rev(len(path) + 1), _revisions=history, data=data, _attachments=INLINE)
    odd = {"too_deep": b"[" * 100 + b"]" * 100, "half_character": b'"\\ud800"'}.get(why, b'"here"')
    return raw.replace(b'"HERE"', odd)
