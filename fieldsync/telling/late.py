"""What a collector hears of what he sent late: that it waits and for whom, and what was decided.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fieldsync.cases import Case
from fieldsync.documents import kind_of
from fieldsync.states import ruling_on
from fieldsync.telling.people import People
from fieldsync.telling.phrases import KIND_WORDS, LANGUAGES, LEVEL_WORDS, Phrase, said, word

_WAITS: Final[Phrase] = (
    "You sent {what} of cell {cell}, made after the cell was handed over. Nothing is lost: {level} will decide.",
    "您上报的网格{cell}的{what}是在移交之后填写的，内容均已保存，将由{level}决定是否采用。",
)
_GONE: Final[Phrase] = (
    "Nothing of what you sent late of cell {cell} waits any more: you have replaced it since.",
    "您在网格{cell}移交后上报的内容已被您后来的填写取代，无需再处理。",
)
_ACCEPTED: Final[Phrase] = (
    "{by} let in what you sent of cell {cell} after it was handed over ({what}).",
    "{by}已采用您在网格{cell}移交后上报的{what}。",
)
_REFUSED: Final[Phrase] = (
    "{by} did not let in what you sent of cell {cell} after it was handed over ({what}): {reason}",
    "{by}未采用您在网格{cell}移交后上报的{what}：{reason}",
)
_ITEMS: Final[Phrase] = ("{count} answers of {kind}", "{kind}的{count}项")
_RECORDS: Final[Phrase] = ("{kind}", "{kind}")
_ONE: Final[Phrase] = ("1 answer of {kind}", "{kind}的1项")


@dataclass(frozen=True, slots=True)
class LateWords:
    """Puts late cases into words for whoever sent what they are about."""

    people: People

    def text(self, case: Case) -> dict[str, str]:
        """Return what the collector should hear of a case, in each language."""
        return {language: self._told(case, language) for language in LANGUAGES}

    def _told(self, case: Case, language: str) -> str:
        if not case.items:
            return said(_GONE, language).format(cell=case.cell)
        if not case.decision:
            level = word(LEVEL_WORDS, case.level, language)
            what = _listed([item["document"] for item in case.items], language)
            return said(_WAITS, language).format(what=what, cell=case.cell, level=level)
        parts = [self._decided(case, action, language) for action in ("accept", "refuse")]
        return ("" if language == "zh" else " ").join(filter(None, parts))

    def _decided(self, case: Case, action: str, language: str) -> str:
        decision = case.decision or {}
        rulings = [(item, ruling_on(decision, item)) for item in case.items]
        mine = [(item, ruling) for item, ruling in rulings if ruling["action"] == action]
        if not mine:
            return ""
        reasons = dict.fromkeys(ruling["reason"] for _, ruling in mine if ruling["reason"])
        return said(_ACCEPTED if action == "accept" else _REFUSED, language).format(
            by=self.people.name(decision["by"], language),
            cell=case.cell,
            what=_listed([item["document"] for item, _ in mine], language),
            reason=" ".join(reasons),
        )


def _listed(documents: list[str], language: str) -> str:
    """Return how many answers of which kinds of documents there are, in words."""
    counts: dict[str, int] = {}
    for document in documents:
        counts[kind_of(document)] = counts.get(kind_of(document), 0) + 1
    parts = [_part(kind, count, language) for kind, count in sorted(counts.items())]
    return ("、" if language == "zh" else ", ").join(parts)


def _part(kind: str, count: int, language: str) -> str:
    is_record = kind in ("visit", "submission", "event", "answer")
    phrase = _RECORDS if is_record else _ONE if count == 1 else _ITEMS
    return said(phrase, language).format(kind=word(KIND_WORDS, kind, language), count=count)
