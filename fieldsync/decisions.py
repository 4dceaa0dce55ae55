"""Decisions: what staff decide about cases, checked against what they saw, and carried out.

The decision is kept with the case first; then the registry, the outcomes and the cell follow, by this server or, after
a crash, by whichever runner finds the case decided and not closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from conflict import ABSENT
from fieldsync.admit import Admission, Books
from fieldsync.cases import CLOSED, DECIDED, Case
from fieldsync.claims import must_be_free, must_be_open
from fieldsync.clock import write_time
from fieldsync.documents import DocId, Rev, kind_of, meta_of
from fieldsync.errors import BadInput, Conflict
from fieldsync.late_cases import LateCases
from fieldsync.ledger import Entry
from fieldsync.merging import value_from, value_in, value_to, with_value
from fieldsync.moves.matching import Moves
from fieldsync.proposals import DELETED, Proposal, Ruling, Subject, contenders
from fieldsync.registry import Item, Record, is_same_fact
from fieldsync.releases import Releases
from fieldsync.resolve import Resolver
from fieldsync.reversals import Reversals
from fieldsync.same_person import SamePerson, reopened
from fieldsync.server_writes import Draft, Pen
from fieldsync.states import ruling_on
from fieldsync.verdicts import ACTIONS, Verdict, must_be_allowed, must_fit

__all__ = ["ACTIONS", "Carriers", "Decisions", "Verdict"]


@dataclass(frozen=True, slots=True)
class Carriers:
    """What carries out the decisions of cases that are a matter of their own."""

    releases: Releases
    late: LateCases
    same: SamePerson
    moves: Moves
    reversals: Reversals


class Decisions:
    """Takes decisions and carries them out."""

    def __init__(self, books: Books, admission: Admission, pen: Pen, resolver: Resolver, carriers: Carriers) -> None:
        self._books, self._admission, self._pen, self._resolver = books, admission, pen, resolver
        self._releases, self.late = carriers.releases, carriers.late
        self._same, self.moves, self._reversals = carriers.same, carriers.moves, carriers.reversals

    def read(self, case_id: str) -> Case:
        """Return a case. Raises NotFound."""
        return self._books.cases.get(case_id)[0]

    def decide(self, case_id: str, verdict: Verdict) -> Case:
        """Keep a decision and carry it out.

        Raises NotFound, BadInput (a decision that does not fit), Forbidden (not their area or level, or their own
        submission), Conflict (decided already, or a value has changed since they looked).
        """
        case, parent = self._books.cases.get(case_id)
        must_be_allowed(case, verdict, self._books.cases.level_digits[case.level])
        must_be_open(case)
        must_be_free(case, verdict.by)
        must_fit(case, verdict)
        self._must_be_current(case, verdict)
        if case.kind == "late":
            self.late.check(case, {"action": verdict.action, "items": verdict.items})
        if verdict.action == "release":
            self._releases.check(case, verdict.value)
        decision = {
            "action": verdict.action,
            "reason": verdict.reason,
            "items": [dict(i) for i in verdict.items],
            "rev": verdict.rev,
            "value": dict(verdict.value) if verdict.value is not None else None,
            "lot": verdict.lot,
            "by": verdict.by,
            "at": write_time(self._books.now()),
        }
        kept = {k: v for k, v in decision.items() if v not in (None, [])}
        decided = msgspec.structs.replace(case, state=DECIDED, decision=kept)
        self._books.cases.put(decided, parent)
        return self.carry_out(decided)

    def undo(self, case_id: str, verdict: Verdict) -> Case:
        """Take back what was decided about a duplicate, and open its case again.

        Raises NotFound, BadInput (no reason), Forbidden (not their area or level), Conflict (nothing to take back).
        """
        case, parent = self._books.cases.get(case_id)
        must_be_allowed(case, verdict, self._books.cases.level_digits[case.level])
        if not verdict.reason:
            raise BadInput(
                "Taking a decision back needs a reason; it stays with the case.",
                zh="撤销裁定须写明理由；理由随事项保存。",
            )
        undoing = self._same.undo(case, verdict.by, verdict.reason)
        self._books.cases.put(undoing, parent)
        return self.carry_out(undoing)

    def revert(self, case_id: str, verdict: Verdict) -> Case:
        """Take back what a case admitted, whole or the verdict's items; returns the reversal.

        Raises NotFound, BadInput, Forbidden, Conflict (the registry has gone on from a value since).
        """
        return self.carry_out(self._reversals.of_case(case_id, verdict))

    def revert_record(self, record_id: str, verdict: Verdict) -> Case:
        """Take back values of a record that a form's rule let in. Raises as `revert` does."""
        return self.carry_out(self._reversals.of_record(record_id, verdict))

    def carry_out(self, case: Case) -> Case:
        """Do what a decided case asks for, and close it; may be repeated.

        Raises Conflict where a document cannot be settled now; then the case stays decided, to be carried out later.
        """
        if case.kind == "late":
            self.late.carry_out(case)
        elif case.kind == "move":
            self.moves.decided(case)
        elif case.kind == "admission":
            for item in case.items:
                self._settle_item(case, item)
        elif case.kind == "contest":
            self._settle_contest(case)
        elif case.kind == "deletion":
            self._refuse_deletion(case)
        elif case.kind == "quarantine" and (case.decision or {}).get("action") == "release":
            self._releases.release(case)
        elif case.kind == "reversal":
            self._reversals.carry_out(case)
        elif case.kind == "duplicate":
            self._same.carry_out(case)
        return self._end(case.id)

    def _end(self, case_id: str) -> Case:
        """Close a case that was carried out; one whose decision was taken back is open again."""
        current, parent = self._books.cases.get(case_id)
        if current.state == DECIDED:
            is_undone = (current.decision or {}).get("action") == "undo"
            closed = msgspec.structs.replace(current, state=CLOSED, closed_because="decided")
            current = reopened(current) if is_undone else closed
            self._books.cases.put(current, parent)
        return current

    def left(self) -> list[Case]:
        """Return what a crash left decided and not carried out."""
        return self._books.cases.where(state=DECIDED)

    def _must_be_current(self, case: Case, verdict: Verdict) -> None:
        """Refuse when a value under decision, or what it would replace, is no longer what was seen."""
        for item in case.items if case.kind == "admission" else ():
            subject = self._admission.subject(case.cell, item["document"])
            if subject is None or not self._is_as_seen(item, verdict, subject):
                what = f"{item['item']} of {item['document']}"
                raise Conflict(
                    f"The value of {what} has changed since; read the case again.",
                    zh=f"{what} 的数值已有变动；请重新查看该事项。",
                )
        if case.kind == "contest":
            subject = self._admission.subject(case.cell, case.document or "")
            seen = verdict.saw.get(case.document or "")
            entry = subject.log.entries.get(seen) if subject and seen else None
            offered = _revs(_candidates(entry, case) if entry else case.candidates)
            if subject is None or (seen and entry is None) or offered != _revs(_candidates(subject.winner, case)):
                raise Conflict(
                    f"The contest over {case.item} of {case.document} has changed; read the case again.",
                    zh=f"{case.document} 的 {case.item} 的争议已有变动；请重新查看该事项。",
                )

    def _is_as_seen(self, item: Mapping[str, Any], verdict: Verdict, subject: Subject) -> bool:
        now = value_in(subject.winner.body, item["item"], subject.rules)
        known = _registry_value(subject, item["item"])
        shown = value_from(item["registry"])
        return is_same_fact(now, self._seen(item, verdict, subject)) and is_same_fact(known, shown)

    def _settled(self, case: Case, document: str) -> Subject:
        """Return a document brought to one live revision. Raises Conflict where that cannot be now."""
        self._resolver.settle(case.cell, DocId(document))
        subject = self._admission.subject(case.cell, document)
        if subject is None:
            raise Conflict(
                f"{document} in {case.cell} is not settled; the decision is kept and carried out later.",
                zh=f"网格 {case.cell} 中的 {document} 尚未合并完毕；裁定已保存，稍后执行。",
            )
        return subject

    def _seen(self, item: Mapping[str, Any], verdict: Verdict, subject: Subject) -> Any:
        rev = verdict.saw.get(item["document"])
        entry = subject.log.entries.get(rev) if rev else None
        if rev and entry is None:
            raise BadInput(
                f"{item['document']} has no revision {rev}; name the one you looked at.",
                zh=f"{item['document']} 没有版本 {rev}；请指定您查看过的版本。",
            )
        return value_in(entry.body, item["item"], subject.rules) if entry else value_from(item["proposed"])

    def _settle_item(self, case: Case, item: Mapping[str, Any]) -> None:
        subject = self._settled(case, item["document"])
        ruling = ruling_on(case.decision or {}, item)
        entries = [e for rev in item["edits"] if (e := subject.log.entries.get(rev))]
        by = (case.decision or {})["by"]
        if ruling["action"] == "admit" and entries:
            proposal = _proposal(item, entries)
            self._admission.admit(subject.log, case.cell, proposal, by, case.id)
            return
        outcome = "returned" if ruling["action"] == "return" else "refused"
        detail = {"reason": ruling["reason"], "submission": case.submission}
        rulings = [Ruling(e.rev, item["item"], outcome, case.id, by, detail) for e in entries]
        self._admission.conclude(subject.log, case.cell, item["document"], rulings)
        if outcome == "refused":
            seen = _seen_with_value(subject, item)
            self._correct(subject, seen, (item["item"], _registry_value(subject, item["item"])), case)

    def _correct(self, subject: Subject, seen: Entry, correction: tuple[str, Any], case: Case) -> None:
        """Write a value down into the cell, once: a server child of what was decided about, stamped with the decision's
        time. What came meanwhile is its sibling, and merges with it by the rules."""
        item, value = correction
        at = (case.decision or {})["at"]
        contests = [c for c in seen.contests if c["item"] != item]
        entries = subject.log.entries.values()
        is_done = any(e.cause == case.id and meta_of(e.body or {}).get("item") == item for e in entries)
        is_so = is_same_fact(value_in(seen.body, item, subject.rules), value) and contests == list(seen.contests)
        if is_done or is_so:
            return
        draft = Draft(
            document=DocId(subject.document),
            content=with_value(seen.body or {}, item, value, subject.rules),
            path=(Rev(seen.rev),),
            cause=case.id,
            meta={"item": item},
            stamps={**seen.stamps, item: at},
            contests=contests,
        )
        self._pen.write(subject.cell, [draft])
        self._resolver.settle(subject.cell, DocId(subject.document))

    def _settle_contest(self, case: Case) -> None:
        """Close a contest with the value chosen: registry, outcomes, then the cell."""
        document, item = case.document or "", case.item or ""
        subject = self._settled(case, document)
        value = _chosen(case)
        entries = contenders(subject, item, case.candidates)
        holders = [e for e in entries if is_same_fact(value_in(e.body, item, subject.rules), value)]
        if subject.record is not None or not holders:
            self._record_chosen(case, subject, value, holders)
        self._admission.conclude(
            subject.log, case.cell, document, _contest_rulings(case, item, entries, holders, subject)
        )
        self._correct(subject, _seen_with_contest(subject, case), (item, value), case)

    def _record_chosen(self, case: Case, subject: Subject, value: Any, holders: Sequence[Entry]) -> None:
        decision = case.decision or {}
        first = holders[0] if holders else None
        item = Item(
            value=value_to(value),
            source="decision",
            at=first.stamps.get(case.item or "", first.arrived) if first else decision["at"],
            by=first.author if first else decision["by"],
            tablet=first.tablet if first else None,
            cell=case.cell,
            edit=first.rev if first else None,
            edits=[e.rev for e in holders],
            admitted_by=decision["by"],
            admitted_at=decision["at"],
            case=case.id,
        )
        empty = Record(id=subject.document, kind=kind_of(subject.document), cell=case.cell)
        self._admission.enter(empty, case.cell, {case.item or "": item})

    def _refuse_deletion(self, case: Case) -> None:
        subject = self._settled(case, case.document or "")
        if case.rev:
            by = (case.decision or {}).get("by")
            self._admission.conclude(
                subject.log, case.cell, subject.document, [Ruling(case.rev, DELETED, "refused", case.id, by)]
            )


def _candidates(entry: Entry, case: Case) -> list[Any]:
    return next((c["candidates"] for c in entry.contests if c["item"] == case.item), [])


def _revs(candidates: Sequence[Mapping[str, Any]]) -> set[str]:
    return {candidate["rev"] for candidate in candidates}


def _seen_with_value(subject: Subject, item: Mapping[str, Any]) -> Entry:
    """Return the revision whose value was decided about: the winner, unless somebody has changed it meanwhile."""
    now = value_in(subject.winner.body, item["item"], subject.rules)
    if is_same_fact(now, value_from(item["proposed"])):
        return subject.winner
    return subject.log.entries.get(item["rev"], subject.winner)


def _seen_with_contest(subject: Subject, case: Case) -> Entry:
    """Return the newest revision with the contest that was decided: the winner, unless a candidate joined meanwhile."""
    decided = _revs(case.candidates)
    if _revs(_candidates(subject.winner, case)) == decided:
        return subject.winner
    ancestry, entries = subject.log.ancestry(), subject.log.entries
    with_it = [rev for rev, e in entries.items() if e.is_accepted and _revs(_candidates(e, case)) == decided]
    return entries[ancestry.newest(with_it)[-1]] if with_it else subject.winner


def _chosen(case: Case) -> Any:
    decision = case.decision or {}
    if decision["action"] == "value":
        return value_from(decision["value"])
    return value_from(next(c for c in case.candidates if c["rev"] == decision["rev"]))


def _proposal(item: Mapping[str, Any], entries: Sequence[Entry]) -> Proposal:
    return Proposal(
        document=item["document"],
        item=item["item"],
        value=value_from(item["proposed"]),
        told=value_from(item["told"]),
        registry=value_from(item["registry"]),
        level=item["level"],
        first=entries[0],
        same=tuple(entries[1:]),
    )


def _registry_value(subject: Subject, item: str) -> Any:
    return subject.record.value(item) if subject.record else ABSENT


def _contest_rulings(
    case: Case, item: str, entries: Sequence[Entry], holders: Sequence[Entry], subject: Subject
) -> list[Ruling]:
    """Return what the candidates came to; a value of a record still unknown waits for its submission."""
    by = (case.decision or {})["by"]
    lost = [Ruling(e.rev, item, "overruled", case.id, by) for e in entries if e not in holders]
    if subject.record is None or not holders:
        return [*lost, *(Ruling(e.rev, item, "waiting", f"chosen:{case.id}", by) for e in holders)]
    same = [Ruling(e.rev, item, "agreed", holders[0].rev, by) for e in holders[1:]]
    return [Ruling(holders[0].rev, item, "admitted", case.id, by), *same, *lost]
