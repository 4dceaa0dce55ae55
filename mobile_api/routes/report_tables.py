"""The reports that managers ask for every day, as JSON page by page and as files for spreadsheets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from fieldsync.accounts import may_see_persons
from fieldsync.reporting.files import as_csv
from fieldsync.reporting.reports import Question
from mobile_api.dependencies import Cursor, Limit, Staff, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, areas_asked
from mobile_api.routes.cells import Area
from mobile_api.routes.progress import Language, day_of

router = APIRouter(prefix="/reports", tags=["reports"])
Name = Literal["progress", "completeness", "collectors", "cases", "month", "sealed"]
By = Annotated[str | None, Query(max_length=20, description="What a row is about; see docs/reports.md")]
Round = Annotated[str | None, Query(alias="round", max_length=64, description="Default: the last one that has begun")]
OfMonth = Annotated[str | None, Query(max_length=7, description="As 2026-11; default: the present month")]
Suppress = Annotated[bool, Query(description="Suppress small counts, to hand the report on")]


class ReportColumn(BaseModel):
    """A column of a report: its headings, and what stands in it (text, plain, count, share)."""

    name: str
    zh: str
    en: str
    measure: str


class ReportLine(BaseModel):
    """A row: a value for each column; `hidden` names the counts that are suppressed."""

    model_config = ConfigDict(extra="allow")
    key: str
    name: str
    hidden: list[str] | None = None


class ReportPage(BaseModel):
    """A report, page by page; `total` is of all rows, `behind` how many cells have changed since they were read.

    `asked` says of what it is. Where small counts are suppressed, `hidden_below` is the bound, and the other counts are
    rounded to multiples of it.
    """

    report: str
    asked: dict[str, Any]
    columns: list[ReportColumn]
    rows: list[ReportLine]
    total: ReportLine
    behind: int
    hidden_below: int | None
    next: str | None


def _question(
    use: Use,
    asker: Staff,
    report: Name,
    area: Area = "",
    by: By = None,
    round_: Round = None,
    month: OfMonth = None,
    language: Language = "zh",
) -> Question:
    """Read what is asked: of an area or, without one, of all of the asker's. Raises BadInput or Forbidden."""
    return Question(
        report, areas_asked(asker, area), day_of(use), use.now(), by=by, round=round_, month=month, language=language
    )


Wanted = Annotated[Question, Depends(_question)]


@router.get("/{report}", summary="A report", responses=GUARDED | responses(404), response_model_exclude_unset=True)
def report_page(
    flow: Flow, asker: Staff, question: Wanted, suppress: Suppress = False, cursor: Cursor = None, limit: Limit = 100
) -> ReportPage:
    """Auditors get it with small counts suppressed."""
    table = flow.reports.table(question, sees_persons=may_see_persons(asker) and not suppress)
    left = [row for row in table.rows if cursor is None or row.key > cursor]
    following = left[limit - 1].key if len(left) > limit else None
    return ReportPage(**table.headed(), rows=[ReportLine(**row.report()) for row in left[:limit]], next=following)


@router.get("/{report}/csv", summary="A report as a file for spreadsheets", responses=GUARDED | responses(404))
def report_csv(flow: Flow, asker: Staff, question: Wanted, suppress: Suppress = False) -> Response:
    """All of its rows, the total last; small counts are suppressed for auditors."""
    table = flow.reports.table(question, sees_persons=may_see_persons(asker) and not suppress)
    headers = {"Content-Disposition": f'attachment; filename="{table.report}-{question.day.today}.csv"'}
    return Response(as_csv(table, question.language), media_type="text/csv; charset=utf-8", headers=headers)
