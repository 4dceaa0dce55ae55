"""The model: tablets, servers, networks and clocks that misbehave, and what must hold whatever they do.

A Hypothesis state machine. Its acts are those of the field: edits offline, pushes that are cut short, repeated, turned
round or sent again much later, servers that die at any write or overtake each other between any two, clocks that are
wrong or jump, versions that cannot be taken, deletions, decisions. In the end everybody syncs, and all must agree with
each other, with the books and with the reference.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fieldsync.decisions import Verdict
from fieldsync.documents import DocId, data_of, decode_body, kind_of
from fieldsync.errors import Conflict
from fieldsync.registry_import import Progress
from fieldsync.replication import Access, Caller, PushRequest
from tests.stateful import reference
from tests.stateful.replicas import Direct, Replica
from tests.stateful.servers import CELL, START, Server, Town

TABLETS = st.integers(0, 2)
SERVERS = st.integers(0, 1)
WRITES = st.integers(0, 6)
"""At which write of a request something happens; 0: nothing does."""
PLACES = st.sampled_from([0, 0, 0, 1, 2, 3])
"""Which person: most often the same, so that edits meet."""
ITEMS = ("phone", "employer", "name", "birth_date")
NAMES = ("王芳", "王方", "汪芳", "王芬", "王枋", "汪方", "王纺", "王房")


def named(kind: str, name: str) -> str:
    """Return a document's identifier by a name."""
    return f"{kind}:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


PEOPLE = [named("person", name) for name in ("first", "second")]
_IDS = {name: named("x", name).partition(":")[2] for name in ("b", "d", "h", "first", "second")}
ROWS = {
    "building": f"id,cell,name,address,use\n{_IDS['b']},{CELL},Jinli 3,Jinli 3,residential\n",
    "dwelling": f"id,building,room,use,occupancy\n{_IDS['d']},{_IDS['b']},301,residential,occupied\n",
    "household": f"id,dwelling,type,languages\n{_IDS['h']},{_IDS['d']},family,zh\n",
    "person": "id,name,sex,birth_date,phone,languages\n"
    + "".join(f"{_IDS[n]},{name},2,1980-02-03,12812345678,zh\n" for n, name in (("first", "王芳"), ("second", "李芳"))),
    "stay": "id,person,household,kind,relation,since\n"
    + "".join(
        f"{named('s', n).partition(':')[2]},{_IDS[n]},{_IDS['h']},usual,02,2019-05-01\n" for n in ("first", "second")
    ),
}
NEWCOMERS = [named("person", name) for name in ("third", "fourth")]


class Tablet:
    """A tablet: its replica, its clock, and the requests it has sent."""

    def __init__(self, user: str, error: timedelta, limit: int, *, tells_time: bool) -> None:
        self.user, self.error, self.tells_time = user, error, tells_time
        self.replica = Replica(limit)
        self.sent: list[list[bytes]] = []
        self.kept: set[tuple[str, str]] = set()

    @property
    def caller(self) -> Caller:
        """Return who the server takes this tablet for."""
        return Caller(self.user, f"tablet:{self.user}", Access.HELD)


class FieldMachine(RuleBasedStateMachine):
    """A town with three tablets and two servers."""

    template: Path
    """A store with the forms published and two persons imported."""
    tablet_type: type[Tablet] = Tablet

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="fieldsync-model-", dir=_fast_folder()))
        self.town = Town(self.template, self.folder / "store")
        self.number = 0
        self.open: dict[str, set[str]] = {}
        self.tablets: list[Tablet] = []

    @initialize(limit=st.sampled_from([10, 1000]), error=st.sampled_from([0, 3600, -365 * 86_400]))
    def enrol(self, limit: int, error: int) -> None:
        """Hand out three tablets: one that is right, one with a wrong clock, one that never tells its time."""
        make = self.tablet_type
        self.tablets = [
            make("li.na", timedelta(), 1000, tells_time=True),
            make("zhang.wei", timedelta(seconds=error), limit, tells_time=True),
            make("chen.jing", timedelta(seconds=error), 1000, tells_time=False),
        ]
        for tablet in self.tablets:
            self._set_up(tablet)

    def _set_up(self, tablet: Tablet) -> None:
        """Fetch the cell before the day begins."""
        self._fetch(tablet)

    def teardown(self) -> None:
        """End the day; everything must agree."""
        try:
            if self.tablets:
                self.evening()
        finally:
            self.town.close()
            shutil.rmtree(self.folder)

    # What happens in the field

    def _pick(self, tablet: int, place: int) -> tuple[Tablet, str | None]:
        owner, doc_id = self.tablets[tablet], (*PEOPLE, *NEWCOMERS)[place]
        return owner, doc_id if doc_id in owner.replica else None

    def _write(self, tablet: Tablet, doc_id: str, data: Any, *, deleted: bool = False) -> None:
        self.town.later(7)
        meta = self._meta(tablet, doc_id, data)
        body = {"meta": meta} if deleted else {"kind": kind_of(doc_id), "data": data, "meta": meta}
        tablet.replica.write(doc_id, body, deleted=deleted)

    def _meta(self, tablet: Tablet, doc_id: str, data: Any) -> dict[str, Any]:  # noqa: ARG002
        """Return what a tablet says of a version that it writes: by its clock when, and who."""
        return {"at": (self.town.moment + tablet.error).isoformat(), "by": tablet.user}

    def _data(self, tablet: Tablet, doc_id: str) -> dict[str, Any]:
        """Return the answers that a tablet shows; of a version that nobody can read, those under it."""
        copy = tablet.replica.copy(doc_id)
        path = copy.tree.path(copy.winner) if copy.winner else ()
        found = (copy.bodies[rev]["data"] for rev in path if rev in copy.bodies and "data" in copy.bodies[rev])
        return dict(next((data for data in found if isinstance(data, dict)), {}))

    @rule(tablet=TABLETS, place=PLACES, item=st.sampled_from(ITEMS), times=st.sampled_from([1, 1, 1, 2, 12]))
    def edit(self, tablet: int, place: int, item: str, times: int) -> None:
        """Change an answer offline, once or again and again."""
        owner, doc_id = self._pick(tablet, place)
        if doc_id is None:
            return
        for _ in range(times):
            self.number += 1
            self._write(owner, doc_id, {**self._data(owner, doc_id), item: _value(item, self.number)})

    @rule(place=PLACES, item=st.sampled_from(ITEMS), tablets=st.sets(TABLETS, min_size=2))
    def quarrel(self, place: int, item: str, tablets: set[int]) -> None:
        """Let several tablets change one answer, each in its own way."""
        for tablet in sorted(tablets):
            self.edit(tablet, place, item, 1)

    @rule(tablet=TABLETS, server=SERVERS)
    def sync(self, tablet: int, server: int) -> None:
        """Send everything, let the steps run, and fetch everything, as on a good network."""
        self.push(tablet, server, 0, 1.0, turned=False, twice=False)
        self.run(server, 0)
        self.pull(tablet, 0)

    @rule(tablet=TABLETS, place=PLACES, removes=st.booleans())
    def edit_set(self, tablet: int, place: int, removes: bool) -> None:
        """Add an element that nobody else ever adds, or remove one."""
        owner, doc_id = self._pick(tablet, place)
        if doc_id is None:
            return
        data = self._data(owner, doc_id)
        held = str(data.get("languages", "")).split()
        self.number += 1
        held = held[1:] if removes and held else [*held, f"l{self.number}"]
        self._write(owner, doc_id, {**data, "languages": " ".join(held)})

    @rule(tablet=TABLETS, which=st.integers(0, 1))
    def add(self, tablet: int, which: int) -> None:
        """Add a person; another tablet may add the same one, with a root of its own."""
        owner = self.tablets[tablet]
        if NEWCOMERS[which] not in owner.replica:
            self.number += 1
            self._write(owner, NEWCOMERS[which], {"name": NAMES[0], "sex": "2", "languages": f"l{self.number}"})

    @rule(tablet=TABLETS, place=PLACES)
    def delete(self, tablet: int, place: int) -> None:
        """Delete a person, which the server undoes."""
        owner, doc_id = self._pick(tablet, place)
        if doc_id is not None:
            self._write(owner, doc_id, None, deleted=True)

    @rule(tablet=TABLETS, place=PLACES)
    def spoil(self, tablet: int, place: int) -> None:
        """Write a version that cannot enter the cell."""
        owner, doc_id = self._pick(tablet, place)
        if doc_id is not None:
            self._write(owner, doc_id, ["not", "answers", self.number])

    @rule(tablet=TABLETS, seconds=st.sampled_from([-7200, -60, 900, 86_400]))
    def set_clock(self, tablet: int, seconds: int) -> None:
        """Let a tablet's clock jump in the middle of the day."""
        self.tablets[tablet].error += timedelta(seconds=seconds)

    # What the network and the servers make of it

    @rule(
        tablet=TABLETS, server=SERVERS, die_at=WRITES, keep=st.sampled_from([1.0, 1.0, 0.5]), turned=st.booleans(),
        twice=st.booleans(),
    )  # fmt: skip
    def push(self, tablet: int, server: int, die_at: int, keep: float, turned: bool, twice: bool) -> None:
        """Send what the server lacks: all or a part, in any order, once or twice; the server may die meanwhile."""
        owner, there = self.tablets[tablet], self.town.servers[server]
        documents = self._lacking(owner, there)
        documents = documents[: max(1, int(len(documents) * keep))][:: -1 if turned else 1] * (1 + twice)
        self._send(owner, there, documents, die_at)

    @rule(tablet=TABLETS, server=SERVERS, place=st.integers(0, 30), die_at=WRITES)
    @precondition(lambda self: any(tablet.sent for tablet in self.tablets))
    def send_again(self, tablet: int, server: int, place: int, die_at: int) -> None:
        """Let an old request arrive once more."""
        owner = self.tablets[tablet]
        if owner.sent:
            self._send(owner, self.town.servers[server], owner.sent[place % len(owner.sent)], die_at)

    @rule(tablet=TABLETS, other=TABLETS, server=SERVERS, at=st.integers(1, 6))
    def push_at_once(self, tablet: int, other: int, server: int, at: int) -> None:
        """Two tablets push to two servers; the second push falls between any two writes of the first."""
        first, second = self.town.servers[server], self.town.servers[1 - server]
        owner, rival = self.tablets[tablet], self.tablets[other]
        theirs = self._lacking(rival, second)
        first.wire.before(at, lambda: self._send(rival, second, theirs, 0))
        self._send(owner, first, self._lacking(owner, first), 0)
        first.wire.happen()

    @rule(server=SERVERS, at=st.integers(1, 6))
    def run_at_once(self, server: int, at: int) -> None:
        """Both servers run the steps; the second between any two writes of the first."""
        first, second = self.town.servers[server], self.town.servers[1 - server]
        first.wire.before(at, second.run)
        first.survive(first.run)

    @rule(server=SERVERS, die_at=WRITES)
    def run(self, server: int, die_at: int) -> None:
        """Let a server run the steps; it may die at any write."""
        there = self.town.servers[server]
        there.survive(there.run, die_at)

    @rule(tablet=TABLETS, part=st.sampled_from([0, 0, 1, 2]))
    def pull(self, tablet: int, part: int) -> None:
        """Fetch what is new: all of it, or only some documents before the network went."""
        self._fetch(self.tablets[tablet], lambda doc_id: part == 0 or ord(doc_id[-1]) % 2 == part - 1)

    @rule(server=SERVERS, die_at=WRITES, place=st.integers(0, 9), third=st.booleans())
    def decide(self, server: int, die_at: int, place: int, third: bool) -> None:
        """Decide a contest: for a candidate, or for a value of the person's own."""
        there = self.town.servers[server]
        there.run()
        cases = [c for c in there.pipeline.cases.where(state="open") if c.kind == "contest"]
        if not cases:
            return
        case = cases[place % len(cases)]
        self.number += 1
        verdict = Verdict("wu.min", ("5101",), "choose", rev=case.candidates[place % len(case.candidates)]["rev"])
        if third:
            verdict = Verdict("wu.min", ("5101",), "value", value={"value": _value(case.item or "", self.number)})
        self.open.get(case.document or "", set()).discard(case.item or "")
        try:
            there.survive(lambda: there.pipeline.steps.decide(case.id, verdict), die_at)
        except Conflict:
            return

    @rule(server=SERVERS, die_at=WRITES, place=st.integers(0, 9), lets_in=st.booleans())
    def answer_quarantine(self, server: int, die_at: int, place: int, lets_in: bool) -> None:
        """Release a version that could not be read, with answers mended by staff, or dismiss it."""
        there = self.town.servers[server]
        cases = [c for c in there.pipeline.cases.where(state="open") if c.kind == "quarantine"]
        if not cases:
            return
        case = cases[place % len(cases)]
        self.number += 1
        before = there.ledger.document(CELL, case.document or "").nearest_live(case.rev or "")
        answers = {**data_of(before.body or {} if before else {}), "employer": f"value {self.number}"}
        verdict = Verdict("wu.min", ("5101",), "dismiss")
        if lets_in:
            verdict = Verdict("wu.min", ("5101",), "release", value={"data": answers})
        there.survive(lambda: there.pipeline.steps.decide(case.id, verdict), die_at)

    def _fetch(self, tablet: Tablet, only: Callable[[str], bool] = lambda _: True) -> None:
        tablet.replica.fetch(Direct(self.town.cell), only)

    def _lacking(self, tablet: Tablet, server: Server) -> list[bytes]:
        leaves = tablet.replica.leaves()
        gaps = server.pipeline.intake.missing(CELL, tablet.caller, leaves)
        return [
            tablet.replica.document(doc_id, rev)
            for doc_id, revs in leaves.items()
            for rev in revs
            if doc_id in gaps and rev in gaps[doc_id].missing
        ]

    def _send(self, tablet: Tablet, server: Server, documents: list[bytes], die_at: int) -> None:
        if not documents:
            return
        self.town.later(3)
        reading = (self.town.moment + tablet.error).isoformat() if tablet.tells_time else None
        request = PushRequest(CELL, tablet.caller, documents, reading)
        tablet.sent.append(documents)
        if server.survive(lambda: server.pipeline.intake.push(request), die_at):
            tablet.kept |= {(d["_id"], d["_rev"]) for d in map(json.loads, documents)}

    # What must hold

    @invariant()
    def contests_stay_open(self) -> None:
        """A contest that a settled document has stays until a person decides."""
        for doc_id in (*PEOPLE, *NEWCOMERS):
            leaves = self.town.cell.leaves(DocId(doc_id)) if self.tablets else ()
            live = [leaf.rev for leaf in leaves if not leaf.deleted]
            entry = self.town.servers[0].ledger.entry(CELL, doc_id, live[0]) if len(live) == 1 else None
            if entry is None or entry.is_edit:
                continue
            now = {contest["item"] for contest in entry.contests}
            assert self.open.get(doc_id, set()) <= now, f"{doc_id}: {self.open[doc_id] - now} closed by nobody"
            self.open[doc_id] = now

    def evening(self) -> None:
        """Let everybody sync until nothing moves, then compare."""
        for _ in range(12):
            before = (self.town.cell.info().update_seq, [t.replica.winners() for t in self.tablets])
            for number, tablet in enumerate(self.tablets):
                server = self.town.servers[number % 2]
                self._send(tablet, server, self._lacking(tablet, server), 0)
                server.run()
            for tablet in self.tablets:
                self._fetch(tablet)
            if before == (self.town.cell.info().update_seq, [t.replica.winners() for t in self.tablets]):
                break
        else:
            raise AssertionError("the tablets never come to rest")
        self._compare()

    def _compare(self) -> None:
        cell = {r.id: str(r.rev) for r in self.town.cell.documents()}
        for tablet in self.tablets:
            assert tablet.replica.winners() == cell, f"{tablet.user} shows something else than the cell"
        books = self.town.servers[0].pipeline.auditor.run()
        assert books.adds_up, books.report()["faults"]
        for doc_id in (*PEOPLE, *NEWCOMERS):
            self._compare_document(doc_id)
        self._compare_kept()

    def _compare_kept(self) -> None:
        """Nothing that was acknowledged is missing from the ledger."""
        ledger = self.town.servers[0].ledger
        for tablet in self.tablets:
            assert ledger.unknown(CELL, sorted(tablet.kept)) == [], tablet.user

    def _compare_document(self, doc_id: str) -> None:
        log = self.town.servers[0].ledger.document(CELL, doc_id)
        live = [leaf.rev for leaf in self.town.cell.leaves(DocId(doc_id)) if not leaf.deleted]
        if not log.has_lived():
            assert live == []
            return
        assert len(live) == 1, f"{doc_id} has live leaves {live}"
        winner = self.town.cell.get(DocId(doc_id))
        data, entry = data_of(decode_body(winner.body)), log.entries[winner.rev]
        must, most = reference.expected_set(log, "languages", {"zh"} if doc_id in PEOPLE else set())
        held = reference.tokens(data.get("languages"))
        assert must <= held <= most, f"{doc_id}: {must - held} lost, {held - most} come back"
        for item in ("phone", "employer"):
            may = reference.may_be(log, item)
            assert data.get(item) in may or not may, f"{doc_id} {item}: {data.get(item)!r} but {may}"
        for item in ("name", "birth_date"):
            self._compare_key(doc_id, item, data.get(item), entry.contests)

    def _compare_key(self, doc_id: str, item: str, value: Any, contests: list[dict[str, Any]]) -> None:
        server = self.town.servers[0]
        decided = [c for c in server.pipeline.cases.all() if c.document == doc_id and c.item == item and c.decision]
        log = server.ledger.document(CELL, doc_id)
        values = reference.disputed(log, item)
        if decided or not values:
            return
        candidates = [c["value"] for contest in contests if contest["item"] == item for c in contest["candidates"]]
        if len(values) > 1 or candidates:
            assert all(one in candidates for one in values), f"{doc_id} {item}: {values} but {candidates} contested"
        else:
            assert value in [step.after.get(item) for step in reference.heads(log, item)], f"{doc_id} {item}"


def _value(item: str, number: int) -> str:
    """Return a value that no other edit has, where the item has enough of them."""
    if item == "phone":
        return f"128{number:08}"
    if item == "name":
        return NAMES[0] + NAMES[number % len(NAMES)] + str(number)
    if item == "birth_date":
        return f"19{70 + number % 30}-{1 + number % 12:02}-{1 + number % 28:02}"
    return f"value {number}"


def _fast_folder() -> str | None:
    """Return a folder in memory where there is one: what is tested here is no disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def imported(published: Path, folder: Path) -> Path:
    """Import two persons who live in one household into a copy of a store with the forms."""
    town = Town(published, folder)
    town.cell.info()
    first = town.servers[0]
    first.pipeline.importer(frozenset({CELL})).take(ROWS, START, Progress())
    first.run()
    town.close()
    return folder
