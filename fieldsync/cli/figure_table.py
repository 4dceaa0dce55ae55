"""Tables of figures, in which what a row is called is never cut off, however narrow the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

WIDE = 180
"""Columns of a line that goes into a file or another program."""


def console_for_tables() -> Console:
    """Return a console as wide as the terminal, or wide where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def figure_table(title: str, first: str, columns: Sequence[str]) -> Table:
    """Return a table whose first column names rows and stays whole; other headings fold where they must."""
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right", overflow="fold")
    return table
