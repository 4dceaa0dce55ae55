"""Documents: the story of one, for staff."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from fieldsync.errors import NotFound
from mobile_api.dependencies import Staff
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, must_see

router = APIRouter(prefix="/documents", tags=["documents"])


class Story(BaseModel):
    """What happened to a document, step by step."""

    document: str
    cell: str
    steps: list[dict[str, Any]]


@router.get(
    "/{document}/story", summary="Tell who wrote what and what became of it", responses=GUARDED | responses(404)
)
def story(
    document: str, flow: Flow, asker: Staff, cell: Annotated[str, Query(pattern=r"^\d{15}$")], rev: str | None = None
) -> Story:
    """The whole story, or with `rev` that of one edit; sensitive values are masked."""
    must_see(asker, cell)
    told = flow.teller.edit(cell, document, rev) if rev else flow.teller.document(cell, document)
    if not told:
        raise NotFound(f"The ledger has nothing about {document} in {cell}.")
    flow.trail.note(asker.user, "document.story", document)
    return Story(document=document, cell=cell, steps=told)
