"""`fieldsync demo`: a field day on the sample district, from nothing."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from fieldsync.cli.context import opened
from fieldsync.kinds import Kinds

if TYPE_CHECKING:
    from fieldsync.simulate.ledger_reading import LedgerDay


def register(app: typer.Typer) -> None:
    """Add the command `demo`."""
    app.command("demo")(demo)


def demo(
    store: Annotated[
        str | None,
        typer.Option(
            envvar="FIELDSYNC_DEMO_STORE",
            help="An empty store to play in; without it, a temporary folder. A URL with a password is better set in the"
            " environment: others on the machine can read command lines.",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the day; status 0 only if everything holds.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the closing figures as the last line of standard output.")
    ] = False,
    report: Annotated[Path, typer.Option(help="Where to write the day as a page.")] = Path("field-day.html"),
) -> None:
    """Play a field day: tablets edit offline, meet, are merged, admitted; the books balance at the end.

    Example: fieldsync demo --once
    """
    from fieldsync.simulate.field_day import FieldDay  # Only this command has the time to read it.
    from fieldsync.simulate.narrator import Narrator

    signal.signal(signal.SIGTERM, _end_in_good_order)
    narrator = Narrator(to_stderr=as_json)
    with _place(store) as (url, folder), FieldDay(url, folder, narrator) as day:
        books, holds = day.play(lambda: _ledger_of(url), report)
        if as_json:
            typer.echo(msgspec.json.encode(books.line()).decode())
        if not once:
            day.leave_open()
    raise typer.Exit(0 if holds else 1)


def _end_in_good_order(*_: object) -> None:
    """Leave by an exception, so that the server of the day does not outlive it."""
    sys.exit(143)


@contextmanager
def _place(store: str | None) -> Iterator[tuple[str, Path]]:
    """Give the day a store, and a folder for its logs; what is temporary is gone afterwards.

    A store without a folder has the day's keys among the logs, unless the operator said where they are.
    """
    with tempfile.TemporaryDirectory(prefix="fieldsync-demo-") as folder:
        if store and not store.startswith("sqlite:"):
            os.environ.setdefault("FIELDSYNC_KEY_FILE", f"{folder}/keys.json")
        yield store or f"sqlite:///{folder}/store", Path(folder)


def _ledger_of(store: str) -> LedgerDay:
    from fieldsync.simulate.ledger_reading import read_day

    with opened(store) as services:
        return read_day(services.ledger.documents(), cache(Kinds(services.forms).merge_rules))
