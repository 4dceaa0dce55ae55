"""Stubs: what a cell is told of the answers in its sealed database. Derived; may be repeated.

Written right after a push, and by the runner's sweep where a crash came between. A stub closes the task that asked for
the answer, and a refusal withdraws what was told before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from fieldsync.documents import Body, DocId, cell_database, decode_body, home_cell, is_sealed_cell, sealed_cell
from fieldsync.ledger import Entry, Ledger
from fieldsync.sealed_forms.answers import Consent, stub_of
from fieldsync.sealed_forms.known import SealedForms
from fieldsync.sealed_forms.withdrawals import Withdrawals
from fieldsync.server_writes import Draft, Pen
from fieldsync.stores.base import ChangesQuery, Revision, Store
from fieldsync.tasks import Tasks

CAUSE = "sealed"
CHECKPOINT = "steps"
PAGE = 500


class Stubs:
    """Writes stubs into cells."""

    def __init__(
        self, store: Store, ledger: Ledger, pen: Pen, forms: SealedForms, tasks: Tasks, withdrawals: Withdrawals
    ) -> None:
        self._store, self._ledger, self._pen, self._forms = store, ledger, pen, forms
        self._tasks, self._withdrawals = tasks, withdrawals
        self._done: dict[str, str] = {}

    def bring(self, cell: str, answers: Sequence[str]) -> None:
        """Tell a cell of some answers in its sealed database; of those that are not there, nothing."""
        self._pen.write(cell, list(self._drafts(cell, answers)))
        self._tasks.review(cell, answers)
        self._withdrawals.review(cell, answers)

    def stub(self, cell: str, answer: str) -> Body | None:
        """Return what a cell is to be told of an answer; None where its sealed database has none that counts."""
        return next((dict(draft.content) for draft in self._told(cell, [answer])), None)

    def catch_up(self) -> int:
        """Bring what came to sealed databases since their checkpoints; returns how many answers were looked at."""
        self._withdrawals.resume()
        names = [name for name in self._store.names() if is_sealed_cell(name)]
        present = self._store.sequences(names)
        behind = [name for name in names if self._done.get(name) != present.get(name, "")]
        count = sum(self._follow(name) for name in behind)
        self._done.update((name, present.get(name, "")) for name in behind)
        return count

    def _follow(self, name: str) -> int:
        database, seen = self._store.database(name), 0
        cell = home_cell(name).removeprefix(cell_database(""))
        while True:
            kept = database.local(CHECKPOINT)
            since = str(msgspec.json.decode(kept)["seq"]) if kept else "0"
            page = database.changes(ChangesQuery(since=since, limit=PAGE))
            if not page.rows:
                return seen
            self.bring(cell, [row.id for row in page.rows])
            database.put_local(CHECKPOINT, msgspec.json.encode({"seq": page.last_seq}))
            seen += len(page.rows)

    def _drafts(self, cell: str, answers: Sequence[str]) -> Iterator[Draft]:
        """Yield the stubs that a cell does not have; what was withdrawn stays so."""
        told = list(self._told(cell, answers))
        wanted = [(draft.document, None) for draft in told]
        present = self._store.database(cell_database(cell)).revisions(wanted, latest=False)
        for draft, found in zip(told, present, strict=True):
            if not (found and _says(found[0], draft.content)):
                yield replace(draft, path=found[0].path if found else ())

    def _told(self, cell: str, answers: Iterable[str]) -> Iterator[Draft]:
        room = sealed_cell(cell)
        wanted = [(DocId(answer), None) for answer in dict.fromkeys(answers)]
        for found in self._store.database(cell_database(room)).revisions(wanted, latest=False):
            entry = entry_told(self._ledger, room, found[0]) if found and not found[0].deleted else None
            if entry is None or entry.body is None or entry.erased:
                continue
            consent = Consent.GIVEN if self._forms.consents(entry.body) else Consent.REFUSED
            yield Draft(
                document=DocId(entry.document),
                content=stub_of(entry.body, consent, entry),
                cause=CAUSE,
                stamps=entry.stamps,
                author=entry.author,
                tablet=entry.tablet,
            )


def entry_told(ledger: Ledger, room: str, found: Revision) -> Entry | None:
    """Return the entry of what an answer says: of a revision of ours that puts it back, the one that was sent."""
    entry = ledger.entry(room, found.id, found.rev)
    while entry and entry.author is None and entry.restores and not entry.erased:
        entry = ledger.entry(room, found.id, entry.restores[0])
    return entry


def _says(found: Revision, content: object) -> bool:
    if found.deleted:
        return False
    return {name: value for name, value in decode_body(found.body).items() if name != "meta"} == content
