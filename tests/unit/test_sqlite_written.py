"""What SQLite writes itself is what the general way would write, whatever the document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from fieldsync.documents import DocId, Rev
from fieldsync.stores.base import ChangesQuery, ChangesView, Database, Graft
from fieldsync.stores.sqlite import SqliteStore
from fieldsync.stores.wire import render_change, render_result


def path(length: int, branch: str = "a") -> tuple[Rev, ...]:
    """Return a path of so many revisions, newest first."""
    return tuple(Rev(f"{generation}-{branch * 31}{generation % 10}") for generation in range(length, 0, -1))


BODY = b'{"data":{"name":"\xe7\x8e\x8b\xe8\x8a\xb3","note":"a\\u0000b \\"quoted\\" }"}}'
GRAFTS = [
    Graft(DocId("new"), path(1), BODY),
    Graft(DocId("edited"), path(3), BODY),
    Graft(DocId("much edited"), path(40), BODY),
    Graft(DocId("gone"), path(2), BODY, deleted=True),
    Graft(DocId("empty"), path(1), b"{}"),
    Graft(DocId("spaced"), path(1), b'{ "a": 1}'),
    Graft(DocId("split"), path(2), BODY),
    Graft(DocId("split"), path(2, "b"), b'{"side":"b"}'),
    Graft(DocId("split"), path(2, "c"), b"{}", deleted=True),
    Graft(DocId('"quoted"\\ /\n\u0001é😀'), path(1), BODY),
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return a database with a document of each shape."""
    store = SqliteStore(tmp_path)
    held = store.create("shapes")
    held.graft(GRAFTS)
    yield held
    store.close()


WANTED = [
    *((graft.id, graft.path[0]) for graft in GRAFTS if graft.id != "split"),
    *((DocId("split"), rev) for rev in (path(2)[0], path(2, "b")[0])),
    (DocId("new"), None),
    (DocId("edited"), path(3)[2]),
    (DocId("gone"), path(2)[1]),
    (DocId("unknown"), path(1)[0]),
    (DocId("new"), path(1, "f")[0]),
]


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize("latest", [True, False])
@pytest.mark.parametrize("wanted", [[one] for one in WANTED] + [WANTED, [WANTED[0], WANTED[0]], []], ids=str)
def test_results_are_those_of_the_general_way(
    database: Database, wanted: list[tuple[DocId, Rev | None]], latest: bool, history: bool
) -> None:
    """One document or many, in the order in which they were asked for, some of them twice or not known."""
    found = database.revisions(wanted, latest=latest)
    expected = [render_result(*one, revisions, history) for one, revisions in zip(wanted, found, strict=True)]
    written = database.bulk(wanted, latest=latest, history=history)
    assert [msgspec.json.decode(row) for row in written] == [msgspec.json.decode(row) for row in expected]


@pytest.mark.parametrize("all_leaves", [True, False])
@pytest.mark.parametrize(
    "query",
    [
        ChangesQuery(),
        ChangesQuery(limit=3),
        ChangesQuery(limit=0),
        ChangesQuery(since="now"),
        ChangesQuery(descending=True, limit=2),
        ChangesQuery(descending=True),
        ChangesQuery(ids=frozenset({"gone", "split", "unknown"})),
        ChangesQuery(ids=frozenset({"unknown"}), limit=1),
    ],
    ids=str,
)
def test_rows_are_those_of_the_general_way(database: Database, query: ChangesQuery, all_leaves: bool) -> None:
    """The same rows, the same last sequence, the same number left."""
    view = ChangesView(all_leaves=all_leaves)
    page, rows = database.changes(query), database.rows(query, view)
    assert (rows.last_seq, rows.pending) == (page.last_seq, page.pending)
    expected = [msgspec.json.decode(render_change(change, view)) for change in page.rows]
    assert [msgspec.json.decode(row) for row in rows.rows] == expected
