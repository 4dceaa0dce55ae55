"""Merges: what the server wrote, why, whose versions met, what counts and what no rule may choose; steps of a story.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fieldsync.documents import meta_of
from fieldsync.ledger import Entry
from fieldsync.merging import value_from
from fieldsync.telling.news import stamp_of
from fieldsync.telling.phrases import LANGUAGES, STRATEGY_WORDS, cause_word, said, word
from fieldsync.telling.scene import Scene, Step, listed

_MET: Final = ("The versions of {who} met, and the server brought them together.", "{who}的版本相遇，服务器予以合并。")
_ALL_KEPT: Final = (" Nothing contradicted: every change was kept.", "各项修改互不矛盾，全部保留。")
_SIDE: Final = ("{who} had {value} ({when})", "{who}填写{value}（{when}）")
_DECIDED: Final = (" For the {label} {sides}: {rule}, so it is {kept}.", "{label}：{sides}；{rule}，现为{kept}。")
_KEPT: Final = (" {rule}.", "{rule}。")
_CONTESTED: Final = (
    " Over the {label} they contradict each other: {sides}. No rule may choose: {kept} stays until a person decides.",
    "{label}相互矛盾：{sides}；不得按规则取舍，裁定前保留{kept}。",
)
_OF_PERSON: Final = (
    "{who}'s decision came down to the cell: the {label} is {kept}.",
    "{who}的裁定下发到网格：{label}为{kept}。",
)
_REGISTRY: Final = ("the registry", "登记库")


@dataclass(frozen=True, slots=True)
class MergeWords:
    """Puts a revision of the server's into words."""

    scene: Scene
    entry: Entry

    def step(self) -> Step:
        """Return the step of a server's revision, with its decisions and its contests."""
        entry = self.entry
        step = {
            "step": "server",
            "rev": entry.rev,
            "cause": entry.cause,
            "arrived": entry.arrived,
            "merged": entry.merged,
            "sides": [{"rev": rev, "by": self.scene.author(rev)} for rev in entry.merged],
            "decisions": [self._decision(d) for d in entry.decisions],
            "contests": [self._contest(c) for c in entry.contests],
        }
        return self.scene.both(step, [self._sentence(step, language) for language in LANGUAGES])

    def _sentence(self, step: Mapping[str, Any], language: str) -> str:
        said_so = [part[language] for part in (*step["decisions"], *step["contests"])]
        if self.entry.cause == "resolve" and len(self.entry.merged) > 1 and not said_so:
            said_so = [said(_ALL_KEPT, language)]
        return self._opening(language) + "".join(said_so)

    def _opening(self, language: str) -> str:
        cause = self.entry.cause or ""
        case = self.scene.cases.get(cause)
        item = meta_of(self.entry.body or {}).get("item")
        if case and case.decision and isinstance(item, str):
            who = self.scene.people.name(case.decision["by"], language)
            label = self.scene.reading.in_sentence(item, language)
            return said(_OF_PERSON, language).format(who=who, label=label, kept=self._kept(item, language))
        if cause == "resolve" and len(self.entry.merged) > 1:
            return said(_MET, language).format(who=listed(self._sides(language), language))
        return cause_word(cause, language) + said((".", "。"), language)

    def _sides(self, language: str) -> list[str]:
        merged = [entry for rev in self.entry.merged if (entry := self.scene.log.entries.get(rev))]
        authors = [entry.author for entry in sorted(merged, key=lambda e: (max(e.stamps.values(), default=""), e.rev))]
        return [self.scene.people.name(author, language) for author in dict.fromkeys(authors)]

    def _decision(self, decision: Mapping[str, Any]) -> dict[str, Any]:
        item = decision["item"]
        values = [{"rev": v["rev"], "value": self._shown(item, v), "by": self._by(v)} for v in decision["values"]]
        told = {language: self._decided(decision, language) for language in LANGUAGES}
        named = {"item": item, "strategy": decision["strategy"], "winner": decision["winner"]}
        return {**named, "values": values, **told}

    def _decided(self, decision: Mapping[str, Any], language: str) -> str:
        rule = word(STRATEGY_WORDS, decision["strategy"], language)
        if not decision["item"]:
            return said(_KEPT, language).format(rule=rule[0].upper() + rule[1:])
        return said(_DECIDED, language).format(
            label=self.scene.reading.in_sentence(decision["item"], language),
            sides=self._claims(decision["item"], decision["values"], language),
            rule=rule,
            kept=self._kept(decision["item"], language),
        )

    def _contest(self, contest: Mapping[str, Any]) -> dict[str, Any]:
        item, candidates = contest["item"], contest["candidates"]
        told = {
            language: said(_CONTESTED, language).format(
                label=self.scene.reading.in_sentence(item, language),
                sides=self._claims(item, candidates, language),
                kept=self._kept(item, language),
            )
            for language in LANGUAGES
        }
        sides = [{"rev": c["rev"], "value": self._shown(item, c), "by": self._by(c)} for c in candidates]
        return {"item": item, "candidates": [c["rev"] for c in candidates], "values": sides, **told}

    def _claims(self, item: str, candidates: list[Mapping[str, Any]], language: str) -> str:
        in_order = sorted(candidates, key=lambda c: (self._taken_down(item, c) or "", c["rev"]))
        return listed([self._claim(item, candidate, language) for candidate in in_order], language)

    def _taken_down(self, item: str, candidate: Mapping[str, Any]) -> str | None:
        entry = self.scene.log.entries.get(candidate["rev"])
        return stamp_of(entry, item) if entry else None

    def _claim(self, item: str, candidate: Mapping[str, Any], language: str) -> str:
        entry = self.scene.log.entries.get(candidate["rev"])
        who = self.scene.people.name(entry.author, language) if entry and entry.author else said(_REGISTRY, language)
        value = self.scene.reading.told(item, value_from(candidate), language)
        return said(_SIDE, language).format(
            who=who, value=value, when=self.scene.when(self._taken_down(item, candidate), language)
        )

    def _kept(self, item: str, language: str) -> str:
        return self.scene.reading.told(item, self.scene.value(self.entry, item), language)

    def _shown(self, item: str, candidate: Mapping[str, Any]) -> str:
        return self.scene.reading.shown(item, value_from(candidate))

    def _by(self, candidate: Mapping[str, Any]) -> str:
        return self.scene.author(candidate["rev"]) or "server"
