"""Bodies on their way to CouchDB: what is refused before anything is sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput
from fieldsync.stores.base import ChangesQuery, ChangesView, Graft, Put, Store
from fieldsync.stores.couchdb.bodies import Head, outgoing
from fieldsync.stores.couchdb.identifiers import MARK, here, there

A = DocId("a")


def test_a_body_is_joined_as_it_is() -> None:
    """Its bytes are not spelled anew."""
    assert outgoing(Head(A), b' { "b" : 1.10 } ') == b'{"_id":"a","b" : 1.10 } '
    assert outgoing(Head(A, deleted=True), b"{}") == b'{"_id":"a","_deleted":true}'


def test_stubs_go_under_the_stores_own_name() -> None:
    """CouchDB never sees attachments."""
    assert outgoing(Head(A), b'{"_attachments":{"x":{}},"n":1}') == b'{"_id":"a","fs:attachments":{"x":{}},"n":1}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"_rev":"1-x"}',
        b'{"n":1,"_deleted":true}',
        b'{"\\u005fid":"b"}',
        b'{"n":1,"_attachments":{}}',
        b'{"a":1},{"_id":"b"}',
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":tru}',
        b"{" * 100_000,
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"null",
    ],
)
def test_what_could_mean_something_else_there_is_refused(body: bytes) -> None:
    """CouchDB's own members, a second document, what is no JSON."""
    with pytest.raises(BadInput):
        outgoing(Head(A), body)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"a":1},{"_id":"b"}', b'{"_rev":"x"}'])
def test_one_bad_body_leaves_nothing_of_its_batch(store: Store, body: bytes) -> None:
    """Whatever the way in."""
    cell = store.create("cell-1")
    rev = "1-" + "a" * 32
    for write in (
        lambda: cell.graft([Graft(DocId("good"), (rev,), b"{}"), Graft(A, (rev,), body)]),
        lambda: cell.add([(DocId("good"), b"{}"), (A, body)]),
        lambda: cell.put(Put(A, body)),
    ):
        with pytest.raises(BadInput):
            write()
    assert cell.info().doc_count == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"fs:attachments":1}',
        b'{"fs\\u003aattachments":1,"attachments":2}',
        b'{"fs:fs:attachments":{},"fs:attachments":2,"fs:":3}',
        b'{"_attachments":{"x":{"content_type":"a","revpos":1,"digest":"d","length":0,"stub":true}},"fs:attachments":1}',
    ],
)
def test_a_member_called_as_the_stores_own_is_kept(store: Store, body: bytes) -> None:
    """It is read back as it was, in every way of reading, beside real attachments too."""
    cell = store.create("cell-1")
    cell.graft([Graft(A, (Rev("1-" + "a" * 32),), body)])
    found = cell.get(A)
    assert found is not None
    assert found.body.startswith(b'{"_attachments"') == body.startswith(b'{"_attachments"')
    assert json.loads(found.body) == json.loads(body)
    (row,) = cell.rows(ChangesQuery(), ChangesView(include_docs=True)).rows
    head = {"_id": "a", "_rev": found.rev}
    assert json.loads(row)["doc"] == {**head, **json.loads(body)}
    (result,) = cell.bulk([(A, None)], latest=True, history=False)
    assert json.loads(result)["docs"] == [{"ok": {**head, **json.loads(body)}}]


@pytest.mark.parametrize("doc_id", ["_design/x", "_design/", f"{MARK}_design/x", f"{MARK}{MARK}", "^x", "a", "住"])
def test_a_name_there_leads_back(doc_id: str) -> None:
    """Also that of a document which is called like a design document's place."""
    assert here(there(doc_id)) == doc_id
    assert not there(doc_id).startswith("_")


@given(st.lists(st.text(alphabet="^_`a\U0010ffff/~", max_size=4)))
def test_names_there_are_in_the_same_order(texts: list[str]) -> None:
    """So a range of identifiers is a range there as well."""
    assert sorted(texts, key=there) == sorted(texts)


def test_a_design_document_is_no_program_there(store: Store) -> None:
    """What CouchDB would not compile is kept, and what would refuse everything refuses nothing."""
    cell = store.create("cell-1")
    rev = Rev("1-" + "a" * 32)
    bad, strict = b'{"validate_doc_update":"("}', b'{"validate_doc_update":"function () { throw({forbidden: 1}); }"}'
    ids = [DocId(name) for name in ("_design/bad", "_design/strict", "after")]
    assert cell.graft([Graft(i, (rev,), body) for i, body in zip(ids, (bad, strict, b"{}"), strict=True)]) == [True] * 3
    assert cell.put(Put(DocId("later"), b"{}"))
    assert [change.id for change in cell.changes(ChangesQuery()).rows] == [*ids, "later"]


@pytest.mark.parametrize("doc_id", ["", "_x", "_designs", "\ud800"])
def test_an_identifier_that_couchdb_keeps_for_itself_is_refused(store: Store, doc_id: str) -> None:
    """Before anything of its batch is written."""
    cell = store.create("cell-1")
    rev = "1-" + "a" * 32
    for write in (
        lambda: cell.graft([Graft(DocId(doc_id), (rev,), b"{}")]),
        lambda: cell.add([(DocId(doc_id), b"{}")]),
        lambda: cell.put(Put(DocId(doc_id), b"{}")),
    ):
        with pytest.raises(BadInput):
            write()
