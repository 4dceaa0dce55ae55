"""Look-ups by value: Mango indexes, one design document with an index for each path of `stores/indexes.py`.

CouchDB compares text by ICU's collation, which takes some different texts for equal and orders identifiers otherwise
than by code point. So the index only narrows: what it finds is compared again here, by the bodies themselves, and the
cursor is not left to it. Rows with one value come in the order of their identifiers, compared byte by byte; CouchDB's
bookmark is the place among them, so pages read one after another each begin where the last one ended.

Source: CouchDB documentation, "/{db}/_find"; mango_cursor_view.erl.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from fieldsync.documents import DocId, decode_body
from fieldsync.errors import BadInput
from fieldsync.stores.base import Query, Revision
from fieldsync.stores.couchdb.client import read, written
from fieldsync.stores.couchdb.identifiers import here
from fieldsync.stores.couchdb.remote import Remote
from fieldsync.stores.couchdb.results import revisions
from fieldsync.stores.indexes import indexes_of

INDEX = "fieldsync"
"""The design document of our indexes; each of them is named by its path."""
_LARGEST_PAGE = 1000
_BOOKMARKS = 1000
_LAST = "\U0010ffff"
"""What stands after every text that is written, by code point and by ICU."""


class _Index(msgspec.Struct):
    name: str
    ddoc: str | None = None


class _Indexes(msgspec.Struct):
    indexes: list[_Index]


class _Found(msgspec.Struct):
    id: DocId = msgspec.field(name="_id")


class _Page(msgspec.Struct):
    docs: list[_Found]
    bookmark: str | None = None
    warning: str | list[str] | None = None


def make_indexes(remote: Remote) -> None:
    """Make the indexes of a database that are not there yet: all at once where there are none."""
    wanted = indexes_of(remote.name)
    if not wanted or _make_all(remote, wanted):
        return
    while lacking := set(wanted) - _present(remote):
        for path in sorted(lacking):
            _make_index(remote, path)


def _make_all(remote: Remote, paths: Iterable[str]) -> bool:
    """Write the design document as CouchDB writes it for one index after the other; False where one is there."""
    document = {"language": "query", "views": {path: _view(path) for path in paths}}
    answer = remote.send("PUT", f"/_design/{INDEX}", None, written(document))
    if answer.status != 409:
        read(answer, object, remote.client)
    return answer.status != 409


def _view(path: str) -> dict[str, Any]:
    fields = {"fields": {path: "asc"}, "partial_filter_selector": {}}
    return {"map": fields, "reduce": "_count", "options": {"def": {"fields": [path]}}}


def _present(remote: Remote) -> set[str]:
    answer = remote.ask(lambda service, db: service.get_indexes_information(db=db))
    return {each.name for each in read(answer, _Indexes, remote.client).indexes if each.ddoc == f"_design/{INDEX}"}


def _make_index(remote: Remote, path: str) -> None:
    """Add an index to the design document, unless another process is just doing that."""
    index: Any = {"fields": [path]}
    answer = remote.ask(lambda service, db: service.post_index(db=db, index=index, ddoc=INDEX, name=path, type="json"))
    if answer.status != 409:
        read(answer, object, remote.client)


class Finder:
    """Looks up documents by value; remembers where pages ended."""

    def __init__(self) -> None:
        self._bookmarks: OrderedDict[tuple[str, ...], str] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, remote: Remote, query: Query) -> list[Revision]:
        """Return the winners that match, in order of identifier. Raises BadInput where no index can be used."""
        path = check_query(remote.name, query)
        found: list[Revision] = []
        bookmark = self._recall(remote, query)
        while len(found) < query.limit or query.prefix:
            page = self._page(remote, query, path, bookmark)
            found += _matching(remote, query, [each for doc in page.docs if (each := here(doc.id)) > query.after])
            if len(page.docs) < _page_size(query) or page.bookmark in (None, "nil", bookmark):
                break
            bookmark = page.bookmark
            self._remember(remote, query, page, bookmark)
        return sorted(found, key=lambda revision: revision.id)[: query.limit]

    def _page(self, remote: Remote, query: Query, path: str, bookmark: str | None) -> _Page:
        page = _ask(remote, query, path, bookmark)
        if page.warning is not None:
            make_indexes(remote)
            page = _ask(remote, query, path, bookmark)
        return page

    def _recall(self, remote: Remote, query: Query) -> str | None:
        with self._lock:
            return self._bookmarks.get(_place(remote, query, query.after)) if query.after else None

    def _remember(self, remote: Remote, query: Query, page: _Page, bookmark: str | None) -> None:
        """Keep the place after the page's last document, for who asks on from there."""
        if bookmark is not None and not query.prefix:
            with self._lock:
                self._bookmarks[_place(remote, query, here(page.docs[-1].id))] = bookmark
                while len(self._bookmarks) > _BOOKMARKS:
                    self._bookmarks.popitem(last=False)


def _place(remote: Remote, query: Query, after: str) -> tuple[str, ...]:
    return (remote.there, repr(sorted(query.where.items())), after)


def _page_size(query: Query) -> int:
    return _LARGEST_PAGE if query.prefix else min(_LARGEST_PAGE, max(query.limit, 1))


def _ask(remote: Remote, query: Query, path: str, bookmark: str | None) -> _Page:
    wanted = {"selector": selector(query), "fields": ["_id"], "limit": _page_size(query), "use_index": [INDEX, path]}
    place = {"bookmark": bookmark} if bookmark is not None else {}
    answer = remote.send("POST", "/_find", None, written(wanted | place))
    if answer.status == 400:
        raise BadInput(f"CouchDB refuses this look-up in {remote.name!r}: {answer.fault.reason}.")
    return read(answer, _Page, remote.client)


def selector(query: Query) -> dict[str, Any]:
    """Return what CouchDB is asked for: a little more than what matches."""
    tests: list[dict[str, Any]] = [{path: {"$eq": value}} for path, value in query.where.items()]
    tests += [{path: {"$gte": start, "$lt": start + _LAST}} for path, start in query.prefix.items()]
    return tests[0] if len(tests) == 1 else {"$and": tests}


def check_query(database: str, query: Query) -> str:
    """Return the indexed path that a query goes by. Raises BadInput."""
    indexed = indexes_of(database)
    for path in (*query.where, *query.prefix):
        if not path or any(mark in path for mark in "\"'\\\0$"):
            raise BadInput(f"{path!r} is no path into a body: use member names joined by dots.")
    for path, value in query.where.items():
        if not isinstance(value, str | int):
            raise BadInput(f"{path} is compared with {value!r:.80}: use a text, a whole number, true or false.")
    usable = [path for path in (*query.where, *query.prefix) if path in indexed]
    if not usable:
        asked = sorted({*query.where, *query.prefix})
        raise BadInput(
            f"Database {database!r} has no index for {asked}: "
            f"name one of {sorted(indexed)}, or add one in stores/indexes.py."
        )
    return usable[0]


def _matching(remote: Remote, query: Query, ids: list[DocId]) -> list[Revision]:
    found = (one[0] for one in revisions(remote, [(doc_id, None) for doc_id in ids], latest=True) if one)
    return [each for each in found if not each.deleted and _matches(decode_body(each.body), query)]


def _matches(body: Mapping[str, Any], query: Query) -> bool:
    same = all(_is_equal(_at(body, path), value) for path, value in query.where.items())
    return same and all(_begins(_at(body, path), start) for path, start in query.prefix.items())


def _is_equal(found: Any, value: str | int | bool) -> bool:
    return isinstance(found, bool) == isinstance(value, bool) and bool(found == value)


def _begins(found: Any, start: str) -> bool:
    return isinstance(found, str) and found.startswith(start)


def _at(body: Any, path: str) -> Any:
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body
