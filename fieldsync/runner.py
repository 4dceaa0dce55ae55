"""The runner: follows every cell's changes and runs resolve, check and admit on what was pushed.

All cells at start-up, then those it hears of, and a sweep. Its place in each cell is a `_local/steps` document there;
nothing lives only in memory, every step may be repeated.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import structlog

from fieldsync.accounting.tallies import Tallies
from fieldsync.admit import Admission
from fieldsync.cases import DECIDED, Case
from fieldsync.claims import Claims
from fieldsync.decisions import Decisions, Verdict
from fieldsync.documents import SUBJECTS, TABLET_KINDS, DocId, is_sealed_cell, kind_of
from fieldsync.duplicates import Duplicates
from fieldsync.errors import Conflict, FieldsyncError, places_of
from fieldsync.escalation import Escalation
from fieldsync.form_delivery import FormDelivery
from fieldsync.handovers.orders import Handovers
from fieldsync.ledger import Ledger
from fieldsync.lots import DRAWING, Judgement, Lot, Lots
from fieldsync.progress.counts import Counts
from fieldsync.resolve import Resolver
from fieldsync.retention import Retention
from fieldsync.revisions import generation
from fieldsync.sealed_forms.stubs import Stubs
from fieldsync.stores.base import Change, ChangesQuery, Database, Store
from fieldsync.tasks import Tasks
from fieldsync.unfinished import Unfinished
from fieldsync.unit_steps import UnitSteps
from fieldsync.units import Units

CHECKPOINT = "steps"
PAGE = 500
AT_ONCE = 4
"""Cells that a sweep looks at at the same time."""
PAUSE_RATIO = 5
"""However many cells there are, and however busy they are, sweeps take at most a sixth of the time."""
UNITS = frozenset({"household", "dwelling"})
PREFIX = "cell-"
log = structlog.get_logger("fieldsync.runner")


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps that the runner drives, one unit or document at a time."""

    store: Store
    ledger: Ledger
    resolver: Resolver
    admission: Admission
    units: UnitSteps
    decisions: Decisions
    now: Callable[[], datetime]
    zone: ZoneInfo
    duplicates: Duplicates
    tallies: Tallies
    delivery: FormDelivery
    counts: Counts
    lock: threading.RLock
    handovers: Handovers
    tasks: Tasks
    escalation: Escalation
    claims: Claims
    lots: Lots
    retention: Retention
    retention_s: float
    unfinished: Unfinished
    stubs: Stubs
    done: dict[str, str] = field(default_factory=dict)
    """At which sequence of a cell nothing was left to do: while it stays, the cell needs no look."""

    def catch_up(self, cell: str) -> int:
        """Run the steps for what changed in a cell since its checkpoint; returns the number of documents looked at."""
        database = self.store.database(PREFIX + cell)
        seen = 0
        while True:
            page = database.changes(ChangesQuery(since=_checkpoint(database), limit=PAGE))
            if not page.rows:
                return seen
            self.run(cell, self._concerning(cell, page.rows))
            self.look_for_duplicates()
            database.put_local(CHECKPOINT, msgspec.json.encode({"seq": page.last_seq}))
            seen += len(page.rows)

    def _concerning(self, cell: str, rows: Iterable[Change]) -> list[DocId]:
        """Return the changed documents that ask for the steps: a tablet's kinds, but for what was only preloaded."""
        changed = [row for row in rows if kind_of(row.id) in TABLET_KINDS]
        first = [(row.id, row.leaves[0].rev) for row in changed if _is_first(row)]
        entries = zip(first, self.ledger.entries(cell, first), strict=True)
        preloaded = {doc_id for (doc_id, _), entry in entries if entry is not None and not entry.is_edit}
        return [row.id for row in changed if row.id not in preloaded]

    def run(self, cell: str, documents: Iterable[DocId], also: Iterable[str] = ()) -> None:
        """Resolve and review documents, then run the units that they belong to, and others, each once."""
        finder = Units(self.store)
        units = set(also)
        changed = list(documents)
        with self.lock:
            self.decisions.late.review(cell, changed)
            for doc_id in changed:
                if kind_of(doc_id) in SUBJECTS:
                    self.resolver.settle(cell, doc_id)
                    self.admission.review_document(cell, doc_id)
                if kind_of(doc_id) == "building":
                    self.units.notices.tell_building(cell, doc_id)
                units |= finder.of_document(cell, doc_id)
            for unit in sorted(units):
                self.units.run(cell, unit, self.today())
            self.decisions.moves.review(cell, changed)
            self.tasks.review(cell, changed)

    def look_for_duplicates(self) -> None:
        """Look for the persons whom the registry has gained among all others."""
        with self.lock:
            self.duplicates.catch_up()

    def undo(self, case_id: str, verdict: Verdict) -> Case:
        """Take back what was decided about a duplicate."""
        with self.lock:
            case = self.decisions.undo(case_id, verdict)
            self._after(case)
            return case

    def revert(self, case_id: str, verdict: Verdict) -> Case:
        """Take back what a case admitted, and tell the collectors."""
        with self.lock:
            case = self.decisions.revert(case_id, verdict)
            self._after(case)
            return case

    def revert_record(self, record_id: str, verdict: Verdict) -> Case:
        """Take back what a form's rule let into a record, and tell the collectors."""
        with self.lock:
            case = self.decisions.revert_record(record_id, verdict)
            self._after(case)
            return case

    def decide(self, case_id: str, verdict: Verdict) -> Case:
        """Take a decision, carry it out, and tell the collector."""
        with self.lock:
            try:
                case = self.decisions.decide(case_id, verdict)
            except Conflict:  # bring the case up to date, so that reading it again shows what has changed
                self._after(self.decisions.read(case_id))
                raise
            self._after(case)
            return case

    def decide_lot(self, lot: str, judged: Judgement) -> Lot:
        """Accept or reject a lot by its sample, and decide its cases accordingly."""
        self.lots.decide(lot, judged)
        return self.lots.carry_out(lot, self.decide)

    def decide_each(self, asked: Iterable[tuple[str, Verdict]]) -> Iterator[tuple[str, Case | FieldsyncError]]:
        """Take many decisions, each by itself: yield each case with what became of it, or with what is wrong."""
        for case_id, verdict in asked:
            try:
                yield case_id, self.decide(case_id, verdict)
            except FieldsyncError as error:
                yield case_id, error

    def finish_pushes(self) -> int:
        """Enter into the cells what a crash left in the ledger alone; returns how many documents that was."""
        with self.lock:
            return self.unfinished.finish()

    def finish_decisions(self) -> None:
        """Carry out what a crash left decided."""
        with self.lock:
            for case in self.decisions.left():
                try:
                    self.decisions.carry_out(case)
                except Conflict as conflict:
                    log.warning("a decision waits to be carried out", case=case.id, reason=conflict.message)
                    continue
                self._after(case)
        for lot in list(self.lots.all(DRAWING)):
            self.lots.finish_drawing(lot.id)
        for lot in list(self.lots.all(DECIDED)):
            self.lots.carry_out(lot.id, self.decide)

    def _after(self, case: Case) -> None:
        documents = {case.document or "", *(item["document"] for item in case.items)}
        asked = [case.household] if case.household and kind_of(case.household) in UNITS else []
        self.run(case.cell, [DocId(i) for i in sorted(documents) if kind_of(i) in TABLET_KINDS], also=asked)

    def withdraw_expired(self) -> None:
        """Withdraw the notices and the closed tasks that are no news any more, in every cell."""
        for cell in self.cells():
            with self.lock:
                self.units.notices.withdraw_expired(cell)
                self.tasks.withdraw_expired(cell)

    def let_run_out(self) -> int:
        """Go on for a moment with what runs out today, where the installation lets that happen by itself."""
        return self.retention.go_on(self.cells(), self.retention_s) if self.retention_s else 0

    def today(self) -> str:
        """Return the city's date."""
        return self.now().astimezone(self.zone).date().isoformat()

    def cells(self) -> list[str]:
        """Return the codes of all cells that have a database."""
        names = [name.removeprefix(PREFIX) for name in self.store.names() if name.startswith(PREFIX)]
        return [name for name in names if not is_sealed_cell(name)]

    def behind(self, area: str = "") -> list[str]:
        """Return the cells of an area with changes after their checkpoint."""
        cells = [cell for cell in self.cells() if cell.startswith(area)]
        present = self.store.sequences([PREFIX + cell for cell in cells])
        looked_at = [cell for cell in cells if self.done.get(cell) != present.get(PREFIX + cell, "")]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sweep") as pool:
            found = pool.map(self._is_behind, looked_at)
            behind = {cell for cell, is_behind in zip(looked_at, found, strict=True) if is_behind}
        self.done.update((cell, present.get(PREFIX + cell, "")) for cell in looked_at if cell not in behind)
        return sorted(behind)

    def _is_behind(self, cell: str) -> bool:
        """Tell whether there are changes after a cell's checkpoint; one that cannot be read holds up no other."""
        try:
            database = self.store.database(PREFIX + cell)
            return bool(database.changes(ChangesQuery(since=_checkpoint(database), limit=1)).rows)
        except FieldsyncError:
            return True


class Runner:
    """A thread that keeps the steps going while the server runs."""

    def __init__(self, steps: Steps, sweep_s: float) -> None:
        self._steps, self._sweep_s = steps, sweep_s
        self._heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._pending: set[str] = set()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="runner", daemon=True)
        self._stopping, self._tidied, self._raised = False, "", ""
        self._unwatch: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin with every cell, then follow what changes."""
        self._unwatch = self._steps.store.watch(self._hear)
        self._thread.start()

    def stop(self) -> None:
        """End after the cell at hand; what is left is found again at the next start."""
        self._stopping = True
        self._unwatch()
        self._heard.put(None)
        self._thread.join(timeout=30)

    def _hear(self, name: str) -> None:
        if not name.startswith(PREFIX) or is_sealed_cell(name):
            return
        with self._guard:
            if name in self._pending:
                return
            self._pending.add(name)
        self._heard.put(name)

    def _run(self) -> None:
        """Follow what is heard of, and sweep when it is time, for hints may be lost in the busiest hours too."""
        due = time.monotonic()
        while not self._stopping:
            if time.monotonic() >= due:
                begun = time.monotonic()
                self._sweep()
                due = time.monotonic() + max(self._sweep_s, PAUSE_RATIO * (time.monotonic() - begun))
            with suppress(queue.Empty):
                name = self._heard.get(timeout=max(due - time.monotonic(), 0))
                self._take(name)

    def _take(self, name: str | None) -> None:
        if name is not None:
            with self._guard:
                self._pending.discard(name)
            self._catch_up(name.removeprefix(PREFIX))

    def _sweep(self) -> None:
        try:
            self._steps.handovers.finish()
            self._steps.finish_pushes()
            self._steps.finish_decisions()
            self._steps.tallies.refresh()
            self._steps.look_for_duplicates()
            self._steps.delivery.bring_unfinished()
            self._steps.stubs.catch_up()
            self._steps.counts.refresh(self._steps.cells())
            self._raise_overdue()
            self._tidy()
            self._steps.let_run_out()
            behind = self._steps.behind()
        except FieldsyncError as error:
            log.warning("sweep failed", code=error.code, reason=error.message)
            return
        except Exception as error:
            log.error("sweep failed; the next one tries again", kind=type(error).__name__, trace=places_of(error))
            return
        for cell in behind:
            if self._stopping:
                return
            self._catch_up(cell)

    def _raise_overdue(self) -> None:
        """Once an hour let overdue cases go up a level."""
        hour = f"{self._steps.now():%Y-%m-%dT%H}"
        if hour != self._raised:
            self._steps.escalation.run()
            self._raised = hour

    def _tidy(self) -> None:
        """Once a day withdraw old notices and compare the cells' forms; a server that starts anew does it again."""
        today = self._steps.today()
        if today != self._tidied:
            self._steps.withdraw_expired()
            self._steps.delivery.bring_all()
            self._tidied = today

    def _catch_up(self, cell: str) -> None:
        try:
            self._steps.catch_up(cell)
        except FieldsyncError as error:
            log.warning("steps failed; the sweep tries again", cell=cell, code=error.code, reason=error.message)
        except Exception as error:
            kind, trace = type(error).__name__, places_of(error)
            log.error("steps failed; the sweep tries again", cell=cell, kind=kind, trace=trace)


def _is_first(row: Change) -> bool:
    return len(row.leaves) == 1 and generation(row.leaves[0].rev) == 1


def _checkpoint(database: Database) -> str:
    kept = database.local(CHECKPOINT)
    return str(msgspec.json.decode(kept)["seq"]) if kept else "0"
