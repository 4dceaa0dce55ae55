"""Cases by age: how long what waits for a person has been waiting. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from fieldsync.cases import Case
from fieldsync.clock import parse_time, write_time
from fieldsync.progress.report import Day
from fieldsync.reporting.table import KEY, Column

AGES = {"days_0_1": 1, "days_2_3": 3, "days_4_7": 7, "days_8_14": 14, "days_15_30": 30, "days_31": 10**9}
"""The columns by age, each with the most days it takes; a day is one of the city's calendar."""
CASES = (
    *KEY,
    Column("open", "未结", "open"),
    *(
        Column(name, f"{label} 天", f"{label} days")
        for name, label in zip(AGES, ("0–1", "2–3", "4–7", "8–14", "15–30", "≥31"), strict=True)
    ),
    Column("overdue", "逾期", "overdue"),
    Column("claimed", "已认领", "claimed"),
    Column("overdue_share", "逾期率", "share overdue", "share", of=("overdue", "open")),
)
WORDS = {
    "admission": ("入库审核", "admission"),
    "contest": ("争议", "contest"),
    "deletion": ("删除", "deletion"),
    "late": ("移交后提交", "late"),
    "move": ("迁移", "move"),
    "quarantine": ("隔离", "quarantine"),
    "duplicate": ("疑似重复", "duplicate"),
    "community": ("社区", "community"),
    "street": ("街道", "street"),
    "district": ("区县", "district"),
    "city": ("市", "city"),
}


def case_lines(
    cases: Iterable[Case], key_of: Callable[[Case], str], day: Day, now: datetime
) -> dict[str, dict[str, int]]:
    """Return the counts of open cases by age, by what a key says of each; read one after the other."""
    found: dict[str, dict[str, int]] = {}
    moment = write_time(now)
    for case in cases:
        counts = found.setdefault(key_of(case), {column.name: 0 for column in CASES if column.measure == "count"})
        counts["open"] += 1
        counts[_age(case.opened, day)] += 1
        counts["overdue"] += bool(case.due and case.due < moment)
        counts["claimed"] += case.claimed_by is not None
    return found


def _age(opened: str, day: Day) -> str:
    moment = parse_time(opened)
    days = (day.today - moment.astimezone(day.zone).date()).days if moment else 0
    return next(name for name, most in AGES.items() if days <= most)
