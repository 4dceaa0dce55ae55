"""Earlier: what was decided before about the items that wait again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from fieldsync.cases import Case
from fieldsync.states import ruling_on

Item = tuple[str, str]
"""A document and one of its items."""
_KINDS = ("admission", "contest", "late", "reversal")


def earlier_rulings(cases: Iterable[Case], about: Collection[Item]) -> list[dict[str, Any]]:
    """Return the last ruling on each item that decided cases name: case, document, item, action, by, at, reason.

    The values stay with the case that is named.
    """
    last: dict[Item, dict[str, Any]] = {}
    for case in sorted(cases, key=lambda c: ((c.decision or {}).get("at", ""), c.id)):
        for item in _items(case) if case.decision and case.kind in _KINDS else ():
            if item in about:
                last[item] = _ruling(case, item)
    return [last[item] for item in sorted(last)]


def decided_value(case: Case, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value that a decided case was about: what was proposed, or chosen; empty where there is none."""
    if case.kind == "contest":
        chosen = (case.decision or {}).get("value") or _candidate(case)
        return {"value": {name: chosen[name] for name in ("value", "missing") if name in chosen}}
    key = (about["document"], about["item"])
    item = next((i for i in case.items if (i["document"], i["item"]) == key), None)
    return {"value": item["proposed"]} if item else {}


def reversals_of(case: Case, cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Return what of a case's admission was taken back, as far as some cases say so: by item, whom, when and why."""
    mine = [one for one in cases if one.reverts == case.id]
    return earlier_rulings(mine, {(item["document"], item["item"]) for one in mine for item in one.items})


def _candidate(case: Case) -> Mapping[str, Any]:
    rev = (case.decision or {}).get("rev")
    return next((candidate for candidate in case.candidates if candidate["rev"] == rev), {})


def _items(case: Case) -> list[Item]:
    named = [(item["document"], item["item"]) for item in case.items]
    return named or [(case.document or "", case.item or "")]


def _ruling(case: Case, item: Item) -> dict[str, Any]:
    decision = case.decision or {}
    ruling = ruling_on(decision, {"document": item[0], "item": item[1]})
    told = {"case": case.id, "document": item[0], "item": item[1], "action": ruling["action"]}
    told |= {"by": decision["by"], "at": decision["at"]}
    return {**told, **({"reason": ruling["reason"]} if ruling["reason"] else {})}
