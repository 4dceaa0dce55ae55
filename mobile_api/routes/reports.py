"""Reports: what managers ask for every day, the books, and how far the steps are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from fieldsync.accounting.balance import Month
from fieldsync.accounting.balances import Source
from fieldsync.accounting.reports import Wanted, accounting_report
from fieldsync.audit import Selection
from fieldsync.errors import BadInput
from fieldsync.pipeline import Pipeline
from mobile_api.codes import AREA
from mobile_api.dependencies import Cursor, Limit, SeesPersons, Staff
from mobile_api.errors import GUARDED
from mobile_api.flow import Flow, areas_asked

router = APIRouter(prefix="/reports", tags=["reports"])
Area = Annotated[str, Query(pattern=AREA, description="A prefix of cell codes")]
Collector = Annotated[str | None, Query(max_length=100, description="Only the changes of a collector")]
First = Annotated[date | None, Query(alias="from", description="Only what arrived on this day of the city, or later")]
Last = Annotated[date | None, Query(alias="to", description="Only what arrived on this day of the city, or before")]


class StepsReport(BaseModel):
    """Which cells have changes that the steps have not worked off yet, and how many cases are open."""

    behind: list[str]
    open_cases: int


class CellOutcomes(BaseModel):
    """The changes of a cell by outcome."""

    model_config = ConfigDict(extra="allow")
    cell: str


class Accounting(BaseModel):
    """The books: edits and changes in, and what became of each. `uncounted` rows of the ledger are not in them yet.

    With `verify`, `unaccounted`, `faults` and `adds_up` say what the audit of the area found.
    """

    edits: int
    changes: int
    revisions: int
    outcomes: dict[str, int]
    by_collector: dict[str, dict[str, int]]
    by_day: dict[str, dict[str, int]]
    by_cell: list[CellOutcomes]
    next: str | None
    uncounted: int
    unaccounted: int | None = None
    faults: list[dict[str, Any]] | None = None
    adds_up: bool | None = None


@router.get("/accounting", summary="Account for every change of an area", responses=GUARDED)
def accounting(
    flow: Flow,
    asker: Staff,
    area: Area = "",
    collector: Collector = None,
    first: First = None,
    last: Last = None,
    verify: Annotated[bool, Query(description="Audit the area too; it is a community or a cell then")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Accounting:
    """The figures of `fieldsync audit`, counted from the ledger as it grows; without an area, of all of yours."""
    areas = areas_asked(asker, area)
    wanted = Wanted(areas, Selection(area, collector, first, last), cursor or "", limit)
    audited = _audited(flow, area, wanted.selection) if verify else {}
    return Accounting(**accounting_report(flow.tallies, wanted), **audited)


def _audited(flow: Pipeline, area: str, selection: Selection) -> dict[str, Any]:
    community = flow.cases.level_digits["community"]
    if len(area) < community:
        raise BadInput(
            f"An area of {community} digits at least can be verified here; use fieldsync audit for a larger one.",
            zh=f"此处只能核对至少 {community} 位的区域；更大的区域请用 fieldsync audit。",
        )
    report = flow.auditor.run(selection).report()
    return {name: report[name] for name in ("unaccounted", "faults", "adds_up")}


class BalancePage(BaseModel):
    """The demographic balances of cells, and where the next page begins."""

    balances: list[dict[str, Any]]
    next: str | None


@router.get("/balance", summary="Balance the persons of each cell over a month", responses=GUARDED)
def balance(
    flow: Flow,
    asker: SeesPersons,
    month: Annotated[str | None, Query(max_length=7, description="As 2026-11; default: the present month")] = None,
    area: Area = "",
    of: Annotated[Source, Query(description="What the cells hold, or what the registry does")] = "cells",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> BalancePage:
    """Opening + births + arrivals - deaths - departures = closing; who makes the difference, and in which documents."""
    chosen = Month.read(month or flow.steps.today()[:7])
    return BalancePage(**flow.balances.page(chosen, areas_asked(asker, area), cursor or "", limit, of))


@router.get("/steps", summary="Tell how far resolve, check and admit are", responses=GUARDED)
def steps(flow: Flow, asker: Staff, area: Annotated[str, Query(pattern=AREA)] = "") -> StepsReport:
    """Looks at every cell of the area: name a small one when asking often."""
    with flow.steps.lock:
        behind = [cell for cell in flow.steps.behind(area) if asker.covers(cell)]
    seen = [case.cell for case in flow.cases.each(state="open") if case.cell.startswith(area)]
    return StepsReport(behind=behind, open_cases=sum(1 for cell in seen if asker.covers(cell)))
