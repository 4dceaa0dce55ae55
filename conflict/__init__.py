"""Merging concurrent edits of one document: `merge(base, sides, rules)`. Pure."""

from conflict.attachments import Attachments, merge_attachments
from conflict.encoding import contest_from_json, contest_to_json, decision_to_json, value_from_json, value_to_json
from conflict.equality import ABSENT, Missing, json_equal, json_key
from conflict.items import changed_items, changed_values, item_value, same_value, set_items
from conflict.merge import merge
from conflict.result import Base, Candidate, Contest, Decision, Merge, Side
from conflict.rule import STRATEGIES, Rule, RulesError
from conflict.rules import Rules

__all__ = [
    "ABSENT",
    "STRATEGIES",
    "Attachments",
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
    "changed_values",
    "contest_from_json",
    "contest_to_json",
    "decision_to_json",
    "item_value",
    "json_equal",
    "json_key",
    "merge",
    "merge_attachments",
    "same_value",
    "set_items",
    "value_from_json",
    "value_to_json",
]
