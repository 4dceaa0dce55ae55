"""Erasures: that a document's content was erased, when, by whom and why; the last step of a story. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fieldsync.erased import Erasure
from fieldsync.ledger import Entry
from fieldsync.telling.phrases import LANGUAGES, Phrase, said
from fieldsync.telling.scene import Scene, Step, ended

CAUSES: Final = frozenset({"erasure", "retention"})
"""How the causes of tombstones begin that end what was erased; the record that was erased follows after a colon."""
_ERASED: Final[Phrase] = ("Erased {when} by {who}: {reason}", "{who}{when}删除：{reason}")
_RAN_OUT: Final[Phrase] = (
    "Erased {when}: the time for which its form lets it be kept was over.",
    "表单规定的保存期限已满，{when}清除。",
)
_UNKNOWN: Final[Phrase] = ("Erased {when}.", "{when}删除。")


def erased_by(entry: Entry) -> str | None:
    """Return the record with which a document was erased, as its tombstone names it; None for any other revision."""
    cause, _, record = (entry.cause or "").partition(":")
    return (record or entry.document) if cause in CAUSES and entry.deleted and not entry.is_edit else None


@dataclass(frozen=True, slots=True)
class ErasureWords:
    """Puts the end of what was erased into words."""

    scene: Scene
    entry: Entry
    erasure: Erasure | None

    def step(self) -> Step:
        """Return the step in which the content of a document was erased."""
        known = self.erasure
        step = {
            "step": "erasure",
            "rev": self.entry.rev,
            "arrived": known.at if known else self.entry.arrived,
            "cause": self.entry.cause,
            "by": known.by if known else None,
            "reason": known.reason if known else None,
        }
        return self.scene.both(step, [self._sentence(language) for language in LANGUAGES])

    def _sentence(self, language: str) -> str:
        known = self.erasure
        when = self.scene.when(known.at if known else self.entry.arrived, language)
        if known is None:
            return said(_UNKNOWN, language).format(when=when)
        phrase = _RAN_OUT if known.ran_out else _ERASED
        who = self.scene.people.name(known.by, language)
        return ended(said(phrase, language).format(when=when, who=who, reason=known.reason), language)
