"""What is taken out of a database for good: gone with all its leaves, and may come again."""

from __future__ import annotations

import pytest

from fieldsync.documents import DocId, Rev
from fieldsync.stores.base import ChangesQuery, Database, Graft, Put, Wiping

ONE, OTHER, GONE = DocId("name:one"), DocId("name:other"), DocId("name:gone")


def fill(cell: Database) -> None:
    """Write one document with two leaves, another, and one that is deleted."""
    cell.graft([Graft(ONE, (Rev("1-" + "a" * 32),), b'{"a":1}'), Graft(ONE, (Rev("1-" + "b" * 32),), b'{"a":2}')])
    cell.add([(OTHER, b"{}"), (GONE, b"{}")])
    found = cell.get(GONE)
    assert found
    cell.put(Put(GONE, b"{}", found.rev, deleted=True))


def test_what_is_forgotten_is_read_no_more_and_the_rest_stays(cell: Database) -> None:
    """Whether the store purges, or can only delete."""
    fill(cell)
    assert isinstance(cell, Wiping)
    assert cell.forget([ONE, GONE, DocId("name:never")]) == 2
    cell.blank([ONE])
    cell.wipe()
    assert [row.id for row in cell.documents()] == [OTHER]
    assert not [leaf for leaf in cell.leaves(ONE) if not leaf.deleted]
    cell.put(Put(ONE, b'{"a":3}', None))
    assert [row.id for row in cell.documents()] == [ONE, OTHER]


@pytest.mark.parametrize("store_url", ["embedded", "couchdb"], indirect=True)
def test_no_identifier_is_left(cell: Database) -> None:
    """Not even a tombstone: the name that it holds is gone from the changes. Other servers have no `_purge`."""
    fill(cell)
    assert isinstance(cell, Wiping)
    cell.forget([ONE, GONE])
    assert {row.id for row in cell.changes(ChangesQuery()).rows} == {OTHER}
    assert (cell.leaves(ONE), cell.get(GONE)) == ((), None)
