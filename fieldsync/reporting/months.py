"""The persons of a month by area: opening, what happened, what that comes to, closing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fieldsync.accounting.kept_balances import MonthFigures
from fieldsync.reporting.table import KEY, Column, Line

MONTH = (
    *KEY,
    Column("cells", "网格", "cells", "plain"),
    Column("opening", "期初", "opening"),
    Column("births", "出生", "births"),
    Column("arrivals", "迁入", "arrivals"),
    Column("deaths", "死亡", "deaths"),
    Column("departures", "迁出", "departures"),
    Column("expected", "应为", "expected"),
    Column("closing", "期末", "closing"),
    Column("differences", "不一致人数", "persons who differ"),
)


def month_line(found: Iterable[MonthFigures], key: str, name: str, about: str) -> Line:
    """Return the balance of some cells together."""
    cells = list(found)
    values: dict[str, Any] = {one: sum(getattr(cell, one) for cell in cells) for one in MonthFigures.__struct_fields__}
    gained = values["births"] + values["arrivals"] - values["deaths"] - values["departures"]
    return Line(
        about, {"key": key, "name": name, "cells": len(cells), **values, "expected": values["opening"] + gained}
    )
