"""Lots: many cases of first values without a finding, accepted or rejected by a random sample of them.

Whoever draws a lot has its cases to themselves. They look at every case of the sample, and say of each what is wrong.
Accepted, all are admitted but the faulty ones; rejected, all are decided one by one. No case is in a lot twice, so
nobody draws until the sample looks well. What changes meanwhile, or is given back, leaves the lot. A lot is written
down before its cases are claimed: what a crash left half drawn is drawn to its end.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from fieldsync.cases import CLOSED, DECIDED, OPEN, Case, Cases
from fieldsync.claims import unclaimed
from fieldsync.clock import write_time
from fieldsync.errors import BadInput, Conflict, FieldsyncError, Forbidden
from fieldsync.sampling import Plan, drawn, plan_of
from fieldsync.shelf import Kept, Shelf
from fieldsync.stores.base import Store
from fieldsync.verdicts import Verdict, must_be_allowed

NAME = "lots"
DRAWING = "drawing"
MOST = 200
"""Cases that a lot may have."""
Decide = Callable[[str, Verdict], Case]


class Lot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="lot"):
    """A lot as it is kept: its cases with a mark of what they were, the seed of the sample, what was decided.

    `state`: drawing (its cases are being claimed), open, decided (not carried out yet), closed. `admitted` and
    `left_out` (case and why) are what came of it.
    """

    id: str
    area: str
    round: str
    made_by: str
    made_at: str
    seed: str
    members: dict[str, str]
    state: str = OPEN
    decision: dict[str, Any] | None = None
    admitted: list[str] = []
    left_out: dict[str, str] = {}

    @property
    def plan(self) -> Plan:
        """Return how many cases are looked at, and how many may be faulty."""
        return plan_of(len(self.members))

    @property
    def sample(self) -> list[str]:
        """Return the cases that are looked at."""
        return drawn(self.members, self.seed, self.plan.looked_at)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says of a lot: of each case of the sample what is wrong with it, None where nothing is."""

    by: str
    areas: tuple[str, ...]
    action: Literal["accept", "reject"]
    looked_at: Mapping[str, str | None]
    reason: str | None = None


class Lots:
    """Draws lots and carries out what was decided about them."""

    def __init__(self, store: Store, cases: Cases, now: Callable[[], datetime]) -> None:
        self._shelf, self._cases, self._now = Shelf(store.create(NAME), "lot:", Lot), cases, now

    def draw(self, area: str, round_: str, by: str, areas: tuple[str, ...]) -> Lot:
        """Make a lot of an area's cases of a round that fit. Raises Forbidden (not their area), Conflict (none fit)."""
        if not any(area.startswith(own) for own in areas):
            raise Forbidden(
                f"The area {area or 'of the whole city'} is not yours.",
                zh=f"区域 {area or '全市'} 不在您的管辖范围内。",
            )
        fitting = {case.id: mark_of(case) for case in self._fitting(area, round_, by, areas)}
        made, at = str(uuid.uuid4()), write_time(self._now())
        lot = Lot(
            id=made, area=area, round=round_, made_by=by, made_at=at, seed=secrets.token_hex(16),
            members=fitting, state=DRAWING,
        )  # fmt: skip
        if fitting:
            self._shelf.add(made, lot)
            lot = self.finish_drawing(made)
        if not lot.members:
            raise Conflict(
                f"In {area}, round {round_}, no unclaimed case has first values only, and no finding.",
                zh=f"区域 {area}、轮次 {round_} 中没有无人认领、只含首次数值且无疑问的事项。",
            )
        return lot

    def finish_drawing(self, lot_id: str) -> Lot:
        """Claim the cases of a lot whose drawing was begun, as far as they still fit; may be repeated."""
        lot = self.need(lot_id)
        if lot.state != DRAWING:
            return lot
        taken = {case: mark for case, mark in lot.members.items() if self._take(lot, case, mark)}
        end = {"members": taken, "state": OPEN if taken else CLOSED}
        return self._shelf.change(
            lot_id, "lot", lambda kept: msgspec.structs.replace(kept, **end) if kept.state == DRAWING else kept
        )

    def need(self, lot: str) -> Lot:
        """Return a lot. Raises NotFound."""
        return self._shelf.need(lot, "lot").value

    def all(self, state: str | None = None) -> Iterator[Lot]:
        """Yield the lots, or those in a state; none whose cases were all taken by others while it was drawn."""
        return (lot for lot in self._shelf.all() if state in (None, lot.state) and lot.members)

    def decide(self, lot_id: str, judged: Judgement) -> Lot:
        """Keep what was decided about a lot, to be carried out.

        Raises NotFound, Forbidden (drawn by somebody else), BadInput (a judgement that does not fit), Conflict (decided
        already, too many faults to accept it, or a case of the sample has changed).
        """
        kept = self._shelf.need(lot_id, "lot")
        lot = kept.value
        if judged.by != lot.made_by:
            raise Forbidden(
                f"The lot was drawn by {lot.made_by}, who decides about it.",
                zh=f"该批次由 {lot.made_by} 抽取，由其本人裁定。",
            )
        if lot.state != OPEN:
            raise Conflict(
                f"The lot {lot_id} is {lot.state} already; read it again.",
                zh=f"批次 {lot_id} 已不在待办状态；请重新查看。",
            )
        must_judge(lot, judged)
        if judged.action == "accept":
            self._must_be_as_drawn(lot)
        decision = {
            "action": judged.action,
            "by": judged.by,
            "areas": list(judged.areas),
            "at": write_time(self._now()),
            "looked_at": sorted(judged.looked_at),
            "faulty": sorted(case for case, fault in judged.looked_at.items() if fault),
            **({"reason": judged.reason} if judged.reason else {}),
        }
        self._note_faults(lot, judged)
        return self._replace(kept, state=DECIDED, decision=decision)

    def carry_out(self, lot_id: str, decide: Decide) -> Lot:
        """Do what was decided about a lot, and close it; may be repeated."""
        kept = self._shelf.need(lot_id, "lot")
        lot, decision = kept.value, kept.value.decision
        if lot.state != DECIDED or decision is None:
            return lot
        admitted, left_out = [], {}
        for case_id in sorted(lot.members):
            because = self._settle(lot, decision, case_id, decide)
            if because is None:
                admitted.append(case_id)
            else:
                left_out[case_id] = because
        return self._replace(kept, state=CLOSED, admitted=admitted, left_out=left_out)

    def _settle(self, lot: Lot, decision: Mapping[str, Any], case_id: str, decide: Decide) -> str | None:
        """Admit a case of an accepted lot; returns why it was not."""
        case = self._cases.get(case_id)[0]
        if (case.decision or {}).get("lot") == lot.id:
            return None
        because = _left_out(lot, decision, case)
        if because is None:
            verdict = Verdict(decision["by"], tuple(decision["areas"]), "admit", lot=lot.id)
            try:
                decide(case_id, verdict)
            except FieldsyncError as error:
                because = error.message
        if because is not None:
            self._give_back(lot, case_id)
        return because

    def _fitting(self, area: str, round_: str, by: str, areas: tuple[str, ...]) -> list[Case]:
        here = (c for c in self._cases.each(state=OPEN) if c.cell.startswith(area) and c.round == round_)
        found = [case for case in here if fits(case) and self._may(case, by, areas)]
        return sorted(found, key=lambda case: (case.opened, case.id))[:MOST]

    def _may(self, case: Case, by: str, areas: tuple[str, ...]) -> bool:
        with suppress(Forbidden):
            must_be_allowed(case, Verdict(by, areas, "admit"), self._cases.level_digits[case.level])
            return True
        return False

    def _take(self, lot: Lot, case_id: str, mark: str) -> bool:
        """Claim a case for a lot; False where somebody was faster, or it has changed."""
        with suppress(Conflict):
            current, parent = self._cases.get(case_id)
            if current.lot == lot.id:
                return True
            if fits(current) and mark_of(current) == mark:
                taken = {"claimed_by": lot.made_by, "claimed_at": write_time(self._now()), "lot": lot.id}
                self._cases.put(msgspec.structs.replace(current, **taken), parent)
                return True
        return False

    def _give_back(self, lot: Lot, case_id: str) -> None:
        current, parent = self._cases.get(case_id)
        if current.is_open and current.lot == lot.id:
            self._cases.put(msgspec.structs.replace(unclaimed(current), left_lot=lot.id), parent)

    def _note_faults(self, lot: Lot, judged: Judgement) -> None:
        """Keep what is wrong with a case with the case, sealed as all that is said of people; the lot names it."""
        for case_id, fault in judged.looked_at.items():
            current, parent = self._cases.get(case_id)
            if fault and current.is_open and current.lot == lot.id:
                self._cases.put(msgspec.structs.replace(current, reason=fault), parent)

    def _must_be_as_drawn(self, lot: Lot) -> None:
        cases = self._cases.named(lot.sample)
        for case_id in lot.sample:
            case = cases.get(case_id)
            if case is None or _changed(lot, case):
                raise Conflict(
                    f"The case {case_id} of the sample has changed since; reject the lot with that reason.",
                    zh=f"样本中的事项 {case_id} 已有变动；请以此为由不予通过。",
                )

    def _replace(self, kept: Kept[Lot], **values: Any) -> Lot:
        changed = msgspec.structs.replace(kept.value, **values)
        self._shelf.replace(kept, changed)
        return changed


def fits(case: Case) -> bool:
    """Tell whether a case may be in a lot: first values alone, nothing doubted, nobody on it, in no lot before."""
    is_plain = not (case.insisted or case.findings or case.earlier or case.claimed_by or case.left_lot)
    are_first = bool(case.items) and all(not item["registry"] and not item["told"] for item in case.items)
    return case.kind == "admission" and case.is_open and is_plain and are_first


def mark_of(case: Case) -> str:
    """Return a mark of what a case asks, which is another when that changes."""
    asked = [[item["document"], item["item"], item["proposed"], item["edits"]] for item in case.items]
    return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()[:32]


def must_judge(lot: Lot, judged: Judgement) -> None:
    """Let pass a judgement that fits the lot's sample and plan. Raises BadInput or Conflict."""
    sample = set(lot.sample)
    if strange := sorted(judged.looked_at.keys() - sample):
        raise BadInput(
            f"The case {strange[0]} is not of the sample of lot {lot.id}.",
            zh=f"事项 {strange[0]} 不在批次 {lot.id} 的样本中。",
        )
    faults = [fault for fault in judged.looked_at.values() if fault]
    if judged.action == "reject":
        if len(faults) <= lot.plan.may_be_faulty and not judged.reason:
            raise BadInput(
                "Rejecting a lot needs faults in its sample, more than may be, or a reason.",
                zh="不予通过须指出样本中超出允许数量的错误，或写明理由。",
            )
        return
    if missing := sorted(sample - judged.looked_at.keys()):
        raise BadInput(
            f"Say of every case of the sample whether it is right; {missing[0]} is missing.",
            zh=f"样本中的每个事项都须说明是否正确；缺少 {missing[0]}。",
        )
    if len(faults) > lot.plan.may_be_faulty:
        most = lot.plan.may_be_faulty
        raise Conflict(
            f"{len(faults)} of {len(sample)} cases are faulty and {most} may be: the lot is to be rejected.",
            zh=f"样本 {len(sample)} 项中有 {len(faults)} 项有误，最多允许 {most} 项：该批次应不予通过。",
        )


def _left_out(lot: Lot, decision: Mapping[str, Any], case: Case) -> str | None:
    """Return why a case is not admitted with its lot; None where it is."""
    if decision["action"] == "reject":
        return "the lot was rejected"
    if case.id in decision["faulty"]:
        return "faulty"
    return _changed(lot, case)


def _changed(lot: Lot, case: Case) -> str | None:
    """Return what has become of a case since it was drawn, if anything."""
    if not case.is_open:
        return f"it is {case.state}"
    if case.lot != lot.id:
        return "it was given back, or went up a level"
    is_same = mark_of(case) == lot.members[case.id] and not (case.findings or case.insisted)
    return None if is_same else "it has changed"
