"""Requests to the replication application over a store, and their answers with what stores may name as they like."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from fieldsync.direct_intake import DirectIntake
from fieldsync.replication import Access, Caller, open_cell
from fieldsync.settings import Settings
from fieldsync.stores.base import Store
from mobile_api.replication import create_replication

CELL = "510107001001001"
FREE = frozenset({"seq", "last_seq", "update_seq", "uuid", "instance_start_time", "reason"})
"""Members whose values are a store's own affair, as is the wording of `reason`."""
PATIENCE_S = 30
_BOUNDARY = re.compile(rb'boundary="?([0-9a-f]{16,})')


class OpenGate:
    """Lets everybody into every cell."""

    def root(self, authorization: str | None) -> Caller:  # noqa: ARG002
        """Return somebody."""
        return Caller("li.na", "tablet", Access.HELD)

    def cell(self, authorization: str | None, cell: str) -> Caller:  # noqa: ARG002
        """Return somebody."""
        return self.root(authorization)


@dataclass(frozen=True)
class Asked:
    """A request to a cell: a path with its query, and a body that is JSON or bytes.

    `$rev` stands for the revision that was answered last, `$seq` for the sequence; `free` members are not compared.
    """

    method: str
    path: str
    body: Any = None
    accept: str = "application/json"
    kind: str = "application/json"
    free: frozenset[str] = FREE

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def answers(store: Store, asked: Iterable[Asked]) -> list[dict[str, Any]]:
    """Put requests one after the other to the application over a store, and return what can be compared."""
    intake = DirectIntake(partial(open_cell, store), store.blobs())
    application = create_replication(store, OpenGate(), intake, Settings())
    try:
        return asyncio.run(_answered(application, list(asked)))
    finally:
        application.close()


async def _answered(application: Any, asked: list[Asked]) -> list[dict[str, Any]]:
    transport = httpx.ASGITransport(application)
    known = {"$seq": "0", "$rev": ""}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://test/{CELL}", timeout=PATIENCE_S) as client:
        return [await _answer(client, each, known) for each in asked]


async def _answer(client: httpx.AsyncClient, asked: Asked, known: dict[str, str]) -> dict[str, Any]:
    body = asked.body if isinstance(asked.body, bytes | None) else _filled(json.dumps(asked.body), known).encode()
    headers = {"accept": asked.accept, "content-type": asked.kind}
    answer = await client.request(asked.method, _filled(asked.path, known), content=body, headers=headers)
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind != "application/json" or not answer.content:
        return {"status": answer.status_code, "type": kind, "body": _without_boundary(answer)}
    _learn(answer.json(), known)
    return {
        "status": answer.status_code,
        "etag": answer.headers.get("etag"),
        "body": comparable(answer.json(), asked.free),
    }


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(name, value)
    return text


def _learn(answer: Any, known: dict[str, str]) -> None:
    for row in answer if isinstance(answer, list) else [answer]:
        if isinstance(row, dict):
            known["$rev"] = row.get("rev", known["$rev"])
            known["$seq"] = row.get("last_seq", known["$seq"])


def comparable(value: Any, free: frozenset[str]) -> Any:
    """Return an answer with the members that may differ all alike."""
    if isinstance(value, dict):
        return {name: "..." if name in free else comparable(member, free) for name, member in value.items()}
    return [comparable(member, free) for member in value] if isinstance(value, list) else value


def _without_boundary(answer: httpx.Response) -> bytes:
    """Return the body with the boundaries that were drawn for it all alike."""
    drawn = _BOUNDARY.findall(answer.headers.get("content-type", "").encode() + b"\r\n" + answer.content)
    shown = answer.content
    for boundary in drawn:
        shown = shown.replace(boundary, b"boundary")
    return shown
