"""`fieldsync grid propose` and `accept`: who might work which cells, and making it so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from fieldsync.assignment_proposals.kept import AssignmentProposal, Quality
from fieldsync.assignment_proposals.proposing import Wanted
from fieldsync.assignment_proposals.teams import Period
from fieldsync.assignment_proposals.words import hindrance_of, left_out_for, reason_of
from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.errors import BadInput
from fieldsync.pipeline import Pipeline

_DAYS = 28
_ALLOWED = 1.10
_FORMATS = ["%Y-%m-%d"]
_MANY = 40

AreaOption = Annotated[str | None, typer.Option(help="The area whose cells are to be worked.")]
SinceOption = Annotated[datetime | None, typer.Option("--from", formats=_FORMATS, help="Default: today.")]
UntilOption = Annotated[datetime | None, typer.Option(formats=_FORMATS, help=f"Default: {_DAYS} days in all.")]
TeamOption = Annotated[
    list[str] | None, typer.Option("--collector", help="Who may work there, may be repeated; default: its team.")
]
FixOption = Annotated[list[str] | None, typer.Option(help="CELL=COLLECTOR: in any case; may be repeated.")]
AllowedOption = Annotated[
    float | None, typer.Option(min=1, max=10, help=f"The largest load over the mean. Default: {_ALLOWED:.2f}.")
]


def register(app: typer.Typer) -> None:
    """Add the commands `propose` and `accept` to the group `grid`."""
    app.command("propose")(propose)
    app.command("accept")(accept)


def propose(
    area: AreaOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    collector: TeamOption = None,
    fix: FixOption = None,
    allowed: AllowedOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose who works which cells: balanced, each in one piece, with few changes. Nothing is assigned.

    The same as grid assign without a cell.

    Example: fieldsync grid propose --area 510107001 --until 2026-12-31 --fix 510107001004001=li.na
    """
    tell_proposal(Proposed(area, since, until, collector, fix, allowed), store, as_json)


@dataclass(frozen=True)
class Proposed:
    """The options of a proposal, None where one was not given."""

    area: str | None
    since: datetime | None
    until: datetime | None
    collectors: list[str] | None
    fixes: list[str] | None
    allowed: float | None

    @property
    def is_given(self) -> bool:
        """Tell whether any option was given."""
        return any(vars(self).values())

    def wanted(self, today: date) -> Wanted:
        """Return what is asked for. Raises BadInput without an area, or for a pair that is none."""
        if self.area is None:
            raise BadInput(
                "A proposal is for an area: --area 510107001, or --area '' for the city / 请用 --area 指定区域"
            )
        first = self.since.date() if self.since else today
        last = self.until.date() if self.until else first + timedelta(days=_DAYS - 1)
        pairs, allowed = _pairs(self.fixes or []), self.allowed or _ALLOWED
        return Wanted(OPERATOR, self.area, Period(first, last), self.collectors or (), pairs, allowed)


def tell_proposal(asked: Proposed, store: str | None, as_json: bool) -> None:
    """Make a proposal, keep it and tell it. Raises BadInput, NotFound."""
    with opened(store) as services, Console(stderr=True).status("proposing"):
        wanted = asked.wanted(services.today())
        made = Pipeline.of(services).assignment_proposals.propose(wanted, services.now(), budget=10**12)
    say(as_json, made, *_lines(made))
    if not as_json:
        _print(_loads(made))


def accept(
    proposal: Annotated[str, typer.Argument(help="The proposal's identifier.", show_default=False)],
    cell: Annotated[list[str] | None, typer.Option(help="Only this cell; may be repeated.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept a proposal, whole or for some cells: they change hands in one act. The same again changes nothing.

    Example: fieldsync grid accept 5b1f0c9e --cell 510107001004001
    """
    with opened(store) as services:
        done = Pipeline.of(services).assignment_proposals.accept(proposal, OPERATOR, cell or None)
    row = {"proposal": done.id, "accepted": done.accepted, "handovers": done.handovers, "moves": len(done.moves)}
    say(as_json, row, f"{len(done.accepted)} of {len(done.moves)} cells of the proposal are handed over.")


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if not all(pairs.values()) or len(pairs) < len(texts):
        raise BadInput("--fix is CELL=COLLECTOR, each cell once. / --fix 请写成“网格=采集员”，每个网格一次。")
    return pairs


def _lines(made: AssignmentProposal) -> list[str]:
    counts = f"{made.cells} cells, {len(made.loads)} collectors; {len(made.moves)} cells would change hands."
    moves = [f"  {move.cell}: {move.before or 'nobody'} -> {move.to} ({reason_of(move)['en']})" for move in made.moves]
    more = [f"  … and {len(moves) - _MANY} more: see --json."] if len(moves) > _MANY else []
    return [
        f"Proposal {made.id} for {made.area or 'the city'}, {made.since} to {made.until}: {counts}",
        f"Now: {_quality(made.before)}.",
        f"Then: {_quality(made.after)}.",
        *moves[:_MANY],
        *more,
        *(f"In the way: {hindrance_of(one)['en']} ({', '.join(one.cells)})" for one in made.obstacles),
        *(f"Left out: {one.collector}, {left_out_for(one.why)['en']}." for one in made.left_out),
        *([f"Of {len(made.assumed)} cells nothing is known: taken for average ones."] if made.assumed else []),
        *([f"Accept it with: fieldsync grid accept {made.id}"] if made.moves else []),
    ]


def _quality(one: Quality) -> str:
    return (
        f"largest over mean {one.largest_over_mean:.2f} ({one.largest}), {one.unheld} cells unheld,"
        f" {one.idle} collectors without a cell, {one.torn} in pieces"
    )


def _loads(made: AssignmentProposal) -> Table:
    table = Table("collector", "days", "cells now", "then", "hours now", "then")
    for load in made.loads:
        plain: dict[str, Any] = msgspec.structs.asdict(load)
        hours = [f"{plain[name] / 60:.1f}" for name in ("minutes_before", "minutes_after")]
        table.add_row(load.collector, str(load.days), str(load.cells_before), str(load.cells_after), *hours)
    return table


def _print(table: Table) -> None:
    console = Console()
    console.width = console.width if console.is_terminal else 120
    console.print(table)
