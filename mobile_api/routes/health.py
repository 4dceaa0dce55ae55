"""Whether the server lives, whether it can work, and its figures."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from mobile_api.dependencies import Use
from mobile_api.errors import responses
from mobile_api.metrics import Figures
from mobile_api.schemas import Health

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Tell that the process answers")
async def live() -> Health:
    return Health(status="live")


@router.get("/health/ready", summary="Tell that the store answers", responses=responses(503))
def ready(use: Use) -> Health:
    use.store.database("accounts").info()
    return Health(status="ready")


@router.get("/metrics", summary="Give figures for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    figures: Figures = request.app.state.figures
    return figures.answer()
