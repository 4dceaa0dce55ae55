"""What the one who asks should know of himself: his cells, his notices."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from fieldsync.accounts import Principal
from fieldsync.assignments import Standing, State
from fieldsync.errors import Forbidden
from fieldsync.services import Services
from mobile_api.codes import CELL
from mobile_api.dependencies import Asker, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow
from mobile_api.schemas import Me, MyCell, PrincipalShown

router = APIRouter(prefix="/me", tags=["me"])


class RebuiltAsked(BaseModel):
    """The cell whose replica was built anew."""

    model_config = ConfigDict(extra="forbid")
    cell: str = Field(pattern=CELL)


class LeftAsked(BaseModel):
    """How many changes of a cell a tablet has not sent; and whether its replica is destroyed."""

    model_config = ConfigDict(extra="forbid")
    cell: str = Field(pattern=CELL)
    left: int = Field(ge=0, le=1_000_000)
    destroyed: bool = False


@router.get("", summary="Tell who asks, and how he stands to each of his cells", responses=responses(401))
def me(use: Use, flow: Flow, asker: Asker) -> Me:
    standings = use.assignments.cells_of(asker.user)
    cells = [_cell(use, asker, standing) for standing in standings]
    mine = [standing.cell for standing in standings if standing.state is not State.ENDED]
    notices = flow.messages.notices(asker.tablet, asker.user, mine) if asker.tablet else []
    rebuild = flow.messages.rebuild(asker.tablet) if asker.tablet else []
    return Me(user=PrincipalShown.of(asker), tablet=asker.tablet, cells=cells, notices=notices, rebuild=rebuild)


def _cell(use: Services, asker: Principal, standing: Standing) -> MyCell:
    is_over = standing.state is not State.ACTIVE and asker.tablet is not None
    missing = use.receipts.missing(asker.tablet or "", standing.cell) if is_over else 0
    has_receipt = is_over and use.receipts.has(asker.tablet or "", standing.cell, standing.epoch)
    return MyCell.of(standing, use.cells.get(standing.cell), missing, has_receipt=has_receipt)


@router.post(
    "/left",
    summary="Report how much is left to send of a cell, and that its replica was destroyed",
    status_code=204,
    responses=GUARDED | responses(409),
)
def report_left(asked: LeftAsked, use: Use, asker: Asker) -> None:
    """With `destroyed` this is the receipt of a handover; 409 while the cell is held, or something is missing."""
    use.receipts.report(asker, asked.cell, asked.left, destroyed=asked.destroyed)


@router.post("/rebuilt", summary="Report that the replica of a cell was built anew", status_code=204, responses=GUARDED)
def rebuilt(asked: RebuiltAsked, flow: Flow, asker: Asker) -> None:
    if asker.tablet is None:
        raise Forbidden("Only a tablet has replicas to build anew.")
    flow.messages.note_rebuilt(asker.tablet, asked.cell)
