"""Sentences: one piece of news as its collector reads it, in Chinese and English.

Pure. Each kind of news has one sentence in each language; what is quoted is covered where it is sensitive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fieldsync.telling.news import News
from fieldsync.telling.people import Naming, People
from fieldsync.telling.phrases import LANGUAGES, LEVEL_WORDS, Phrase, said, word
from fieldsync.telling.reading import Reading
from fieldsync.telling.times import compared, local, on_day

_MINE: Final = ("The {label} you took down for {whom} {day} ({mine})", "您{day}为{whom}填写的{label}（{mine}）")
SENTENCES: Final[Mapping[str, Phrase]] = {
    "latest": (
        _MINE[0] + " was replaced by the one that {other} took down {then} ({theirs}).",
        _MINE[1] + "已被{other}{then}登记的（{theirs}）取代。",
    ),
    "authority": (
        _MINE[0] + " gave way to that of {other} ({theirs}), whose word counts for more here.",
        _MINE[1] + "未采用，以权限较高的{other}登记的（{theirs}）为准。",
    ),
    "max": (
        _MINE[0] + " was not kept: of several the largest counts, that of {other} ({theirs}).",
        _MINE[1] + "未采用：多人登记时取最大值，以{other}登记的（{theirs}）为准。",
    ),
    "min": (
        _MINE[0] + " was not kept: of several the smallest counts, that of {other} ({theirs}).",
        _MINE[1] + "未采用：多人登记时取最小值，以{other}登记的（{theirs}）为准。",
    ),
    "merge": (
        _MINE[0] + " was not kept when your version met that of {other}; what counts is {theirs}.",
        _MINE[1] + "在与{other}的版本合并时未采用，现为：{theirs}。",
    ),
    "registry": (
        _MINE[0] + " was replaced by the value of the registry ({theirs}).",
        _MINE[1] + "已被登记库的数值（{theirs}）取代。",
    ),
    "closing": (
        _MINE[0] + " was not kept: before it arrived, staff had decided that {theirs} counts.",
        _MINE[1] + "未采用：送达之前工作人员已裁定为{theirs}。",
    ),
    "combined": (
        _MINE[0] + " was put together with what {other} took down; it now reads: {theirs}.",
        _MINE[1] + "已与{other}登记的内容合并，现为：{theirs}。",
    ),
    "contested": (
        _MINE[0] + " differs from that of {other} ({theirs}). No rule may choose here: {level} will decide.",
        _MINE[1] + "与{other}登记的（{theirs}）不一致，不得按规则取舍，将由{level}裁定。",
    ),
    "chosen": (_MINE[0] + " counts: {by} decided so.{why}", _MINE[1] + "经{by}裁定予以采用。{why}"),
    "not_chosen": (
        _MINE[0] + " does not count: {by} decided for {theirs}{of_other}.{why}",
        _MINE[1] + "未采用：{by}裁定为{theirs}{of_other}。{why}",
    ),
    "admitted": (
        _MINE[0] + " is in the registry now: {by} admitted it.{why}",
        _MINE[1] + "已由{by}核准入库。{why}",
    ),
    "returned": (
        _MINE[0] + " came back from {by}: {reason} Please look at it again and hand the household in again.",
        _MINE[1] + "被{by}退回：{reason}请核对后重新提交该住户。",
    ),
    "refused": (
        _MINE[0] + " was refused by {by}: {reason} The registry's value ({theirs}) is back on the tablets.",
        _MINE[1] + "未获{by}采纳：{reason}登记库的数值（{theirs}）已下发到平板。",
    ),
    "reverted": (
        _MINE[0] + " was in the registry; {by} took that back: {reason} What counts again is {theirs}.",
        _MINE[1] + "此前已入库，现由{by}撤回：{reason}恢复为：{theirs}。",
    ),
    "deletion": (
        "You deleted {whom} {day}. It is back{because}: nothing is deleted from a tablet. {level} will look at it.",
        "您{day}删除了{whom}。因平板不得删除记录{because}，该记录已恢复，将由{level}查看。",
    ),
    "not_deleted": (
        "You deleted {whom} {day}. {by} decided that it stays.{why}",
        "您{day}删除了{whom}，{by}裁定予以保留。{why}",
    ),
    "photo": (
        "You and {other} each took a picture named {item} for {whom}. Both are kept: yours is {mine}, theirs {theirs}.",
        "您与{other}为{whom}拍摄的图片同名（{item}），两张均已保留：您的为{mine}，对方的为{theirs}。",
    ),
}
_REGISTRY: Final = ("the registry", "登记库")
_THEIRS: Final = (", as {} took it down", "（{}登记）")
_WHY: Final = (" The reason: {}", "理由：{}")
_NO_REASON: Final = ("no reason was given.", "未说明理由。")
_BECAUSE: Final = (", since {} had changed it", "，且{}已作修改")


@dataclass(frozen=True, slots=True)
class Speaker:
    """What sentences about a unit's documents are made with; `readings` by kind of document."""

    people: People
    naming: Naming
    readings: Mapping[str, Reading]
    zone: ZoneInfo

    def text(self, news: News) -> dict[str, str]:
        """Return the news in each language."""
        return {language: self._sentence(news, language) for language in LANGUAGES}

    def _sentence(self, news: News, language: str) -> str:
        reading = self.readings[news.document.partition(":")[0]]
        made, at = local(news.made, self.zone), local(news.at, self.zone)
        parts = {
            "label": reading.in_sentence(news.item, language),
            "item": news.item,
            "whom": self.naming.name(news.document, language),
            "day": on_day(made.date(), language, year=at.year if at else None) if made else "",
            "mine": news.mine if news.kind == "photo" else reading.told(news.item, news.mine, language),
            "theirs": news.other if news.kind == "photo" else reading.told(news.item, news.other, language),
            "other": self._names(news.other_by, language),
            "then": _then(made, local(news.other_made, self.zone), language),
            "by": self.people.name(news.by, language),
            "level": _capital(news, word(LEVEL_WORDS, news.level or "community", language)),
            "reason": _ended(news.reason, language) or said(_NO_REASON, language),
            "why": said(_WHY, language).format(_ended(news.reason, language)) if news.reason else "",
            "of_other": said(_THEIRS, language).format(self._names(news.other_by, language)) if news.other_by else "",
            "because": said(_BECAUSE, language).format(self._names(news.other_by, language)) if news.other_by else "",
        }
        return said(SENTENCES[news.kind], language).format_map(parts)

    def _names(self, users: Sequence[str], language: str) -> str:
        if not users:
            return said(_REGISTRY, language)
        names = [self.people.name(user, language) for user in users]
        if language == "zh":
            return "、".join(names)
        return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _then(made: datetime | None, other: datetime | None, language: str) -> str:
    return compared(made, other, language) if made and other else ("before" if language == "en" else "此前")


def _capital(news: News, whom: str) -> str:
    """Return who decides, with a capital where the sentence begins with it."""
    return whom[0].upper() + whom[1:] if news.kind == "deletion" else whom


def _ended(text: str | None, language: str) -> str:
    """Return what a person wrote as a sentence with an end."""
    plain = " ".join((text or "").split())
    if not plain or plain[-1] in ".!?。！？":
        return plain
    return plain + ("。" if language == "zh" else ".")
