"""What the one who asks should know of himself: his cells, his notices."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from fieldsync.assignments import State
from fieldsync.errors import Forbidden
from mobile_api.dependencies import Asker, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow
from mobile_api.schemas import Me, MyCell, PrincipalShown

router = APIRouter(prefix="/me", tags=["me"])


class RebuiltAsked(BaseModel):
    """The cell whose replica was built anew."""

    model_config = ConfigDict(extra="forbid")
    cell: str = Field(pattern=r"^\d{15}$")


@router.get("", summary="Tell who asks, and how he stands to each of his cells", responses=responses(401))
def me(use: Use, flow: Flow, asker: Asker) -> Me:
    standings = use.assignments.cells_of(asker.user)
    cells = [MyCell.of(standing, use.cells.get(standing.cell)) for standing in standings]
    mine = [standing.cell for standing in standings if standing.state is not State.ENDED]
    notices = flow.messages.notices(asker.tablet, asker.user, mine) if asker.tablet else []
    rebuild = flow.messages.rebuild(asker.tablet) if asker.tablet else []
    return Me(user=PrincipalShown.of(asker), tablet=asker.tablet, cells=cells, notices=notices, rebuild=rebuild)


@router.post("/rebuilt", summary="Report that the replica of a cell was built anew", status_code=204, responses=GUARDED)
def rebuilt(asked: RebuiltAsked, flow: Flow, asker: Asker) -> None:
    if asker.tablet is None:
        raise Forbidden("Only a tablet has replicas to build anew.")
    flow.messages.note_rebuilt(asker.tablet, asked.cell)
