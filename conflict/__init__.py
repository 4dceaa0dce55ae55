"""Merging concurrent edits of one document: `merge(base, sides, rules)`. Pure."""

from conflict.encoding import contest_from_json, contest_to_json, decision_to_json, value_from_json, value_to_json
from conflict.equality import ABSENT, Missing, changed_items, item_value, json_equal, json_key
from conflict.merge import merge
from conflict.result import Base, Candidate, Contest, Decision, Merge, Side
from conflict.rules import STRATEGIES, Rule, Rules, RulesError

__all__ = [
    "ABSENT",
    "STRATEGIES",
    "Base",
    "Candidate",
    "Contest",
    "Decision",
    "Merge",
    "Missing",
    "Rule",
    "Rules",
    "RulesError",
    "Side",
    "changed_items",
    "contest_from_json",
    "contest_to_json",
    "decision_to_json",
    "item_value",
    "json_equal",
    "json_key",
    "merge",
    "value_from_json",
    "value_to_json",
]
