"""Tasks: what a cell's collectors are asked, closed once answered or settled, withdrawn when nobody asks any more.

A task that is done stays in its cell for a while with the reason, as `closed`, so that all who were asked read it. What
was answered is not asked again. A late answer closes nothing until it is let in. Derived; may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from fieldsync.admit import Admission, Books
from fieldsync.clock import write_time
from fieldsync.documents import Body, DocId, cell_database, data_of, decode_body, kind_of
from fieldsync.ledger import Entry
from fieldsync.server_writes import Pen
from fieldsync.telling.phrases import LANGUAGES, Phrase, said

Because = Literal["answered", "settled"]
CLOSED_DAYS = 14
"""For how long a closed task is news."""
_OVER: Final = "closed: "
"""What the cause of a tombstone on a closed task begins with; why it was closed follows."""
_WORDS: Final[Mapping[Because, Phrase]] = {
    "answered": ("This has been answered; nothing is left to do.", "此任务已有答复，无需再处理。"),
    "settled": ("What this asked for has been entered; nothing is left to do.", "所要求的内容已填报，无需再处理。"),
}


def is_open(task: Body) -> bool:
    """Tell whether a task still asks for something."""
    return not data_of(task).get("closed")


class Tasks:
    """Writes tasks into cells and closes them."""

    def __init__(self, books: Books, admission: Admission, pen: Pen) -> None:
        self._books, self._admission, self._pen = books, admission, pen

    def ask(self, cell: str, task: DocId, body: Body, cause: str) -> None:
        """Put a task into a cell; one that was answered stays as it is, one that was only settled is asked again."""
        if not self._was_answered(cell, task):
            self._pen.publish(cell, {task: body}, cause)

    def withdraw(self, cell: str, task: DocId, cause: str) -> None:
        """Take a task out of a cell, for nobody asks any more."""
        self._pen.withdraw(cell, [task], cause)

    def settle(self, cell: str, task: DocId, cause: str) -> None:
        """Close a task, if it is there and open, since what it asked for has been entered."""
        now = write_time(self._books.now())
        self._close(cell, task, {"because": "settled", "at": now}, (cause, now))

    def review(self, cell: str, documents: Iterable[str]) -> None:
        """Close the tasks that answers among some documents name."""
        for answer in sorted(documents):
            entry = self._counted(cell, answer) if kind_of(answer) == "answer" else None
            task = str(data_of(entry.body or {}).get("task") or "") if entry else ""
            if entry and kind_of(task) == "task":
                at = entry.stamps.get("*", entry.arrived)
                closed = {"because": "answered", "at": at, "answer": answer, "by": entry.author}
                self._close(cell, DocId(task), closed, (answer, entry.arrived))

    def withdraw_expired(self, cell: str) -> int:
        """Withdraw the closed tasks that are no news any more; returns how many."""
        now = write_time(self._books.now())
        rows = self._books.store.database(cell_database(cell)).documents("task:", "task;")
        closed = [(row.id, data_of(body)) for row in rows if not is_open(body := decode_body(row.body))]
        old = [(task, data["closed"]["because"]) for task, data in closed if data["expires"] <= now]
        return sum(self._pen.withdraw(cell, [task], _OVER + because) for task, because in old)

    def _close(self, cell: str, task: DocId, closed: Mapping[str, Any], why: tuple[str, str]) -> None:
        """Close an open task; `why` is what brought it about, and since when the server knows."""
        kept = self._books.store.database(cell_database(cell)).get(task)
        body = decode_body(kept.body) if kept and not kept.deleted else None
        if body is None or not is_open(body):
            return
        words = _WORDS[closed["because"]]
        told = {**closed, "text": {language: said(words, language) for language in LANGUAGES}}
        cause, since = why
        data = {**data_of(body), "closed": told, "expires": _expiry(since)}
        self._pen.publish(cell, {task: {"kind": "task", "data": data}}, cause)

    def _was_answered(self, cell: str, task: DocId) -> bool:
        kept = self._books.store.database(cell_database(cell)).get(task)
        if kept is None:
            return False
        if not kept.deleted:
            return (data_of(decode_body(kept.body)).get("closed") or {}).get("because") == "answered"
        entry = self._books.ledger.entry(cell, task, kept.rev)
        return entry is not None and entry.cause == f"{_OVER}answered"

    def _counted(self, cell: str, answer: str) -> Entry | None:
        """Return an answer as the ledger has it, if it is in the cell and counts."""
        kept = self._books.store.database(cell_database(cell)).get(DocId(answer))
        entry = self._books.ledger.entry(cell, answer, kept.rev) if kept and not kept.deleted else None
        return entry if entry and self._admission.is_counted(entry) else None


def _expiry(since: str) -> str:
    return write_time(datetime.fromisoformat(since) + timedelta(days=CLOSED_DAYS))
