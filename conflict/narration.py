"""A merge in words, clear sentences of Chinese or English: what was taken, replaced and why, kept, contested."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conflict.attachments import Attachments, Content
from conflict.encoding import value_to_json
from conflict.equality import ABSENT, Missing, json_key
from conflict.items import flat_value
from conflict.result import Candidate, Contest, Decision, Merge
from conflict.rosters import flatten, is_whole
from conflict.rules import Rules
from conflict.wording import WORDING


def narrate(merge: Merge, rules: Rules, language: str = "en") -> str:
    """Tell a merge in a line of sentences; `language` is one of conflict.wording.LANGUAGES."""
    return _Teller(merge, rules, language).told()


def narrate_attachments(base: Mapping[str, Content] | None, merged: Attachments[Any], language: str = "en") -> str:
    """Tell what became of attachments; empty where nothing did."""
    words, before = WORDING[language], base or {}
    places = {place for _, place in merged.beside}
    said = [words["beside"].format(name=name, place=place) for name, place in merged.beside if name != place]
    said += [words["outlived"].format(name=name) for name in merged.outlived]
    for name in sorted({*before, *merged.names} - places - set(merged.outlived)):
        old, new = before.get(name), merged.names.get(name)
        if old is None or new is None:
            said.append(words["attachment_new" if old is None else "attachment_gone"].format(name=name))
        elif old.digest != new.digest:
            said.append(words["attachment_changed"].format(name=name))
    return words["next"].join(said)


class _Teller:
    """Puts one merge into words."""

    def __init__(self, merge: Merge, rules: Rules, language: str) -> None:
        self._merge, self._rules, self._words = merge, rules, WORDING[language]
        self._flat = flatten(merge.data, rules) if rules.rosters else merge.data

    def told(self) -> str:
        """Return the whole line."""
        merge, words = self._merge, self._words
        if merge.deleted:
            return words["deleted"]
        known = {decision.item for decision in merge.decisions} | {contest.item for contest in merge.contests}
        said = [self._taken(item, revs) for item, revs in merge.sources.items() if item not in known]
        said += map(self._decided, merge.decisions)
        said += map(self._contested, merge.contests)
        return words["next"].join(said or [words["nothing"]])

    def _taken(self, item: str, revs: Sequence[str]) -> str:
        words, rules, value, by = self._words, self._rules, self._now(item), self._listed(revs)
        if rules.is_member(item):
            return words["removed" if value is ABSENT else "added"].format(item=item, revs=by)
        if rules.is_order(item):
            return words["moved"].format(roster=item[:-2], revs=by)
        if rules.is_roster(item) and value is not ABSENT and not is_whole(value):
            return words["set"].format(item=item, revs=by)
        if value is ABSENT:
            return words["emptied"].format(item=item, revs=by)
        return words["taken"].format(item=item, value=self._shown(item, value), revs=by)

    def _decided(self, decision: Decision) -> str:
        words, item = self._words, decision.item
        if decision.strategy == "deletion":
            return self._kept(decision)
        if self._rules.is_order(item):
            return words["order"].format(roster=item[:-2], rev=decision.winner)
        won = next((one for one in decision.values if one.rev == decision.winner), decision.values[0])
        key = json_key(won.value)
        others = [one for one in decision.values if json_key(one.value) != key]
        return words[decision.strategy].format(
            item=item,
            winner=self._valued(item, [one for one in decision.values if json_key(one.value) == key]),
            others=self._valued(item, others),
            was=words["was" if len({json_key(one.value) for one in others}) == 1 else "were"],
            values=self._valued(item, decision.values),
            now=self._shown(item, self._now(item)),
        )

    def _kept(self, decision: Decision) -> str:
        holds = decision.fields
        gone = [one.rev for one in decision.values if not _is_edit(one.value, holds)]
        revs = [one.rev for one in decision.values if one.rev not in gone] or [decision.winner]
        fields = self._listed(holds) or decision.item
        is_open = any(one.fields == holds and decision.winner in _revs(one) for one in self._merge.contests)
        sentence = ("kept_open" if is_open else "kept") if decision.item else "document_kept"
        return self._words[sentence].format(
            item=decision.item, gone=self._listed(gone), fields=fields, revs=self._listed(revs)
        )

    def _contested(self, contest: Contest) -> str:
        item = contest.item
        many = len({json_key(one.value) for one in contest.candidates}) > 1
        return self._words["contested" if many else "waiting"].format(
            item=item, values=self._valued(item, contest.candidates), now=self._shown(item, self._now(item))
        )

    def _now(self, item: str) -> Any:
        return flat_value(self._flat, self._merge.missing, item, self._rules)

    def _valued(self, item: str, candidates: Sequence[Candidate]) -> str:
        revs: dict[Any, list[str]] = {}
        for one in candidates:
            revs.setdefault(json_key(one.value), []).append(one.rev)
        values = {json_key(one.value): one.value for one in candidates}
        comma = self._words["comma"]
        return self._listed(
            self._words["valued"].format(value=self._shown(item, values[key]), revs=comma.join(dict.fromkeys(by)))
            for key, by in revs.items()
        )

    def _listed(self, parts: Iterable[str]) -> str:
        *most, last = list(dict.fromkeys(parts)) or [""]
        return f"{self._words['comma'].join(most)}{self._words['and']}{last}" if most else last

    def _shown(self, item: str, value: Any) -> str:
        """Return a value of an item as people read it, on one line."""
        words = self._words
        if value is ABSENT:
            return words["empty"]
        if isinstance(value, Missing):
            return words["missing"].format(reason=value.reason)
        if isinstance(value, str) and value.strip() == value and value.isprintable() and value:
            return value
        if isinstance(value, dict) and self._rules.is_group(item):
            parts = (words["part"].format(name=name, value=self._shown(name, one)) for name, one in value.items())
            return words["comma"].join(parts)
        return json.dumps(value_to_json(value), ensure_ascii=False, default=str)


def _revs(contest: Contest) -> set[str]:
    return {one.rev for one in contest.candidates}


def _is_edit(value: Any, fields: Sequence[str]) -> bool:
    """Tell whether a value in a decision `deletion` is what somebody edited, and not what a removal left."""
    return isinstance(value, dict) and value.keys() <= set(fields)
