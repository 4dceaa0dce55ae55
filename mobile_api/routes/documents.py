"""Documents: the story of one, for staff; sensitive values only with a reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from fieldsync.accounts import Principal, Role, require
from fieldsync.errors import BadInput, NotFound
from fieldsync.pipeline import Pipeline
from fieldsync.stories import Page
from mobile_api.codes import CELL
from mobile_api.dependencies import Limit, Staff
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, must_see

router = APIRouter(prefix="/documents", tags=["documents"])


class Story(BaseModel):
    """What happened to a document, step by step, each with its sentences `en` and `zh`; `next` asks for more."""

    document: str
    cell: str
    steps: list[dict[str, Any]]
    next: str | None = None


class StoryAsked(BaseModel):
    """Whose story, and how much of it."""

    cell: Annotated[str, Query(pattern=CELL, description="The code of the cell")]
    rev: Annotated[str | None, Query(max_length=60, description="Only the story of this edit")] = None
    cursor: Annotated[str, Query(max_length=500, description="`next` of the page before")] = ""
    limit: Limit = 200
    reveal: bool = False
    reason: Annotated[str, Query(max_length=500, description="Why sensitive values are needed")] = ""


@router.get(
    "/{document}/story", summary="Tell who wrote what and what became of it", responses=GUARDED | responses(404)
)
def story(document: str, flow: Flow, asker: Staff, asked: Annotated[StoryAsked, Query()]) -> Story:
    """Oldest step first, a page at a time, or with `rev` the story of one edit.

    Sensitive values are masked; a reviewer may reveal them with a reason. Every read is in the audit trail.
    """
    must_see(asker, asked.cell)
    if asked.reveal:
        _must_reveal(asker, asked.reason)
    page = _told(document, flow, asked)
    if not page.steps and not asked.cursor:
        raise NotFound(
            f"The ledger has nothing about {document} in {asked.cell}.",
            zh=f"账簿中没有网格 {asked.cell} 的 {document}。",
        )
    action = "document.story.reveal" if asked.reveal else "document.story"
    flow.trail.note(asker.user, action, document, asked.reason)
    return Story(document=document, cell=asked.cell, steps=page.steps, next=page.next)


def _told(document: str, flow: Pipeline, asked: StoryAsked) -> Page:
    if asked.rev:
        return Page(flow.teller.edit(asked.cell, document, asked.rev, reveal=asked.reveal), None)
    return flow.teller.page(asked.cell, document, after=asked.cursor, limit=asked.limit, reveal=asked.reveal)


def _must_reveal(asker: Principal, reason: str) -> None:
    require(asker, Role.REVIEWER, Role.ADMINISTRATOR)
    if not reason.strip():
        raise BadInput(
            "Revealing sensitive values needs a reason: ?reveal=true&reason=…",
            zh="显示敏感项须写明理由：?reveal=true&reason=…",
        )
