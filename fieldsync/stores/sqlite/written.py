"""Answers that SQLite itself writes, within the read transaction of the connection that is passed in.

A batch comes as one row of text: SQLite writes it without the interpreter's lock, which it would otherwise give away
and take back at every row. Only the usual document is written here, the winner that was asked for; the others go the
general way (`reads`, `fieldsync.stores.wire`), which writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import msgspec

from fieldsync.documents import DocId, Rev
from fieldsync.stores.sqlite import reads
from fieldsync.stores.wire import render_result

_END = b"\x1e"
"""What stands between two results: JSON has it nowhere as it is."""
_HASHES = """iif(length(d.path) = 16, substr(d.rev, instr(d.rev, '-') + 1), (
    WITH RECURSIVE step(at) AS (SELECT 1 UNION ALL SELECT at + 16 FROM step WHERE at + 16 < length(d.path))
    SELECT group_concat(lower(hex(substr(d.path, at, 16))), '","') FROM step))"""
_HISTORY = f""" ',"_revisions":{{"start":', CAST(d.rev AS INTEGER), ',"ids":["', {_HASHES}, '"]}}',"""
_RESULT = """concat('{{"id":', json_quote(d.id), ',"docs":[{{"ok":{{"_id":', json_quote(d.id), ',"_rev":"', d.rev, '"',
    iif(d.deleted, ',"_deleted":true', ''),{history} ',', substr(d.body, 2), '}}]}}')"""
_RESULTS = """SELECT CAST(group_concat(
    iif(d.rev = wanted.value AND substr(d.body, 1, 2) = '{{"', {result}, ''), x'1e') AS BLOB)
FROM json_each(?) AS wanted LEFT JOIN documents AS d ON d.id = wanted.key"""
_WITH_HISTORY = _RESULTS.format(result=_RESULT.format(history=_HISTORY))
_WITHOUT_HISTORY = _RESULTS.format(result=_RESULT.format(history=""))


def bulk(
    connection: apsw.Connection, wanted: Sequence[tuple[DocId, Rev | None]], latest: bool, history: bool
) -> list[bytes]:
    """Return for each request, in order, the JSON of its result in `_bulk_get`."""
    usual = _usual(connection, wanted, history)
    others = [one for one, result in zip(wanted, usual, strict=True) if not result]
    found = zip(others, reads.revisions(connection, others, latest) if others else (), strict=True)
    rest = iter([render_result(doc_id, rev, revisions, history) for (doc_id, rev), revisions in found])
    return [result or next(rest) for result in usual]


def _usual(connection: apsw.Connection, wanted: Sequence[tuple[DocId, Rev | None]], history: bool) -> list[bytes]:
    """Return the results of those that ask for a winner, empty for all others; a left join keeps their order."""
    by_id = dict(wanted)
    if not wanted or len(by_id) < len(wanted):
        return [b""] * len(wanted)
    asked = msgspec.json.encode(by_id).decode()
    results: bytes = connection.execute(_WITH_HISTORY if history else _WITHOUT_HISTORY, (asked,)).get
    return results.split(_END)
