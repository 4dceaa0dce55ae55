"""A merge in words, one sentence of Chinese or English: what was taken, preferred and why, contested."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from conflict.encoding import value_to_json
from conflict.result import Candidate, Contest, Decision, Merge

LANGUAGES: Final = ("en", "zh")
_REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "latest": "the latest value was kept",
        "union": "additions and removals were combined",
        "append": "every text was kept",
        "max": "the largest value was kept",
        "min": "the smallest value was kept",
        "authority": "the value of the highest authority was kept",
        "deletion": "the edit was kept against a deletion",
        "closing": "the contest stays closed",
    },
    "zh": {
        "latest": "取最新的值",
        "union": "合并各方的增减",
        "append": "各方文字全部保留",
        "max": "取最大的值",
        "min": "取最小的值",
        "authority": "取权限最高一方的值",
        "deletion": "一方修改、一方删除，保留修改",
        "closing": "争议已裁定，不再打开",
    },
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "deleted": "The document is deleted",
        "nothing": "Nothing changed",
        "taken": "{fields}: taken from {revs}",
        "decided": "{fields}: {reason}, by {winner} ({values})",
        "combined": "{fields}: {reason} ({values})",
        "document": "document",
        "contested": "{fields}: contested, a person decides ({values})",
        "and": ", ",
        "next": "; ",
        "end": ".",
    },
    "zh": {
        "deleted": "文档已删除",
        "nothing": "没有变化",
        "taken": "{fields}：采用 {revs}",
        "decided": "{fields}：{reason}，以 {winner} 为准（{values}）",
        "combined": "{fields}：{reason}（{values}）",
        "document": "文档",
        "contested": "{fields}：有争议，待人工裁定（{values}）",
        "and": "、",
        "next": "；",
        "end": "。",
    },
}


def narrate(merge: Merge, language: str = "en") -> str:
    """Tell a merge in one sentence; `language` is one of LANGUAGES."""
    words = _WORDS[language]
    if merge.deleted:
        return words["deleted"] + words["end"]
    told = {decision.item for decision in merge.decisions} | {contest.item for contest in merge.contests}
    parts = [
        words["taken"].format(fields=item, revs=words["and"].join(revs))
        for item, revs in merge.sources.items()
        if item not in told
    ]
    parts += [_decided(decision, language) for decision in merge.decisions]
    parts += [_contested(contest, words) for contest in merge.contests]
    return words["next"].join(parts or [words["nothing"]]) + words["end"]


def _decided(decision: Decision, language: str) -> str:
    words = _WORDS[language]
    sentence = "combined" if decision.strategy in ("union", "append") else "decided"
    fields = words["document"] if decision.strategy == "deletion" else words["and"].join(decision.fields)
    return words[sentence].format(
        fields=fields,
        reason=_REASONS[language][decision.strategy],
        winner=decision.winner,
        values=_values(decision.values, words),
    )


def _contested(contest: Contest, words: Mapping[str, str]) -> str:
    values = _values(contest.candidates, words)
    return words["contested"].format(fields=words["and"].join(contest.fields), values=values)


def _values(candidates: Sequence[Candidate], words: Mapping[str, str]) -> str:
    said = (f"{one.rev} {json.dumps(value_to_json(one.value), ensure_ascii=False)}" for one in candidates)
    return words["and"].join(said)
