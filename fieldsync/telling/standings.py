"""Standings: where a household or a dwelling stands in its round, as its collectors read it.

Pure. What waits, and for whom; what came back, and why; what is wrong. Sensitive values are covered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fieldsync.cases import Case
from fieldsync.documents import kind_of
from fieldsync.merging import value_from
from fieldsync.telling.people import Naming, People
from fieldsync.telling.phrases import LANGUAGES, LEVEL_WORDS, Phrase, said, word
from fieldsync.telling.reading import Reading
from fieldsync.telling.rulings import in_time

STATUS_WORDS: Final[Mapping[str, Phrase]] = {
    "not_started": ("Not started yet.", "尚未开始。"),
    "in_progress": ("In progress.", "进行中。"),
    "held": ("Handed in, but errors hold it back.", "已提交，因有错误暂缓处理。"),
    "contested": ("Values contradict each other.", "有相互矛盾的数值。"),
    "waiting": ("Handed in; staff look at it.", "已提交，工作人员审核中。"),
    "returned": ("Came back: please look at it again.", "已退回，请重新核对。"),
    "admitted": ("Done: what was handed in is in the registry.", "已完成：提交的内容已入库。"),
    "closed_refused": ("Closed without an interview: refused.", "未访问结案：拒访。"),
    "closed_vacant": ("Closed without an interview: vacant.", "未访问结案：空置。"),
    "closed_absent_all_round": ("Closed without an interview: absent all round.", "未访问结案：全程无人。"),
    "closed_not_found": ("Closed without an interview: not found.", "未访问结案：未找到。"),
}
_CONTESTED: Final = (" {label} of {whom}: {values}; {level} will decide.", "{whom}的{label}：{values}，由{level}裁定。")
_WAITING: Final = (" Waits for {level}: {labels}.", "等待{level}审核：{labels}。")
_RETURNED: Final = (" {label} of {whom}: {reason}", "{whom}的{label}：{reason}")
_FINDING: Final = (" {whom}: {label}: {message}", "{whom}，{label}：{message}")
_CLAIM: Final = ("{value} ({who})", "{value}（{who}）")
_OF: Final = ("{whom} ({labels})", "{whom}的{labels}")
MOST = 5
"""How many findings are told in words; all of them are in the state's `findings`."""


@dataclass(frozen=True, slots=True)
class StandingWords:
    """What a unit's state is told with; `readings` by kind of document."""

    people: People
    naming: Naming
    readings: Mapping[str, Reading]

    def text(self, state: Mapping[str, Any], contests: Sequence[Case], waiting: Sequence[Case]) -> dict[str, str]:
        """Return a state in each language: `state` is its document's data, the cases are those that are open."""
        return {language: "".join(self._parts(state, contests, waiting, language)) for language in LANGUAGES}

    def _parts(
        self, state: Mapping[str, Any], contests: Sequence[Case], waiting: Sequence[Case], language: str
    ) -> Iterator[str]:
        yield word(STATUS_WORDS, state["status"], language)
        for case in contests:
            yield self._contested(case, language)
        for case in waiting if state["status"] == "waiting" else ():
            level = word(LEVEL_WORDS, case.level, language)
            yield said(_WAITING, language).format(level=level, labels=self._by_whom(case.items, language))
        for item in state.get("returned", ()):
            yield said(_RETURNED, language).format(
                **self._about(item, language), reason=_ended(item["reason"], language)
            )
        errors = [f for f in state.get("findings", ()) if f["severity"] == "error"]
        for finding in errors[:MOST] if state["status"] == "held" else ():
            message = finding["message"].get(language) or next(iter(finding["message"].values()), finding["code"])
            yield said(_FINDING, language).format(**self._about(finding, language), message=message)

    def _contested(self, case: Case, language: str) -> str:
        document, item = case.document or "", case.item or ""
        claims = [
            said(_CLAIM, language).format(
                value=self._reading(document).told(item, value_from(one), language),
                who=self.people.name(one.get("by"), language),
            )
            for one in in_time(case.candidates)
        ]
        about = self._about({"document": document, "item": item}, language)
        level = word(LEVEL_WORDS, case.level, language)
        return said(_CONTESTED, language).format(**about, values=_listed(claims, language), level=level)

    def _by_whom(self, items: Sequence[Mapping[str, Any]], language: str) -> str:
        """Return the labels of items, after the name of whom they are of."""
        labels: dict[str, list[str]] = {}
        for item in items:
            label = self._reading(item["document"]).in_sentence(item["item"] or "", language)
            labels.setdefault(self.naming.name(item["document"], language), []).append(label)
        parts = (said(_OF, language).format(whom=whom, labels=_listed(of, language)) for whom, of in labels.items())
        return ("；" if language == "zh" else ", ").join(parts)

    def _about(self, item: Mapping[str, Any], language: str) -> dict[str, str]:
        label = self._reading(item["document"]).label(item["item"] or "", language)
        return {"label": label, "whom": self.naming.name(item["document"], language)}

    def _reading(self, document: str) -> Reading:
        return self.readings[kind_of(document)]


def _listed(parts: Sequence[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(parts)


def _ended(text: str | None, language: str) -> str:
    plain = " ".join((text or "").split()) or said(("no reason given", "未说明理由"), language)
    return plain if plain[-1] in ".!?。！？" else plain + said((".", "。"), language)
