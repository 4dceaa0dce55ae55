"""Rulings: the cases about a document, what staff decided, and what entered the registry; steps of a story.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fieldsync.cases import Case
from fieldsync.documents import kind_of
from fieldsync.ledger import Outcome
from fieldsync.merging import value_from
from fieldsync.states import ruling_on
from fieldsync.telling.phrases import (
    ACTION_WORDS,
    CASE_WORDS,
    KIND_WORDS,
    LANGUAGES,
    LEVEL_WORDS,
    OUTCOME_WORDS,
    RULE_WORDS,
    RULING_WORDS,
    said,
    word,
)  # fmt: skip
from fieldsync.telling.scene import Scene, Step, ended, listed

_OPENED: Final = ("{what}{items}.", "{what}{items}。")
_ITEMS: Final = (": {}", "：{}")
_DECIDED: Final = ("{who} decided {when}: {parts}.", "{who}{when}裁定：{parts}。")
_ITEM: Final = ("{labels} {ruling}{reason}", "{labels}{ruling}{reason}")
_CHOSE: Final = ("the {label} is {value}{reason}", "{label}为{value}{reason}")
_CLAIM: Final = ("{label} {value}: {who}, {when}.", "{label}{value}：{who}，{when}。")
_REASON: Final = (" ({})", "（{}）")
_ENDED: Final = ("{outcome}{by} {when}: {parts}.", "{when}{outcome}{by}：{parts}。")
_OF: Final = ("{label} {value} ({who})", "{label}{value}（{who}）")
CONCLUDING: Final = frozenset({"admitted", "returned", "refused"})
"""Outcomes that are steps of their own; the others are told with their edits."""


@dataclass(frozen=True, slots=True)
class CaseWords:
    """Puts a case about the document into words."""

    scene: Scene
    case: Case

    def opened(self) -> Step:
        """Return the step in which the case was opened."""
        case = self.case
        step = {
            "step": "case",
            "case": case.id,
            "kind": case.kind,
            "arrived": case.opened,
            "level": case.level,
            "items": [item for item, _ in self._items()],
        }
        return self.scene.both(step, [self._opening(language) for language in LANGUAGES])

    def decided(self) -> Step:
        """Return the step in which somebody decided the case."""
        decision = self.case.decision or {}
        step = {
            "step": "decision",
            "case": self.case.id,
            "kind": self.case.kind,
            "arrived": decision["at"],
            "by": decision["by"],
            "action": decision["action"],
            "reason": decision.get("reason"),
        }
        return self.scene.both(step, [self._decision(decision, language) for language in LANGUAGES])

    def told(self) -> list[Step]:
        """Return everything there is to say of the case: what waits, each side, and the decision."""
        return [self.opened(), *self._sides(), *([self.decided()] if self.case.decision else [])]

    def _sides(self) -> Iterator[Step]:
        item = self.case.item or ""
        for candidate in in_time(self.case.candidates):
            yield self._side({"step": "side", "rev": candidate["rev"]}, item, candidate, candidate)
        for one in self.case.evidence:
            yield {"step": "evidence", "item": one["item"], "level": one["level"], **one["text"]}
        for name, asked in self._items() if self.case.kind in ("admission", "late") else ():
            if name != "*":  # a record has no items: the story shows it
                yield self._side({"step": "side", "item": name}, name, asked["proposed"], asked)

    def _side(self, step: Step, item: str, stored: Mapping[str, Any], source: Mapping[str, Any]) -> Step:
        sentences = [
            said(_CLAIM, language).format(
                label=self.scene.reading.label(item, language),
                value=self.scene.reading.told(item, value_from(stored), language),
                who=self.scene.people.name(source.get("by"), language),
                when=self.scene.when(source.get("at"), language),
            )
            for language in LANGUAGES
        ]
        return self.scene.both(step, sentences)

    def _items(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the document's items that the case is about, with what is asked of each."""
        asked: list[tuple[str, Mapping[str, Any]]] = [
            (i["item"], i) for i in self.case.items if i["document"] == self.scene.document
        ]
        return asked or ([(self.case.item, {})] if self.case.item else [])

    def _opening(self, language: str) -> str:
        whom = word(LEVEL_WORDS, self.case.level, language)
        what = word(CASE_WORDS, self.case.kind, language).format(whom=whom)
        labels = [
            self._kind(language) if item == "*" else self.scene.reading.in_sentence(item, language)
            for item, _ in self._items()
        ]
        items = said(_ITEMS, language).format(listed(labels, language)) if labels else ""
        return said(_OPENED, language).format(what=what, items=items)

    def _decision(self, decision: Mapping[str, Any], language: str) -> str:
        if self.case.kind == "contest":
            parts = [self._chosen(decision, language)]
        elif self._items():
            parts = self._ruled(decision, language)
        else:
            parts = [word(ACTION_WORDS, decision["action"], language) + _reason(decision, language)]
        return said(_DECIDED, language).format(
            who=self.scene.people.name(decision["by"], language),
            when=self.scene.when(decision["at"], language),
            parts=listed(parts, language),
        )

    def _kind(self, language: str) -> str:
        """Return what stands for a record as a whole, which has no items."""
        return word(KIND_WORDS, kind_of(self.scene.document), language)

    def _chosen(self, decision: Mapping[str, Any], language: str) -> str:
        item = self.case.item or ""
        named: Mapping[str, Any] = next((c for c in self.case.candidates if c["rev"] == decision.get("rev")), {})
        value = value_from(decision.get("value") or named)
        return said(_CHOSE, language).format(
            label=self.scene.reading.in_sentence(item, language),
            value=self.scene.reading.told(item, value, language),
            reason=_reason(decision, language),
        )

    def _ruled(self, decision: Mapping[str, Any], language: str) -> list[str]:
        """Return what was decided of the items, those with the same end in one part."""
        ends: dict[tuple[str, str], list[str]] = {}
        for item, asked in self._items():
            ruling = ruling_on(decision, asked)
            label = self._kind(language) if item == "*" else self.scene.reading.in_sentence(item, language)
            ends.setdefault((ruling["action"], _reason(ruling, language)), []).append(label)
        return [
            said(_ITEM, language).format(
                labels=listed(labels, language), ruling=word(RULING_WORDS, action, language), reason=reason
            )
            for (action, reason), labels in ends.items()
        ]


@dataclass(frozen=True, slots=True)
class EndWords:
    """Puts outcomes that came at one time from one cause into words."""

    scene: Scene
    outcomes: Sequence[Outcome]

    def step(self) -> Step:
        """Return the step in which changes came to their end."""
        first = self.outcomes[0]
        step = {
            "step": "outcome",
            "arrived": first.at,
            "outcome": first.outcome,
            "by": first.by,
            "cause": first.cause,
            "changes": [{"rev": o.rev, "item": o.item} for o in self.outcomes],
        }
        return self.scene.both(step, [self._sentence(first, language) for language in LANGUAGES])

    def _sentence(self, first: Outcome, language: str) -> str:
        is_reversal = first.cause.startswith("reversal:")
        table, name = (RULING_WORDS, "revert") if is_reversal else (OUTCOME_WORDS, first.outcome)
        outcome = word(table, name, language)
        text = said(_ENDED, language).format(
            outcome=outcome[0].upper() + outcome[1:],
            by=self._by(first, language),
            when=self.scene.when(first.at, language),
            parts=listed([self._part(o, language) for o in self.outcomes], language),
        )
        return ended(text, language)

    def _by(self, first: Outcome, language: str) -> str:
        if first.by in (None, "auto"):
            return said((" {}", "（{}）"), language).format(word(RULE_WORDS, "auto", language))
        return said((" by {}", "（{}）"), language).format(self.scene.people.name(first.by, language))

    def _part(self, outcome: Outcome, language: str) -> str:
        entry = self.scene.log.entries.get(outcome.rev)
        value = self.scene.reading.told(outcome.item, self.scene.value(entry, outcome.item), language)
        who = self.scene.people.name(entry.author if entry else None, language)
        label = self.scene.reading.in_sentence(outcome.item, language)
        return said(_OF, language).format(label=label, value=value, who=who)


def in_time(candidates: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the candidates of a case in the order in which they were taken down."""
    return sorted(candidates, key=lambda candidate: (candidate.get("at") or "", candidate["rev"]))


def endings(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """Yield the outcomes that are steps of their own, those of one time and one cause together."""
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda o: (o.at, o.item, o.rev)):
        if outcome.outcome in CONCLUDING:
            key = (outcome.at[:19], outcome.cause.partition(":")[0], outcome.outcome, outcome.by or "")
            groups.setdefault(key, []).append(outcome)
    yield from groups.values()


def _reason(ruling: Mapping[str, Any], language: str) -> str:
    return said(_REASON, language).format(ruling["reason"]) if ruling.get("reason") else ""
