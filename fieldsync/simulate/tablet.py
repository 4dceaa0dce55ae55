"""A simulated tablet and the collector who holds it: enrols, pulls, edits offline, pushes.

A collector's form is one revision, written on the revision that was opened. Identifiers follow from the collector and a
count, so that two runs of the same day write the same documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from fieldsync.documents import DocId, Rev, derived_id, kind_of
from fieldsync.simulate.clocks import TabletClock
from fieldsync.simulate.protocol import RemoteCell, differing, pull, push, unsent
from fieldsync.simulate.replica import Replica, Version

ROUND = "2026-11"
FORM_VERSION = "2026-11-01"
TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Collector:
    """Who holds a tablet: login name, names shown, and by how much the tablet's clock is wrong, in words."""

    user: str
    zh: str
    en: str
    clock_note: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A reason given instead of an answer: refused, unknown or not_asked."""

    reason: str


@dataclass(slots=True)
class Tablet:
    """One tablet: its clock, and a replica of each of its collector's cells."""

    holder: Collector
    clock: TabletClock
    cells: Sequence[str]
    id: str = ""
    replicas: dict[str, Replica] = field(default_factory=dict)
    written: int = 0
    _http: httpx.Client | None = None

    @property
    def user(self) -> str:
        """Return the collector's login name."""
        return self.holder.user

    def enrol(self, address: str, code: str) -> None:
        """Enrol with a one-time code; from then on the tablet has its own token."""
        answer = httpx.post(
            f"{address}/api/v1/devices/enrol", json={"code": code, "label": f"Tablet of {self.user}"}, timeout=TIMEOUT_S
        )
        answer.raise_for_status()
        enrolled = answer.json()
        self.id = enrolled["tablet"]
        headers = {"Authorization": f"Bearer {enrolled['access']}"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT_S)
        self.replicas = {cell: Replica(cell) for cell in self.cells}

    def pull(self) -> int:
        """Fetch what is new in every cell; returns how many revisions came."""
        return sum(pull(replica, self._remote(cell), self.id) for cell, replica in self.replicas.items())

    def push(self) -> int:
        """Send what is new from every cell; returns how many revisions went."""
        return sum(push(replica, self._remote(cell), self.id) for cell, replica in self.replicas.items())

    def unsent(self) -> int:
        """Return how many revisions the server does not have yet."""
        return sum(len(unsent(replica, self._remote(cell), self.id)) for cell, replica in self.replicas.items())

    def sync(self) -> tuple[int, int]:
        """Push, then pull, as PouchDB's sync does; returns how many revisions went and came."""
        return self.push(), self.pull()

    def differences(self) -> dict[str, set[str]]:
        """Return, for each cell, the documents of which tablet and server do not have the same leaves."""
        return {cell: differing(replica, self._remote(cell)) for cell, replica in self.replicas.items()}

    def me(self) -> Any:
        """Return what the server tells this tablet about itself."""
        return self._line().get("/api/v1/me").raise_for_status().json()

    def destroy(self, cell: str) -> None:
        """Destroy the replica of a cell that was handed over, and say so."""
        report = {"cell": cell, "left": 0, "destroyed": True}
        self._line().post("/api/v1/me/left", json=report).raise_for_status()
        del self.replicas[cell]

    def close(self) -> None:
        """Put the tablet away."""
        self._line().close()

    def _line(self) -> httpx.Client:
        if self._http is None:
            raise RuntimeError(f"The tablet of {self.user} is not enrolled; enrol it first.")
        return self._http

    def _remote(self, cell: str) -> RemoteCell:
        return RemoteCell(self._line(), cell, self.clock.reading)

    def replica_of(self, doc_id: str) -> Replica:
        """Return the replica that has a document. Raises KeyError."""
        for replica in self.replicas.values():
            if doc_id in replica:
                return replica
        raise KeyError(f"The tablet of {self.user} has no {doc_id}.")

    def shown(self, doc_id: str) -> Version:
        """Return a document as the tablet shows it. Raises KeyError."""
        found = next((v for r in self.replicas.values() if (v := r.winner(doc_id))), None)
        if found is None:
            raise KeyError(f"The tablet of {self.user} has no {doc_id}, or it is deleted.")
        return found

    def has(self, doc_id: str) -> bool:
        """Tell whether the tablet shows a document."""
        return any(replica.winner(doc_id) for replica in self.replicas.values())

    def new_id(self, kind: str) -> DocId:
        """Return an identifier for a new document: the same on every run of the day."""
        self.written += 1
        return DocId(f"{kind}:{derived_id('field day', self.user, kind, str(self.written))}")

    def edit(self, doc_id: str, values: Mapping[str, Any], opened: Rev | None = None) -> Rev:
        """Save a form with new values; `opened` is the revision it was opened on, if that is not the present one.

        A value None takes the answer away; a `Missing` gives the reason why there is none.
        """
        replica = self.replica_of(doc_id)
        version = replica.at(doc_id, opened) if opened else self.shown(doc_id)
        at = self.clock.reading()
        data = {**version.data, **{k: v for k, v in values.items() if v is not None and not isinstance(v, Missing)}}
        for name, value in values.items():
            if value is None or isinstance(value, Missing):
                data.pop(name, None)
        body = self._body(kind_of(doc_id), data, at, dict.fromkeys(values, at), version.rev)
        missing = _reasons(version.body.get("missing", {}), values)
        return replica.write(DocId(doc_id), {**body, **({"missing": missing} if missing else {})}, version.rev)

    def create(self, cell: str, kind: str, data: Mapping[str, Any]) -> DocId:
        """Write a new document into a cell; returns its identifier."""
        doc_id = self.new_id(kind)
        at = self.clock.reading()
        body = self._body(kind, {k: v for k, v in data.items() if v is not None}, at, {}, None)
        self.replicas[cell].write(doc_id, body)
        return doc_id

    def delete(self, doc_id: str) -> Rev:
        """Delete a document, which a collector should not."""
        return self.replica_of(doc_id).write(DocId(doc_id), {}, self.shown(doc_id).rev, deleted=True)

    def _body(
        self, kind: str, data: Mapping[str, Any], at: str, stamps: Mapping[str, str], opened: Rev | None
    ) -> dict[str, Any]:
        meta: dict[str, Any] = {"at": at, "by": self.user, "device": self.id, "round": ROUND}
        meta |= {"stamps": dict(stamps)} if stamps else {}
        meta |= {"opened": opened} if opened else {}
        return {"kind": kind, "form": kind, "version": FORM_VERSION, "data": dict(data), "meta": meta}


def _reasons(before: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, str]:
    kept = {name: reason for name, reason in before.items() if name not in values}
    return kept | {name: value.reason for name, value in values.items() if isinstance(value, Missing)}
