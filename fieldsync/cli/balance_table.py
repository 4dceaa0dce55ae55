"""The demographic balances of cells as a table, with a line for each difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldsync.accounting.balance import Balance, Difference
from fieldsync.cli.figure_table import console_for_tables, figure_table

_COLUMNS = ("opening", "births", "arrivals", "deaths", "departures", "expected", "closing")
_SHOWN = 20
WORDS: Mapping[str, tuple[str, str]] = {
    "stay_began_without_event": ("a stay began without an event", "居住开始但无事件记录"),
    "stay_ended_without_event": ("a stay ended without an event", "居住结束但无事件记录"),
    "event_without_stay": ("an event without a stay that begins or ends", "有事件记录但居住信息未变"),
    "events_contradict_stays": ("the events say otherwise than the stays", "事件与居住信息不一致"),
    "unreadable_date": ("a date cannot be read", "日期无法读取"),
}


def print_balances(balances: Sequence[Balance]) -> None:
    """Print the balances, and the first differences of all cells."""
    console = console_for_tables()
    table = figure_table(f"Persons, {balances[0].month}" if balances else "No cells", "Cell", _COLUMNS)
    reports = [balance.report() for balance in balances]
    lived_in = [report for report in reports if any(report[name] for name in _COLUMNS)]
    for report in lived_in:
        table.add_row(report["cell"], *(str(report[name]) for name in _COLUMNS))
    table.add_row("all", *(str(sum(report[name] for report in lived_in)) for name in _COLUMNS), style="bold")
    console.print(table)
    if len(lived_in) < len(reports):
        console.print(f"{len(reports) - len(lived_in)} cells had nobody in them all month. 其余网格本月无人居住。")
    found = [(balance.cell, one) for balance in balances for one in balance.differences]
    for cell, one in found[:_SHOWN]:
        console.print(_told(cell, one), style="red", markup=False, soft_wrap=True)
    if len(found) > _SHOWN:
        console.print(f"and {len(found) - _SHOWN} more differences; --json lists all")
    console.print("Stays and events balance." if not found else "[bold red]Stays and events do not balance.[/bold red]")


def _told(cell: str, one: Difference) -> str:
    english, chinese = WORDS[one.kind]
    documents = ", ".join(one.documents) or "the stays"
    return f"{cell} {one.person} ({one.amount:+}): {english} {chinese}; look at {documents}."
