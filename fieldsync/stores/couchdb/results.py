"""What is read of documents: `_bulk_get`, `_all_docs` and `_revs_diff`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.errors import BadInput
from fieldsync.revisions import is_rev, ranked
from fieldsync.stores.base import Leaf, Missing, Revision
from fieldsync.stores.couchdb.bodies import first_revision_of, may_be_renamed, revision_of, shown
from fieldsync.stores.couchdb.client import read, written
from fieldsync.stores.couchdb.identifiers import DESIGN, can_be_named, here, there
from fieldsync.stores.couchdb.remote import Remote
from fieldsync.stores.wire import not_found

BATCH = 1000
FEW = 100
"""How many documents, or beginnings of identifiers, are asked for in one request that looks each of them up."""
_NULL = msgspec.Raw(b"null")
Wanted = tuple[DocId, Rev | None]


class _Results(msgspec.Struct):
    results: list[msgspec.Raw]


class _Fault(msgspec.Struct):
    error: str
    reason: str | None = None


_One = dict[str, msgspec.Raw]
"""A document of a result, under `ok`, or why there is none, under `error`."""


class _Result(msgspec.Struct):
    id: str
    docs: list[_One]


class Winner(msgspec.Struct):
    """A document's winner, as `_all_docs` names it."""

    rev: Rev
    deleted: bool = False


class _Row(msgspec.Struct):
    key: str
    value: Winner | None = None
    doc: msgspec.Raw = _NULL


class _Rows(msgspec.Struct):
    rows: list[_Row]


class _Pages(msgspec.Struct):
    results: list[_Rows]


class _Gap(msgspec.Struct):
    missing: list[Rev]
    possible_ancestors: list[Rev] = []


class _Open(msgspec.Struct):
    rev: Rev = msgspec.field(name="_rev")
    deleted: bool = msgspec.field(name="_deleted", default=False)


class _OpenOne(msgspec.Struct):
    ok: _Open | None = None


def bulk(remote: Remote, wanted: Sequence[Wanted], *, latest: bool, history: bool) -> list[bytes]:
    """Return for each request, in order, the JSON of its result in `_bulk_get`."""
    asked = [each for each in wanted if _can_be_asked(each)]
    results: list[bytes] = []
    for at in range(0, len(asked), BATCH):
        results += _asked(remote, asked[at : at + BATCH], latest, history)
    found = iter(results)
    return [next(found) if _can_be_asked(each) else _absent(*each) for each in wanted]


def _can_be_asked(wanted: Wanted) -> bool:
    doc_id, rev = wanted
    return can_be_named(doc_id) and (rev is None or is_rev(rev))


def _absent(doc_id: DocId, rev: Rev | None) -> bytes:
    return written({"id": doc_id, "docs": [{"error": not_found(doc_id, rev)}]})


def _asked(remote: Remote, wanted: Sequence[Wanted], latest: bool, history: bool) -> list[bytes]:
    query = {name: "true" for name, is_so in (("latest", latest), ("revs", history)) if is_so}
    docs = [{"id": there(doc_id), "rev": rev} if rev else {"id": there(doc_id)} for doc_id, rev in wanted]
    found = remote.post("/_bulk_get", {"docs": docs}, _Results, query).results
    if len(found) != len(wanted):
        raise remote.client.unavailable(f"gave {len(found)} results for {len(wanted)} requests")
    return [_checked(remote, each, bytes(raw)) for each, raw in zip(wanted, found, strict=True)]


def _checked(remote: Remote, wanted: Wanted, raw: bytes) -> bytes:
    """Return a result as it came, where its bytes show that there is nothing to mend."""
    if raw.count(b'{"ok":') == 1 and not may_be_renamed(raw) and b'"error":' not in raw:
        return raw
    result = msgspec.json.decode(raw, type=_Result)
    for each in result.docs:
        _check_fault(remote, each)
    docs = [{"ok": msgspec.Raw(shown(bytes(each["ok"])))} if "ok" in each else each for each in result.docs]
    found = _winner_first(docs)[: 1 if wanted[1] is None else None]
    return written(_Result(wanted[0], found)) if found else _absent(*wanted)


def _check_fault(remote: Remote, one: _One) -> None:
    """Raise where a document could not be read now: to a client this must not look like one that is missing."""
    if "error" in one:
        fault = msgspec.json.decode(one["error"], type=_Fault)
        if fault.error != "not_found":
            raise remote.client.unavailable(f"could not read a document ({fault.error}: {fault.reason})")


def _winner_first(docs: list[_One]) -> list[_One]:
    """Return the leaves of a result in their order, each once."""
    leaves = {_leaf(each["ok"]): each for each in docs if "ok" in each}
    return [leaves[leaf] for leaf in ranked(leaves)]


def _leaf(document: msgspec.Raw) -> Leaf:
    found = msgspec.json.decode(document, type=_Open)
    return Leaf(found.rev, found.deleted)


def revisions(remote: Remote, wanted: Sequence[Wanted], latest: bool) -> list[list[Revision]]:
    """Return for each request, in order, its revision; with `latest` the leaves that descend from it, winner first."""
    return [_revisions(raw) for raw in bulk(remote, wanted, latest=latest, history=True)]


def _revisions(raw: bytes) -> list[Revision]:
    docs = msgspec.json.decode(raw, type=_Result).docs
    found = {each.rev: each for each in (revision_of(bytes(one["ok"])) for one in docs if "ok" in one)}
    return ranked(found.values())


def deleted_ones(remote: Remote, revs: Sequence[tuple[DocId, Rev]]) -> list[bool]:
    """Tell of each leaf whether it is a tombstone."""
    raws = bulk(remote, revs, latest=False, history=False)
    docs = (msgspec.json.decode(raw, type=_Result).docs for raw in raws)
    return [any("ok" in one and _leaf(one["ok"]).deleted for one in each) for each in docs]


def leaves(remote: Remote, doc_id: DocId) -> tuple[Leaf, ...]:
    """Return all leaves, winner first."""
    if not _can_be_asked((doc_id, None)):
        return ()
    answer = remote.send("GET", f"/{quoted(there(doc_id))}", {"open_revs": "all"})
    if answer.status == 404:
        return ()
    found = _decoded(remote, answer.body)
    return tuple(ranked(Leaf(each.ok.rev, each.ok.deleted) for each in found if each.ok))


def _decoded(remote: Remote, body: bytes) -> list[_OpenOne]:
    try:
        return msgspec.json.decode(body, type=list[_OpenOne])
    except msgspec.MsgspecError:
        raise remote.client.unavailable("gave an answer that cannot be read") from None


def winners(remote: Remote, ids: Sequence[DocId]) -> dict[str, Winner]:
    """Return the winners of the documents that exist, the deleted ones too."""
    found: dict[str, Winner] = {}
    for at in range(0, len(ids), BATCH):
        rows = remote.post("/_all_docs", {"keys": list(map(there, ids[at : at + BATCH]))}, _Rows).rows
        found |= {here(row.key): row.value for row in rows if row.value}
    return found


def missing(remote: Remote, revs: Mapping[DocId, Sequence[Rev]]) -> dict[DocId, Missing]:
    """Return what is not known, for the documents where something is not, in the order of the question."""
    asked = {there(doc_id): good for doc_id, each in revs.items() if (good := _askable(doc_id, each))}
    gaps = remote.post("/_revs_diff", asked, dict[str, _Gap]) if asked else {}
    answers = (
        (doc_id, _missing(each, asked.get(there(doc_id)), gaps.get(there(doc_id)))) for doc_id, each in revs.items()
    )
    return {doc_id: answer for doc_id, answer in answers if answer.missing}


def _askable(doc_id: DocId, revs: Sequence[Rev]) -> list[Rev]:
    return [rev for rev in dict.fromkeys(revs) if _can_be_asked((doc_id, rev))]


def _missing(revs: Sequence[Rev], asked: list[Rev] | None, gap: _Gap | None) -> Missing:
    unknown = (set(revs) - set(asked or ())) | set(gap.missing if gap else ())
    ancestors = tuple(dict.fromkeys(gap.possible_ancestors)) if gap else ()
    return Missing(tuple(rev for rev in dict.fromkeys(revs) if rev in unknown), ancestors)


def documents(remote: Remote, start: str, end: str, limit: int | None, descending: bool) -> Iterator[Revision]:
    """Yield the winners that are not deleted with start <= id < end, in order of id."""
    left, start, end = limit, there(start), there(end)
    while left is None or left > 0:
        size = 500 if left is None else min(500, left)
        rows, after = _page(remote, start, end, size, descending)
        yield from _winners(remote, rows)
        if after is None:
            return
        left = None if left is None else left - len(rows)
        start, end = (start, after) if descending else (after + "\0", end)


def _winners(remote: Remote, rows: Sequence[_Row]) -> Iterator[Revision]:
    """Yield the winners of rows, in their order; what lies before a later revision has to be asked for."""
    first = [first_revision_of(shown(bytes(row.doc))) if row.doc != _NULL else None for row in rows]
    later: list[Wanted] = [(DocId(here(row.key)), None) for row, one in zip(rows, first, strict=True) if one is None]
    asked = iter(revisions(remote, later, latest=True))
    for one in first:
        found = [one] if one is not None else next(asked)
        if found and not found[0].deleted:
            yield found[0]


def _page(remote: Remote, start: str, end: str, size: int, descending: bool) -> tuple[list[_Row], str | None]:
    """Return the winners of a page of `_all_docs`, and where CouchDB has the last one read, or None at the end."""
    if start >= end:
        return [], None
    first, last = (end, start) if descending else (start, end)
    query = {"startkey": _json(first), "endkey": _json(last), "limit": str(size + 1), "include_docs": "true"}
    query |= {"descending": "true"} if descending else {"inclusive_end": "false"}
    rows = remote.get("/_all_docs", _Rows, query).rows
    kept = [row for row in rows if row.value and row.key < end and not row.key.startswith(DESIGN)]
    return kept[:size], _last(rows, kept, size)


def below(remote: Remote, prefixes: Sequence[str]) -> Iterator[Revision]:
    """Yield the live winners whose identifiers begin with one of some texts, a text after the other."""
    for at in range(0, len(prefixes), FEW):
        wanted = _beginning(remote, prefixes[at : at + FEW])
        for found in revisions(remote, wanted, latest=True):
            if found and not found[0].deleted:
                yield found[0]


def _beginning(remote: Remote, prefixes: Sequence[str]) -> list[Wanted]:
    """Return the documents that begin with some texts, asked for in one request where the server knows that."""
    spans = [(there(prefix), there(prefix + "\U0010ffff")) for prefix in prefixes]
    queries = [{"start_key": start, "end_key": end, "inclusive_end": False} for start, end in spans]
    answer = remote.send("POST", "/_all_docs/queries", None, written({"queries": queries}))
    if answer.status in (200, 201):
        pages = read(answer, _Pages, remote.client).results
        return [(DocId(here(row.key)), row.value.rev) for page in pages for row in page.rows if row.value]
    return [one for start, end in spans for one in _span(remote, start, end)]


def _span(remote: Remote, start: str, end: str) -> list[Wanted]:
    query = {"startkey": _json(start), "endkey": _json(end), "inclusive_end": "false"}
    rows = remote.get("/_all_docs", _Rows, query).rows
    return [(DocId(here(row.key)), row.value.rev) for row in rows if row.value]


def _json(text: str) -> str:
    return written(text).decode()


def _last(rows: list[_Row], kept: list[_Row], size: int) -> str | None:
    if len(rows) <= size:
        return None
    return kept[size - 1].key if len(kept) >= size else rows[-1].key


def quoted(name: str) -> str:
    """Write a name as one piece of a path. Raises BadInput."""
    try:
        return quote(name, safe="")
    except UnicodeEncodeError as error:
        raise BadInput(f"This name is no Unicode ({error.reason}); send UTF-8.") from error
