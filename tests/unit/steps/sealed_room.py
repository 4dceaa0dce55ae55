"""A field with its sealed database: answers to the sample's sealed form, sent and looked at from all sides."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from fieldsync.documents import DocId, decode_body, sealed_cell
from fieldsync.replication import Access, Caller, PushRequest
from fieldsync.revisions import server_rev

from .conftest import CELL, HOUSEHOLD, PERSON, Field, uid

ROOM = sealed_cell(CELL)
TOLD = "植入的病情zq"
"""What somebody told in confidence: Chinese, so that files may spell it in two ways."""


@dataclass
class Sender:
    """A tablet that sends answers, to the sealed database or astray to the cell."""

    field: Field
    user: str = "li.na"
    access: Access = Access.SEALED
    sent: dict[str, str] = field(default_factory=dict)

    def answer(self, name: str, *, cell: str = ROOM, **more: Any) -> str:
        """Send an answer that agrees and tells; returns its identifier."""
        data = {"person": PERSON, "household": HOUSEHOLD, "agrees": "yes", "long_term": TOLD, **more.pop("data", {})}
        return self.send(name, {"form": "health", "version": "2026-11-01", "data": data, **more}, cell)

    def refuse(self, name: str, **more: Any) -> str:
        """Send an answer without consent, which tells all the same."""
        return self.answer(name, data={"agrees": "no", **more})

    def send(self, name: str, body: dict[str, Any], cell: str = ROOM) -> str:
        """Send a document of its first generation; returns its identifier."""
        doc_id = name if ":" in name else f"answer:{uid(name)}"
        meta = {"at": self.field.moment.isoformat(), "by": self.user}
        whole = {"kind": doc_id.partition(":")[0], **body, "meta": meta}
        rev = server_rev(None, False, {name: value for name, value in whole.items() if name != "_attachments"})
        self.sent[doc_id] = rev
        self.push({"_id": doc_id, "_rev": rev, **whole}, cell=cell)
        return doc_id

    def push(self, *documents: dict[str, Any], cell: str = ROOM) -> list[dict[str, Any]]:
        """Push documents as they are."""
        raw = [json.dumps(document).encode() for document in documents]
        request = PushRequest(cell, self.caller(cell), raw, self.field.moment.isoformat())
        return self.field.pipeline.intake.push(request)

    def caller(self, cell: str = ROOM) -> Caller:
        """Return who the gate would take this tablet for."""
        return Caller(self.user, f"tablet:{self.user}", self.access if cell == ROOM else Access.HELD)


def told_in(field_: Field, answer: str) -> dict[str, Any]:
    """Return what the sealed database has of an answer, opened; empty where there is none."""
    found = field_.services.opened.create(f"cell-{ROOM}").get(DocId(answer))
    return decode_body(found.body) if found and not found.deleted else {}
