"""What only a real CouchDB shows: how databases are made there, and that the indexes are used."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator

import pytest
import urllib3

from fieldsync.attachments import digest_of
from fieldsync.documents import DocId
from fieldsync.stores.base import ChangesQuery, Graft, Put, Query, Store, StoreOptions
from fieldsync.stores.couchdb.address import Address, read_address
from fieldsync.stores.couchdb.queries import INDEX, selector
from fieldsync.stores.factory import open_store
from fieldsync.stores.indexes import CELL_INDEXES, INDEXES
from tests.contract import peers

OPTIONS = StoreOptions(revs_limit=1200, couchdb_q=3, couchdb_n=1)
DATABASES = {**INDEXES, "cell-1": CELL_INDEXES}
STUB = {"content_type": "image/png", "revpos": 1, "digest": digest_of(b"picture"), "length": 7, "stub": True}


class Direct:
    """CouchDB itself, asked beside the store."""

    def __init__(self, url: str) -> None:
        self.address: Address = read_address(url)
        authorisation = f"{self.address.user}:{self.address.password}"
        self._headers = {**urllib3.make_headers(basic_auth=authorisation), "content-type": "application/json"}
        self._pool = urllib3.HTTPConnectionPool(self.address.host, self.address.port)

    def __call__(self, method: str, name: str, path: str = "", body: object = None, signed: bool = True) -> object:
        url = f"/{self.address.name_there(name).replace('/', '%2F')}{path}"
        content = None if body is None else json.dumps(body).encode()
        answer = self._pool.urlopen(method, url, content, self._headers if signed else {})
        return answer.status if not signed else json.loads(answer.data)

    def close(self) -> None:
        self._pool.close()


@pytest.fixture
def url() -> Iterator[str]:
    """Lend a prefix of a real CouchDB."""
    with peers.on_a_prefix(peers.real_couchdb()) as lent:
        yield lent


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open the store with options of its own."""
    opened = open_store(url, OPTIONS)
    yield opened
    opened.close()


@pytest.fixture
def direct(url: str) -> Iterator[Direct]:
    """Ask CouchDB itself."""
    asked = Direct(url)
    yield asked
    asked.close()


def test_databases_are_spread_as_the_options_say(store: Store, direct: Direct) -> None:
    """A cell has one shard; every database remembers as many revisions."""
    for name, shards in (("registry", 3), ("cell-1", 1)):
        store.create(name)
        assert direct("GET", name)["cluster"]["q"] == shards
        assert direct("GET", name, "/_revs_limit") == 1200
    assert store.names() == ["cell-1", "registry"]
    assert direct("GET", "installation", "")["error"] == "not_found"
    assert store.uuid() == store.uuid()
    assert store.names() == ["cell-1", "registry"]


def test_everyone_else_is_shut_out(store: Store, direct: Direct) -> None:
    """Members and administrators are the server's own user and CouchDB's administrators."""
    expected = {"names": [direct.address.user], "roles": ["_admin"]}
    store.uuid()
    store.blobs()
    store.create("cell-1")
    for name in ("cell-1", "blobs", "installation"):
        assert direct("GET", name, "/_security") == {"admins": expected, "members": expected}
        assert direct("GET", name, signed=False) == 401


def test_a_database_that_was_left_half_made_is_finished(store: Store, direct: Direct) -> None:
    """As after a crash between its making and its last setting."""
    direct("PUT", "cell-1", "?q=1")
    store.create("cell-1").add([(DocId("a"), b'{"data":{"person":"p"}}')])
    assert direct("GET", "cell-1", "/_security")["members"]["names"] == [direct.address.user]
    assert direct("GET", "cell-1", "/_revs_limit") == 1200
    assert len(direct("GET", "cell-1", "/_index")["indexes"]) == 1 + len(CELL_INDEXES)


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in DATABASES.items() for path in paths])
def test_find_uses_the_index(store: Store, direct: Direct, name: str, path: str) -> None:
    """CouchDB's own plan names it, with other conditions and for a beginning too."""
    store.create(name)
    for query in (Query({path: "x"}), Query({path: "x", "other.member": 1}), Query({}, prefix={path: "x"})):
        asked = {"selector": selector(query), "use_index": [INDEX, path], "fields": ["_id"]}
        plan = direct("POST", name, "/_explain", asked)
        assert (plan["index"]["ddoc"], plan["index"]["name"]) == (f"_design/{INDEX}", path)


def test_an_index_that_is_missing_is_made(store: Store, direct: Direct) -> None:
    """As where a newer program wants another one: it is noticed at the first look-up."""
    cell = store.create("cell-1")
    cell.add([(DocId("a"), b'{"data":{"person":"p"}}')])
    direct("DELETE", "cell-1", f"/_index/{INDEX}/json/data.person")
    assert [found.id for found in cell.find(Query({"data.person": "p"}))] == ["a"]
    assert len(direct("GET", "cell-1", "/_index")["indexes"]) == 1 + len(CELL_INDEXES)


def test_identifiers_are_in_the_order_of_code_points(store: Store) -> None:
    """CouchDB's indexes compare as people do; pages of a look-up must not."""
    ids = ["-", "A", "Z", "a", "a-b", "a:b", "aB", "ab", "b", "é", "中"]
    cell = store.create("cell-1")
    cell.add([(DocId(each), b'{"data":{"person":"p"}}') for each in reversed(ids)])
    seen: list[str] = []
    while found := cell.find(Query({"data.person": "p"}, seen[-1] if seen else "", 2)):
        seen += [each.id for each in found]
    assert seen == sorted(ids)


def test_couchdb_never_sees_attachments(store: Store, direct: Direct) -> None:
    """Stubs are a member of the body, and each content is there once."""
    body = json.dumps({"_attachments": {"a.png": STUB}, "n": 1}, separators=(",", ":")).encode()
    cell = store.create("cell-1")
    store.blobs().put({STUB["digest"]: b"picture"})
    cell.graft([Graft(DocId("a"), ("1-" + "a" * 32,), body)])
    assert direct("GET", "cell-1", "/a")["fs:attachments"] == {"a.png": STUB}
    assert "_attachments" not in direct("GET", "cell-1", "/a")
    assert cell.get(DocId("a")).body == body
    assert direct("GET", "blobs")["doc_count"] == 1


def test_changes_over_several_shards_are_complete(store: Store) -> None:
    """Each document once, the design document never, whatever the size of the pages; a new one comes after the end."""
    cases = store.create("cases")
    ids = {f"case:{n}" for n in range(40)}
    cases.add([(DocId(each), b'{"state":"open"}') for each in ids])
    for limit in (1, 3, 7, None):
        seen: list[str] = []
        since = "0"
        while found := (page := cases.changes(ChangesQuery(since, limit=limit))).rows:
            seen += [row.id for row in found]
            since = page.last_seq
        assert sorted(seen) == sorted(ids)
    cases.put(Put(DocId("case:new"), b"{}"))
    assert [row.id for row in cases.changes(ChangesQuery(since)).rows] == ["case:new"]
    assert cases.info().doc_count == 41
    assert len(cases.changes(ChangesQuery(descending=True)).rows) == 41
    assert len(cases.changes(ChangesQuery(descending=True, limit=5)).rows) == 5


def test_a_position_beyond_what_was_restored_rewinds(store: Store) -> None:
    """CouchDB would take it for good and skip what is written until it is passed."""
    cell = store.create("cell-1")
    cell.add([(DocId("a"), b"{}"), (DocId("b"), b"{}")])
    beyond = _later(cell.info().update_seq)
    assert [row.id for row in cell.changes(ChangesQuery(beyond)).rows] == ["a", "b"]


def _later(seq: str) -> str:
    """Return a position of the same database as if five more writes had been done."""
    number, _, opaque = seq.partition("-")
    packed = base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4))
    term = zlib.decompress(packed[6:]) if packed[1:2] == b"P" else packed[1:]
    at = term.index(b"a" + bytes([int(number)]) + b"m")
    term = term[: at + 1] + bytes([int(number) + 5]) + term[at + 2 :]
    opaque = base64.urlsafe_b64encode(b"\x83" + term).rstrip(b"=").decode()
    return f"{int(number) + 5}-{opaque}"
