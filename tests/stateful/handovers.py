"""The model with handovers: supervisors change who works where, whenever, whatever else goes wrong.

The orders are the real ones, given twice at a moment, cut short by crashes, taken back, meant for later or for a while.
Tablets speak to the gate (`gated.py`): they are lost, give receipts, edit on after a handover, send, and try to read in
every way there is. What somebody made in time must be there in the end. What he made too late must not show before a
person lets it in, nor after it was refused. The books must account for all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from fieldsync.accounts import Principal, Role
from fieldsync.cases import Case
from fieldsync.clock import parse_time
from fieldsync.decisions import Verdict
from fieldsync.documents import DocId, data_of, decode_body, meta_of
from fieldsync.errors import Conflict
from fieldsync.handovers.orders import Order
from fieldsync.late import let_in_by
from fieldsync.ledger import DocumentLog, Entry
from tests.stateful import reference
from tests.stateful.gated import GatedMachine, HandedOver
from tests.stateful.holding import Right
from tests.stateful.machine import NEWCOMERS, PEOPLE, SERVERS, TABLETS, WRITES
from tests.stateful.offices import CELLS, COLLECTORS, OTHER, enrolled
from tests.stateful.replicas import Replica
from tests.stateful.servers import CELL, Server

SINGLE = ("phone", "employer")
"""Items of which no two edits have the same value, so that a value tells whose it is."""
WHICH = st.sampled_from([CELLS, CELLS, (CELL,), (CELL,), (OTHER,)])
BESIDE = st.sampled_from(["helper", "stand_in"])
LATER = st.sampled_from([None, None, None, 60, 900])
TIMES = st.tuples(LATER, LATER)
"""After how many seconds something begins, and how long it goes on."""
DIES = st.tuples(WRITES, st.sampled_from([True, True, False]))
"""At which write a server dies, and whether another finishes at once what was begun."""


class HandoverMachine(GatedMachine):
    """The town of the model, in which cells change hands."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted: set[tuple[str, str, str]] = set()

    # What supervisors do

    @rule(server=SERVERS, to=TABLETS, cells=WHICH, times=TIMES, die_at=WRITES, sweeps=st.booleans())
    def hand_over(
        self, server: int, to: int, cells: tuple[str, ...], times: tuple[int | None, ...], die_at: int, sweeps: bool
    ) -> None:
        """Hand cells over, now or later; the server may die at any write of it, and another finish it at once."""
        self._give(self._order(COLLECTORS[to], cells, "holder", times), server, die_at, sweeps=sweeps)

    @rule(server=SERVERS, to=TABLETS, cells=WHICH, role=BESIDE, times=TIMES, dies=DIES)
    def let_work(
        self,
        server: int,
        to: int,
        cells: tuple[str, ...],
        role: str,
        times: tuple[int | None, ...],
        dies: tuple[int, bool],
    ) -> None:
        """Let somebody help or stand in, now or later, for a while or for good."""
        die_at, sweeps = dies
        self._give(self._order(COLLECTORS[to], cells, role, times), server, die_at, sweeps=sweeps)

    @rule(server=SERVERS, place=st.integers(0, 9), die_at=WRITES)
    def undo(self, server: int, place: int, die_at: int) -> None:
        """Take back one of the last orders."""
        self.supervisors.undo(self.town.servers[server], place, self._without(), die_at)

    @rule(server=SERVERS, to=TABLETS, of=TABLETS)
    def hand_over_all(self, server: int, to: int, of: int) -> None:
        """Hand over what somebody holds at present."""
        self.town.later(1)
        everything = Order(by="wang", to=COLLECTORS[to], area="510107001", collector=COLLECTORS[of])
        self.supervisors.order(self.town.servers[server], everything, self._without())

    @rule(server=SERVERS, to=TABLETS, cells=WHICH, of=WHICH, at=st.integers(1, 6))
    def order_at_once(self, server: int, to: int, cells: tuple[str, ...], of: tuple[str, ...], at: int) -> None:
        """Two supervisors order at one moment; the second order falls between any two writes of the first."""
        first, second = self.town.servers[server], self.town.servers[1 - server]
        other = COLLECTORS[(to + 1) % 3]
        wanted = self._order(other, of, "holder", (None, None))
        first.wire.before(at, lambda: self.supervisors.order(second, wanted, self._without()))
        self.supervisors.order(first, self._order(COLLECTORS[to], cells, "holder", (None, None)), self._without())
        first.wire.happen()

    @rule(tablet=TABLETS, server=SERVERS, to=TABLETS, at=st.integers(1, 8))
    def order_meanwhile(self, tablet: int, server: int, to: int, at: int) -> None:
        """Hand the cell over between two writes of a push."""
        first, second = self.town.servers[server], self.town.servers[1 - server]
        wanted = self._order(COLLECTORS[to], (CELL,), "holder", (None, None))
        first.wire.before(at, lambda: self.supervisors.order(second, wanted, self._without()))
        self._send(self.tablets[tablet], first, self._lacking(self.tablets[tablet], first), 0)
        first.wire.happen()

    @rule(server=SERVERS, place=st.integers(0, 30), cut=st.booleans())
    def end(self, server: int, place: int, cut: bool) -> None:
        """End some assignment."""
        self.supervisors.end(self.town.servers[server], place, cut=cut)

    @rule(server=SERVERS)
    def sweep(self, server: int) -> None:
        """Let a server finish what a crash cut short: orders, and pushes that nobody may repeat."""
        self.supervisors.sweep(self.town.servers[server])
        self.town.servers[server].pipeline.steps.finish_pushes()

    @rule(seconds=st.sampled_from([30, 700]))
    def wait(self, seconds: int) -> None:
        """Let time pass: what was meant for later begins, what was meant for a while ends."""
        self.town.later(seconds)

    @rule(server=SERVERS, die_at=WRITES, place=st.integers(0, 9), accepts=st.booleans())
    def decide_late(self, server: int, die_at: int, place: int, accepts: bool) -> None:
        """Let in what came too late, or refuse it; the server may die at any write of it."""
        there = self.town.servers[server]
        there.run()
        cases = self._late_cases(there)
        if cases:
            self._answer(there, cases[place % len(cases)], accepts, die_at)

    # What happens to tablets

    @rule(tablet=TABLETS, server=SERVERS)
    def lose(self, tablet: int, server: int) -> None:
        """Cut a lost tablet off; what it had not sent is lost with it."""
        mine = self._mine(tablet)
        self.town.servers[server].services.devices.revoke(mine.passed.tablet, "wang", "lost")
        mine.is_lost = True

    @rule(tablet=TABLETS, server=SERVERS)
    def replace(self, tablet: int, server: int) -> None:
        """Give somebody whose tablet is lost another, which is empty."""
        if self._mine(tablet).is_lost:
            self._replace(tablet, self.town.servers[server])

    @rule(tablet=TABLETS)
    def silence(self, tablet: int) -> None:
        """Let a tablet say of what it writes no longer when, or do so again."""
        self._mine(tablet).is_silent = not self._mine(tablet).is_silent

    @rule(tablet=TABLETS, server=SERVERS)
    def give_receipt(self, tablet: int, server: int) -> None:
        """Let a tablet say what it has left; with nothing, that it has destroyed its replica, if it was told so."""
        mine, there = self._mine(tablet), self.town.servers[server]
        holding = self.supervisors.cells[CELL]
        left = 0 if mine.is_lost else len(self._lacking(mine, there))
        self.supervisors.advance()
        right, in_doubt = holding.right(mine.user), self.supervisors.is_in_doubt(CELL)
        if mine.is_lost or in_doubt or right is Right.NOTHING:
            return
        asker = Principal(mine.user, frozenset({Role.COLLECTOR}), (), mine.passed.tablet, {})
        refused = None
        try:
            there.services.receipts.report(asker, CELL, left, destroyed=not left)
        except Conflict as conflict:
            refused = conflict
        assert (refused is None) == (left > 0 or right is Right.SEND), f"{mine.user}, {left} left, {right}: {refused}"
        if not (left or refused):
            holding.handed_in(mine.user)
            mine.replica = Replica(mine.limit)

    # What must hold

    @invariant()
    def nothing_late_shows(self) -> None:
        """No document that is settled shows a value that was made too late and not let in.

        A tablet that has forgotten what it wrote on claims every answer for its own, also those of the registry, which
        show by the registry's right.
        """
        for doc_id in (*PEOPLE, *NEWCOMERS) if self.tablets else ():
            self._nothing_late_shows(doc_id, even_edits=False)

    def _nothing_late_shows(self, doc_id: str, *, even_edits: bool) -> None:
        """See to one document; one whose winner is an edit is settled, too, once the steps have run."""
        leaves = [leaf for leaf in self.town.cell.leaves(DocId(doc_id)) if not leaf.deleted]
        log = self.town.servers[0].ledger.document(CELL, doc_id)
        entry = log.entries.get(leaves[0].rev) if len(leaves) == 1 else None
        if entry and (even_edits or not entry.is_edit):
            data = data_of(entry.body or {})
            for item in SINGLE:
                hidden = {data_of(e.body or {}).get(item) for e in _outside(log, item)}
                shown = {data_of(e.body or {}).get(item) for e in _inside(log, item)}
                shown |= {data_of(e.body or {}).get(item) for e in log.entries.values() if e.cause == "import"}
                assert data.get(item) not in hidden - shown, f"{doc_id} shows {item} {data.get(item)!r}"

    def evening(self) -> None:
        """Everybody hands in and gives a receipt, everything late is decided, then all have the cell and must agree."""
        there = self.town.servers[0]
        self.sweep(0)
        for number, tablet in enumerate(self.tablets):
            self._send(tablet, there, self._lacking(tablet, there), 0)
            there.run()
            self.give_receipt(number, 0)
            assert self._mine(number).is_lost or self._right(tablet) is not Right.SEND, f"{tablet.user} drains for ever"
        for doc_id in (*PEOPLE, *NEWCOMERS):
            self._nothing_late_shows(doc_id, even_edits=True)
        self._compare_holders()
        for number, case in enumerate(self._late_cases(there)):
            self._answer(there, case, number % 2 == 0, 0)
        self._give_all(there)
        super().evening()
        self._compare_late()
        self._compare_set_aside()

    def _compare_holders(self) -> None:
        """Let those who have the cell fetch it; they must all have the same."""
        cell = {r.id: str(r.rev) for r in self.town.cell.documents()}
        for number, tablet in enumerate(self.tablets):
            if self._right(tablet) is Right.ALL and not self._mine(number).is_lost:
                self._fetch(tablet)
                assert tablet.replica.winners() == cell, f"{tablet.user} works here and has not what the cell has"

    def _give_all(self, server: Server) -> None:
        """Give everybody a tablet and the cell again."""
        for number, name in enumerate(COLLECTORS):
            if self._mine(number).is_lost:
                self._replace(number, server)
            self.town.later(1000)
            self.supervisors.advance()
            if self._right(self.tablets[number]) is not Right.ALL:
                self.supervisors.order(server, self._order(name, (CELL,), "helper", (None, None)), set())
            assert self._right(self.tablets[number]) is Right.ALL, f"{name} cannot be given the cell again"

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
        for item in () if winner.deleted else SINGLE:
            may = [data_of(entry.body or {}).get(item) for entry in _inside(log, item)]
            assert data.get(item) in may or not may, f"{doc_id} {item}: {data.get(item)!r} but {may}"

    def _compare_set_aside(self) -> None:
        """Nothing was set aside that has answers in the form of a document."""
        for doc_id in (*PEOPLE, *NEWCOMERS):
            for entry in self.town.servers[0].ledger.document(CELL, doc_id).entries.values():
                sent = json.loads(entry.raw) if entry.quarantined and entry.raw else {"data": None}
                assert not isinstance(sent.get("data"), dict), (
                    f"{doc_id} {entry.rev} was set aside: {entry.quarantined}"
                )

    def _compare_kept(self) -> None:
        """Nothing that was acknowledged is missing from the ledger, also not what a tablet sent that was lost then."""
        super()._compare_kept()
        for tablet in self.lost:
            assert self.town.servers[0].ledger.unknown(CELL, sorted(tablet.kept)) == [], tablet.user

    def _compare_late(self) -> None:
        """Late is what was changed after its writer had left, or nobody knows when; all of it came before a person."""
        server = self.town.servers[0]
        cases = [c for c in server.pipeline.cases.all() if c.kind == "late"]
        brought = {(i["document"], i["rev"], i["item"]) for case in cases for i in case.items}
        for doc_id, rev, item in sorted(self.accepted):
            log = server.ledger.document(CELL, doc_id)
            assert let_in_by(log, log.entries[rev], item), f"{doc_id} {rev} {item} was accepted and did not come in"
        for doc_id in (*PEOPLE, *NEWCOMERS):
            log = server.ledger.document(CELL, doc_id)
            for entry in log.edits():
                late, must, may = set(entry.late), *self._expected_late(entry)
                assert must <= late <= may, f"{doc_id} {entry.rev}: late are {late}, not {must} to {may}"
                for item in late:
                    told = (doc_id, entry.rev, item) in brought or log.outcomes[entry.rev, item].outcome == "superseded"
                    assert told, f"nobody was asked about {doc_id} {entry.rev} {item}"

    def _expected_late(self, entry: Entry) -> tuple[set[str], set[str]]:
        """Return the items that must be late in an edit, and those that may be.

        Of a tablet whose clock did not jump between the edit and the push, the true time is known.
        """
        arrived = parse_time(entry.arrived)
        assert arrived is not None
        holding = self.supervisors.cells[CELL]
        changed = {item for item in entry.changes if item != "_deleted"}
        if holding.works(entry.author or "", arrived):
            return set(), set()
        left, meta = holding.left(entry.author or "", arrived), meta_of(entry.body or {})
        if "at" not in meta:
            return changed, changed
        tablets = [*self.lost, *(self._mine(number) for number in range(3))]
        mine = next(t for t in tablets if t.passed.tablet == entry.tablet)
        times = mine.written.get((entry.document, entry.rev), {})
        sure = {i: at for i, (at, error) in times.items() if i in changed and -error.total_seconds() == entry.offset_s}
        must = {item for item, at in sure.items() if at > left}
        return must, changed - (sure.keys() - must)

    def _give(self, order: Order, server: int, die_at: int, *, sweeps: bool) -> None:
        self.supervisors.order(self.town.servers[server], order, self._without(), die_at)
        if sweeps:
            self.supervisors.sweep(self.town.servers[1 - server])

    def _order(self, to: str, cells: tuple[str, ...], role: str, times: tuple[int | None, ...]) -> Order:
        self.town.later(1)
        since, until = times
        begin = None if since is None else self.town.moment + timedelta(seconds=since)
        end = None if until is None or role == "holder" else self.town.moment + timedelta(seconds=(since or 0) + until)
        return Order(by="wang", to=to, cells=cells, role=role, since=begin, until=end)

    def _replace(self, number: int, server: Server) -> None:
        old = self._mine(number)
        new = HandedOver(old.user, old.error, old.limit, tells_time=old.tells_time)
        new.passed = enrolled(server.services, old.user)
        self.lost.append(old)
        self.tablets[number] = new

    def _late_cases(self, server: Server) -> list[Case]:
        return [c for c in server.pipeline.cases.where(state="open") if c.kind == "late"]

    def _answer(self, server: Server, case: Case, accepts: bool, die_at: int) -> None:
        verdict = Verdict("wu.min", ("5101",), "accept" if accepts else "refuse", "because")
        try:
            server.survive(lambda: server.pipeline.steps.decide(case.id, verdict), die_at)
        except Conflict:
            return
        decided = server.pipeline.cases.get(case.id)[0]
        if decided.decision and accepts:
            self.accepted |= {(i["document"], i["rev"], i["item"]) for i in decided.items}


def _edits(log: DocumentLog, item: str) -> list[Entry]:
    return [e for e in log.edits() if item in e.changes and not e.deleted]


def _outside(log: DocumentLog, item: str) -> Iterator[Entry]:
    """Yield the edits of an item that were too late, and were not let in."""
    return (e for e in _edits(log, item) if item in e.late and not let_in_by(log, e, item))


def _inside(log: DocumentLog, item: str) -> Iterator[Entry]:
    return (e for e in _edits(log, item) if item not in e.late or let_in_by(log, e, item))
