"""Whether an outcome is borne out by what it names as its cause: the registry, a decision, another change.

Pure: what the databases hold is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from conflict import ABSENT, Rules
from fieldsync.accounting.accounts import WRITTEN
from fieldsync.accounting.lines import Line, Mark, Sheet
from fieldsync.attachments import is_file
from fieldsync.cases import CLOSED, OPEN, Case
from fieldsync.documents import RECORDS, kind_of
from fieldsync.merging import value_from, value_in
from fieldsync.registry import is_same_fact
from fieldsync.states import ruling_on

Found = tuple[str, str] | None
"""A kind of fault with its detail, or None."""
CASES = frozenset({"admission", "contest", "deletion", "quarantine", "late", "reversal"})


class Held(msgspec.Struct, frozen=True, gc=False):
    """A value of the registry: which edits brought it, and the case in which it was decided."""

    value: msgspec.Raw
    edits: list[str] = []
    case: str | None = None
    before: list[Held] = []

    def all(self) -> list[Held]:
        """Return this value and the earlier ones."""
        return [self, *self.before]


class HeldRecord(msgspec.Struct, frozen=True, gc=False):
    """A record of the registry, as far as outcomes name it."""

    items: dict[str, msgspec.Raw] = {}

    def values(self, item: str) -> list[Held]:
        """Return what an item is and was, newest first."""
        kept = self.items.get(item)
        return _HELD.decode(kept).all() if kept is not None else []


_HELD = msgspec.json.Decoder(Held)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What outcomes may name: records by document, cases by id, the kinds' rules, the documents of the cell."""

    records: Mapping[str, HeldRecord]
    cases: Mapping[str, Case]
    rules: Callable[[str], Rules]
    has_document: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Claim:
    """What an outcome says of a change, with what there is to prove it."""

    sheet: Sheet
    line: Line
    mark: Mark
    evidence: Evidence


def is_case(cause: str) -> bool:
    """Tell whether a cause is a case's identifier."""
    return cause.partition(":")[0] in CASES


def named_case(cause: str) -> str:
    """Return the case that a cause names, as what it waits for or as what was decided already."""
    return cause.removeprefix("chosen:").removeprefix("accepted:")


def contradiction(sheet: Sheet, mark: Mark, evidence: Evidence) -> Found:
    """Return what is wrong with an outcome, if anything."""
    line = sheet.lines.get(mark.rev)
    if line is None or mark.item not in line.changes:
        return "outcome_without_change", mark.outcome
    if mark.outcome not in WRITTEN:
        return "unknown_outcome", mark.outcome
    if line.erased or mark.outcome == "erased":
        return None if mark.outcome == "erased" or kind_of(mark.document) in RECORDS else ("contradicted", mark.outcome)
    if line.quarantined or (kind_of(mark.document) in RECORDS and not line.late):
        return "contradicted", f"{mark.outcome}, though the revision says itself what became of it"
    if sheet.numbers[mark.rev, mark.item] != mark.number:
        return "outcome_missing", f"{mark.number} were written, {sheet.numbers[mark.rev, mark.item]} are there"
    return _CHECKS[mark.outcome](Claim(sheet, line, mark, evidence))


def _admitted(claim: Claim) -> Found:
    mark = claim.mark
    record = claim.evidence.records.get(claim.sheet.document)
    brought = [one for one in (record.values(mark.item) if record else ()) if claim.line.rev in one.edits]
    if not brought:
        return "not_in_registry", mark.cause
    way, _, rev = mark.cause.partition(":")
    if way in ("auto", "registry") and any(rev in one.edits for one in brought):
        return None
    if is_case(mark.cause) and any(one.case == mark.cause for one in brought):
        return _decided(claim, "admit", "choose", "value")
    return "contradicted", f"admitted by {mark.cause}, which did not let it in"


def _agreed(claim: Claim) -> Found:
    if _is_agreement(claim):
        return None
    return "contradicted", f"agreed with {claim.mark.cause}, which does not say the same"


def _is_agreement(claim: Claim) -> bool:
    mark = claim.mark
    rules = claim.evidence.rules(kind_of(claim.sheet.document))
    is_combined = rules.strategy_of(mark.item) in ("union", "append")
    mine = None if claim.line.archived or is_combined else (value_in(claim.line.content(), mark.item, rules),)
    other = claim.sheet.lines.get(mark.cause)
    if other is not None:
        if other.rev == claim.line.rev or mark.item not in other.changes:
            return False
        return mine is None or bool(other.archived) or is_same_fact(value_in(other.content(), mark.item, rules), *mine)
    record = claim.evidence.records.get(claim.sheet.document)
    if record and mark.cause == "registry" and (mine is None or mine == (ABSENT,)):
        return True  # what the registry did not have, no record tells; parts of a combined value are in none alone
    held = record.values(mark.item) if record else []
    known = [one for one in held if mark.cause == "registry" or mark.cause in one.edits]
    return any(mine is None or is_same_fact(value_from(msgspec.json.decode(one.value)), *mine) for one in known)


def _superseded(claim: Claim) -> Found:
    mark = claim.mark
    later = claim.sheet.lines.get(mark.cause)
    if later and later.tablet == claim.line.tablet and _is_later_change(claim, later):
        return None
    return "contradicted", f"superseded by {mark.cause}, which is no later change of the same tablet"


def _is_later_change(claim: Claim, later: Line) -> bool:
    return (
        later.rev != claim.line.rev
        and claim.mark.item in later.changes
        and claim.line.rev in claim.sheet.ancestry.of(later.rev)
    )


def _overruled(claim: Claim) -> Found:
    mark = claim.mark
    if is_case(mark.cause):
        return _decided(claim, "choose", "value")
    by = claim.sheet.lines.get(mark.cause)
    if by is not None and claim.line.rev in claim.sheet.ancestry.of(by.rev) and _is_overruling(claim, by):
        return None
    return "contradicted", f"overruled by {mark.cause}, which decided nothing of the kind"


def _is_overruling(claim: Claim, by: Line) -> bool:
    mark = claim.mark
    if mark.item in by.decided_items() or (by.tablet and _is_later_change(claim, by)):
        return True
    if claim.line.archived or by.archived:
        return by.rev != claim.line.rev
    rules = claim.evidence.rules(kind_of(claim.sheet.document))
    return not is_same_fact(*(value_in(one.content(), mark.item, rules) for one in (claim.line, by)))


def _returned(claim: Claim) -> Found:
    return _decided(claim, "return")


def _refused(claim: Claim) -> Found:
    return _decided(claim, "refuse", "revert")


def _recorded(claim: Claim) -> Found:
    mark = claim.mark
    if is_file(mark.item) and mark.cause == mark.rev:
        return None
    if mark.item in claim.line.late and kind_of(mark.document) in RECORDS:
        return _decided(claim, "accept")
    return "contradicted", "only records and attachments are recorded"


def _waiting(claim: Claim) -> Found:
    mark = claim.mark
    way, _, what = mark.cause.partition(":")
    if way == "held":
        return None if claim.evidence.has_document(what) else ("no_case", f"held back by {what}, which is not there")
    if way == "chosen":
        return _decided(claim, "choose", "value")
    if way == "accepted":
        return _decided(claim, "accept")
    case = claim.evidence.cases.get(mark.cause)
    if case is None:
        return "no_case", f"there is no {mark.cause}"
    return ("no_case", f"{mark.cause} is closed") if case.state == CLOSED else None


def _decided(claim: Claim, *actions: str) -> Found:
    """Say what is wrong with a decision of staff that an outcome names: it must be there, and say so of this item."""
    mark = claim.mark
    name = named_case(mark.cause)
    case = claim.evidence.cases.get(name)
    if case is None or case.state == OPEN or not case.decision:
        return "contradicted", f"{mark.outcome} by {name}, which nobody decided"
    about = {"document": mark.document, "item": mark.item}
    is_about = any(about.items() <= item.items() for item in case.items) if case.items else _is_of(case, mark)
    action = ruling_on(case.decision, about)["action"]
    if is_about and action in actions:
        return None
    return "contradicted", f"{mark.outcome} by {name}, which decided otherwise"


def _is_of(case: Case, mark: Mark) -> bool:
    return case.document == mark.document and case.item in (mark.item, None) and case.rev in (mark.rev, None)


_CHECKS: Mapping[str, Callable[[Claim], Found]] = {
    "admitted": _admitted,
    "agreed": _agreed,
    "superseded": _superseded,
    "overruled": _overruled,
    "recorded": _recorded,
    "returned": _returned,
    "refused": _refused,
    "waiting": _waiting,
}
