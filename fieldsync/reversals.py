"""Reversals: an admission taken back; the registry's earlier value comes back, in the registry and in the cells.

A reversal is a case of its own, decided as it is made, so that a crash leaves it to the runner like any decision; the
case or the rule that admitted stays as it was. The earlier value is written as a new one with the reversal for its
source: what was known in between stays in the history. The changes that brought the value are refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsync.admit import Admission, Books
from fieldsync.cases import CLOSED, DECIDED, LEVELS, Case, case_id
from fieldsync.clock import write_time
from fieldsync.documents import RECORDS, DocId, kind_of
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.events.records import KEPT, EventRecords
from fieldsync.proposals import Ruling
from fieldsync.registry import Item, Record
from fieldsync.resolve import Resolver
from fieldsync.standing_values import Written, standing_values
from fieldsync.states import ruling_on
from fieldsync.verdicts import Verdict, must_be_allowed

REVERT = "revert"
_ADMITTING = ("admit", "choose", "value")
"""Actions that let a value into the registry."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """An item of a record whose value is to be taken back, and the case (None: the form's rule) that admitted it."""

    record: Record
    item: str
    case: str | None


class Reversals:
    """Takes admissions back."""

    def __init__(self, books: Books, admission: Admission, resolver: Resolver, events: EventRecords) -> None:
        self._books, self._admission, self._resolver, self._events = books, admission, resolver, events

    def of_case(self, case_id: str, verdict: Verdict) -> Case:
        """Return the decided reversal of what a case admitted, whole or the verdict's `items`, to be carried out.

        Raises NotFound, BadInput (no reason, or items that it did not admit), Forbidden (not theirs), Conflict (it
        admitted nothing, or the registry has gone on from a value since).
        """
        source, _ = self._books.cases.get(case_id)
        _must_have_reason(verdict)
        must_be_allowed(source, verdict, self._books.cases.level_digits[source.level])
        admitted = _admitted(source)
        asked = [(i.get("document"), i.get("item")) for i in verdict.items] or admitted
        if strange := [one for one in asked if one not in admitted]:
            raise BadInput(
                f"The case {case_id} did not admit {strange[0][1]} of {strange[0][0]}.",
                zh=f"事项 {case_id} 没有核准 {strange[0][0]} 的 {strange[0][1]}。",
            )
        records = {i: r for i in {str(d) for d, _ in asked} if (r := self._books.registry.get(i))}
        taken = [_Taken(records[str(d)], str(item), source.id) for d, item in asked if str(d) in records]
        return self._decided(taken, verdict, source)

    def of_record(self, record_id: str, verdict: Verdict) -> Case:
        """Return the decided reversal of values that a form's rule let into a record, named by the verdict's `items`.

        Raises as `of_case` does; Conflict, too, for a value that a case let in.
        """
        record = self._books.registry.get(record_id)
        if record is None:
            raise NotFound(f"The registry has no {record_id}.", zh=f"登记库中没有 {record_id}。")
        _must_have_reason(verdict)
        names = [str(item.get("item")) for item in verdict.items]
        if strange := [name for name in names if name not in record.items]:
            raise BadInput(
                f"{record_id} has no item {strange[0]} in the registry.",
                zh=f"登记库中 {record_id} 没有项目 {strange[0]}。",
            )
        if not names:
            raise BadInput("Name the items whose values are to be taken back.", zh="请指明要撤回哪些项目的数值。")
        if record.kind in RECORDS:  # an event is taken back whole, whatever of it is named
            names = [name for name in record.items if name not in KEPT]
        return self._decided([_Taken(record, name, None) for name in names], verdict, None)

    def carry_out(self, case: Case) -> None:
        """Write the earlier values into the registry, refuse the changes, tell the cells; may be repeated."""
        for item in case.items:
            self._restore(case, item)
            self._refuse(case, item)
        self._events.take_back(case)
        for document in sorted({item["document"] for item in case.items}):
            self._tell(document)

    def _decided(self, taken: Sequence[_Taken], verdict: Verdict, source: Case | None) -> Case:
        """Keep the reversal as a decided case; the same one again is the same case."""
        items = [self._asked(one) for one in taken]
        now = write_time(self._books.now())
        place = str(items[0]["cell"])
        case = Case(
            id=case_id("reversal", *sorted(_cause(item) for item in items)),
            kind="reversal",
            state=DECIDED,
            level=source.level if source else LEVELS[0],
            cell=source.cell if source else place,
            household=source.household if source else None,
            document=taken[0].record.id,
            submission=source.submission if source else None,
            reverts=source.id if source else None,
            opened=now,
            due=now,
            submitted_by=sorted({item["by"] for item in items if item.get("by")}),
            items=items,
            decision={"action": REVERT, "by": verdict.by, "at": now, "reason": verdict.reason},
        )
        must_be_allowed(case, verdict, self._books.cases.level_digits[case.level])
        self._books.cases.add([case])
        return self._books.cases.get(case.id)[0]

    def _asked(self, one: _Taken) -> dict[str, Any]:
        """Return an item of the reversal: the value that comes back, and the one that is taken back with its source.

        Raises Conflict where the registry has gone on from it.
        """
        values = standing_values(one.record.items[one.item]) if one.item in one.record.items else []
        _must_stand(one, values)
        held, earlier = values[0], values[1].value if len(values) > 1 else {}
        self._must_stand_in_kept(one, held)
        return {
            "document": one.record.id,
            "item": one.item,
            "proposed": earlier,
            "told": held.value,
            "registry": held.value,
            "edits": held.edits,
            "level": LEVELS[0],
            "cell": held.cell or one.record.cell,
            "admitted_at": held.admitted_at,
            "admitted_in": held.case,
            **{name: value for name in ("by", "tablet", "at") if (value := getattr(held, name))},
        }

    def _must_stand_in_kept(self, one: _Taken, held: Written) -> None:
        """Let pass where the record that an alias is of has not built on the value. Raises Conflict."""
        kept = self._books.registry.get(one.record.alias_of) if one.record.alias_of else None
        item = kept.items.get(one.item) if kept else None
        values = standing_values(item) if item else []
        is_built_on = any(v.edits == held.edits and v.case == held.case for v in values[1:])
        if values and (is_built_on or str(values[0].case).startswith("duplicate:")):
            raise _gone_on(one, values[0])

    def _restore(self, case: Case, item: Mapping[str, Any]) -> None:
        decision = case.decision or {}
        value = Item(
            value=item["proposed"],
            source="decision",
            at=decision["at"],
            by=decision["by"],
            admitted_by=decision["by"],
            admitted_at=decision["at"],
            case=case.id,
        )
        record = self._books.registry.get(item["document"])
        kept = self._books.registry.get(record.alias_of) if record and record.alias_of else None
        if kept and _has(kept, item):
            self._books.registry.set_items(kept, None, {item["item"]: value})
        if record:
            self._books.registry.set_items(record, None, {item["item"]: value})

    def _refuse(self, case: Case, item: Mapping[str, Any]) -> None:
        if kind_of(item["document"]) in RECORDS:
            return  # it was recorded by its arrival, and stays so
        decision = case.decision or {}
        log = self._books.ledger.document(item["cell"], item["document"])
        detail = {"reason": decision["reason"], "submission": case.submission}
        rulings = [
            Ruling(rev, item["item"], "refused", case.id, decision["by"], detail)
            for rev in item["edits"]
            if rev in log.entries
        ]
        self._admission.conclude(log, item["cell"], item["document"], rulings)

    def _tell(self, document: str) -> None:
        """Bring every cell that holds a record to what it says now."""
        record = self._books.registry.get(document)
        kept = self._books.registry.get(record.alias_of) if record and record.alias_of else None
        for one in filter(None, (record, kept)):
            for cell in one.reconciled:
                self._resolver.settle(cell, DocId(one.id))
            self._books.preload.refresh(one)


def _admitted(case: Case) -> list[tuple[str | None, str | None]]:
    """Return the items that a case let into the registry. Raises Conflict where there are none."""
    decision = case.decision or {}
    named: Iterable[Mapping[str, Any]] = case.items or [{"document": case.document, "item": case.item}]
    is_over = case.state == CLOSED and case.kind in ("admission", "contest") and bool(decision)
    found = [(i["document"], i["item"]) for i in named if is_over and ruling_on(decision, i)["action"] in _ADMITTING]
    if not found:
        raise Conflict(
            f"The case {case.id} let nothing into the registry that could be taken back.",
            zh=f"事项 {case.id} 没有可以撤回的入库数值。",
        )
    return found


def _must_have_reason(verdict: Verdict) -> None:
    if not (verdict.reason or "").strip():
        raise BadInput(
            "Taking an admission back needs a reason; the collector will read it.",
            zh="撤回核准须写明理由，采集员会看到。",
        )


def _must_stand(one: _Taken, values: Sequence[Written]) -> None:
    """Let pass where the registry's value is still the one that was admitted. Raises Conflict."""
    if values and one.case is None and values[0].admitted_by != "auto":
        way = f"in the case {values[0].case}; revert that" if values[0].case else "by nobody's edit"
        raise Conflict(
            f"{one.item} of {one.record.id} was let in {way}, and not by a form's rule.",
            zh=f"{one.record.id} 的 {one.item} 并非按表单规则入库。",
        )
    if not values or (one.case is not None and values[0].case != one.case):
        raise _gone_on(one, one.record.items.get(one.item))


def _gone_on(one: _Taken, now: Written | Item | None) -> Conflict:
    by = f" by {now.admitted_by} at {now.admitted_at}{f' in {now.case}' if now.case else ''}" if now else ""
    return Conflict(
        f"{one.item} of {one.record.id} has been changed since{by}; what was built on a value goes first.",
        zh=f"{one.record.id} 的 {one.item} 此后已变更；须先撤回后来的变更。",
    )


def _has(kept: Record, item: Mapping[str, Any]) -> bool:
    """Tell whether the value that is taken back stands in the record that an alias is of."""
    held = kept.items.get(item["item"])
    values = standing_values(held) if held else []
    return bool(values) and values[0].edits == item["edits"] and values[0].case == item["admitted_in"]


def _cause(item: Mapping[str, Any]) -> str:
    return f"{item['document']}#{item['item']}@{item['admitted_in'] or ''.join(item['edits'])}@{item['admitted_at']}"
