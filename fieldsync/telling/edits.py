"""Edits: what a collector wrote, from what to what, and what became of each change; steps of a story.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fieldsync.clock import parse_time
from fieldsync.documents import RECORDS, kind_of
from fieldsync.judgement import REASON_TEXTS
from fieldsync.ledger import Entry, Outcome
from fieldsync.proposals import DELETED
from fieldsync.telling.phrases import (
    KIND_WORDS,
    LANGUAGES,
    OUTCOME_WORDS,
    RULE_WORDS,
    STRATEGY_WORDS,
    Phrase,
    said,
    word,
)  # fmt: skip
from fieldsync.telling.scene import AT_ONCE_S, Scene, Step, ended, listed

_ENTERED: Final = ("{who} entered {kind} {when}: {parts}.", "{who}{when}录入{kind}：{parts}。")
_CHANGED: Final = ("{who} changed {parts}, {when}.", "{who}{when}将{parts}。")
_NOTHING: Final = ("{who} saved this {when} without changing anything.", "{who}{when}保存，未作修改。")
_DELETED: Final = ("{who} deleted this {when}.", "{who}{when}删除了该记录。")
_RECORDED: Final = ("{who} recorded {kind} {when}.", "{who}{when}记录了{kind}。")
_SET_ASIDE: Final = (
    "{who} sent a version {when} that was set aside because {why}.",
    "{who}{when}提交的版本已另行保存：{why}。",
)
_RELEASED: Final = (
    " Staff let this in after it had been set aside.",
    "该版本曾被另行保存，后经工作人员放行。",
)
_ARRIVED: Final = (" It arrived {when}.", "{when}送达。")
_PART: Final = ("the {label} from {was} to {now}", "{label}由{was}改为{now}")
_FIRST: Final = ("{label} {now}", "{label}为{now}")
_WHOLE: Final = ("{label} {now}", "{label}{now}")
_BECAME: Final = (" {label}: {outcome}", "{label}：{outcome}")
_BY: Final = (", by {who}", "（{who}）")
_WHY: Final = (" ({why})", "（{why}）")


@dataclass(frozen=True, slots=True)
class EditWords:
    """Puts a tablet's revision into words."""

    scene: Scene
    entry: Entry

    def step(self) -> Step:
        """Return the step of an edit, with each of its changes."""
        entry = self.entry
        before = self.scene.before(entry)
        step = {
            "step": "edit",
            "rev": entry.rev,
            "by": entry.author,
            "tablet": entry.tablet,
            "arrived": entry.arrived,
            "changes": [self._change(item, before) for item in entry.changes],
        }
        return self.scene.both(step, [self._sentence(before, language) for language in LANGUAGES])

    def _sentence(self, before: Entry | None, language: str) -> str:
        stamps = [self.entry.stamps[item] for item in self.entry.changes if item in self.entry.stamps]
        made = max(stamps, default=self.entry.arrived)
        words = {
            "who": self.scene.people.name(self.entry.author, language),
            "when": self.scene.when(made, language),
            "kind": word(KIND_WORDS, kind_of(self.entry.document), language),
            "why": word(REASON_TEXTS, self.entry.quarantined or "", language),
            "parts": self._parts(before, language),
        }
        late = said(_ARRIVED, language).format(when=self.scene.when(self.entry.arrived, language))
        text = said(self._template(before), language).format_map(words)
        released = said(_RELEASED, language) if (self.entry.cause or "").startswith("quarantine:") else ""
        return text + (late if _apart(made, self.entry.arrived) else "") + released + self._outcomes(language)

    def _template(self, before: Entry | None) -> Phrase:
        if self.entry.quarantined:
            return _SET_ASIDE
        if self.entry.deleted:
            return _DELETED
        if kind_of(self.entry.document) in RECORDS:
            return _RECORDED
        if not self.entry.changes:
            return _NOTHING
        return _CHANGED if before else _ENTERED

    def _parts(self, before: Entry | None, language: str) -> str:
        parts = []
        for item in self.entry.changes:
            was = self._told(item, self.scene.value(before, item), language)
            now = self._told(item, self.scene.value(self.entry, item), language)
            label = self.scene.reading.in_sentence(item, language)
            part = _PART if before else _FIRST
            if whole := self._whole(item, before, language):
                part, now = _WHOLE, whole
            parts.append(said(part, language).format(label=label, was=was, now=now))
        return listed(parts, language)

    def _whole(self, item: str, before: Entry | None, language: str) -> str:
        was, now = self.scene.value(before, item), self.scene.value(self.entry, item)
        return self.scene.reading.whole(item, was, now, language)

    def _told(self, item: str, value: Any, language: str) -> str:
        return self.scene.reading.told(item, value, language)

    def _outcomes(self, language: str) -> str:
        """Return what became of the changes, those with the same end in one sentence."""
        ends: dict[str, list[str]] = {}
        for item in self.entry.changes:
            outcome = self.scene.log.outcomes.get((self.entry.rev, item))
            if outcome and not self.entry.quarantined:
                ends.setdefault(self._end(outcome, language), []).append(self._called(item, language))
        return "".join(
            said(_BECAME, language).format(label=listed(labels, language), outcome=ended(end, language))
            for end, labels in ends.items()
        )

    def _called(self, item: str, language: str) -> str:
        if item == DELETED:
            return said(("The deletion", "删除"), language)
        return self.scene.reading.label(item, language)

    def _end(self, outcome: Outcome, language: str) -> str:
        text = word(OUTCOME_WORDS, outcome.outcome, language)
        strategy, rule = outcome.detail.get("strategy"), outcome.cause.partition(":")[0]
        if strategy:
            text += said(("; {}", "，{}"), language).format(word(STRATEGY_WORDS, str(strategy), language))
        elif rule in RULE_WORDS and (outcome.by in (None, "auto") or rule == "chosen"):
            text += said((" {}", "（{}）"), language).format(word(RULE_WORDS, rule, language))
        if outcome.by not in (None, "auto"):
            text += said(_BY, language).format(who=self.scene.people.name(outcome.by, language))
        reason = outcome.detail.get("reason")
        return text + (said(_WHY, language).format(why=reason) if reason else "")

    def _change(self, item: str, before: Entry | None) -> dict[str, Any]:
        was, now = self.scene.value(before, item), self.scene.value(self.entry, item)
        outcome = self.scene.log.outcomes.get((self.entry.rev, item))
        name = "quarantined" if self.entry.quarantined else outcome.outcome if outcome else None
        reading = self.scene.reading
        told = {
            lang: f"{reading.label(item, lang)}: {self._told(item, was, lang)} → {self._told(item, now, lang)}"
            for lang in LANGUAGES
        }
        return {
            "item": item,
            "at": self.entry.stamps.get(item),
            "from": reading.shown(item, was),
            "to": reading.shown(item, now),
            "outcome": name,
            "decided_by": outcome.by if outcome and outcome.by else "",
            "reason": outcome.detail.get("reason") if outcome else None,
            **told,
        }


def _apart(made: str, arrived: str) -> bool:
    """Tell whether something was taken down a while before it arrived."""
    first, second = parse_time(made), parse_time(arrived)
    return bool(first and second and (second - first).total_seconds() > AT_ONCE_S)
