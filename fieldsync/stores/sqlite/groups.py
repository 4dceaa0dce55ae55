"""Group commit: what many threads want to write to one database at once is one transaction and one wait for the disk.

The first to come leads: it writes what waits, commits, and wakes those whose work that was; what came meanwhile waits
for the next leader, who is one of those that wait. So a lone writer does what it always did, and many share.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import apsw

from fieldsync.errors import FieldsyncError, StoreUnavailable

MOST = 64
"""How many works share a transaction at most."""
T = TypeVar("T")
Work = Callable[[apsw.Connection], Any]
_HARMLESS = (apsw.SQLError, apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError, apsw.RangeError)
"""Errors of a statement that leave the transaction as it was."""


class Job:
    """A work that waits for its turn, and what became of it."""

    __slots__ = ("error", "is_done", "result", "turn", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.turn = threading.Event()
        self.is_done = False
        self.result: Any = None
        self.error: BaseException | None = None


class Line:
    """The works that wait to be written to one database."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._guard = threading.Lock()
        self._waiting: list[Job] = []
        self._has_leader = False

    def run(self, work: Callable[[apsw.Connection], T], write: Callable[[Sequence[Job]], None], wait_s: float) -> T:
        """Return what the work returns, once it is durable; `write` commits works together.

        Raises what the work raises, and StoreUnavailable when its turn does not come in time.
        """
        job = Job(work)
        if not self._enter(job):
            self._wait(job, wait_s)
        if not job.is_done:
            self._lead(write)
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _enter(self, job: Job) -> bool:
        """Join the line; True for the one who leads at once."""
        with self._guard:
            self._waiting.append(job)
            leads, self._has_leader = not self._has_leader, True
            return leads

    def _wait(self, job: Job, wait_s: float) -> None:
        if job.turn.wait(wait_s):
            return
        with self._guard:
            if job in self._waiting and not job.turn.is_set():
                self._waiting.remove(job)
                raise StoreUnavailable(f"Database {self._name!r} is busy with other writes; try again.")
        job.turn.wait()

    def _lead(self, write: Callable[[Sequence[Job]], None]) -> None:
        with self._guard:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            write(group)
        except BaseException as error:
            _fail(group, error)
        finally:
            self._hand_over(group)

    def _hand_over(self, group: Sequence[Job]) -> None:
        with self._guard:
            self._has_leader = bool(self._waiting)
            if self._waiting:
                self._waiting[0].turn.set()
        for job in group:
            job.is_done = True
            job.turn.set()


def write_together(connection: apsw.Connection, group: Sequence[Job]) -> None:
    """Do works within a transaction, each undone alone if it fails.

    Raises what a lone work raises, and what undid the transaction for all.
    """
    if len(group) == 1:
        group[0].result = group[0].work(connection)
        return
    for job in group:
        connection.execute("SAVEPOINT work")
        _attempt(connection, job)
        connection.execute("RELEASE work")


def _attempt(connection: apsw.Connection, job: Job) -> None:
    try:
        job.result = job.work(connection)
    except Exception as error:
        if (isinstance(error, apsw.Error) and not isinstance(error, _HARMLESS)) or not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO work")
        job.error = error


def _fail(group: Sequence[Job], error: BaseException) -> None:
    """Tell every work of a group that nothing was written; the leader, whose is the first, gets the very error."""
    group[0].error = error
    for job in group[1:]:
        if isinstance(error, FieldsyncError):
            job.error = type(error)(error.message, **error.fields)
        else:
            job.error = StoreUnavailable(f"A write was given up with others that failed ({error}); try again.")
