"""An intake without rules: what is pushed enters its database as it is, for bare servers and for tests."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import msgspec

from fieldsync.attached import NOTHING, Attached, known_in, read_attached
from fieldsync.attachments import Stub, stubs_in
from fieldsync.documents import ATTACHMENTS, Body, DocId, Rev, decode_body
from fieldsync.errors import BadInput, Conflict, FieldsyncError
from fieldsync.replication import Caller, OpenDatabase, PushRequest, Row
from fieldsync.revisions import check_path, generation, path_of, server_rev
from fieldsync.stores.base import Blobs, Database, Graft, Leaf, Missing
from fieldsync.stores.wire import join_members

DROPPED = frozenset(
    {
        *("_id", "_rev", "_revisions", "_deleted", "_attachments"),
        *("_conflicts", "_deleted_conflicts", "_revs_info", "_local_seq"),
    }
)
"""Members that the protocol carries beside the body; other names that begin with an underscore are refused."""


NONE: Mapping[str, Stub] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sent:
    """A document as it was pushed: its place, and the body that is left without the protocol's members."""

    id: DocId
    rev: Rev | None
    path: tuple[Rev, ...]
    deleted: bool
    body: bytes
    attached: Attached = NOTHING


def read_sent(raw: bytes) -> Sent:
    """Read a pushed document; its values stay the bytes they are. Raises BadInput."""
    members = _members(raw)
    unknown = sorted(name for name in members if name.startswith("_") and name not in DROPPED)
    if unknown:
        raise BadInput(f"The member {unknown[0]!r:.80} is not known here; names that begin with '_' are reserved.")
    rev = _member(members, "_rev", str | None, None)
    return Sent(
        id=_identifier(_member(members, "_id", str | None, None)),
        rev=Rev(rev) if rev else None,
        path=_path(rev, _member(members, "_revisions", dict[str, Any] | None, None)),
        deleted=_member(members, "_deleted", bool, False),
        body=msgspec.json.encode({name: value for name, value in members.items() if name not in DROPPED}),
        attached=read_attached(_member(members, "_attachments", dict[str, Any] | None, None)),
    )


def _members(raw: bytes) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return _members_slowly(raw)


def _members_slowly(raw: bytes) -> dict[str, msgspec.Raw]:
    """Read what the fast parser does not take although it is JSON: halves of surrogate pairs."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"A document cannot be read as JSON: {error!s:.120}") from error
    if not isinstance(document, dict):
        raise BadInput("A document must be a JSON object.")
    return {name: msgspec.Raw(json.dumps(value).encode()) for name, value in document.items()}


def _member(members: Mapping[str, msgspec.Raw], name: str, kind: Any, absent: Any) -> Any:
    if name not in members:
        return absent
    try:
        return msgspec.json.decode(members[name], type=kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"The member {name} cannot be read: {error!s:.120}") from error
    except RecursionError as error:
        raise BadInput(f"The member {name} is nested too deep.") from error
    except msgspec.DecodeError as error:  # JSON that the fast parser does not take
        raise BadInput(f"The member {name} has half of a surrogate pair in it, which is no character.") from error


def _identifier(given: str | None) -> DocId:
    doc_id = uuid.uuid4().hex if given is None else given
    if not doc_id or (doc_id.startswith("_") and not doc_id.startswith("_design/")):
        raise BadInput("A document needs an identifier that is not empty and does not begin with '_'.")
    return DocId(doc_id)


def _path(rev: str | None, revisions: Mapping[str, Any] | None) -> tuple[Rev, ...]:
    if rev is None:
        return ()
    path = path_of(revisions) if revisions else (Rev(rev),)
    check_path(path)
    if path[0] != rev:
        raise BadInput(f"_revisions begins with {path[0]}, which is not _rev.")
    return path


class DirectIntake:
    """Grafts what is pushed, and makes revisions for clients that ask for new edits."""

    def __init__(self, open_database: OpenDatabase, blobs: Blobs) -> None:
        self._open = open_database
        self._blobs = blobs
        self._edits = threading.Lock()

    def push(self, request: PushRequest) -> list[Row]:
        """Write the documents, durably, each by itself; returns the rows to answer."""
        database = self._open(request.cell)
        if request.new_edits:
            return self._edit(database, [_read_or_row(raw) for raw in request.documents])
        taken: list[Sent] = []
        rows: list[Row] = []
        for raw in request.documents:
            try:
                taken.append(_with_path(read_sent(raw)))
            except BadInput as error:
                rows.append(_error_row(raw, error))
        grafts = self._grafts(database, taken)
        self._keep(taken)
        database.graft(grafts)
        return rows

    def _grafts(self, database: Database, taken: Sequence[Sent]) -> list[Graft]:
        """Return what is to be grafted; a stub may be of what came with the same document earlier in the batch."""
        came: dict[DocId, dict[str, Stub]] = {}
        grafts = []
        for sent in taken:
            before = came.setdefault(sent.id, {})
            ready = self._attach(database, sent, generation(sent.path[0]), before)
            before |= known_in([stubs_in(ready.body)])
            grafts.append(_graft(ready))
        return grafts

    def missing(self, cell: str, caller: Caller, revs: Mapping[str, Sequence[str]]) -> dict[str, Missing]:  # noqa: ARG002
        """Return for `_revs_diff` which revisions the database does not know."""
        wanted = {DocId(doc_id): [Rev(rev) for rev in listed] for doc_id, listed in revs.items()}
        return {str(doc_id): gap for doc_id, gap in self._open(cell).missing(wanted).items()}

    def _keep(self, taken: Sequence[Sent]) -> None:
        contents = {digest: content for sent in taken for digest, content in sent.attached.contents.items()}
        if contents:
            self._blobs.put(contents)

    def _attach(self, database: Database, sent: Sent, at: int, came: Mapping[str, Stub] = NONE) -> Sent:
        """Put the stubs of what is attached into the body of a revision of generation `at`. Raises MissingStub.

        `came` are attachments that are not stored yet, by digest.
        """
        if not sent.attached.sent:
            return sent
        known = {**came, **_known(database, sent)} if sent.attached.claims else came
        stubs = msgspec.json.encode({ATTACHMENTS: sent.attached.stubs(at, known)})
        return replace(sent, body=join_members(stubs, sent.body))

    def _edit(self, database: Database, read: Sequence[Sent | Row]) -> list[Row]:
        """Write edits. Raises MissingStub, before any is written."""
        for sent in read:
            if isinstance(sent, Sent) and sent.attached.claims:
                self._check_stubs(database, sent)
        return [self._edited(database, sent) if isinstance(sent, Sent) else sent for sent in read]

    def _check_stubs(self, database: Database, sent: Sent) -> None:
        with suppress(Conflict):
            _parent(database.leaves(sent.id), sent)
            self._attach(database, sent, 1)

    def _edited(self, database: Database, sent: Sent) -> Row:
        try:
            return {"ok": True, "id": sent.id, "rev": self._write(database, sent)}
        except (BadInput, Conflict) as error:
            return {"id": sent.id, "error": error.code, "reason": error.message}

    def _write(self, database: Database, sent: Sent) -> Rev:
        with self._edits:
            parent = _parent(database.leaves(sent.id), sent)
            sent = replace(sent, attached=sent.attached.renewed())
            sent = self._attach(database, sent, generation(parent) + 1 if parent else 1)
            self._keep([sent])
            rev = server_rev(parent, sent.deleted, _parsed(sent.body))
            database.graft([Graft(sent.id, (rev, *_path_below(database, sent.id, parent)), sent.body, sent.deleted)])
        return rev


def _parsed(body: bytes) -> Body:
    try:
        return decode_body(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput(f"A document to be hashed here cannot be read: {error!s:.120}") from error


def _read_or_row(raw: bytes) -> Sent | Row:
    try:
        return read_sent(raw)
    except BadInput as error:
        return _error_row(raw, error)


def _with_path(sent: Sent) -> Sent:
    if not sent.path:
        raise BadInput(f"The document {sent.id!r:.80} has no _rev, which new_edits=false needs.")
    return sent


def _graft(sent: Sent) -> Graft:
    return Graft(sent.id, sent.path, sent.body, sent.deleted)


def _known(database: Database, sent: Sent) -> dict[str, Stub]:
    """Return by digest what the revisions before this one, and the document's leaves, have attached."""
    revs = dict.fromkeys([*sent.path, *(leaf.rev for leaf in database.leaves(sent.id))])
    found = database.revisions([(sent.id, rev) for rev in revs], latest=False)
    return known_in([stubs_in(one.body) for revisions in found for one in revisions])


def _parent(leaves: Sequence[Leaf], sent: Sent) -> Rev | None:
    """Find the leaf that an edit continues. Raises Conflict where there is none."""
    if sent.rev is None and (not leaves or leaves[0].deleted):
        return leaves[0].rev if leaves else None
    if any(leaf.rev == sent.rev for leaf in leaves):
        return sent.rev
    raise Conflict("Document update conflict: the document has changed since it was read.")


def _path_below(database: Database, doc_id: DocId, parent: Rev | None) -> tuple[Rev, ...]:
    found = database.get(doc_id, parent) if parent else None
    return found.path if found else ()


def _error_row(raw: bytes, error: FieldsyncError) -> Row:
    return {"id": _id_if_any(raw), "error": error.code, "reason": error.message}


def _id_if_any(raw: bytes) -> str | None:
    try:
        given = _member(_members(raw), "_id", str | None, None)
    except BadInput:
        return None
    return given if isinstance(given, str) else None
