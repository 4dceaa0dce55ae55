"""What a bare server looks at before it writes new edits: what CouchDB refuses whole, and `_local` documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from fieldsync.direct_intake import DROPPED
from fieldsync.replication import Caller, Intake, OpenDatabase, PushRequest, Row
from fieldsync.revisions import is_rev
from fieldsync.stores.base import Missing
from mobile_api.bare.errors import DocValidation, IllegalId
from mobile_api.bare.names import stored_local
from mobile_api.replication.local import keep_local

Members = dict[str, msgspec.Raw]
_KNOWN = DROPPED | {
    "_attachments",
    "_replication_id",
    "_replication_state",
    "_replication_state_reason",
    "_replication_state_time",
    "_replication_stats",
}
_LOCAL = "_local/"
_RESERVED = (_LOCAL, "_design/")
_NUMBERED = re.compile(r"\d+-.")


class BareIntake:
    """Hands documents on to another intake, all but what it answers itself."""

    def __init__(self, inner: Intake, open_database: OpenDatabase) -> None:
        self._inner, self._open = inner, open_database

    def missing(self, cell: str, caller: Caller, revs: Mapping[str, Sequence[str]]) -> dict[str, Missing]:
        """Return for `_revs_diff` which revisions the database does not know."""
        return self._inner.missing(cell, caller, revs)

    def push(self, request: PushRequest) -> list[Row]:
        """Write the documents; returns the rows to answer. Raises DocValidation before anything is written."""
        if not request.new_edits:
            return self._inner.push(request)
        parsed = [_members(raw) for raw in request.documents]
        for members in parsed:
            _check_members(members)
        rows = [self._own_answer(request, members) for members in parsed]
        others = [raw for raw, row in zip(request.documents, rows, strict=True) if row is None]
        answers = iter(self._inner.push(replace(request, documents=others)) if others else [])
        return [next(answers) if row is None else row for row in rows]

    def _own_answer(self, request: PushRequest, members: Members) -> Row | None:
        """Answer for a `_local` document, and for a revision that nobody can have; None for all else."""
        doc_id, rev = _text(members, "_id"), _text(members, "_rev")
        if doc_id and doc_id.startswith(_LOCAL) and doc_id != _LOCAL:
            return {"ok": True, "id": doc_id, "rev": self._write_local(request, doc_id, members)}
        if doc_id and rev and _NUMBERED.match(rev) and not is_rev(rev):
            return {"id": doc_id, "error": "conflict", "reason": "Document update conflict."}
        return None

    def _write_local(self, request: PushRequest, doc_id: str, members: Members) -> str:
        name = doc_id.removeprefix(_LOCAL)
        return keep_local(self._open(request.cell), name, stored_local(request.caller, name), members)


def _members(raw: bytes) -> Members:
    """Read a document's members; what cannot be read has none, and the other intake says what is wrong with it."""
    try:
        return msgspec.json.decode(raw, type=Members)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}


def _check_members(members: Members) -> None:
    """Make sure of a document's names, as CouchDB does before it writes. Raises DocValidation, IllegalId."""
    doc_id = _text(members, "_id")
    if doc_id is None and members.get("_id") is not None:
        raise IllegalId("Document id must be a string")
    if doc_id is not None and doc_id.startswith("_") and not doc_id.startswith(_RESERVED):
        raise IllegalId("Only reserved document ids may start with underscore.")
    for name in members:
        if name.startswith("_") and name not in _KNOWN:
            raise DocValidation(f"Bad special document member: {name:.80}")


def _text(members: Members, name: str) -> str | None:
    try:
        return msgspec.json.decode(members.get(name, b"null"), type=str | None)
    except (msgspec.DecodeError, RecursionError):
        return None
