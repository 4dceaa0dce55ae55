"""The results of a run as a table for people. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.table import Table

from fieldsync.bench.figures import Reading, Result, Sample


def table_of(results: Sequence[Result], title: str) -> Table:
    """Return the table: a line for each measure, and below it what each server needed for it."""
    table = Table(title=title, title_justify="left", show_lines=True)
    for column in ("measure", "fieldsync", "peer", "ratio"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for column in ("requests", "MB sent/received", "server CPU s", "server peak MB", "clients' CPU"):
        table.add_column(column, justify="right")
    for result in results:
        both = [reading for reading in (result.ours, result.peer) if reading is not None]
        notes = "".join(f"\n  {note}" for note in result.notes)
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        row = (f"{result.title}, {result.unit}{notes}", shown(result.ours), shown(result.peer), ratio)
        table.add_row(*row, *("\n".join(cell(reading) for reading in both) for cell in _CELLS))
    return table


def shown(reading: Reading | None) -> str:
    """Return a median, with the least and the most where there were several rounds."""
    if reading is None:
        return "-"
    return _number(reading.median) + (
        f"\n({_number(reading.low)} to {_number(reading.high)})" if len(reading.samples) > 1 else ""
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _middle(reading: Reading) -> Sample:
    """Return the sample that is nearest to the median."""
    return min(reading.samples, key=lambda sample: abs(sample.value - reading.median))


def _requests(reading: Reading) -> str:
    return f"{_middle(reading).requests:,}"


def _traffic(reading: Reading) -> str:
    sample = _middle(reading)
    return f"{sample.sent / 1e6:.3g} / {sample.received / 1e6:.3g}"


def _cpu(reading: Reading) -> str:
    used = [sample.server_cpu_s for sample in reading.samples if sample.server_cpu_s is not None]
    return f"{median(used):.2f}" if used else "-"


def _peak(reading: Reading) -> str:
    return "-" if reading.peak_bytes is None else f"{reading.peak_bytes / 1e6:.0f}"


def _client(reading: Reading) -> str:
    return f"{100 * _middle(reading).client_share:.0f} %"


_CELLS = (_requests, _traffic, _cpu, _peak, _client)
