"""A tablet's replica: what PouchDB does with revisions, done the same."""

from fieldsync.documents import DocId, Rev
from fieldsync.simulate.replica import Replica, Sending

PERSON = DocId("person:0b6f2f0e-1c1f-4f0e-9d3c-0f5d7c9a1b22")


def pulled(rev: str, *below: str, deleted: bool = False, **data: str) -> Sending:
    """Return a revision as a pull brings it."""
    return Sending(PERSON, tuple(Rev(r) for r in (rev, *below)), deleted, {"data": data})


def rev(generation: int, digit: str) -> str:
    """Return a revision with a hash of one repeated digit."""
    return f"{generation}-{digit * 32}"


def test_a_form_saved_on_the_version_that_was_opened_becomes_a_sibling_of_what_came_meanwhile() -> None:
    """Saving never overwrites: the tree has both branches, and shows one."""
    replica = Replica("510107001004001")
    replica.graft(pulled(rev(1, "a")))
    replica.graft(pulled(rev(2, "b"), rev(1, "a"), name="merged"))
    saved = replica.write(PERSON, {"data": {"name": "mine"}}, Rev(rev(1, "a")))
    [(_, leaves)] = replica.changed_since(0)
    assert set(leaves) == {saved, rev(2, "b")}
    assert saved.startswith("2-")


def test_the_winner_is_the_highest_generation_then_the_highest_hash_and_never_a_tombstone_beside_a_live_leaf() -> None:
    """The tablet shows what every other replica shows."""
    replica = Replica("510107001004001")
    replica.graft(pulled(rev(2, "a"), rev(1, "a"), name="low"))
    replica.graft(pulled(rev(2, "c"), rev(1, "a"), name="high"))
    replica.graft(pulled(rev(3, "f"), rev(2, "e"), rev(1, "a"), deleted=True))
    shown = replica.winner(PERSON)
    assert shown is not None
    assert (shown.rev, shown.data) == (rev(2, "c"), {"name": "high"})


def test_a_document_whose_only_leaf_is_a_tombstone_is_not_shown() -> None:
    """What is deleted is in the tree, and in no list."""
    replica = Replica("510107001004001")
    first = replica.write(PERSON, {"data": {}})
    replica.write(PERSON, {}, first, deleted=True)
    assert replica.winner(PERSON) is None
    assert list(replica.documents("person")) == []
    assert PERSON in replica


def test_what_is_known_changes_nothing_when_it_comes_again() -> None:
    """A repeated pull makes no new change to push."""
    replica = Replica("510107001004001")
    assert replica.graft(pulled(rev(1, "a")))
    before = replica.seq
    assert not replica.graft(pulled(rev(1, "a")))
    assert replica.seq == before
    assert replica.unknown(PERSON, [rev(1, "a"), rev(2, "b")]) == [rev(2, "b")]


def test_a_document_stands_once_in_the_changes_at_its_latest_place() -> None:
    """As in a changes feed: one row a document."""
    replica = Replica("510107001004001")
    first = replica.write(PERSON, {"data": {"name": "a"}})
    other = DocId("stay:0b6f2f0e-1c1f-4f0e-9d3c-0f5d7c9a1b22")
    replica.write(other, {"data": {}})
    second = replica.write(PERSON, {"data": {"name": "b"}}, first)
    assert [doc_id for doc_id, _ in replica.changed_since(0)] == [other, PERSON]
    assert replica.changed_since(2) == [(PERSON, (second,))]


def test_a_leaf_is_sent_with_its_whole_path() -> None:
    """The server learns of inner revisions by name, though their bodies never come."""
    replica = Replica("510107001004001")
    first = replica.write(PERSON, {"data": {"name": "a"}})
    second = replica.write(PERSON, {"data": {"name": "b"}}, first)
    sending = replica.sending(PERSON, second)
    assert sending.path == (second, first)
    assert sending.body == {"data": {"name": "b"}}
