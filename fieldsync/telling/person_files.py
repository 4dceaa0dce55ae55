"""A person's file as sections that the person can read, in Chinese or English: labels and names, no codes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from fieldsync.merging import value_from
from fieldsync.telling.people import People
from fieldsync.telling.phrases import Phrase, said, word
from fieldsync.telling.reading import Reading
from fieldsync.telling.times import local
from fieldsync.telling.trail_words import action_word, who_word
from forms_spec.retention import read_retention

_REFERENCE = re.compile(r"([a-z]+):([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TITLE: Final[Phrase] = ("All that is held about {name}", "关于{name}的全部留存信息")
_NOBODY: Final[Phrase] = ("this record", "该记录")
_ERASED: Final[Phrase] = (
    "Erased on {at} by {by}: only what stands below is left.",
    "已于{at}由{by}删除，仅余以下内容。",
)
_RECORD: Final[Phrase] = ("Record", "记录编号")
_MADE: Final[Phrase] = ("Made on", "制作时间")
_MADE_BY: Final[Phrase] = ("Made by", "制作人")
_REASON: Final[Phrase] = ("For", "事由")
_NOW: Final[Phrase] = ("What is in the registry now", "登记库现有内容")
_BEFORE: Final[Phrase] = ("What was in the registry before", "登记库曾有内容")
_STORY: Final[Phrase] = ("What was sent and decided", "采集与办理经过")
_SEALED: Final[Phrase] = ("What was told in confidence, under seal", "保密表单中填写的内容")
_ASIDE: Final[Phrase] = ("What was set aside, as it came", "另行保存的原始内容")
_SEEN: Final[Phrase] = ("Who saw it, and when", "查阅记录")
_KEPT: Final[Phrase] = ("How long it is kept", "保存期限")
_COLUMNS: Final[Mapping[str, Phrase]] = {
    "what": ("What", "项目"),
    "value": ("Answer", "内容"),
    "at": ("Since", "起始时间"),
    "time": ("When", "时间"),
    "from": ("Where it is from", "来源"),
    "about": ("About", "对象"),
    "event": ("What happened", "经过"),
    "who": ("Who", "人员"),
    "did": ("What they did", "操作"),
    "why": ("Why", "事由"),
    "long": ("Kept", "期限"),
}
_SOURCES: Final[Mapping[str, Phrase]] = {
    "import": ("handed over by the city", "由登记资料导入"),
    "edit": ("told to {by}", "由{by}采集"),
    "decision": ("decided by {by}", "由{by}裁定"),
}
_KINDS: Final[Mapping[str, Phrase]] = {
    "person": ("person", "本人"),
    "stay": ("stay", "居住记录"),
    "household": ("household", "住户"),
    "dwelling": ("dwelling", "住房"),
    "event": ("event", "事件"),
    "visit": ("visit", "走访"),
    "submission": ("submission", "提交"),
    "answer": ("answer", "答复"),
}
"""What a row is about."""
_ADMITTED: Final[Phrase] = (", admitted by {by}", "，由{by}核准")
_IN_CELL: Final[Phrase] = (" in cell {cell}", "（网格{cell}）")
_FOR_GOOD: Final[Phrase] = (
    "until it is erased: the form sets no term",
    "至申请删除为止：表单未规定期限",
)
_FOR: Final[Phrase] = ("for {span}, as the form says", "按表单规定保存{span}")
_SPANS: Final = ((12, ("{} years", "{}年")), (1, ("{} months", "{}个月")))
_DAYS: Final[Phrase] = ("{} days", "{}天")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, the headings of columns, and rows of as many texts."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FileToRead:
    """A file: its title, what there is to say of it as pairs, its sections."""

    language: str
    title: str
    facts: list[tuple[str, str]]
    sections: list[Section]


@dataclass(frozen=True, slots=True)
class FileWords:
    """Puts what is held about somebody into words; `readings` say how the items of a kind are read."""

    readings: Mapping[str, Reading]
    people: People
    zone: ZoneInfo
    language: str

    def file(self, held: Mapping[str, Any]) -> FileToRead:
        """Return a file, as `PersonFiles.of` put it together, in words."""
        sections = [
            self._section(_NOW, ("about", "what", "value", "at", "from"), self._values(held["registry"], is_now=True)),
            self._section(
                _BEFORE, ("about", "what", "value", "at", "from"), self._values(held["registry"], is_now=False)
            ),
            self._section(_STORY, ("time", "about", "event"), self._story(held["story"])),
            self._section(_SEALED, ("time", "what", "value"), self._sealed(held["sealed"])),
            self._section(_ASIDE, ("time", "about", "value"), self._aside(held["revisions"])),
            self._section(_SEEN, ("time", "who", "did", "why"), self._seen(held["seen"])),
            self._section(_KEPT, ("about", "long"), self._kept(held["kept"])),
        ]
        title = self._said(_TITLE).format(name=held["name"] or self._said(_NOBODY))
        return FileToRead(self.language, title, list(self._facts(held)), sections)

    def _facts(self, held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        yield self._said(_RECORD), held["id"]
        made = held["made"]
        yield self._said(_MADE), self._time(made["at"])
        yield self._said(_MADE_BY), who_word(made["by"], self.people, self.language)
        yield self._said(_REASON), made["reason"]
        if erased := held["erased"]:
            by = who_word(erased["by"], self.people, self.language)
            yield "!", self._said(_ERASED).format(at=self._time(erased["at"]), by=by)

    def _values(self, records: Iterable[Mapping[str, Any]], *, is_now: bool) -> Iterator[tuple[str, ...]]:
        for record in records:
            latest = {value["item"]: number for number, value in enumerate(record["values"])}
            for number, value in enumerate(record["values"]):
                if (latest[value["item"]] == number) == is_now:
                    yield self._value(record["kind"], value)

    def _value(self, kind: str, value: Mapping[str, Any]) -> tuple[str, ...]:
        reading, item = self.readings[kind], value["item"]
        said_of = self._referred(reading.told(item, value_from(value["value"]), self.language))
        at = self._time(value.get("admitted_at") or value["at"])
        return self._kind(kind), reading.label(item, self.language), said_of, at, self._source(value)

    def _referred(self, text: str) -> str:
        """Return a text with references to other records as what they are, with the beginning of the identifier."""
        return _REFERENCE.sub(lambda found: f"{self._kind(found[1])} {found[2]}", text)

    def _source(self, value: Mapping[str, Any]) -> str:
        by, admitted = value.get("by"), value.get("admitted_by")
        is_told = value["source"] == "edit" or (value["source"] == "decision" and by != admitted)
        source = "edit" if is_told else value["source"]
        told = word(_SOURCES, source, self.language).format(by=self.people.name(by, self.language))
        if is_told and value.get("cell"):
            told += self._said(_IN_CELL).format(cell=value["cell"])
        if admitted not in (None, "auto", "import", by):
            told += self._said(_ADMITTED).format(by=self.people.name(admitted, self.language))
        return told

    def _story(self, steps: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
        for step in steps:
            yield self._time(step["arrived"]), self._kind(step["kind_of"]), self._referred(step[self.language])

    def _sealed(self, told: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
        for one in told:
            yield self._time(one["arrived"]), one["question"][self.language], one["answer"][self.language]

    def _aside(self, revisions: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
        for one in revisions:
            if one.get("raw"):
                yield self._time(one["arrived"]), self._kind(one["document"].partition(":")[0]), one["raw"]

    def _seen(self, traces: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
        for one in traces:
            who = who_word(one["by"], self.people, self.language)
            yield self._time(one["at"]), who, action_word(one["action"], self.language), one["reason"]

    def _kept(self, kept: Mapping[str, str | None]) -> Iterator[tuple[str, ...]]:
        for kind, retention in kept.items():
            yield self._form(kind), span_words(retention or "", self.language)

    def _section(self, title: Phrase, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Section:
        heads = tuple(word(_COLUMNS, name, self.language) for name in columns)
        return Section(self._said(title), heads, list(rows))

    def _kind(self, kind: str) -> str:
        return word(_KINDS, kind, self.language)

    def _form(self, form: str) -> str:
        """Return what documents of a form are called; of a form that has no kind of its own its title."""
        spec = None if form in _KINDS else self.readings[form].spec
        return (spec.title.get(self.language) if spec else None) or self._kind(form)

    def _said(self, phrase: Phrase) -> str:
        return said(phrase, self.language)

    def _time(self, at: str) -> str:
        moment = local(at, self.zone)
        return f"{moment:%Y-%m-%d %H:%M}" if moment else at


def span_words(retention: str, language: str) -> str:
    """Return how long a form lets something be kept."""
    read = read_retention(retention)
    if read is None:
        return said(_FOR_GOOD, language)
    size, phrase = next((size, phrase) for size, phrase in _SPANS if read.months % size == 0)
    parts = [
        _counted(count, unit, language) for count, unit in ((read.months // size, phrase), (read.days, _DAYS)) if count
    ]
    return said(_FOR, language).format(span=" ".join(parts) if language == "en" else "".join(parts))


def _counted(count: int, unit: Phrase, language: str) -> str:
    """Return so many of a unit; in English one of them without its plural."""
    text = said(unit, language).format(count)
    return text.removesuffix("s") if count == 1 else text
