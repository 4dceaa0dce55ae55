"""Cases: what waits for a person. One document a case in the database `cases`; its id follows from its cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from fieldsync.clock import parse_time, write_time
from fieldsync.codes import area_lengths
from fieldsync.documents import DocId, Rev, derived_id
from fieldsync.errors import Conflict, NotFound
from fieldsync.stores.base import Put, Query, Store
from fieldsync.vault import SealedDatabase, Vault
from grid import DEFAULT_PATTERN, CodePattern

NAME = "cases"
PAGE = 500
DUE_DAYS = 7
"""How long a case may wait, unless the installation says otherwise."""
OPEN, DECIDED, CLOSED = "open", "decided", "closed"
BY_ITEM = ("admission:", "reversal:")
"""How the identifiers of cases begin that stand as the cause of outcomes, about items of several documents."""
_TRIES = 10
LEVELS = ("community", "street", "district", "city")


class Case(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that waits for a person.

    `kind`: admission, contest, deletion, quarantine, late, duplicate, move or reversal. `items` of an admission:
    document, item, told, registry, proposed, edits, by, at, tablet, level, distance_m; of a late case the same, and
    `rev`. `findings`: the warnings that travel with it (document, item, code, severity). `earlier`: what was decided
    before about the same items. `raised`: each level that an overdue case went up to. `lot` has it to decide by a
    sample, `left_lot` had it. `candidates` of a contest: rev, value, by, at, tablet. `other` of a duplicate is the
    record that was there first, `evidence` what speaks for and against; `undone` the decisions that were taken back.
    `reverts`: the case whose admission a reversal takes back. `state`: open, decided (the decision is not carried out
    yet), closed.
    """

    id: str
    kind: str
    cell: str
    opened: str
    state: str
    level: str
    due: str | None = None
    household: str | None = None
    document: str | None = None
    item: str | None = None
    rev: str | None = None
    tablet: str | None = None
    submission: str | None = None
    round: str | None = None
    submitted_by: list[str] = []
    items: list[dict[str, Any]] = []
    candidates: list[dict[str, Any]] = []
    other: str | None = None
    probability: float | None = None
    evidence: list[dict[str, Any]] = []
    undone: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    earlier: list[dict[str, Any]] = []
    raised: list[dict[str, Any]] = []
    lot: str | None = None
    left_lot: str | None = None
    reverts: str | None = None
    base: dict[str, Any] = {}
    reason: str | None = None
    insisted: dict[str, str] = {}
    claimed_by: str | None = None
    claimed_at: str | None = None
    decision: dict[str, Any] | None = None
    closed_because: str | None = None
    rebuilt_at: str | None = None

    @property
    def subject(self) -> str:
        """Return what the case is about first of all: its household, its document, or itself."""
        return self.household or self.document or self.id

    @property
    def about(self) -> list[str]:
        """Return the documents that the case is about, and whose values it shows."""
        named = {self.household, self.document, self.other, *(item["document"] for item in self.items)}
        return sorted(name for name in named if name)

    @property
    def is_open(self) -> bool:
        """Tell whether a person may still decide it."""
        return self.state == OPEN

    @property
    def asked_level(self) -> str:
        """Return the level whose staff is asked now: the case's, or the one that it has gone up to."""
        return str(self.raised[-1]["to"]) if self.raised else self.level

    def is_overdue(self, now: str) -> bool:
        """Tell whether the case should have been decided before a time (RFC 3339 in UTC)."""
        return self.is_open and self.due is not None and self.due <= now


class _Placed(msgspec.Struct, frozen=True):
    cell: str


class Cases:
    """Reads and writes cases; a change is refused when somebody else's came first."""

    def __init__(
        self, store: Store, vault: Vault, pattern: CodePattern = DEFAULT_PATTERN, due_days: int = DUE_DAYS
    ) -> None:
        self._db = SealedDatabase(store, NAME, vault)
        self._days = timedelta(days=due_days)
        self.level_digits = area_lengths(pattern)
        """How much of a code the staff of a level answer for, at most; a shorter area decides what a longer one may."""

    def due(self, opened: str) -> str | None:
        """Return until when a case that was opened at a time should be decided."""
        moment = parse_time(opened)
        return write_time(moment + self._days) if moment else None

    def add(self, cases: list[Case]) -> list[bool]:
        """Put each case if absent, with the day when it is due; False for those that exist."""
        cases = [msgspec.structs.replace(case, due=case.due or self.due(case.opened)) for case in cases]
        return self._db.add([(DocId(case.id), msgspec.json.encode(case)) for case in cases]) if cases else []

    def get(self, case_id: str) -> tuple[Case, Rev]:
        """Return a case with its revision. Raises NotFound."""
        found = self._db.get(DocId(case_id))
        if found is None or found.deleted:
            raise NotFound(f"There is no case {case_id}.", zh=f"没有待办事项 {case_id}。")
        return msgspec.json.decode(found.body, type=Case), found.rev

    def find(self, case_id: str) -> Case | None:
        """Return a case, or None."""
        found = self._db.get(DocId(case_id))
        return msgspec.json.decode(found.body, type=Case) if found and not found.deleted else None

    def named(self, ids: Sequence[str]) -> dict[str, Case]:
        """Return those of some cases that are there, by identifier."""
        found = self._db.revisions([(DocId(one), None) for one in ids], latest=False) if ids else []
        return {r[0].id: msgspec.json.decode(r[0].body, type=Case) for r in found if r and not r[0].deleted}

    def cells_of(self, kind: str) -> Iterator[str]:
        """Yield the cell of each case of a kind."""
        for revision in self._db.kept.documents(f"{kind}:", f"{kind};"):
            yield msgspec.json.decode(revision.body, type=_Placed).cell

    def put(self, case: Case, parent: Rev) -> Rev:
        """Write a case over the revision that was read. Raises Conflict when it has changed since."""
        try:
            return self._db.put(Put(DocId(case.id), msgspec.json.encode(case), parent))
        except Conflict:
            raise Conflict(
                f"The case {case.id} has changed since it was read; read it again.",
                zh=f"事项 {case.id} 读取后已有变动；请重新查看。",
            ) from None

    def close(self, case_id: str, because: str) -> None:
        """Close a case that nobody has to decide any more; one that is closed stays so. Raises Conflict."""
        for _ in range(_TRIES):
            current, parent = self.get(case_id)
            if current.state == CLOSED:
                return
            try:
                self.put(msgspec.structs.replace(current, state=CLOSED, closed_because=because), parent)
                return
            except Conflict:
                continue
        raise Conflict(
            f"The case {case_id} is changing too fast; try again.", zh=f"事项 {case_id} 变动过于频繁；请重试。"
        )

    def where(self, after: str = "", limit: int = 100_000, **values: str) -> list[Case]:
        """Return the cases whose members equal these values, ordered by id."""
        found = self._db.find(Query(values, after, limit))
        return [msgspec.json.decode(r.body, type=Case) for r in found]

    def each(self, after: str = "", **values: str) -> Iterator[Case]:
        """Yield the cases whose members equal these values, in order of id, reading no more than is taken."""
        while page := self.where(after, PAGE, **values):
            yield from page
            after = page[-1].id

    def all(self) -> Iterator[Case]:
        """Yield every case."""
        for revision in self._db.documents():
            yield msgspec.json.decode(revision.body, type=Case)


def case_id(kind: str, *cause: str) -> str:
    """Return the identifier of the case that a cause opens."""
    return f"{kind}:{derived_id(kind, *cause)}"
