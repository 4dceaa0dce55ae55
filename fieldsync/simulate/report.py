"""The day as one page that needs nothing else: a map of the cells, three stories, the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from fieldsync.sample import district
from fieldsync.simulate.books import Books
from fieldsync.simulate.district_map import MANY_EDITS, day_map, locator
from fieldsync.simulate.page_parts import bars, check_rows, lost_rows, outcome_rows, registry_rows, story_card, tiles
from fieldsync.simulate.stage import Check
from fieldsync.simulate.stories import Story
from fieldsync.simulate.texts import Text


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is told of the day at its end."""

    books: Books
    checks: Sequence[Check]
    stories: Sequence[Story]
    peak_rss_mb: float

    @property
    def holds(self) -> bool:
        """Tell whether everything that must hold does."""
        return all(check.holds for check in self.checks)


def write_report(path: Path, evidence: Evidence) -> None:
    """Write the page."""
    path.write_text(page(evidence), encoding="utf-8")


def page(evidence: Evidence) -> str:
    """Return the page."""
    books, line = evidence.books, evidence.books.line()
    template = Template((files("fieldsync.simulate") / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        many=MANY_EDITS,
        tablets=books.tablets,
        cells=books.cells,
        verdict="holds" if evidence.holds else "fails",
        tiles=tiles(_figures(evidence)),
        map=day_map(district.cells(), books.ledger.cells),
        locator=locator(district.cells(), district.outline(), books.ledger.cells),
        stories="".join(story_card(story) for story in evidence.stories),
        edits=f"{line['edits']:,}",
        changes=f"{line['changes']:,}",
        outcomes=bars(outcome_rows(books)),
        registry=registry_rows(books),
        lost=bars(lost_rows(books), "lost"),
        checks=check_rows(evidence.checks),
        seconds=f"{books.seconds:.0f}",
        memory=f"{evidence.peak_rss_mb:.0f}",
    )


def _figures(evidence: Evidence) -> list[tuple[Text, object]]:
    line = evidence.books.line()
    return [
        (Text("edits", "修改"), f"{line['edits']:,}"),
        (Text("changes", "变更"), f"{line['changes']:,}"),
        (Text("items merged", "合并的项目"), line["merged"]),
        (Text("contests", "争议"), line["contests"]),
        (Text("admitted", "核准入库"), f"{line['admitted']:,}"),
        (Text("unaccounted for", "未入账"), line["unaccounted"]),
    ]
