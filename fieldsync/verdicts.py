"""Verdicts: what a person decides of a case, whether it fits the case, and whether it is theirs to decide. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldsync.cases import Case
from fieldsync.errors import BadInput, Forbidden
from fieldsync.telling.phrases import LEVEL_WORDS, word

ACTIONS = {
    "admission": ("admit", "return", "refuse"),
    "contest": ("choose", "value"),
    "deletion": ("refuse",),
    "quarantine": ("release", "dismiss"),
    "late": ("accept", "refuse"),
    "duplicate": ("same", "two_stays", "different"),
    "move": ("moved", "different"),
    "reversal": ("revert",),
}


REASONED = ("admission", "late")
"""Kinds of cases in which what is not taken needs a reason, which the collector reads."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person decides of a case.

    `action`: admit, return or refuse (admission), choose or value (contest), refuse (deletion), accept or refuse
    (late), release or dismiss (quarantine; `value` then holds mended answers, `{"data", "missing"}`, or the version
    enters as it came), same, two_stays or different (duplicate). `items`: actions for single items of an admission or a
    late case, each with document, item, action and reason. `saw`: the revision of each document that was looked at.
    `lot`: the lot that it was admitted with.
    """

    by: str
    areas: tuple[str, ...]
    action: str
    reason: str | None = None
    items: Sequence[Mapping[str, Any]] = ()
    rev: str | None = None
    value: Mapping[str, Any] | None = None
    saw: Mapping[str, str] = field(default_factory=dict)
    lot: str | None = None


def must_fit(case: Case, verdict: Verdict) -> None:
    """Let pass a verdict that fits the kind of case and what is in it. Raises BadInput."""
    allowed = ACTIONS[case.kind]
    for action in (verdict.action, *(i.get("action") for i in verdict.items)):
        if action not in allowed:
            raise BadInput(
                f"{action!r} does not fit a case of {case.kind}; choose from {', '.join(allowed)}.",
                zh=f"{action} 不适用于此类事项（{case.kind}）；可选：{'、'.join(allowed)}。",
            )
    named = {(i.get("document"), i.get("item")) for i in verdict.items}
    strange = named - {(i["document"], i["item"]) for i in case.items}
    if strange:
        raise BadInput(
            f"The case {case.id} has no item {sorted(map(str, strange))[0]}; read the case again.",
            zh=f"事项 {case.id} 中没有项目 {sorted(map(str, strange))[0]}；请重新查看。",
        )
    returned = [verdict, *[_item_verdict(verdict, i) for i in verdict.items]]
    if any(v.action in ("return", "refuse") and not v.reason for v in returned) and case.kind in REASONED:
        raise BadInput(
            "A return or a refusal needs a reason; the collector will read it.",
            zh="退回或不予采纳须写明理由，采集员会看到。",
        )
    if verdict.action == "choose" and verdict.rev not in {c["rev"] for c in case.candidates}:
        raise BadInput(
            f"The contest has no candidate {verdict.rev}; name the revision of one of its candidates.",
            zh=f"争议中没有候选数值 {verdict.rev}；请指定其中一个候选数值的版本。",
        )
    if verdict.action == "value" and not (verdict.value and ({"value", "missing"} & verdict.value.keys())):
        raise BadInput(
            'A value is given as {"value": …} or {"missing": "refused" | "unknown" | "not_asked"}.',
            zh='数值应写作 {"value": …} 或 {"missing": "refused" | "unknown" | "not_asked"}。',
        )


def _item_verdict(verdict: Verdict, item: Mapping[str, Any]) -> Verdict:
    return Verdict(verdict.by, verdict.areas, item["action"], item.get("reason") or verdict.reason)


def must_be_allowed(case: Case, verdict: Verdict, longest: int) -> None:
    """Let pass staff of the case's level around its cell who did not submit it. Raises Forbidden.

    `longest` is how many digits the areas of that level have.
    """
    if not any(case.cell.startswith(area) and len(area) <= longest for area in verdict.areas):
        raise Forbidden(
            f"This case is decided by staff of the {case.level} around cell {case.cell}.",
            zh=f"该事项由网格 {case.cell} 所属的{word(LEVEL_WORDS, case.level, 'zh')}裁定。",
        )
    if verdict.by in case.submitted_by:
        raise Forbidden(
            "Whoever submitted a value cannot decide about it; ask a colleague.",
            zh="提交数值的人不能自行裁定；请同事处理。",
        )
