"""Values, contests and decisions as JSON: an absent value is null, a reason for a missing one `{"missing": reason}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conflict.equality import ABSENT, Missing
from conflict.result import Candidate, Contest, Decision
from conflict.rules import Rules


def value_to_json(value: Any) -> Any:
    """Return the value of an item, or of a group, as JSON."""
    if value is ABSENT:
        return None
    if isinstance(value, Missing):
        return {"missing": value.reason}
    if isinstance(value, dict) and any(isinstance(part, Missing) for part in value.values()):
        return {name: value_to_json(part) if isinstance(part, Missing) else part for name, part in value.items()}
    return value


def value_from_json(value: Any, is_group: bool) -> Any:
    """Return the value of an item (of a group, if `is_group`) from JSON."""
    if value is None:
        return ABSENT
    if is_group and isinstance(value, dict):
        return {name: _reason_from_json(part) for name, part in value.items()} or ABSENT
    return _reason_from_json(value)


def _reason_from_json(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"missing"} and isinstance(value["missing"], str):
        return Missing(value["missing"])
    return value


def candidates_to_json(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Return candidates as a list of `{"rev", "value"}`."""
    return [{"rev": one.rev, "value": value_to_json(one.value)} for one in candidates]


def contest_to_json(contest: Contest) -> dict[str, Any]:
    """Return a contest as `{"fields", "candidates"}`."""
    return {"fields": list(contest.fields), "candidates": candidates_to_json(contest.candidates)}


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """Return a decision as `{"fields", "strategy", "winner", "values"}`."""
    return {
        "fields": list(decision.fields),
        "strategy": decision.strategy,
        "winner": decision.winner,
        "values": candidates_to_json(decision.values),
    }


def contest_from_json(contest: Mapping[str, Any], rules: Rules) -> Contest:
    """Read a contest; its item is the one its first field belongs to.

    Raises: KeyError, IndexError when a member or the first field is not there.
    """
    item = rules.item_of(contest["fields"][0])
    candidates = (
        Candidate(one["rev"], value_from_json(one.get("value"), rules.is_group(item))) for one in contest["candidates"]
    )
    return Contest(item, rules.fields_of(item), tuple(candidates))
