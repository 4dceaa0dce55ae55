"""`_find`: the documents that a selector describes.

What the store has an index for is looked up there; everything else is found by reading the documents in order of their
identifiers, from where the selector says to where it says.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from fieldsync.documents import decode_body
from fieldsync.errors import BadInput
from fieldsync.replication import Caller
from fieldsync.stores.base import Database, Query, Revision
from fieldsync.stores.indexes import indexes_of
from mobile_api.bare.errors import NoUsableIndex
from mobile_api.bare.mango.indexes import DESIGN, SPECIAL, Index, indexes, read_field
from mobile_api.bare.mango.selectors import collation_key, compile_selector, conditions, is_absent, path_of, value_at
from mobile_api.replication.answers import Answer, json_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.parameters import decoded

LIMIT = 25
"""How many documents are returned where a request does not say."""
PAGE = 1000
_LAST = "\U0010ffff"
_NOTHING = "nil"
_WARNING = "No matching index found, create an index to optimize query time."
Document = dict[str, Any]
Order = Sequence[tuple[str, str]]


class _Asked(msgspec.Struct):
    selector: Any
    fields: list[str] | None = None
    sort: list[Any] = msgspec.field(default_factory=list)
    limit: int = LIMIT
    skip: int = 0
    bookmark: str = _NOTHING
    use_index: Any = None


def find(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Answer `_find`. Raises BadInput, InvalidOperator, NoUsableIndex."""
    asked: _Asked = decoded(call.body, _Asked, "The query")
    if asked.limit < 0 or asked.skip < 0:
        raise BadInput("limit and skip must not be negative.")
    database, order = desk.database(call), [read_field(field) for field in asked.sort]
    known = list(indexes(database))
    _check_order(asked.selector, order, known)
    passed = _passed(asked.bookmark) + asked.skip
    found = list(islice(_sorted(_matching(database, asked.selector), order), passed, passed + asked.limit))
    docs = [_projected(document, asked.fields) for document in found]
    bookmark = _bookmark(passed + len(found)) if found else _NOTHING
    warning = {} if _serves(asked.selector, known) else {"warning": _WARNING}
    return json_answer(200, {"docs": docs, "bookmark": bookmark, **warning})


def _passed(bookmark: str) -> int:
    """Return how many documents the pages before had. Raises BadInput."""
    if bookmark in {_NOTHING, ""}:
        return 0
    try:
        return int(base64.urlsafe_b64decode(bookmark).decode())
    except (ValueError, binascii.Error) as error:
        raise BadInput(f"Invalid bookmark value: {bookmark!r:.80}") from error


def _bookmark(passed: int) -> str:
    return base64.urlsafe_b64encode(str(passed).encode()).decode()


def _matching(database: Database, selector: Any) -> Iterator[Document]:
    holds = compile_selector(selector)
    for revision in _candidates(database, selector):
        if not revision.id.startswith(DESIGN):
            document = {"_id": revision.id, "_rev": revision.rev, **decode_body(revision.body)}
            if holds(document):
                yield document


def _candidates(database: Database, selector: Any) -> Iterator[Revision]:
    """Read the documents among which all are that a selector finds."""
    equal = _equalities(selector, indexes_of(database.name))
    if not equal:
        yield from database.documents(*_span(selector))
        return
    after = ""
    while page := database.find(Query(equal, after, PAGE)):
        yield from page
        after = page[-1].id


def _equalities(selector: Any, indexed: Sequence[str]) -> dict[str, str | int | bool]:
    """Return what a selector asks to be equal, as far as the store has an index for it."""
    asked = ((".".join(path), name, value) for path, name, value in conditions(selector))
    return {
        path: value
        for path, name, value in asked
        if name == "$eq" and path in indexed and isinstance(value, str | int | bool)
    }


def _span(selector: Any) -> tuple[str, str]:
    """Return between which identifiers the documents are that a selector finds."""
    start, end = "", _LAST
    for path, name, value in conditions(selector):
        if path != ("_id",) or not isinstance(value, str):
            continue
        if name in {"$eq", "$gt", "$gte"}:
            start = max(start, value)
        if name in {"$eq", "$lte"}:
            end = min(end, value + "\0")
        if name == "$lt":
            end = min(end, value)
    return start, end


def _sorted(documents: Iterator[Document], order: Order) -> Iterator[Document]:
    if not order or list(order) == [("_id", "asc")]:
        return documents
    found = list(documents)
    for field, direction in reversed(order):
        path = path_of(field)
        found = [document for document in found if not is_absent(value_at(document, path))]
        found.sort(key=lambda document: collation_key(value_at(document, path)), reverse=direction == "desc")
    return iter(found)


def _check_order(selector: Any, order: Order, known: Sequence[Index]) -> None:
    """Make sure that there is an index in the wanted order, after fields that are all equal. Raises NoUsableIndex."""
    compile_selector(selector)
    wanted = [field for field, _ in order]
    if not wanted or wanted == ["_id"]:
        return
    if len({direction for _, direction in order}) > 1:
        raise BadInput("Sorts currently only support a single direction for all fields.")
    equal = {".".join(path) for path, name, _ in conditions(selector) if name == "$eq"}
    if not any(_has_order(index.columns, wanted, equal) for index in known):
        raise NoUsableIndex("No index exists for this sort, try indexing by the sort fields.")


def _has_order(columns: Sequence[str], wanted: Sequence[str], equal: set[str]) -> bool:
    starts = (start for start in range(len(columns)) if set(columns[:start]) <= equal)
    return any(list(columns[start : start + len(wanted)]) == list(wanted) for start in starts)


def _serves(selector: Any, known: Sequence[Index]) -> bool:
    """Tell whether CouchDB would use an index: all of its fields are asked for."""
    asked = {".".join(path) for path, _, _ in conditions(selector)}
    return "_id" in asked or any(set(index.columns) <= asked for index in known)


def _projected(document: Document, fields: Sequence[str] | None) -> Document:
    if not fields:
        return document
    shown: Document = {}
    for field in fields:
        path = path_of(field)
        value = value_at(document, path)
        if not is_absent(value):
            _place(shown, path, value)
    return shown


def _place(shown: Document, path: Sequence[str], value: Any) -> None:
    *above, last = path
    inner: Any = shown
    for name in above:
        inner = inner.setdefault(name, {})
    inner[last] = value


def explain(desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG001
    """Say which index CouchDB would use. Raises BadInput, InvalidOperator, NoUsableIndex."""
    asked: _Asked = decoded(call.body, _Asked, "The query")
    known = list(indexes(desk.database(call)))
    _check_order(asked.selector, [read_field(field) for field in asked.sort], known)
    named = {".".join(path) for path, _, _ in conditions(asked.selector)}
    used = next((index.shown() for index in known if set(index.columns) <= named), SPECIAL)
    shown: Mapping[str, Any] = {"dbname": call.target.cell, "index": used, "selector": asked.selector}
    return json_answer(200, {**shown, "limit": asked.limit, "skip": asked.skip, "fields": asked.fields or "all_fields"})
