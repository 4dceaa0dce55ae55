"""What `fieldsync store check` finds: each kind of damage, by the database and the document that have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from fieldsync.attachments import digest_of
from fieldsync.documents import DocId, Rev
from fieldsync.store_check import damages
from fieldsync.stores.base import Graft, Put
from fieldsync.stores.sqlite import SqliteStore

NAME = "cell-1"
LINE, FORK = DocId("line"), DocId("fork")
ONE, TWO, LOW, HIGH = (Rev(f"{n}-{mark * 32}") for n, mark in ((1, "a"), (2, "b"), (2, "c"), (2, "d")))
PICTURE = b"picture"


def with_picture(content: bytes) -> bytes:
    stub = {"content_type": "image/png", "revpos": 1, "digest": digest_of(content), "length": 7, "stub": True}
    return json.dumps({"_attachments": {"p.png": stub}, "n": 1}, separators=(",", ":")).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a whole store: a line, a fork, a tombstone, an attachment."""
    store = SqliteStore(tmp_path / "store")
    store.blobs().put({digest_of(PICTURE): PICTURE})
    cell = store.create(NAME)
    cell.graft([Graft(LINE, (ONE,), b"{}"), Graft(LINE, (TWO, ONE), b'{"n":2}')])
    cell.graft([Graft(FORK, (LOW, ONE), b"{}"), Graft(FORK, (HIGH, ONE), b"{}")])
    cell.graft([Graft(DocId("gone"), (TWO, ONE), b"{}", True)])
    cell.put(Put(DocId("pictured"), with_picture(PICTURE)))
    store.close()
    return tmp_path / "store"


@pytest.fixture
def harm(folder: Path) -> Iterator[apsw.Connection]:
    """Open the cell's file behind the store's back."""
    connection = apsw.Connection(str(folder / f"{NAME}.sqlite"), flags=apsw.SQLITE_OPEN_READWRITE)
    yield connection
    connection.close()


def found(folder: Path, *, quick: bool = False) -> list[tuple[str, str, str]]:
    """Return the damages of a store: database, document and fault."""
    store = SqliteStore(folder)
    try:
        damaged = list(damages(store, quick=quick))
        assert all(one.remedy for one in damaged)
        return [(one.database, one.document, one.fault) for one in damaged]
    finally:
        store.close()


def test_a_whole_store_has_none(folder: Path) -> None:
    """Nothing is found, quickly or thoroughly, and looking changes nothing."""
    assert found(folder) == found(folder, quick=True) == []


@pytest.mark.parametrize(
    ("sql", "document", "says"),
    [
        ("UPDATE figures SET doc_count = 9", "", "counts 9 documents and 1 deleted ones; there are 3 and 1"),
        ("UPDATE figures SET update_seq = 1", "", "beyond the last one"),
        ("UPDATE spans SET documents = 7", "", "spans of sequences are miscounted"),
        (f"UPDATE documents SET rev = '{LOW}' WHERE id = 'fork'", "fork", f"shows {LOW} where {HIGH} wins"),
        ("UPDATE documents SET leaves = NULL WHERE id = 'fork'", "fork", "list of leaves"),
        ("UPDATE documents SET path = zeroblob(16) WHERE id = 'fork'", "fork", "path"),
        ("UPDATE documents SET tree = x'00' WHERE id = 'fork'", "fork", "cannot be read"),
        (f"DELETE FROM revisions WHERE rev = '{LOW}'", "fork", f"the body of {LOW} is not there"),
        (f"UPDATE revisions SET rev = '9-{'e' * 32}' WHERE id = 'line'", "line", "belongs to no revision"),
        ("UPDATE revisions SET body = '{' WHERE id = 'line'", "line", "not JSON"),
        ("UPDATE revisions SET id = 'nobody' WHERE id = 'line'", "nobody", "not among the documents"),
    ],
)
def test_what_contradicts_itself_is_found(
    folder: Path, harm: apsw.Connection, sql: str, document: str, says: str
) -> None:
    """Figures, spans, winners, leaves, paths, bodies."""
    harm.execute(sql)
    harm.close()
    said = found(folder)
    assert any((one[0], one[1]) == (NAME, document) and says in one[2] for one in said), said


def test_an_attachment_that_is_not_there_is_found(folder: Path) -> None:
    """It is named with its document; so is one whose length is not what the document says."""
    store = SqliteStore(folder)
    store.create(NAME).put(Put(DocId("lacking"), with_picture(b"another")))
    store.blobs().put({digest_of(b"longer than seven"): b"longer than seven"})
    store.create(NAME).put(Put(DocId("longer"), with_picture(b"longer than seven")))
    store.close()
    said = {document: fault for _, document, fault in found(folder, quick=True)}
    assert said.keys() == {"lacking", "longer"}
    assert "is not there" in said["lacking"]
    assert "another length" in said["longer"]


def test_content_that_is_not_what_its_digest_says_is_found(folder: Path) -> None:
    """Where the contents are read, which the quick look leaves out."""
    connection = apsw.Connection(str(folder / "blobs.sqlite"), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.execute("UPDATE blobs SET content = x'00000000000000'")
    connection.close()
    assert found(folder, quick=True) == []
    assert [one[:2] for one in found(folder)] == [("blobs", digest_of(PICTURE))]


def test_a_damaged_page_is_found(folder: Path) -> None:
    """Bytes changed on the disk, which SQLite itself notices."""
    path = folder / f"{NAME}.sqlite"
    held = bytearray(path.read_bytes())
    held[4096 * 2 : 4096 * 4] = b"\xff" * 8192
    path.write_bytes(held)
    said = found(folder)
    assert {one[0] for one in said} == {NAME}
    assert any("damaged" in one[2] for one in said)


class Bare:
    """A store that offers what every store does and nothing more."""

    def __init__(self, store: SqliteStore) -> None:
        for name in ("blobs", "database", "names"):
            setattr(self, name, getattr(store, name))


def test_a_store_without_files_is_checked_by_what_it_answers(folder: Path, harm: apsw.Connection) -> None:
    """Counts, bodies and attachments, through the methods that every store has."""
    store = SqliteStore(folder)
    assert list(damages(Bare(store))) == []
    harm.execute("UPDATE figures SET doc_count = 9")
    harm.execute(f"DELETE FROM revisions WHERE rev = '{LOW}'")
    faults = [one.fault for one in damages(Bare(store))]
    assert faults[0] == f"the body of {LOW} is not there"
    assert "counts 9 documents" in faults[1]
    store.close()
