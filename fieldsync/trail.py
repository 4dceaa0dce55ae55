"""The audit trail: who saw or did what to whom. Append only; each entry carries the hash of the one before it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec

from fieldsync.clock import write_time
from fieldsync.documents import DocId
from fieldsync.errors import Conflict
from fieldsync.stores.base import Database, Store

NAME = "audit"
TRIES = 50
SAW, ABOUT = "saw:", "about:"
"""What stands before the records that a reading showed, or that something was done about."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: `hash` is SHA-256 over the entry without it, `previous` the hash of the entry before."""

    number: int
    at: str
    by: str
    action: str
    subject: str
    reason: str
    previous: str
    hash: str = ""

    def names(self, record: str) -> bool:
        """Tell whether the entry is about a record, or names it among those seen."""
        return record == self.subject or record in f"{self.subject} {self.reason}".split()

    def sealed(self) -> Trace:
        """Return the entry with its hash."""
        plain = msgspec.structs.replace(self, hash="")
        return msgspec.structs.replace(self, hash=hashlib.sha256(msgspec.json.encode(plain)).hexdigest())


class Trail:
    """Appends, reads and verifies the trail."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._db: Database = store.create(NAME)
        self._now, self._lock = now, threading.Lock()

    def note(self, by: str, action: str, subject: str, reason: str = "") -> None:
        """Append an entry, durably. Raises Conflict when too many others write at once."""
        with self._lock:
            for _ in range(TRIES):
                last = next(self._last(), None)
                trace = Trace(
                    number=last.number + 1 if last else 1,
                    at=write_time(self._now()),
                    by=by,
                    action=action,
                    subject=subject,
                    reason=reason,
                    previous=last.hash if last else "",
                ).sealed()
                if self._db.add([(_id(trace.number), msgspec.json.encode(trace))])[0]:
                    return
        raise Conflict("The audit trail is busy; try again.", zh="查阅记录正忙；请重试。")

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[Trace]:
        """Yield the entries after a number, in order."""
        for revision in self._db.documents(_id(after + 1), limit=limit):
            yield msgspec.json.decode(revision.body, type=Trace)

    def about(self, subject: str, after: int = 0) -> Iterator[Trace]:
        """Yield the entries after a number that are about a record, or name it among those seen, in order."""
        yield from (trace for trace in self.entries(after) if trace.names(subject))

    def last(self) -> Trace | None:
        """Return the newest entry, or None."""
        return next(self._last(), None)

    def first_break(self) -> int | None:
        """Return the number of the first entry that does not follow from the one before; None where all do."""
        previous = ""
        for number, trace in enumerate(self.entries(), start=1):
            if trace.number != number or trace.previous != previous or trace.sealed().hash != trace.hash:
                return number
            previous = trace.hash
        return None

    def _last(self) -> Iterator[Trace]:
        for revision in self._db.documents(limit=1, descending=True):
            yield msgspec.json.decode(revision.body, type=Trace)


def saw(records: Iterable[str]) -> str:
    """Return the words for whom a reading showed, by which each of them finds it."""
    return f"{SAW} {' '.join(dict.fromkeys(records)) or '-'}"


def about(records: Iterable[str]) -> str:
    """Return the words for what something was done about, by which each of them finds it."""
    return f"{ABOUT} {' '.join(dict.fromkeys(records)) or '-'}"


def _id(number: int) -> DocId:
    return DocId(f"{number:012d}")
