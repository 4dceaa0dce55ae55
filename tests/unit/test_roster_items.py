"""Items of rosters downstream of the merge: in bodies, in the ledger's entries, in what is proposed and decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conflict import ABSENT, Missing, Rules
from fieldsync.clock import Bearings
from fieldsync.documents import Rev
from fieldsync.entries import Arrival, edit_entry
from fieldsync.judgement import Sent
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.merging import contest_from, contest_to, value_in, with_value, with_values
from fieldsync.proposals import Covering, Subject, review
from fieldsync.replication import Access, Caller
from fieldsync.resolution import FieldRules, resolution
from fieldsync.stores.base import Leaf

RULES = Rules.of({"m": {"merge": "roster", "key": "id", "fields": {"id": {}, "name": {"key": True}, "age": {}}}})
DOCUMENT = "person:00000000-0000-4000-8000-000000000001"
P, Q = {"id": "p", "name": "李", "age": 1}, {"id": "q", "age": 2}
NOON = "2026-11-23T12:00:00.000Z"


def entry(rev: str, members: list[dict[str, object]], changes: list[str], *, origin: str = "tablet") -> Entry:
    """Return a ledger entry on the first revision."""
    return Entry(
        cell="510107001001001",
        document=DOCUMENT,
        rev=rev,
        path=[rev] if rev == "1-0" else [rev, "1-0"],
        origin=origin,
        author="li.na",
        tablet=rev,
        arrived=NOON,
        body={"kind": "person", "data": {"m": members}},
        stamps=dict.fromkeys(changes, f"2026-11-23T0{rev[-1]}:00:00.000Z"),
        changes=changes,
    )


def log_of(*entries: Entry) -> DocumentLog:
    """Return the log of a document."""
    return DocumentLog(entries)


def test_values_of_items_are_put_into_bodies() -> None:
    """A decided value in a member, a member that goes or comes, reasons beside; the body is otherwise the same."""
    body = {"kind": "person", "data": {"m": [P, Q], "x": 1}}
    assert with_value(body, "m[p].name", "黎", RULES)["data"] == {"m": [{**P, "name": "黎"}, Q], "x": 1}
    assert with_value(body, "m[p]", ABSENT, RULES)["data"] == {"m": [Q], "x": 1}
    news = {"m[n].age": 3, "m[n]": {"m[n].id": "n"}, "m[q].age": Missing("unknown")}
    made = with_values(body, news, RULES)
    assert made == {
        "kind": "person",
        "data": {"m": [P, {"id": "q"}, {"id": "n", "age": 3}], "x": 1},
        "missing": {"m[q].age": "unknown"},
    }
    assert value_in(made, "m[q].age", RULES) == Missing("unknown")


def test_a_resolution_merges_members_and_keeps_contests_by_item() -> None:
    """Two tablets edit one member: one field of each comes together, the key item is contested in the ledger."""
    log = log_of(
        entry("1-0", [P, Q], [], origin="server"),
        entry("2-1", [{**P, "name": "黎"}, Q], ["m[p].name"]),
        entry("2-2", [{**P, "name": "莉", "age": 5}], ["m[p].age", "m[p].name", "m[q]"]),
    )
    leaves = [Leaf(Rev("2-1"), deleted=False), Leaf(Rev("2-2"), deleted=False)]
    found = resolution(DOCUMENT, leaves, log, FieldRules(RULES))
    assert found is not None
    assert found.content is not None
    assert found.content["data"] == {"m": [{**P, "age": 5}]}
    (contest,) = found.contests
    assert contest["item"] == "m[p].name"
    assert contest_to(contest_from(contest)) == contest


def test_changes_of_an_edit_are_items_with_stamps() -> None:
    """Each item its own stamp, else the inmost of what it stands in, else the edit's."""
    before = entry("1-0", [P, Q], [], origin="server")
    stamps = {"m[p].age": "2026-11-23T09:00:00Z", "m": "2026-11-23T10:00:00Z"}
    meta = {"at": "2026-11-23T11:00:00Z", "stamps": stamps}
    body = {"kind": "person", "data": {"m": [{**P, "age": 7}], "x": 1}, "meta": meta}
    sent = Sent(b"{}", DOCUMENT, "2-1", (Rev("2-1"), Rev("1-0")), False, body, None)
    clock = datetime(2026, 11, 23, 12, tzinfo=UTC)
    made = edit_entry(
        Arrival("510107001001001", Caller("li.na", "t1", Access.HELD), Bearings(clock, timedelta())),
        sent,
        log_of(before),
        RULES,
    )
    assert made.changes == ["m[p].age", "m[q]", "x"]
    assert [made.stamps[item][11:13] for item in made.changes] == ["09", "10", "11"]


def test_order_that_stands_is_held_though_members_were_added() -> None:
    """A move is not overruled by somebody else's new member."""
    moved = entry("2-1", [Q, P], ["m[]"])
    winner = entry("3-2", [Q, {"id": "n"}, P], [], origin="server")
    winner.path[1:] = ["2-1", "1-0"]
    log = log_of(entry("1-0", [P, Q], [], origin="server"), moved, winner)
    covering = Covering("submission:1", NOON, frozenset({"2-1"}))
    found = review(Subject(DOCUMENT, "510107001001001", log, winner, RULES, None, (covering,)))
    assert (found.rulings, [one.item for one in found.proposals]) == ((), ["m[]"])
