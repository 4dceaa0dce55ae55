"""Progress: how far the work is, as rows, as a file for spreadsheets, and as a map."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from fieldsync.progress.following import Asked, Report
from fieldsync.progress.map import progress_map
from fieldsync.progress.report import Day
from fieldsync.progress.table import as_csv, figures_of
from fieldsync.services import Services
from mobile_api.dependencies import Cursor, Limit, SeesPersons, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, areas_asked
from mobile_api.routes.cells import Area

router = APIRouter(prefix="/progress", tags=["progress"])
By = Annotated[
    Literal["cell", "community", "street", "district", "collector"], Query(description="What a row is about")
]
Language = Annotated[Literal["zh", "en"], Query(description="Of headings and legends")]


class ProgressRow(BaseModel):
    """A cell, an area or a collector; `key` is empty for cells that nobody holds. See docs/grid.md for the words."""

    key: str
    name: str
    cells: int
    uncounted: int
    dwellings: int
    households: int
    persons: int
    visited: int
    submitted: int
    verified: int
    returned: int
    waiting: int
    closed: int
    visits: int
    submissions: int
    open_tasks: int
    open_cases: int
    coverage: float | None
    last_sync: str | None
    days_since: int | None
    left: int
    per_day: float
    finish: date | None
    earliest: date | None
    latest: date | None


class ProgressPage(BaseModel):
    """Progress, page by page; `total` is of all rows, `behind` how many cells have changed since they were counted."""

    round: str | None
    by: str
    total: ProgressRow
    rows: list[ProgressRow]
    behind: int
    next: str | None = None


@router.get("", summary="Tell how far the work is", responses=GUARDED | responses(404))
def progress(
    use: Use,
    flow: Flow,
    asker: SeesPersons,
    area: Area = "",
    by: By = "street",
    round_: Annotated[str | None, Query(alias="round", max_length=64)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> ProgressPage:
    """Of an area or, without one, of all of the asker's."""
    report = flow.progress.report(Asked(areas_asked(asker, area), by, round_), day_of(use))
    names = names_of(use, report)
    left = [row for row in report.rows if cursor is None or row.key > cursor]
    page = [ProgressRow(**figures_of(row, report, names)) for row in left[:limit]]
    return ProgressPage(
        round=report.round,
        by=report.by,
        total=ProgressRow(**figures_of(report.total, report, {})),
        rows=page,
        behind=report.behind,
        next=page[-1].key if len(left) > limit else None,
    )


@router.get("/csv", summary="Progress as a file for spreadsheets", responses=GUARDED | responses(404))
def progress_csv(
    use: Use,
    flow: Flow,
    asker: SeesPersons,
    area: Area = "",
    by: By = "street",
    round_: Annotated[str | None, Query(alias="round", max_length=64)] = None,
    language: Language = "zh",
) -> Response:
    report = flow.progress.report(Asked(areas_asked(asker, area), by, round_), day_of(use))
    content = as_csv(report, names_of(use, report), language)
    headers = {"Content-Disposition": f'attachment; filename="progress-{report.day.today}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/map", summary="Progress as a map (SVG)", responses=GUARDED | responses(404))
def progress_svg(
    use: Use,
    flow: Flow,
    asker: SeesPersons,
    area: Area = "",
    round_: Annotated[str | None, Query(alias="round", max_length=64)] = None,
    language: Language = "zh",
) -> Response:
    areas = areas_asked(asker, area)
    report = flow.progress.report(Asked(areas, "cell", round_), day_of(use))
    geometries = {cell.code: cell.geometry for own in areas for cell in use.cells.within(own)}
    title = " ".join(filter(None, (report.round, str(report.day.today))))
    return Response(progress_map(geometries, report.rows, title, language), media_type="image/svg+xml")


def day_of(use: Services) -> Day:
    """Return today in the city."""
    return Day(use.today(), use.settings.zone)


def names_of(use: Services, report: Report) -> dict[str, str]:
    """Return the names that rows are shown with, in Chinese where there is one."""
    if report.by == "collector":
        shown = {row.key: use.display_of(row.key) or {} for row in report.rows if row.key}
    elif report.by == "cell":
        return {}
    else:
        shown = dict(use.areas.names())
    return {key: texts.get("zh") or texts.get("en", "") for key, texts in shown.items()}
