"""What the one who asks should know of himself: his cells, his notices."""

from __future__ import annotations

from fastapi import APIRouter

from mobile_api.dependencies import Asker, Use
from mobile_api.errors import responses
from mobile_api.schemas import Me, MyCell, PrincipalShown

router = APIRouter(prefix="/me", tags=["me"])


@router.get("", summary="Tell who asks, and how he stands to each of his cells", responses=responses(401))
def me(use: Use, asker: Asker) -> Me:
    standings = use.assignments.cells_of(asker.user)
    cells = [MyCell.of(standing, use.cells.get(standing.cell)) for standing in standings]
    return Me(user=PrincipalShown.of(asker), tablet=asker.tablet, cells=cells, notices=[], rebuild=[])
