"""Set aside: what a collector reads of a version that may not enter its cell: which, why, and what to do."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from fieldsync.documents import TABLET_KINDS, is_sealed_cell, kind_of
from fieldsync.judgement import CANNOT_STAND, REASON_TEXTS
from fieldsync.kinds import Kinds
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.telling.people import Naming
from fieldsync.telling.phrases import LANGUAGES, Phrase, said
from fieldsync.telling.times import local, on_day

_DOCUMENT: Final = ("a document", "一份文档")
_SENTENCE: Final = (
    "What you sent {day} about {whom} was set aside because {reason}. It is kept, for staff to see. {todo}",
    "您{day}提交的关于{whom}的内容已另行保存，原因：{reason}。内容未丢失，工作人员可以查看。{todo}",
)
AGAIN: Final[Phrase] = (
    "The tablet shows the version before: please open it again and enter what is missing.",
    "平板上为之前的版本，请重新打开并补填。",
)
ONCE: Final[Phrase] = (
    "Such a record is never changed: to mend it, please make a new one.",
    "此类记录不可更改，如需更正请新建一条。",
)
REBUILD: Final[Phrase] = (
    "Please sync the rest of your work; the tablet will then fetch the cell anew.",
    "请先同步其余内容，随后平板将重新下载该网格。",
)
NOTHING: Final[Phrase] = ("You need not do anything.", "您无需操作。")
_NOT_AGAIN: Final = dict.fromkeys(("server_kind", "design", "erased", "not_sealed", "sealed_file"), NOTHING)
_TO_DO: Final = {"second_revision": ONCE, **_NOT_AGAIN}


class SetAside:
    """Puts quarantined versions into words."""

    def __init__(self, kinds: Kinds, zone: ZoneInfo) -> None:
        self._kinds, self._zone = kinds, zone

    def text(self, entry: Entry, log: DocumentLog) -> dict[str, str]:
        """Return what its collector should know of a version that was set aside, in each language."""
        return {language: self._sentence(entry, log, language) for language in LANGUAGES}

    def _sentence(self, entry: Entry, log: DocumentLog, language: str) -> str:
        arrived = local(entry.arrived, self._zone)
        reason = entry.quarantined or "unreadable"
        parts = {
            "day": on_day(arrived.date(), language) if arrived else "",
            "whom": self._name(entry, log, language),
            "reason": said(REASON_TEXTS[reason], language),
            "todo": said(REBUILD if reason in CANNOT_STAND else _TO_DO.get(reason, AGAIN), language),
        }
        return said(_SENTENCE, language).format_map(parts)

    def _name(self, entry: Entry, log: DocumentLog, language: str) -> str:
        if kind_of(entry.document) not in TABLET_KINDS:
            return said(_DOCUMENT, language)
        before = None if is_sealed_cell(entry.cell) else log.nearest(log.path(entry.rev))
        bodies = {entry.document: before.body or {}} if before else {}
        return Naming(bodies, self._kinds.sensitive).name(entry.document, language)
