"""`fieldsync registry moves`: who moved, as far as both ends are known."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.moves.ends import End
from fieldsync.moves.households import HouseholdEnd, HouseholdMove, ended_together, moved_together
from fieldsync.moves.matching import Move
from fieldsync.pipeline import Pipeline


def register(app: typer.Typer) -> None:
    """Add the command `moves` to the group `registry`."""
    app.command("moves")(moves)


def moves(
    area: Annotated[str, typer.Option(help="Only moves with an end in an area.")] = "",
    state: Annotated[str, typer.Option(help="matched, likely, different, undone or withdrawn.")] = "",
    unmatched: Annotated[bool, typer.Option("--unmatched", help="With ends of which the other is not known.")] = False,
    undo: Annotated[str, typer.Option(help="Take this move back.")] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the moves of people that the server brought together, by identifiers, cells and days; or take one back.

    Example: fieldsync registry moves --area 510107 --unmatched
    """
    with opened(store) as services:
        known = Pipeline.of(services).moves
        found = [known.undo(undo, OPERATOR)] if undo else [m for m in known.all(state or None) if _is_in(m, area)]
        if undo:
            services.trail.note(OPERATOR, "move.undo", found[0].departure.person)
        ends = [end for end in known.unmatched() if end.cell.startswith(area)] if unmatched else []
    households, halves = moved_together(found), ended_together(ends)
    told = {"moves": found, "households": households, "unmatched": ends, "unmatched_households": halves}
    row = msgspec.to_builtins(told)
    lines = map(_line, found) if found else ["No moves."]
    say(as_json, row, *lines, *map(_household, households), *map(_end, ends), *map(_half, halves))


def _is_in(move: Move, area: str) -> bool:
    return move.departure.cell.startswith(area) or move.arrival.cell.startswith(area)


def _line(move: Move) -> str:
    left, came = move.departure, move.arrival
    ends = f"{left.cell} {left.day or '?'} -> {came.cell} {came.day or '?'}"
    return f"{move.id}  {move.state} by {move.how}: {left.person}, {ends}"


def _household(one: HouseholdMove) -> str:
    where = f"{one.from_cell} {one.day or '?'} -> {one.to_cell}"
    return f"{len(one.moves)} persons of {one.departure} moved together to {one.arrival}, {where}"


def _half(one: HouseholdEnd) -> str:
    did = "left" if one.kind == "departure" else "came into"
    return f"{len(one.stays)} persons {did} {one.household} together, {one.cell}, {one.day or '?'}"


def _end(end: End) -> str:
    return f"{end.kind} of {end.person}, {end.cell}, {end.day or '?'}: the other end is not known"
