"""How far back the embedded store remembers a document, and how it fares with very many revisions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldsync.documents import DocId, Rev
from fieldsync.settings import Settings
from fieldsync.stores.base import Database, Graft, StoreOptions
from fieldsync.stores.factory import open_store

A = DocId("a")
MANY = 10_000


def rev(generation: int, name: object) -> Rev:
    return Rev(f"{generation}-{hashlib.md5(str(name).encode()).hexdigest()}")


LINE = tuple(rev(n, n) for n in range(8, 0, -1))


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[Database]:
    """Open a database that remembers three revisions of a branch."""
    store = open_store(f"sqlite:///{tmp_path}/store", StoreOptions(revs_limit=3))
    yield store.create("cell-1")
    store.close()


def grow(cell: Database, *path: Rev, deleted: bool = False) -> None:
    cell.graft([Graft(A, path, b'{"of":"%s"}' % path[0].encode(), deleted)])


def test_a_line_written_step_by_step_is_cut(cell: Database) -> None:
    """Path and bodies go back as far as the limit, however short or long the paths that come."""
    for at in range(7, -1, -1):
        grow(cell, *LINE[at : at + 2])
    assert cell.get(A).path == LINE[:3]
    grow(cell, rev(9, 9), *LINE)
    assert cell.get(A).path == (rev(9, 9), *LINE[:2])
    assert [cell.get(A, known) is not None for known in LINE] == [True, True, *[False] * 6]


def test_a_long_path_that_comes_at_once_is_cut(cell: Database) -> None:
    """A new document keeps no more of its past than any other."""
    grow(cell, *LINE)
    assert cell.get(A).path == LINE[:3]
    assert cell.missing({A: [LINE[2], LINE[3]]})[A].missing == (LINE[3],)


def test_branches_are_cut_each_for_itself(cell: Database) -> None:
    """What any leaf still needs stays; the body of an inner revision that none needs goes."""
    for at in range(7, 3, -1):
        grow(cell, *LINE[at : at + 2])
    grow(cell, rev(5, "side"), *LINE[4:])
    grow(cell, *LINE[3:])
    assert cell.get(A).path == LINE[3:6]
    assert cell.get(A, rev(5, "side")).path == (rev(5, "side"), *LINE[4:6])
    assert cell.get(A, LINE[6]) is None


def test_a_batch_ends_as_its_parts_would(tmp_path: Path, cell: Database) -> None:
    """Branches that grow within one batch leave the same leaves, paths and bodies as one write each."""
    root = rev(1, 1)
    grafts = [Graft(A, (root,), b"{}")]
    for name in "pqr":
        grafts += [Graft(A, (rev(2, name), root), b"{}"), Graft(A, (rev(3, name), rev(2, name), root), b"{}")]
    grafts.append(Graft(A, (rev(4, "p"), rev(3, "p")), b"{}", True))
    store = open_store(f"sqlite:///{tmp_path}/other", StoreOptions(revs_limit=3))
    apart = store.create("cell-1")
    cell.graft(grafts)
    for graft in grafts:
        apart.graft([graft])
    assert cell.leaves(A) == apart.leaves(A)
    wanted = [(A, graft.path[0]) for graft in grafts]
    assert cell.revisions(wanted, latest=False) == apart.revisions(wanted, latest=False)
    assert (cell.info().doc_count, cell.info().doc_del_count) == (1, 0)
    store.close()


def test_ten_thousand_revisions_in_one_line(cell: Database) -> None:
    """Only the newest are kept, and each write still knows its parent."""
    grafts = [Graft(A, (rev(n, n), rev(n - 1, n - 1)) if n > 1 else (rev(1, 1),), b"{}") for n in range(1, MANY + 1)]
    for at in range(0, MANY, 1000):
        assert all(cell.graft(grafts[at : at + 1000]))
    assert cell.get(A).path == tuple(rev(n, n) for n in range(MANY, MANY - 3, -1))


def test_ten_thousand_leaves(cell: Database) -> None:
    """All are leaves with their bodies; tombstones make it one line again."""
    cell.graft([Graft(A, (rev(2, n), rev(1, "root")), b'{"n":%d}' % n) for n in range(MANY)])
    assert len(cell.leaves(A)) == MANY
    found = cell.revisions([(A, rev(2, n)) for n in range(MANY)])
    assert [one[0].body for one in found] == [b'{"n":%d}' % n for n in range(MANY)]
    cell.graft([Graft(A, (rev(3, n), rev(2, n)), b"{}", True) for n in range(1, MANY)])
    assert cell.get(A).rev == rev(2, 0)
    assert [leaf.rev for leaf in cell.leaves(A) if not leaf.deleted] == [rev(2, 0)]


def test_the_setting_reaches_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand unless told otherwise, and never fewer."""
    assert Settings().store_options() == StoreOptions(revs_limit=1000)
    monkeypatch.setenv("FIELDSYNC_REVS_LIMIT", "2500")
    assert Settings().store_options().revs_limit == 2500
    monkeypatch.setenv("FIELDSYNC_REVS_LIMIT", "999")
    with pytest.raises(ValueError, match="1000"):
        Settings()
