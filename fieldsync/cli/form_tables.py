"""Versions of forms as lines and tables for people, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fieldsync.form_impact import Impact
from fieldsync.form_versions import FormInUse
from forms_spec import Change

_CELLS_SHOWN = 10
_SEVERITIES = {"error": "refused / 不允许", "warning": "look / 请核对", "info": "fine / 无碍"}


def change_lines(changes: Iterable[Change], impact: Impact | None) -> list[str]:
    """Return the changes of a form as a table: what, how grave, and how many documents have it."""
    table = _table("field / 题目", "change / 变动", "severity / 程度", "documents / 记录数")
    for change in changes:
        said = f"{change.message['en']}\n{change.message['zh']}"
        count = _count(change, impact)
        table.add_row(escape(change.field), escape(said), _SEVERITIES[change.severity], count)
    return _drawn(table)


def _count(change: Change, impact: Impact | None) -> str:
    if impact is None:
        return ""
    if change.kind == "removed":
        return str(impact.answers.get(change.field, 0))
    found = impact.choices.get(change.field, {}) if change.kind == "choices_removed" else {}
    return "\n".join(f"{value}: {count}" for value, count in found.items())


def impact_lines(impact: Impact) -> list[str]:
    """Return how many documents are under way, and in which cells: those with most first."""
    versions = ", ".join(f"{version or '?'}: {count}" for version, count in impact.versions.items())
    said = f"Documents under way / 进行中的记录: {impact.documents}" + (f" ({versions})" if versions else "")
    most = sorted(impact.cells.items(), key=lambda cell: (-cell[1], cell[0]))
    more = [f"  … {len(most) - _CELLS_SHOWN} more cells / 个网格"] if len(most) > _CELLS_SHOWN else []
    return [said, *(f"  {cell}: {count}" for cell, count in most[:_CELLS_SHOWN]), *more]


def form_lines(forms: Iterable[FormInUse]) -> list[str]:
    """Return the forms, each with the versions in use and where."""
    lines = []
    for form in forms:
        where = "; ".join(f"{release.version} {_area(release.area)}" for release in form.standing())
        title = " / ".join(dict.fromkeys(form.title.values()))
        retired = f"; retired / 已停用: {form.retired.reason}" if form.retired else ""
        lines.append(f"{form.form}: {title}: {where}{retired}")
    return lines


def version_lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the versions of a form, each with its date and where it is in use."""
    return [
        f"{row['version']}: {row['published']:%Y-%m-%d %H:%M} {row['by']}; "
        + (", ".join(map(_area, row["areas"])) or "not in use / 未使用")
        for row in rows
    ]


def _area(area: str) -> str:
    return area or "everywhere / 全部"


def _table(*headers: str) -> Table:
    table = Table(show_lines=True)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _drawn(table: Table) -> list[str]:
    """Return a table's lines as wide as the terminal, so that it goes the way of all other lines."""
    console = Console(force_terminal=False, color_system=None)
    with console.capture() as drawn:
        console.print(table)
    return [line.rstrip() for line in drawn.get().splitlines()]
