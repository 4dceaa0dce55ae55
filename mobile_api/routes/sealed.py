"""Sealed answers: which there are, and one at a time with a reason, for whom the role was given by name."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from fieldsync.accounts import Principal, Role, require
from mobile_api.codes import AREA, CELL
from mobile_api.dependencies import Asker, Cursor, Limit
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, areas_asked, must_see

router = APIRouter(prefix="/sealed", tags=["sealed"])


def _reader(asker: Asker) -> Principal:
    require(asker, Role.SEALED_READER)
    return asker


Reader = Annotated[Principal, Depends(_reader)]


class StubShown(BaseModel):
    """What the cell is told of an answer: `consent` is given, refused or withdrawn; `about` a person or a household."""

    key: str
    cell: str
    answer: str
    form: str | None
    version: str | None
    about: str | None
    task: str | None
    consent: str | None
    at: str | None
    by: str | None


class StubPage(BaseModel):
    """Answers in order of cell, without what they say; `next` asks for more."""

    answers: list[StubShown]
    next: str | None = None


class ToldShown(BaseModel):
    """A question with its answer, as it was sent and in words, by language."""

    item: str
    question: dict[str, str]
    value: Any
    answer: dict[str, str]


class AnswerShown(BaseModel):
    """One answer, opened; `told` has it question by question."""

    answer: str
    cell: str
    form: str | None
    version: str | None
    about: str | None
    at: str
    by: str | None
    agreed: bool
    data: dict[str, Any]
    missing: dict[str, str]
    told: list[ToldShown]


@router.get("", summary="List the answers to sealed forms", responses=GUARDED)
def list_answers(
    flow: Flow,
    asker: Reader,
    area: Annotated[str, Query(pattern=AREA, description="Default: all of your areas")] = "",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> StubPage:
    """Of your areas, without what they say. Whom a page is about is in the audit trail."""
    found = flow.sealed_answers.listed(areas_asked(asker, area), asker.user, cursor or "", limit)
    following = found[-1]["key"] if len(found) == limit else None
    return StubPage(answers=[StubShown(**row) for row in found], next=following)


@router.get("/{answer}", summary="Open one answer, with a reason", responses=GUARDED | responses(404))
def open_answer(
    answer: str,
    flow: Flow,
    asker: Reader,
    cell: Annotated[str, Query(pattern=CELL, description="The code of the cell")],
    reason: Annotated[str, Query(max_length=500, description="Why it is needed; name nobody in it")] = "",
) -> AnswerShown:
    """Who opened which, when and why is in the audit trail."""
    must_see(asker, cell)
    return AnswerShown(**flow.sealed_answers.read(cell, answer, asker.user, reason))
