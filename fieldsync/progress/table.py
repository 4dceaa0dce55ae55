"""Progress as a table: what programs read, and files that spreadsheets open without running anything. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from fieldsync.progress.following import Report
from fieldsync.progress.report import Row

HEADINGS = {
    "key": ("编号", "key"),
    "name": ("名称", "name"),
    "cells": ("网格", "cells"),
    "dwellings": ("住房", "dwellings"),
    "households": ("住户", "households"),
    "persons": ("人口", "persons"),
    "visited": ("已走访", "visited"),
    "submitted": ("已提交", "submitted"),
    "verified": ("已核实", "verified"),
    "returned": ("已退回", "returned"),
    "waiting": ("待处理", "waiting"),
    "closed": ("未访即结", "closed"),
    "visits": ("走访次数", "visits"),
    "submissions": ("提交次数", "submissions"),
    "open_tasks": ("未完任务", "open tasks"),
    "open_cases": ("未结事项", "open cases"),
    "coverage": ("走访覆盖率", "coverage"),
    "last_sync": ("最近同步", "last sync"),
    "days_since": ("距今天数", "days since"),
    "left": ("剩余", "left"),
    "per_day": ("每日进度", "per day"),
    "finish": ("预计完成", "finish"),
    "earliest": ("最早", "earliest"),
    "latest": ("最晚", "latest"),
    "uncounted": ("未统计网格", "uncounted cells"),
}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def figures_of(row: Row, report: Report, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a row as a program reads it, with its name, its share visited and its estimate."""
    expected = row.estimate(report.day)
    coverage = row.coverage
    shown: dict[str, Any] = {name: getattr(row, name) for name in HEADINGS if hasattr(row, name)}
    return {
        **shown,
        "name": names.get(row.key, ""),
        "coverage": round(coverage, 4) if coverage is not None else None,
        "days_since": row.days_since(report.day),
        "left": expected.left,
        "per_day": expected.per_day,
        "finish": expected.finish,
        "earliest": expected.earliest,
        "latest": expected.latest,
    }


def as_csv(report: Report, names: Mapping[str, str], language: str) -> bytes:
    """Return a report as CSV in UTF-8 with a mark, as spreadsheets want it; texts that would be formulas are quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heading[0 if language == "zh" else 1] for heading in HEADINGS.values())
    for row in report.rows:
        figures = figures_of(row, report, names)
        writer.writerow(_plain(figures[name]) for name in HEADINGS)
    return out.getvalue().encode("utf-8-sig")


def _plain(value: object) -> object:
    """Return a value of which no spreadsheet makes a formula. Source: OWASP, "CSV Injection"."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else "" if value is None else value
