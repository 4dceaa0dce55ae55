"""The counterfactual: what a rule that keeps one revision would have lost of a document's changes."""

from typing import Any

from conflict import Rules
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.simulate.counterfactual import Lost, lost_in_document

RULES = Rules.of(
    {"languages": {"merge": "union"}, "id_type": {"group": "identity"}, "id_number": {"group": "identity"}}
)
CELL, PERSON = "510107001004001", "person:0b6f2f0e-1c1f-4f0e-9d3c-0f5d7c9a1b22"


def rev(generation: int, digit: str) -> str:
    """Return a revision with a hash of one repeated digit."""
    return f"{generation}-{digit * 32}"


def imported(**data: Any) -> Entry:
    """Return the first revision, as the import wrote it."""
    return server(rev(1, "0"), **data)


def server(name: str, *below: str, **data: Any) -> Entry:
    """Return a revision of the server's own."""
    return Entry(
        cell=CELL, document=PERSON, rev=name, path=[name, *below], origin="server", arrived="", body={"data": data}
    )


def edit(name: str, *below: str, by: str, at: int, changes: list[str], **data: Any) -> Entry:
    """Return a tablet's edit that arrived as the `at`-th."""
    return Entry(
        cell=CELL,
        document=PERSON,
        rev=name,
        path=[name, *below],
        origin="tablet",
        tablet=by,
        arrived=f"2026-11-23T12:00:{at:02}.000Z",
        changes=changes,
        body={"data": data},
    )


def lost(*entries: Entry) -> Lost:
    """Return what would have been lost of a document with these revisions."""
    return lost_in_document(DocumentLog(entries), RULES)


def test_two_concurrent_edits_of_different_items_lose_one_under_either_rule() -> None:
    """Whichever revision is kept, the other's item is not in it."""
    base = imported(phone="1", job="x")
    high = edit(rev(2, "f"), rev(1, "0"), by="a", at=1, changes=["phone"], phone="2", job="x")
    low = edit(rev(2, "1"), rev(1, "0"), by="b", at=2, changes=["job"], phone="1", job="y")
    assert lost(base, high, low) == Lost(1, 1)


def test_the_rules_differ_where_a_longer_branch_arrived_first() -> None:
    """The winner keeps the branch of three changes and loses one; the last arrival keeps one and loses three."""
    base = imported(a="0", b="0", c="0", d="0")
    one = edit(rev(2, "1"), rev(1, "0"), by="a", at=1, changes=["a", "b"], a="1", b="1", c="0", d="0")
    two = edit(rev(3, "1"), rev(2, "1"), by="a", at=2, changes=["c"], a="1", b="1", c="1", d="0")
    other = edit(rev(2, "f"), rev(1, "0"), by="b", at=3, changes=["d"], a="0", b="0", c="0", d="1")
    assert lost(base, one, two, other) == Lost(by_winner=1, by_arrival=3)


def test_nothing_is_lost_where_everybody_saw_what_the_other_wrote() -> None:
    """An edit on top of another's is no conflict, even where it replaces the value."""
    base = imported(phone="1")
    first = edit(rev(2, "1"), rev(1, "0"), by="a", at=1, changes=["phone"], phone="2")
    second = edit(rev(3, "1"), rev(2, "1"), by="b", at=2, changes=["phone"], phone="3")
    assert lost(base, first, second) == Lost()


def test_the_same_value_typed_twice_is_not_lost() -> None:
    """Either revision has it."""
    base = imported(phone="1")
    one = edit(rev(2, "1"), rev(1, "0"), by="a", at=1, changes=["phone"], phone="2")
    other = edit(rev(2, "2"), rev(1, "0"), by="b", at=2, changes=["phone"], phone=" 2 ")
    assert lost(base, one, other) == Lost()


def test_what_a_tablet_replaced_itself_is_lost_once_at_most() -> None:
    """Of two changes of the same item on one lost branch, only the last counts."""
    base = imported(phone="1", job="x")
    first = edit(rev(2, "1"), rev(1, "0"), by="a", at=1, changes=["phone"], phone="2", job="x")
    second = edit(rev(3, "1"), rev(2, "1"), by="a", at=2, changes=["phone"], phone="3", job="x")
    other = edit(rev(2, "f"), rev(1, "0"), by="b", at=3, changes=["job"], phone="1", job="y")
    assert lost(base, first, second, other) == Lost(by_winner=1, by_arrival=1)


def test_what_the_server_merged_is_not_in_the_replay() -> None:
    """An edit on a merged version stands on the edit below it in the tree, without the other's values."""
    base = imported(phone="1", job="x", note="")
    high = edit(rev(2, "f"), rev(1, "0"), by="a", at=1, changes=["phone"], phone="2", job="x", note="")
    low = edit(rev(2, "1"), rev(1, "0"), by="b", at=2, changes=["job"], phone="1", job="y", note="")
    merged = server(rev(3, "5"), rev(2, "f"), phone="2", job="y", note="")
    later = edit(rev(4, "5"), rev(3, "5"), by="a", at=3, changes=["note"], phone="2", job="y", note="z")
    assert lost(base, high, low, merged, later) == Lost(1, 1)


def test_half_of_a_union_is_lost() -> None:
    """Either list lacks what the other added."""
    base = imported(languages="zh")
    one = edit(rev(2, "1"), rev(1, "0"), by="a", at=1, changes=["languages"], languages="zh yi")
    other = edit(rev(2, "2"), rev(1, "0"), by="b", at=2, changes=["languages"], languages="zh qiang")
    assert lost(base, one, other) == Lost(1, 1)


def test_a_group_counts_as_one_change() -> None:
    """Type and number of an identity document are lost together."""
    base = imported(id_type="111", id_number="1")
    one = edit(rev(2, "1"), rev(1, "0"), by="a", at=1, changes=["identity"], id_type="414", id_number="2")
    other = edit(rev(2, "2"), rev(1, "0"), by="b", at=2, changes=["identity"], id_type="553", id_number="3")
    assert lost(base, one, other) == Lost(1, 1)


def test_a_tombstone_never_wins_over_an_edit_but_may_arrive_last() -> None:
    """The winner is the live edit; the last arrival is the deletion, which has no values."""
    base = imported(phone="1")
    one = edit(rev(2, "1"), rev(1, "0"), by="a", at=1, changes=["phone"], phone="2")
    gone = Entry(
        cell=CELL, document=PERSON, rev=rev(2, "f"), path=[rev(2, "f"), rev(1, "0")], origin="tablet", tablet="b",
        arrived="2026-11-23T12:00:09.000Z", deleted=True, changes=["_deleted"], body={},
    )  # fmt: skip
    assert lost(base, one, gone) == Lost(by_winner=0, by_arrival=1)


def test_edits_in_quarantine_and_documents_without_edits_lose_nothing() -> None:
    """What never entered the cell takes no part."""
    aside = edit(rev(2, "1"), rev(1, "0"), by="a", at=1, changes=["phone"], phone="2")
    kept_apart = Entry(
        cell=CELL, document=PERSON, rev=rev(2, "2"), path=[rev(2, "2")], origin="tablet", arrived="",
        quarantined="shape", changes=["*"],
    )  # fmt: skip
    assert lost(imported(phone="1")) == Lost()
    assert lost(imported(phone="1"), aside, kept_apart) == Lost()
