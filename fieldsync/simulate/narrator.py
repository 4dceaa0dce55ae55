"""What a person sees of the day as it goes: acts, lines, progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fieldsync.simulate.texts import Text

T = TypeVar("T")


class Narrator:
    """Writes to a console; standard output, or standard error where that is for programs."""

    def __init__(self, to_stderr: bool) -> None:
        self.console = Console(stderr=to_stderr, highlight=False)
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return how long the day has lasted so far."""
        return time.monotonic() - self._began

    def act(self, title: Text) -> None:
        """Begin a part of the day."""
        self.console.print()
        self.console.rule(f"[bold]{title.en}[/bold]  {title.zh}  [dim]{self.seconds:.0f} s[/dim]", align="left")

    def say(self, text: Text) -> None:
        """Say something in both languages."""
        self.console.print(f"  {text.en}")
        self.console.print(f"  [dim]{text.zh}[/dim]")

    def scene(self, title: Text) -> None:
        """Say which planted situation goes on."""
        self.console.print(f"  [cyan]·[/cyan] {title.en}  [dim]{title.zh}[/dim]")

    def each(self, things: Sequence[T], title: Text) -> Iterator[T]:
        """Go through things with a progress bar."""
        with self._bar() as bar:
            task = bar.add_task(f"{title.en} {title.zh}", total=len(things))
            for thing in things:
                yield thing
                bar.advance(task)
        self.console.print(f"  {title.en} [dim]{title.zh}[/dim]")

    def step(self, title: str, do: Callable[[], T]) -> T:
        """Do something under its name, and say how long it took."""
        began = time.monotonic()
        with self.console.status(title):
            result = do()
        self.console.print(f"  [green]✓[/green] {title} [dim]{time.monotonic() - began:.1f} s[/dim]")
        return result

    def table(self, title: Text, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table; columns of numbers are set to the right."""
        table = Table(
            title=f"{title.en}  {title.zh}", title_justify="left", title_style="bold", box=None, pad_edge=True
        )
        texts = [[str(cell) for cell in row] for row in rows]
        for number, column in enumerate(columns):
            is_number = bool(texts) and all(row[number].isdigit() for row in texts)
            table.add_column(column, justify="right" if is_number else "left")
        for row in texts:
            table.add_row(*row)
        self.console.print()
        self.console.print(table)

    def panel(self, title: Text, text: str) -> None:
        """Print a framed text."""
        self.console.print(Panel(text, title=f"{title.en}  {title.zh}", title_align="left", padding=(1, 2)))

    def _bar(self) -> Progress:
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        return Progress(*columns, console=self.console, transient=True)
