"""The model with handovers: the cell goes from one tablet to another and back, whenever, whatever else goes wrong.

A tablet whose cell was handed over edits on and sends, and fetches nothing. What it made too late must not show in the
cell before a person lets it in, nor after it was refused; what it made in time must be there in the end, like what was
let in, and the books must account for all of it. Servers die at any write, before, in and after decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from fieldsync.cases import Case
from fieldsync.decisions import Verdict
from fieldsync.documents import DocId, data_of, decode_body
from fieldsync.errors import Conflict
from fieldsync.late import let_in_by
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.replication import Access, Caller
from tests.stateful import reference
from tests.stateful.machine import NEWCOMERS, PEOPLE, SERVERS, TABLETS, WRITES, FieldMachine, Tablet
from tests.stateful.servers import CELL, Server

SINGLE = ("phone", "employer")
"""Items of which no two edits have the same value, so that a value tells whose it is."""


class HandedOver(Tablet):
    """A tablet whose cell may be handed over: since when, or None while it is held."""

    drained_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Return who the server takes this tablet for."""
        access = Access.DRAINING if self.drained_at else Access.HELD
        return Caller(self.user, f"tablet:{self.user}", access, self.drained_at)


class HandoverMachine(FieldMachine):
    """The town of the model, in which the cell changes hands."""

    tablet_type = HandedOver

    @rule(tablet=TABLETS)
    def hand_over(self, tablet: int) -> None:
        """Take the cell from a tablet, which may be in the middle of anything; one at least keeps it."""
        having = [t for t in self._owners() if not t.drained_at]
        if self._owners()[tablet] in having and len(having) > 1:
            self.town.later(1)
            self._owners()[tablet].drained_at = self.town.moment
            self.town.later(1)

    @rule(tablet=TABLETS)
    def hand_back(self, tablet: int) -> None:
        """Give the cell back; what was sent late goes on waiting."""
        self.town.later(1)
        self._owners()[tablet].drained_at = None

    @rule(server=SERVERS, die_at=WRITES, place=st.integers(0, 9), accepts=st.booleans())
    def decide_late(self, server: int, die_at: int, place: int, accepts: bool) -> None:
        """Let in what came too late, or refuse it; the server may die at any write of it."""
        there = self.town.servers[server]
        there.run()
        cases = self._late_cases(there)
        if cases:
            self._answer(there, cases[place % len(cases)], accepts, die_at)

    def pull(self, tablet: int, part: int) -> None:
        """Fetch what is new, as long as the cell is held."""
        if not self._owners()[tablet].drained_at:
            super().pull(tablet, part)

    def sync(self, tablet: int, server: int) -> None:
        """Send, and fetch what the gate lets through."""
        self.push(tablet, server, 0, 1.0, turned=False, twice=False)
        self.run(server, 0)
        self.pull(tablet, 0)

    @invariant()
    def nothing_late_shows(self) -> None:
        """No document that is settled shows a value that was made too late and not let in.

        A tablet that has forgotten what it wrote on claims every answer for its own, also those of the registry, which
        show by the registry's right.
        """
        for doc_id in (*PEOPLE, *NEWCOMERS) if self.tablets else ():
            leaves = [leaf for leaf in self.town.cell.leaves(DocId(doc_id)) if not leaf.deleted]
            log = self.town.servers[0].ledger.document(CELL, doc_id)
            if len(leaves) == 1 and (entry := log.entries.get(leaves[0].rev)) and not entry.is_edit:
                data = data_of(entry.body or {})
                for item in SINGLE:
                    hidden = {data_of(e.body or {}).get(item) for e in _outside(log, item)}
                    shown = {data_of(e.body or {}).get(item) for e in _inside(log, item)}
                    shown |= {data_of(e.body or {}).get(item) for e in log.entries.values() if e.cause == "import"}
                    assert data.get(item) not in hidden - shown, f"{doc_id} shows {item} {data.get(item)!r}"

    def evening(self) -> None:
        """Everybody hands in, everything late is decided, then all have the cell again and must agree."""
        there = self.town.servers[0]
        for tablet in self.tablets:
            self._send(tablet, there, self._lacking(tablet, there), 0)
        there.run()
        for number, case in enumerate(self._late_cases(there)):
            self._answer(there, case, number % 2 == 0, 0)
        for tablet in self._owners():
            tablet.drained_at = None
        super().evening()

    def _compare_document(self, doc_id: str) -> None:
        """What was made in time, or let in, is there; of an answer one such value, of a set all its additions."""
        log = self.town.servers[0].ledger.document(CELL, doc_id)
        if not any(entry.late for entry in log.entries.values()):
            super()._compare_document(doc_id)
            return
        live = [leaf.rev for leaf in self.town.cell.leaves(DocId(doc_id)) if not leaf.deleted]
        winner = self.town.cell.get(DocId(doc_id))
        assert len(live) == (not winner.deleted), f"{doc_id} has live leaves {live}"
        data = {} if winner.deleted else data_of(decode_body(winner.body))
        inside = list(_inside(log, "languages"))
        added, removed = set(), set()
        for step in reference.steps(log):
            had, has = (reference.tokens(body.get("languages")) for body in (step.before, step.after))
            added |= has - had if step.entry in inside else set()
            removed |= had - has
        assert added - removed <= reference.tokens(data.get("languages")), f"{doc_id}: {added - removed} lost"

    def _owners(self) -> list[HandedOver]:
        return [tablet for tablet in self.tablets if isinstance(tablet, HandedOver)]

    def _late_cases(self, server: Server) -> list[Case]:
        return [c for c in server.pipeline.cases.where(state="open") if c.kind == "late"]

    def _answer(self, server: Server, case: Case, accepts: bool, die_at: int) -> None:
        verdict = Verdict("wu.min", ("5101",), "accept" if accepts else "refuse", "because")
        try:
            server.survive(lambda: server.pipeline.steps.decide(case.id, verdict), die_at)
        except Conflict:
            return


def _edits(log: DocumentLog, item: str) -> list[Entry]:
    return [e for e in log.edits() if item in e.changes and not e.deleted]


def _outside(log: DocumentLog, item: str) -> Iterator[Entry]:
    """Yield the edits of an item that were too late, and were not let in."""
    return (e for e in _edits(log, item) if item in e.late and not let_in_by(log, e, item))


def _inside(log: DocumentLog, item: str) -> Iterator[Entry]:
    return (e for e in _edits(log, item) if item not in e.late or let_in_by(log, e, item))
