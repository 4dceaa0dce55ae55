"""Reading documents: by revision, by range of identifiers, by indexed values."""

from __future__ import annotations

import hashlib
import json

import pytest

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput
from fieldsync.stores.base import Database, Graft, Missing, Put, Query, Store

ANN, BO = DocId("person:ann"), DocId("person:bo")


def rev(generation: int, name: str) -> Rev:
    return Rev(f"{generation}-{hashlib.md5(name.encode()).hexdigest()}")


A, B, C = rev(1, "a"), rev(2, "b"), rev(3, "c")
B2, C2 = rev(2, "b2"), rev(3, "c2")


@pytest.fixture
def forked(cell: Database) -> Database:
    """A document of two branches, one with its inner body, and a plain one."""
    cell.graft([Graft(ANN, (A,), b'{"n":"a"}'), Graft(ANN, (B, A), b'{"n":"b"}'), Graft(ANN, (C, B, A), b'{"n":"c"}')])
    cell.graft([Graft(ANN, (C2, B2, A), b'{"n":"c2"}'), Graft(BO, (A,), b'{"n":"bo"}')])
    return cell


def test_what_is_attached_is_read_with_the_body(cell: Database) -> None:
    """The stubs come first in the body, whichever way it is read."""
    stub = {"content_type": "text/plain", "revpos": 1, "digest": "md5-x", "length": 3, "stub": True}
    body = {"_attachments": {"a/b.txt": stub}, "n": 1}
    cell.graft([Graft(ANN, (A,), json.dumps(body, separators=(",", ":")).encode())])
    found = [cell.get(ANN), cell.get(ANN, A), *cell.revisions([(ANN, A)])[0], *cell.documents()]
    assert [json.loads(one.body) for one in found] == [body] * 4
    assert all(one.body.startswith(b'{"_attachments":') for one in found)


def test_what_is_unknown_is_none(cell: Database) -> None:
    """Absence is no error."""
    assert cell.get(ANN) is None
    assert cell.get(ANN, A) is None
    assert cell.leaves(ANN) == ()
    assert cell.revisions([(ANN, None), (ANN, A)]) == [[], []]
    assert cell.revisions([]) == []


def test_latest_answers_with_the_leaves_that_descend(forked: Database) -> None:
    """A superseded revision gives its branch's leaf, the root both, winner first."""
    asked: list[tuple[DocId, Rev | None]] = [(ANN, B), (BO, None), (ANN, A), (ANN, B2), (ANN, C2), (ANN, rev(9, "no"))]
    answers = [[found.rev for found in each] for each in forked.revisions(asked)]
    assert answers == [[C], [A], sorted((C, C2), reverse=True), [C2], [C2], []]


def test_not_latest_answers_with_the_very_revision(forked: Database) -> None:
    """An inner revision has its own body; one that came without a body has none."""
    asked: list[tuple[DocId, Rev | None]] = [(ANN, B), (ANN, A), (ANN, B2), (ANN, C2), (ANN, None)]
    answers = forked.revisions(asked, latest=False)
    bodies = [[found.body for found in each] for each in answers]
    assert bodies == [[b'{"n":"b"}'], [b'{"n":"a"}'], [], [b'{"n":"c2"}'], [forked.get(ANN).body]]
    assert answers[3][0].path == (C2, B2, A)


def test_requests_are_answered_in_order_and_repeated(forked: Database) -> None:
    """One answer for each request, also for the same document twice."""
    answers = forked.revisions([(BO, None), (DocId("nobody"), None), (BO, A), (BO, None)])
    assert [len(each) for each in answers] == [1, 0, 1, 1]
    assert answers[0] == answers[2] == answers[3]


def test_missing_names_only_gaps(forked: Database) -> None:
    """Leaves, inner revisions and those without a body are known; ancestors may be leaves of lower generation."""
    late, early = rev(4, "late"), rev(2, "early")
    asked = {ANN: [A, B, B2, C, C2, late], BO: [A], DocId("new"): [B, A]}
    answers = forked.missing(asked)
    assert answers.keys() == {ANN, "new"}
    assert answers[ANN].missing == (late,)
    assert set(answers[ANN].possible_ancestors) == {C, C2}
    assert answers[DocId("new")] == Missing((B, A), ())
    assert forked.missing({ANN: [early]}) == {ANN: Missing((early,), ())}
    assert forked.missing({BO: [early]}) == {BO: Missing((early,), (A,))}
    assert forked.missing({}) == {}
    assert forked.missing({ANN: []}) == {}


IDS = [
    "",
    "!",
    "A",
    "B",
    "a",
    "a\0",
    "aa",
    "a\U0001f600",
    "b",
    "z",
    "é",
    "中",
    "\ue000",
    "\uffff",
    "\U0001f600",
    "constructor",
    "x__proto__",
]


def test_documents_come_in_code_point_order(cell: Database) -> None:
    """Whatever their identifiers are made of; start is included, end is not."""
    ids = sorted(IDS[1:])
    cell.add([(DocId(each), json.dumps({"id": each}).encode()) for each in reversed(ids)])
    assert [found.id for found in cell.documents()] == ids
    assert [found.id for found in cell.documents(descending=True)] == ids[::-1]
    for start in IDS:
        for end in IDS:
            expected = [each for each in ids if start <= each < end]
            assert [found.id for found in cell.documents(start, end)] == expected
    assert all(json.loads(found.body) == {"id": found.id} for found in cell.documents())
    assert [each for each in ids if cell.get(DocId(each)) is None] == []


def test_documents_are_what_is_read_one_by_one(forked: Database) -> None:
    """First revisions and later ones in one listing, each with its path and its body."""
    forked.put(Put(DocId("person:bz"), b'{"n":"bz"}'))
    ids = [ANN, BO, DocId("person:bz")]
    assert list(forked.documents()) == [forked.get(each) for each in ids]
    assert list(forked.documents(limit=2, descending=True)) == [forked.get(each) for each in ids[:0:-1]]


def test_documents_go_on_over_many_batches(cell: Database) -> None:
    """All of them, a limit from either end, and without the deleted ones."""
    ids = [f"d{n:05}" for n in range(1700)]
    cell.add([(DocId(each), b"{}") for each in ids])
    for each in ids[::100]:
        cell.put(Put(DocId(each), b"{}", cell.get(DocId(each)).rev, deleted=True))
    live = [each for each in ids if each not in ids[::100]]
    assert [found.id for found in cell.documents()] == live
    assert [found.id for found in cell.documents(limit=1200)] == live[:1200]
    assert [found.id for found in cell.documents(limit=1200, descending=True)] == live[::-1][:1200]
    assert list(cell.documents(limit=0)) == []


def test_a_reader_of_documents_does_not_hold_up_a_writer(cell: Database) -> None:
    """Half-way through, others write, and the reading goes on."""
    cell.add([(DocId(f"d{n:05}"), b"{}") for n in range(1200)])
    reading = cell.documents()
    next(reading)
    cell.put(Put(DocId("d99999"), b"{}"))
    assert [found.id for found in reading][-1] == "d99999"


def stay(household: str, **more: object) -> bytes:
    return json.dumps({"kind": "stay", "data": {"household": household, **more}}).encode()


def test_find_gives_the_winners_with_equal_values(cell: Database) -> None:
    """In order of identifier; not the others, not the deleted, not what a value merely resembles."""
    cell.add([(DocId(f"stay:{n}"), stay(f"h{n % 3}", person=f"p{n}")) for n in range(9)])
    cell.add(
        [(DocId("x"), stay("H1")), (DocId("y"), b'{"household":"h1"}'), (DocId("z"), b'{"data":{"household":["h1"]}}')]
    )
    gone = cell.get(DocId("stay:4"))
    cell.put(Put(gone.id, gone.body, gone.rev, deleted=True))
    assert [found.id for found in cell.find(Query({"data.household": "h1"}))] == ["stay:1", "stay:7"]
    both = Query({"data.household": "h1", "data.person": "p7"})
    assert [found.id for found in cell.find(both)] == ["stay:7"]
    assert cell.find(both)[0] == cell.get(DocId("stay:7"))


def test_find_follows_the_winner(cell: Database) -> None:
    """An edit moves the document to its new value, a better leaf too."""
    first = cell.put(Put(DocId("s"), stay("h1")))
    cell.put(Put(DocId("s"), stay("h2"), first))
    assert cell.find(Query({"data.household": "h1"})) == []
    assert [found.id for found in cell.find(Query({"data.household": "h2"}))] == ["s"]
    cell.graft([Graft(DocId("s"), (rev(3, "x"), rev(2, "y"), first), stay("h3"))])
    assert [found.id for found in cell.find(Query({"data.household": "h3"}))] == ["s"]


def test_find_pages_by_a_cursor_that_stays_good_while_others_write(cell: Database) -> None:
    """The next page begins after the last identifier, whatever was written meanwhile."""
    cell.add([(DocId(f"s{n:02}"), stay("h")) for n in range(0, 20, 2)])
    first = cell.find(Query({"data.household": "h"}, limit=4))
    assert [found.id for found in first] == ["s00", "s02", "s04", "s06"]
    cell.add([(DocId("s01"), stay("h")), (DocId("s07"), stay("h"))])
    second = cell.find(Query({"data.household": "h"}, after=first[-1].id, limit=3))
    assert [found.id for found in second] == ["s07", "s08", "s10"]


def test_find_compares_as_json_does(cell: Database) -> None:
    """True is not 1, and 1 is 1.0; a text is not a number; an object is not its text."""
    values = {"t": True, "i": 1, "f": 1.0, "s": "1", "o": {"a": 1}, "os": '{"a":1}', "n": None, "no": False, "z": 0}
    cell.add([(DocId(name), stay("h", x=value)) for name, value in values.items()])

    def found(value: str | int | bool) -> list[str]:
        return [each.id for each in cell.find(Query({"data.household": "h", "data.x": value}))]

    assert found(True) == ["t"]
    assert found(False) == ["no"]
    assert found(1) == ["f", "i"]
    assert found(0) == ["z"]
    assert found("1") == ["s"]
    assert found('{"a":1}') == ["os"]


def test_find_takes_any_text_as_a_value(cell: Database) -> None:
    """Quotes, percent signs and other scripts mean themselves."""
    odd = ["o'brien", '"', "%", "\\", "中文", "\U0001f600", "a\u0000b", "", "null"]
    cell.add([(DocId(f"s{n}"), stay(value)) for n, value in enumerate(odd)])
    for n, value in enumerate(odd):
        assert [found.id for found in cell.find(Query({"data.household": value}))] == [f"s{n}"]


@pytest.mark.parametrize(
    "where", [{}, {"data.name": "x"}, {"data.household": None}, {"data.household": "h", 'a"b': "x"}]
)
def test_find_refuses_what_it_cannot_look_up(cell: Database, where: dict[str, str]) -> None:
    """No index, no value of a kind that is indexed, or no path: it says so and does not scan."""
    with pytest.raises(BadInput):
        cell.find(Query(where))


def test_each_database_has_the_indexes_of_its_kind(store: Store) -> None:
    """What can be looked up depends on the database's name."""
    cases = store.create("cases")
    cases.add(
        [(DocId("case:1"), b'{"state":"open","cell":"c1"}'), (DocId("case:2"), b'{"state":"closed","cell":"c1"}')]
    )
    assert [found.id for found in cases.find(Query({"state": "open"}))] == ["case:1"]
    assert [found.id for found in cases.find(Query({"cell": "c1", "state": "closed"}))] == ["case:2"]
    with pytest.raises(BadInput):
        store.create("ledger").find(Query({"state": "open"}))


def test_local_documents_are_kept_as_they_came(cell: Database) -> None:
    """Any bytes, any identifier, and never in the changes or the counts."""
    before = cell.info()
    odd = "person/中 文==.w\0"
    assert cell.local(odd) is None
    cell.put_local(odd, b'{"_rev":"0-1"}')
    cell.put_local(odd, b"\x00\xff")
    assert cell.local(odd) == b"\x00\xff"
    assert cell.info() == before
    assert cell.delete_local(odd)
    assert not cell.delete_local(odd)
    assert cell.local(odd) is None


def test_documents_below_several_beginnings(cell: Database) -> None:
    """One beginning after the other, each in order of identifier, without the deleted and what looks alike."""
    for name in ("a@1", "a@2", "a@2#x", "ab@1", "b@1", "b@2", "_design/x"[1:]):
        cell.put(Put(DocId(name), b"{}"))
    cell.put(Put(DocId("b@1"), b"{}", cell.get(DocId("b@1")).rev, deleted=True))
    assert [found.id for found in cell.below(["b@", "a@", "c@"])] == ["b@2", "a@1", "a@2", "a@2#x"]
    assert [found.id for found in cell.below([])] == []
    many = [f"m{n}@" for n in range(250)]
    cell.add([(DocId(f"{name}1"), b'{"n":1}') for name in many])
    assert [(found.id, found.body) for found in cell.below(many)] == [(f"{name}1", b'{"n":1}') for name in many]


def test_the_leaves_of_several_documents(cell: Database) -> None:
    """Winner first, tombstones marked; unknown documents are left out."""
    first, left, right = rev(1, "a"), rev(2, "b"), rev(2, "c")
    cell.graft([Graft(DocId("forked"), (left, first), b"{}"), Graft(DocId("forked"), (right, first), b"{}")])
    cell.graft([Graft(DocId("gone"), (first,), b"{}", True), Graft(DocId("plain"), (first,), b"{}")])
    names = [DocId(name) for name in ("forked", "gone", "plain", "unknown")]
    found = cell.leaves_of(names)
    assert found == {name: cell.leaves(name) for name in names[:3]}
    assert [leaf.rev for leaf in found[DocId("forked")]] == sorted((left, right), reverse=True)
    assert [leaf.deleted for leaf in found[DocId("gone")]] == [True]
    assert cell.leaves_of([]) == {}
