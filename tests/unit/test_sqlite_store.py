"""The embedded store's own promises: its files, its indexes, its limits, and its errors."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

import fieldsync
from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput, DatabaseMissing, StoreUnavailable
from fieldsync.revisions import server_rev
from fieldsync.stores.base import ChangesQuery, Graft, Put, Query, StoreOptions
from fieldsync.stores.factory import open_store
from fieldsync.stores.indexes import CELL_INDEXES, INDEXES
from fieldsync.stores.sqlite import SqliteStore, connections, schema
from fieldsync.stores.sqlite.connections import Connections, File
from fieldsync.stores.sqlite.feed import rows_statement
from fieldsync.stores.sqlite.reads import find_statement

A = DocId("a")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Open an empty store."""
    opened = SqliteStore(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path, store: SqliteStore) -> Path:
    """Return the store's folder."""
    return tmp_path / "store"


def raw(folder: Path, name: str) -> apsw.Connection:
    """Open a database's file behind the store's back."""
    return apsw.Connection(str(folder / f"{name}.sqlite"), flags=apsw.SQLITE_OPEN_READWRITE)


def test_a_url_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes are relative to where the program was started, four are absolute."""
    monkeypatch.chdir(tmp_path)
    relative = open_store("sqlite:///here/store")
    relative.create("registry")
    monkeypatch.chdir("/")
    assert relative.names() == ["registry"]
    absolute = open_store(f"sqlite:///{tmp_path}/here/store")
    assert (absolute.names(), absolute.uuid()) == (["registry"], relative.uuid())


@pytest.mark.parametrize("url", ["", "store", "sqlite:", "sqlite://", "sqlite:///", "sqlite:////", "sqlite://host/x"])
def test_other_urls_are_refused(url: str) -> None:
    """The message shows what a URL looks like."""
    with pytest.raises(BadInput, match="sqlite:///folder"):
        open_store(url)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """As when there is a file in its place."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable, match="folder"):
        SqliteStore(tmp_path / "file")


def test_nobody_else_may_read_the_files(store: SqliteStore, folder: Path) -> None:
    """The folder is for its owner alone, and every file in it."""
    store.create("registry").put(Put(A, b"{}"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.suffix for path in folder.iterdir()} >= {".sqlite", ".sqlite-wal"}


def test_a_name_cannot_leave_the_folder(store: SqliteStore, folder: Path) -> None:
    """Slashes, dots and capitals are escaped; names that differ in case are different files."""
    names = ["../../etc/passwd", ".", "..", "A", "a", "%41", "x.sqlite", "a b", "中文"]
    for name in names:
        store.create(name)
    assert store.names() == sorted(names)
    assert len(list(folder.glob("*.sqlite"))) == len(names)
    assert all(set(path.stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_%") for path in folder.glob("*.sqlite"))


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "\ud800", "\x7f"])
def test_a_name_that_cannot_be_printed_is_refused(store: SqliteStore, name: str) -> None:
    """It would only be a mistake."""
    with pytest.raises(BadInput):
        store.create(name)


def test_commits_wait_for_the_disk(store: SqliteStore, folder: Path) -> None:
    """Every connection writes ahead and syncs fully."""
    store.create("registry")
    lent = Connections()
    with lent.reading(File("registry", folder / "registry.sqlite")) as connection:
        assert connection.pragma("synchronous") == 2
        assert connection.pragma("journal_mode") == "wal"
    lent.close()


DATABASES = {**INDEXES, "cell-1": CELL_INDEXES}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in DATABASES.items() for path in paths])
def test_find_uses_the_index_and_sorts_nothing(store: SqliteStore, folder: Path, name: str, path: str) -> None:
    """SQLite's own plan searches the value's index and needs no temporary order."""
    store.create(name)
    for where in ({path: "x"}, {path: "x", "other.member": 1}):
        sql, values = find_statement(name, Query(where))
        (plan,) = [row[3] for row in raw(folder, name).execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert plan.startswith(f"SEARCH documents USING INDEX value:{path} ")


@pytest.mark.parametrize(("ids", "index"), [(3, "sqlite_autoindex_documents_1 (id=?)"), (500, "PRIMARY KEY (rowid>?)")])
def test_filtered_changes_read_the_fewer_rows(store: SqliteStore, folder: Path, ids: int, index: str) -> None:
    """By identifier where few are wanted, by sequence where few have changed."""
    store.create("cell-1")
    sql, values = rows_statement(ChangesQuery(ids=frozenset(f"d{n}" for n in range(ids))), 0, 100)
    plans = [row[3] for row in raw(folder, "cell-1").execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert any(index in plan for plan in plans)


def test_indexes_follow_the_program(store: SqliteStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file made with other indexes gets the wanted ones when it is opened."""
    cases = store.create("cases")
    cases.add([(A, b'{"state":"open","priority":3}')])
    store.close()
    monkeypatch.setitem(INDEXES, "cases", ("priority",))
    again = SqliteStore(folder)
    assert [found.id for found in again.database("cases").find(Query({"priority": 3}))] == ["a"]
    names = [row[0] for row in raw(folder, "cases").execute("SELECT name FROM sqlite_schema WHERE name LIKE 'value:%'")]
    assert names == ["value:priority"]
    again.close()


def test_a_newer_file_is_refused(store: SqliteStore, folder: Path) -> None:
    """It says so, and touches nothing."""
    store.create("registry").put(Put(A, b"{}"))
    store.close()
    other = raw(folder, "registry")
    other.pragma("user_version", schema.version() + 1)
    other.close()
    with pytest.raises(StoreUnavailable, match="newer version"):
        SqliteStore(folder).database("registry").get(A)


def test_a_damaged_file_is_reported(store: SqliteStore, folder: Path) -> None:
    """Reading and writing both say what to do."""
    store.create("registry")
    (folder / "registry.sqlite").write_bytes(b"not a database, by any means" * 200)
    (folder / "empty.sqlite").touch()
    for call in (lambda each: each.get(A), lambda each: each.put(Put(A, b"{}"))):
        with pytest.raises(StoreUnavailable, match="restore it"):
            call(store.database("registry"))
        with pytest.raises(StoreUnavailable, match="restore it"):
            call(store.database("empty"))


def test_a_folder_that_went_away_is_reported(store: SqliteStore, folder: Path) -> None:
    """Nothing pretends that there are no databases."""
    cell = store.create("cell-1")
    shutil.rmtree(folder)
    for call in (store.names, store.uuid, lambda: store.create("x")):
        with pytest.raises(StoreUnavailable):
            call()
    with pytest.raises(DatabaseMissing):
        cell.info()


def test_another_writer_that_takes_too_long_is_reported(
    store: SqliteStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write fails after the waiting time, reading goes on, and afterwards all is well."""
    monkeypatch.setattr(connections, "BUSY_MS", 50)
    cell = store.create("cell-1")
    other = raw(folder, "cell-1")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="busy"):
        cell.put(Put(A, b"{}"))
    assert cell.get(A) is None
    other.execute("ROLLBACK")
    cell.put(Put(A, b"{}"))
    assert cell.info().doc_count == 1


def test_a_closed_store_says_so(store: SqliteStore) -> None:
    """Its databases too, and closing twice is nothing."""
    cell = store.create("cell-1")
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        cell.info()


def open_files() -> int:
    gc.collect()
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_many_databases_need_few_open_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are used, only so many stay open, or half as many more where closing is slow; each still answers."""
    monkeypatch.setattr(connections, "IDLE", 10)
    before = open_files()
    store = SqliteStore(tmp_path / "store")
    for n in range(80):
        store.create(f"cell-{n}").put(Put(A, b'{"n":%d}' % n))
    assert open_files() - before <= (10 + 5) * 3
    assert [store.database(f"cell-{n}").get(A).body for n in range(80)] == [b'{"n":%d}' % n for n in range(80)]
    store.close()
    assert open_files() == before


def test_who_goes_through_many_databases_once_keeps_few_open(tmp_path: Path) -> None:
    """Each connection keeps half a megabyte of its file in memory: that of the databases before is of no use."""
    before = open_files()
    store = SqliteStore(tmp_path / "store", StoreOptions(idle=4))
    for n in range(40):
        store.create(f"cell-{n}")
    assert open_files() - before <= (4 + 2) * 3
    store.close()


def test_few_allowed_files_mean_fewer_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what the system allows is left for everything else."""
    limits = {"now": (600, 4096)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    assert connections._affordable() == 100
    limits["now"] = (20_000, 20_000)
    assert connections._affordable() == connections.IDLE
    limits["now"] = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert connections._affordable() == connections.IDLE


def test_a_stale_connection_does_not_harm_a_database_made_anew(folder: Path) -> None:
    """A store that still has the dropped file open neither writes into it nor removes the new one's log."""
    first, second = SqliteStore(folder), SqliteStore(folder)
    first.create("cell-1").put(Put(A, b'{"n":1}'))
    stale = second.database("cell-1")
    assert stale.get(A) is not None
    first.delete("cell-1")
    first.create("cell-1").put(Put(DocId("b"), b"{}"))
    second.close()
    third = SqliteStore(folder)
    assert [found.id for found in third.database("cell-1").documents()] == ["b"]
    first.database("cell-1").put(Put(DocId("c"), b"{}"))
    first.close()
    assert [found.id for found in third.database("cell-1").documents()] == ["b", "c"]
    third.close()


def test_what_a_crash_left_of_a_dropped_database_does_not_come_back(store: SqliteStore, folder: Path) -> None:
    """A log without its file, or a half-made file, is cleared before the name is used again."""
    cell = store.create("cell-1")
    cell.put(Put(A, b"{}"))
    log = (folder / "cell-1.sqlite-wal").read_bytes()
    store.delete("cell-1")
    (folder / "cell-1.sqlite-wal").write_bytes(log)
    (folder / "cell-1.draft").write_bytes(b"half")
    assert store.names() == []
    assert store.create("cell-1").get(A) is None


FULL_DISK = """
import resource, signal, sys
from fieldsync.documents import DocId
from fieldsync.errors import StoreUnavailable
from fieldsync.stores.base import Put
from fieldsync.stores.factory import open_store
cell = open_store(sys.argv[1]).create("cell-1")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, most))
done = 0
try:
    for n in range(10_000):
        cell.put(Put(DocId(f"d{n:05}"), b'{"text":"%s"}' % (b"x" * 2000)))
        done += 1
except StoreUnavailable as error:
    assert "disk" in error.message, error.message
assert 0 < done < 10_000, done
assert cell.info().doc_count == done
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
cell.put(Put(DocId("after"), b"{}"))
print(done)
"""


def test_a_full_disk_is_reported_and_loses_nothing(store: SqliteStore, folder: Path) -> None:
    """The write that found no room fails whole; with room again, writing goes on."""
    env = {**os.environ, "PYTHONPATH": str(Path(fieldsync.__file__).parents[1])}
    program = [sys.executable, "-c", FULL_DISK, f"sqlite:///{folder}"]
    ended = subprocess.run(program, capture_output=True, text=True, env=env, check=False)
    assert ended.returncode == 0, ended.stderr
    cell = store.database("cell-1")
    assert cell.info().doc_count == int(ended.stdout) + 1
    assert sum(1 for _ in cell.documents()) == int(ended.stdout) + 1


def test_a_body_that_no_index_can_read_is_refused(store: SqliteStore) -> None:
    """The batch fails whole, as bad input."""
    cell = store.create("cell-1")
    rev = Rev("1-" + "a" * 32)
    for body in (b"{", b"\xff"):
        with pytest.raises(BadInput):
            cell.graft([Graft(A, (rev,), b"{}"), Graft(DocId("b"), (rev,), body)])
    assert cell.info().doc_count == 0


def test_a_text_that_is_no_unicode_is_bad_input(store: SqliteStore) -> None:
    """A lone surrogate in an identifier, wherever it comes in."""
    cell = store.create("cell-1")
    cell.add([(A, b"{}")])
    odd = DocId("\ud800")
    for call in (
        lambda: cell.get(odd),
        lambda: cell.put(Put(odd, b"{}")),
        lambda: cell.leaves(odd),
        lambda: cell.missing({odd: []}),
        lambda: cell.local(odd),
        lambda: list(cell.documents(odd)),
        lambda: cell.changes(ChangesQuery(ids=frozenset({odd}))),
        lambda: cell.find(Query({"data.household": odd})),
        lambda: cell.find(Query({"data.household": 2**70})),
    ):
        with pytest.raises(BadInput):
            call()
    assert cell.info().doc_count == 1


@pytest.mark.parametrize("fork", [False, True])
def test_what_is_older_than_a_thousand_revisions_is_forgotten(store: SqliteStore, folder: Path, fork: bool) -> None:
    """Its name, its place in the tree, and its body; on a line and on a branch."""
    cell = store.create("cell-1")
    line = tuple(Rev(f"{n}-{n:032x}") for n in range(1050, 0, -1))
    if fork:
        cell.graft([Graft(A, (Rev("1-" + "f" * 32),), b"{}")])
    cell.graft([Graft(A, line[n : n + 20], b"{}") for n in range(1049, -1, -1)])
    assert cell.get(A).path == line[:1000]
    assert cell.get(A, line[999]).path == (line[999],)
    assert cell.get(A, line[1000]) is None
    assert cell.missing({A: [line[999], line[1000]]})[A].missing == (line[1000],)
    assert raw(folder, "cell-1").execute("SELECT count(*) FROM revisions").get == 999 + fork


def test_the_counts_by_span_match_the_documents(store: SqliteStore, folder: Path) -> None:
    """What `pending` is added up from never drifts from the rows, and empty spans go."""
    cell = store.create("cell-1")
    cell.add([(DocId(f"d{n}"), b"{}") for n in range(700)])
    for _ in range(2):
        grafts = [found for n in range(600) for found in cell.revisions([(DocId(f"d{n}"), None)])[0]]
        cell.graft([Graft(g.id, (Rev(f"{len(g.path) + 1}-{n:032x}"), *g.path), b"{}") for n, g in enumerate(grafts)])
    other = raw(folder, "cell-1")
    kept = dict(other.execute("SELECT span, documents FROM spans").fetchall())
    counted = dict(other.execute(f"SELECT seq / {schema.SPAN}, count(*) FROM documents GROUP BY 1").fetchall())
    assert kept == counted


def test_a_put_names_its_revision_by_its_canonical_content(store: SqliteStore) -> None:
    """As `server_rev` does, however the body is spelled."""
    cell = store.create("cell-1")
    first = cell.put(Put(A, b'{"name": "Ann", "n": 1.0}'))
    assert first == server_rev(None, False, {"n": 1, "name": "Ann"})
    assert cell.put(Put(A, b'{"name":"Anne"}', first)) == server_rev(first, False, {"name": "Anne"})
    cell.add([(DocId("b"), b'{"n":1}')])
    assert cell.get(DocId("b")).rev == server_rev(None, False, {"n": 1})


def test_bodies_come_back_byte_for_byte(store: SqliteStore) -> None:
    """Spaces, order, escapes, numbers and large texts are what was written."""
    cell = store.create("cell-1")
    bodies = [
        b'{ "b" : 1.10, "a":\t[1e3, -0.0, 123456789012345678901234567890] }',
        '{"name":"欧阳 😀","escaped":"\\u00e9\\u0000\\ud83d\\ude00"}'.encode(),
        b'{"text":"%s"}' % (b"x" * 900_000),
        b"{}",
    ]
    for number, body in enumerate(bodies):
        cell.put(Put(DocId(f"d{number}"), body))
        assert cell.get(DocId(f"d{number}")).body == body


def test_compacting_drops_what_was_replaced_and_nothing_else(store: SqliteStore) -> None:
    """Leaves, their paths and branches stay; the bodies of inner revisions of one line go."""
    database = store.create("db")
    first = database.put(Put(A, b'{"n":1}'))
    second = database.put(Put(A, b'{"n":2}', first))
    forked = DocId("forked")
    root = database.put(Put(forked, b"{}"))
    for digest in "bc":
        database.graft([Graft(forked, (Rev("2-" + digest * 32), root), b'{"s":"' + digest.encode() + b'"}')])
    assert database.compact() == 1
    assert database.get(A, first) is None
    found = database.get(A)
    assert found is not None
    assert (found.path, found.body) == ((second, first), b'{"n":2}')
    assert all(database.get(forked, leaf.rev) for leaf in database.leaves(forked))
    assert database.compact() == 0


def test_a_file_in_the_place_of_the_folder_is_said_so(tmp_path: Path) -> None:
    """In words for who typed the name, not the system's; the file stays as it is."""
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(StoreUnavailable, match="is a file, and a store is a folder"):
        SqliteStore(tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "mine"


def test_what_keeps_a_database_from_being_read_is_a_damage_in_one_sentence(tmp_path: Path) -> None:
    """Its words are followed by the remedy, so they end without a full stop."""
    store = SqliteStore(tmp_path / "store")
    store.create("cell-1")
    (tmp_path / "store/cell-1.sqlite").write_bytes(b"garbage" * 100)
    (damage,) = store.damages("cell-1", quick=False)
    assert "damaged" in damage.fault
    assert not damage.fault.endswith(".")
    store.close()
