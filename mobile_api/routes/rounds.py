"""Rounds: campaigns in an area."""

from __future__ import annotations

from fastapi import APIRouter

from fieldsync.accounts import require
from mobile_api.dependencies import Staff, Supervisor, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.schemas import RoundBody, RoundList

router = APIRouter(prefix="/rounds", tags=["rounds"])


@router.get("", summary="List rounds", responses=GUARDED)
def list_rounds(use: Use, asker: Staff) -> RoundList:
    found = [kept for kept in use.rounds.all() if asker.covers(kept.area) or _reaches(asker.areas, kept.area)]
    return RoundList(rounds=[RoundBody.of(kept) for kept in found])


@router.post(
    "",
    summary="Open a round: every cell of its area gets it and its forms",
    status_code=201,
    responses=GUARDED | responses(404, 409),
)
def open_round(asked: RoundBody, use: Use, asker: Supervisor) -> RoundBody:
    require(asker, *asker.roles, area=asked.area)
    return RoundBody.of(use.rounds.open(asked.round()))


def _reaches(areas: tuple[str, ...], round_area: str) -> bool:
    """Tell whether a round's area has one of these areas in it."""
    return any(area.startswith(round_area) for area in areas)
