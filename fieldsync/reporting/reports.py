"""Reports, put together: which there are, what may be asked of each, and where their figures are read.

All of them follow what is kept up with the cells, the ledger and the cases, so that a city costs a read of figures, not
of documents: see docs/decisions/0044-reports.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fieldsync.accounting.accounts import Selection
from fieldsync.accounting.balance import Month
from fieldsync.accounting.kept_balances import KeptBalances
from fieldsync.accounting.reports import Wanted, accounting_report
from fieldsync.accounting.tallies import Tallies
from fieldsync.cases import OPEN, Case
from fieldsync.errors import BadInput
from fieldsync.kinds import Kinds
from fieldsync.progress.answered import Answered
from fieldsync.progress.following import Asked, Progress
from fieldsync.progress.report import Day
from fieldsync.reporting.case_ages import CASES, WORDS, case_lines
from fieldsync.reporting.completeness import BY_AREA, BY_ITEM, KINDS, added, area_line, item_lines
from fieldsync.reporting.ground import AREAS, Ground, about
from fieldsync.reporting.life import LIFE, WORK, collectors_of, life_line, work_line
from fieldsync.reporting.months import MONTH, month_line
from fieldsync.reporting.sealed import SEALED, counted, sealed_line
from fieldsync.reporting.small_counts import SmallCounts
from fieldsync.reporting.table import Column, Line, Table, summed, with_shares

BY: Mapping[str, tuple[str, ...]] = {
    "progress": ("street", "cell", "community", "district", "collector"),
    "completeness": ("item", *AREAS),
    "collectors": ("collector",),
    "cases": ("kind", "level", *AREAS),
    "month": ("street", "cell", "community", "district"),
    "sealed": ("form", *AREAS),
}
"""The reports, and what the rows of each may be put together by; the first is what it is without a wish."""
REPORTS = tuple(BY)
_STEP = 20
_ALL = 10**12
"""More documents than there are."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a report of areas (the empty one: everywhere), put together by what, in a round or of a month."""

    report: str
    areas: Sequence[str]
    day: Day
    now: datetime
    by: str | None = None
    round: str | None = None
    month: str | None = None
    language: str = "zh"

    def __post_init__(self) -> None:
        """Check what goes together. Raises BadInput."""
        if self.report not in BY:
            raise BadInput(f"The reports are {', '.join(REPORTS)}, not {self.report!r:.40}. / 没有这种报表。")
        if self.by is not None and self.by not in BY[self.report]:
            raise BadInput(
                f"The report {self.report} is put together by {', '.join(BY[self.report])}, not {self.by!r:.40}."
                f" / 报表 {self.report} 不能按 {self.by:.40} 汇总。",
                field="by",
            )
        if self.month is not None and self.report != "month":
            raise BadInput(
                "A month is for the report month alone: leave it out. / 只有 month 报表可指定月份。", field="month"
            )
        if self.round is not None and self.report not in ("progress", "collectors"):
            raise BadInput(
                "A round is for the reports progress and collectors: leave it out. / 该报表不能指定任务轮次。",
                field="round",
            )
        if self.month is not None:
            Month.read(self.month)
        if self.language not in ("zh", "en"):
            raise BadInput("The language is zh or en. / 语言为 zh 或 en。", field="language")

    @property
    def chosen(self) -> str:
        """Return what its rows are put together by."""
        return self.by or BY[self.report][0]

    @property
    def of_month(self) -> Month:
        """Return the month, the present one where none is named. Raises BadInput."""
        return Month.read(self.month or self.day.today.isoformat()[:7])


@dataclass(frozen=True, slots=True)
class Names:
    """What areas and people are called in a language."""

    area: Callable[[], Mapping[str, Mapping[str, str]]]
    person: Callable[[str], Mapping[str, str] | None]

    def of_areas(self, language: str) -> dict[str, str]:
        """Return the names of all areas."""
        return {code: _text(texts, language) for code, texts in self.area().items()}

    def of_person(self, name: str, language: str) -> str:
        """Return what somebody is called; empty for nobody."""
        return _text(self.person(name) or {}, language) if name else ""


@dataclass(frozen=True, slots=True)
class Reports:
    """Makes reports."""

    progress: Progress
    tallies: Tallies
    balances: KeptBalances
    kinds: Kinds
    names: Names
    small: SmallCounts

    def table(self, question: Question, *, sees_persons: bool) -> Table:
        """Return a report; small counts are suppressed for who may not see persons. Raises BadInput or NotFound."""
        makers = {
            "progress": self._life,
            "completeness": self._completeness,
            "collectors": self._collectors,
            "cases": self._cases,
            "month": self._month,
            "sealed": self._sealed,
        }
        table = makers[question.report](question)
        return table if sees_persons else self.small.shown(table)

    def catch_up(self, question: Question, progress: Callable[[int, int], None]) -> None:
        """Read all that has changed, however much that is; `progress` is told how many cells are done, of how many."""
        codes = self._ground(question).codes
        if question.report == "cases":
            return
        for start in range(0, len(codes), _STEP):
            step = codes[start : start + _STEP]
            if question.report == "month":
                self.balances.refresh(question.of_month, step, len(step))
            else:
                self.progress.counts.refresh(step, _ALL)
            progress(min(start + _STEP, len(codes)), len(codes))
        while question.report == "collectors" and self.tallies.refresh():
            progress(len(codes), len(codes))

    def _ground(self, question: Question) -> Ground:
        return Ground(self.progress.cells(question.areas))

    def _life(self, question: Question) -> Table:
        by = question.chosen
        found = self.progress.report(Asked(question.areas, by, question.round), question.day)
        ground, areas = self._ground(question), self.names.of_areas(question.language)
        groups = ground.groups(by) if by != "collector" else {}
        lines = []
        for row in found.rows:
            codes, more = (ground.codes, (f"holder:{row.key}",)) if by == "collector" else (groups[row.key], ())
            name = self.names.of_person(row.key, question.language) if by == "collector" else areas.get(row.key, "")
            lines.append(life_line(row, about(codes, *more), name))
        return self._made(question, LIFE, lines, found.behind, round=found.round)

    def _collectors(self, question: Question) -> Table:
        found = self.progress.report(Asked(question.areas, "collector", question.round), question.day)
        counted = accounting_report(self.tallies, Wanted(question.areas, Selection()))
        changes, codes = counted["by_collector"], self._ground(question).codes
        lines = [
            work_line(
                row,
                about(codes, f"collector:{row.key}"),
                self.names.of_person(row.key, question.language),
                changes.get(row.key, {}),
            )
            for row in collectors_of(found.rows, changes)
        ]
        return self._made(question, WORK, lines, found.behind, round=found.round, uncounted=counted["uncounted"])

    def _completeness(self, question: Question) -> Table:
        ground = self._ground(question)
        behind = self.progress.counts.refresh(ground.codes)
        found = self.progress.counts.answered(ground.codes)
        specs = {kind: spec for kind in KINDS if (spec := self.kinds.lineage(kind))}
        if question.chosen == "item":
            total = added(found.values())
            lines = item_lines(total, specs, about(ground.codes), question.language)
            return self._made(question, BY_ITEM, lines, len(behind))
        areas = self.names.of_areas(question.language)
        lines = [
            area_line(
                added(found.get(code, Answered()) for code in codes), specs, (key, areas.get(key, "")), about(codes)
            )
            for key, codes in ground.groups(question.chosen).items()
        ]
        return self._made(question, BY_AREA, lines, len(behind))

    def _cases(self, question: Question) -> Table:
        ground = self._ground(question)
        by = question.chosen
        places = {cell.code: cell for cell in ground.cells}
        groups = ground.groups(by) if by in AREAS else {}

        def key_of(case: Case) -> str:
            return str(getattr(case, by)) if by in ("kind", "level") else ground.key(places[case.cell], by)

        waiting = (case for case in self.progress.cases.each(state=OPEN) if case.cell in places)
        counts = case_lines(waiting, key_of, question.day, question.now)
        areas = self.names.of_areas(question.language)
        lines = []
        for key in sorted({*counts, *groups}):
            name = areas.get(key, "") if groups else WORDS.get(key, (key, key))[question.language == "en"]
            where = about(groups[key]) if groups else about(ground.codes, f"{by}:{key}")
            values = counts.get(key) or {c.name: 0 for c in CASES if c.measure == "count"}
            lines.append(with_shares(Line(where, {"key": key, "name": name, **values}), CASES))
        return self._made(question, CASES, lines)

    def _month(self, question: Question) -> Table:
        ground, month = self._ground(question), question.of_month
        behind = self.balances.refresh(month, ground.codes)
        found = self.balances.read(month, ground.codes)
        areas = self.names.of_areas(question.language)
        lines = [
            month_line(
                (found[code] for code in codes if code in found), key, areas.get(key, ""), about(codes, str(month))
            )
            for key, codes in ground.groups(question.chosen).items()
        ]
        return self._made(question, MONTH, lines, len(behind), month=str(month))

    def _sealed(self, question: Question) -> Table:
        ground = self._ground(question)
        behind = self.progress.counts.refresh(ground.codes)
        figures = self.progress.counts.read(ground.codes)
        held = {code: figures[code].sealed for code in ground.codes if code in figures}
        if question.chosen == "form":
            forms, specs = counted(held.values()), self.kinds.spec
            titles = {form: _text(spec.title, question.language) for form in forms if (spec := specs(form))}
            lines = [
                sealed_line(forms[form], (form, titles.get(form, "")), about(ground.codes, f"form:{form}"))
                for form in sorted(forms)
            ]
            return self._made(question, SEALED, lines, len(behind))
        areas = self.names.of_areas(question.language)
        lines = [
            sealed_line(
                sum(counted(held.get(code, {}) for code in codes).values(), Counter()),
                (key, areas.get(key, "")),
                about(codes, "sealed"),
            )
            for key, codes in ground.groups(question.chosen).items()
        ]
        return self._made(question, SEALED, lines, len(behind))

    def _made(
        self, question: Question, columns: Sequence[Column], lines: list[Line], behind: int = 0, **notes: object
    ) -> Table:
        codes = self._ground(question).codes
        more = (str(notes["month"]),) if "month" in notes else ()
        total = with_shares(summed(lines, columns, about(codes, *more)), columns)
        asked = {"areas": list(question.areas), "by": question.chosen, **notes}
        return Table(question.report, asked, columns, lines, total, behind)


def _text(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get("zh") or texts.get("en", "")
