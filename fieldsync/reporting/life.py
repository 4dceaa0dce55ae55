"""Two reports from the progress of cells: where households stand, and what comes back of whose work. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fieldsync.progress.life import STAGES
from fieldsync.progress.report import Row
from fieldsync.reporting.table import KEY, Column, Line, with_shares

_STAGES = {
    "not_started": ("未开始", "not started"),
    "in_progress": ("进行中", "in progress"),
    "submitted": ("已提交", "submitted"),
    "held": ("有错误暂缓", "held"),
    "contested": ("有争议", "contested"),
    "waiting": ("待审核", "waiting"),
    "returned": ("已退回", "returned"),
    "admitted": ("已入库", "admitted"),
    "closed": ("未访即结", "closed"),
}
LIFE = (
    *KEY,
    Column("cells", "网格", "cells", "plain"),
    Column("uncounted", "未统计网格", "uncounted cells", "plain"),
    Column("persons", "人口", "persons"),
    Column("units", "住户（含无住户住房）", "households and empty dwellings"),
    *(Column(name, *_STAGES[name]) for name in STAGES),
    Column("open_cases", "未结事项", "open cases"),
    Column("admitted_share", "入库比例", "share admitted", "share", of=("admitted", "units")),
)
WORK = (
    *KEY,
    Column("visits", "走访次数", "visits"),
    Column("units", "提交住户", "households handed in"),
    Column("errors", "有错误", "with errors"),
    Column("warnings", "有警告", "with warnings"),
    Column("contested", "有争议", "contested"),
    Column("returned", "被退回", "returned"),
    Column("changes", "变更项", "changes"),
    Column("changes_returned", "退回项", "changes returned"),
    Column("changes_refused", "不予采纳项", "changes refused"),
    Column("errors_share", "错误率", "share with errors", "share", of=("errors", "units")),
    Column("warnings_share", "警告率", "share with warnings", "share", of=("warnings", "units")),
    Column("contested_share", "争议率", "share contested", "share", of=("contested", "units")),
    Column("returned_share", "退回率", "share returned", "share", of=("returned", "units")),
    Column(
        "changes_returned_share", "变更退回率", "share of changes returned", "share", of=("changes_returned", "changes")
    ),
)


def life_line(row: Row, about: str, name: str) -> Line:
    """Return where the households of a row of progress stand."""
    stages = {stage: row.life[stage] for stage in STAGES}
    own = {one: getattr(row, one) for one in ("cells", "uncounted", "persons", "units", "open_cases")}
    return with_shares(Line(about, {"key": row.key, "name": name, **own, **stages}), LIFE)


def work_line(row: Row, about: str, name: str, outcomes: Mapping[str, int]) -> Line:
    """Return what came back of a collector's work: of what they handed in now, and of their changes altogether."""
    handed = {one: getattr(row.handed, one) for one in row.handed.__struct_fields__}
    changes = {
        "changes": sum(outcomes.values()),
        "changes_returned": outcomes.get("returned", 0),
        "changes_refused": outcomes.get("refused", 0),
    }
    values: dict[str, Any] = {"key": row.key, "name": name, "visits": row.visits, **handed, **changes}
    return with_shares(Line(about, values), WORK)


def collectors_of(rows: Iterable[Row], counted: Mapping[str, Mapping[str, int]]) -> list[Row]:
    """Return a row for each collector who handed something in, went somewhere, or wrote a change."""
    known = {row.key: row for row in rows if row.key and (row.visits or row.handed.units or row.last_sync)}
    return [known.get(who) or Row(who) for who in sorted({*known, *(who for who in counted if who != "?")})]
