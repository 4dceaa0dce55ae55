"""Moves of people: what was brought together, ends without another, and taking back."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from fieldsync.moves.ends import End
from fieldsync.moves.households import ended_together, moved_together
from fieldsync.moves.matching import Move
from mobile_api.dependencies import Limit, Staff
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, Reviewer, must_see

router = APIRouter(prefix="/moves", tags=["moves"])
State = Literal["matched", "likely", "different", "undone", "withdrawn"]
_OF_INDEX = frozenset({"type", "identity", "likeness", "is_reported"})


class MovePage(BaseModel):
    """Moves with an end in the asker's areas, which of them are a household's, and ends without another."""

    moves: list[dict[str, Any]]
    households: list[dict[str, Any]] = Field(description="Two persons or more from one household to another on one day")
    unmatched: list[dict[str, Any]] = []
    unmatched_households: list[dict[str, Any]] = Field(
        [], description="Those of whom two or more left, or came, together"
    )


@router.get("", summary="List the moves with an end in your areas", responses=GUARDED)
def list_moves(
    flow: Flow,
    asker: Staff,
    state: State | None = None,
    unmatched: Annotated[bool, Query(description="With ends of which the other is not known")] = False,
    limit: Limit = 100,
) -> MovePage:
    """Identifiers, cells and days only: who it is stands in the registry, for whoever may read it there."""
    found = flow.moves.all(state)
    mine = list(islice((m for m in found if asker.covers(m.departure.cell) or asker.covers(m.arrival.cell)), limit))
    known = (end for end in flow.moves.unmatched() if asker.covers(end.cell)) if unmatched else iter(())
    ends = list(islice(known, limit))
    return MovePage(
        moves=[_move(m) for m in mine],
        households=[msgspec.to_builtins(one) for one in moved_together(mine)],
        unmatched=[_end(end) for end in ends],
        unmatched_households=[msgspec.to_builtins(one) for one in ended_together(ends)],
    )


@router.post("/{move}/undo", summary="Take a move back", responses=GUARDED | responses(404))
def undo(move: str, flow: Flow, asker: Reviewer) -> dict[str, Any]:
    """Its task is withdrawn and it is not found again; stays and records stay as they are."""
    must_see(asker, flow.moves.need(move).arrival.cell)
    taken_back = flow.moves.undo(move, asker.user)
    flow.trail.note(asker.user, "move.undo", taken_back.departure.person)
    return _move(taken_back)


def _move(move: Move) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(move)
    return {**plain, "departure": _end(move.departure), "arrival": _end(move.arrival)}


def _end(end: End) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(end).items() if name not in _OF_INDEX}
