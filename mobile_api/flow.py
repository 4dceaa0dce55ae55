"""What the routes of cases, registry and reports are given: the steps, and the checks of who may see what."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from fieldsync.accounts import Principal, Role, require
from fieldsync.errors import Forbidden
from fieldsync.import_jobs import ImportJobs
from fieldsync.pipeline import Pipeline
from mobile_api.dependencies import Asker


def _pipeline(request: Request) -> Pipeline:
    kept: Pipeline = request.app.state.pipeline
    return kept


def _imports(request: Request) -> ImportJobs:
    kept: ImportJobs = request.app.state.imports
    return kept


def _reviewing(asker: Asker) -> Principal:
    require(asker, Role.SUPERVISOR, Role.REVIEWER)
    return asker


Flow = Annotated[Pipeline, Depends(_pipeline)]
Imports = Annotated[ImportJobs, Depends(_imports)]
Reviewer = Annotated[Principal, Depends(_reviewing)]


def must_see(asker: Principal, cell: str) -> None:
    """Let pass whoever answers for the cell, or for a part of the area around it. Raises Forbidden."""
    if not asker.covers(cell):
        raise Forbidden("This is outside your area.", zh="不在您的管辖范围内。")


def areas_asked(asker: Principal, area: str) -> list[str]:
    """Return the areas that are asked for, all of the asker's if none is named. Raises Forbidden."""
    if area or asker.has(Role.ADMINISTRATOR):
        require(asker, *asker.roles, area=area)
        return [area]
    return list(asker.areas)
