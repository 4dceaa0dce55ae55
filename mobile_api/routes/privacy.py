"""What is owed to the people in the registry: their file, their erasure, and the trail of who saw them."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import BaseModel, Field

from fieldsync.accounts import Principal, Role, require
from fieldsync.errors import BadInput
from fieldsync.telling.person_pages import as_page, as_text
from mobile_api.dependencies import Administrator, Asker, Limit
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow

router = APIRouter(tags=["privacy"])


def _trail_reader(asker: Asker) -> Principal:
    require(asker, Role.AUDITOR, Role.ADMINISTRATOR)
    return asker


TrailReader = Annotated[Principal, Depends(_trail_reader)]


class ReachShown(BaseModel):
    """What an erasure is about: records, and documents by cell; `mentions`: others with the same phone or number."""

    records: list[str]
    documents: dict[str, list[str]]
    mentions: list[str]


class ErasureWanted(BaseModel):
    """Why somebody is erased; `confirm` is the record's identifier once more."""

    reason: str = Field(min_length=1, max_length=500)
    confirm: str = Field(max_length=100)


class TrailPage(BaseModel):
    """Entries of the audit trail, oldest first; the next page is `after` the last one's number."""

    entries: list[dict[str, Any]]


class TrailVerified(BaseModel):
    """Whether the trail is whole: the first entry that does not follow from the one before, or none."""

    whole: bool
    first_break: int | None


@router.get(
    "/registry/{record}/file",
    summary="All that is held about somebody",
    response_model=dict[str, Any],
    responses=GUARDED | responses(404),
)
def show_file(
    record: str,
    flow: Flow,
    asker: Administrator,
    reason: Annotated[str, Query(max_length=500, description="Whose request it answers")] = "",
    format: Annotated[Literal["json", "html", "text"], Query(description="For programs, to print, to read")] = "json",
    language: Annotated[Literal["zh", "en"], Query(description="Of the page or the text")] = "zh",
) -> Any:
    """Every value with where it is from, every version, what was decided, who saw it; for the person it is about.

    As `html` a page that can be printed, with labels in place of codes; as `text` the same.
    """
    if not reason.strip():
        raise BadInput(
            "A person's file shows everything: give ?reason=…; it stays in the audit trail.",
            zh="本人信息档案包含全部内容：请用 ?reason=… 写明事由，事由将留存于查阅记录。",
        )
    held = flow.files.made(record, asker.user, reason)
    if format == "json":
        return held
    told = flow.files.told(held, language)
    return HTMLResponse(as_page(told)) if format == "html" else PlainTextResponse(as_text(told))


@router.get("/registry/{record}/erasure", summary="What an erasure would reach", responses=GUARDED | responses(404))
def show_reach(record: str, flow: Flow, asker: Administrator) -> ReachShown:
    """The records and the documents, by cell, that would be erased; nothing is."""
    reach = flow.erasing.reach(record)
    flow.trail.note(asker.user, "registry.erasure", record)
    documents = {cell: list(held) for cell, held in reach.documents.items()}
    return ReachShown(records=list(reach.records), documents=documents, mentions=flow.erasing.mentions(reach))


@router.post("/registry/{record}/erasure", summary="Erase for good", responses=GUARDED | responses(404))
def erase(record: str, wanted: ErasureWanted, flow: Flow, asker: Administrator) -> dict[str, Any]:
    """Destroys the key of a person, or of a household; tablets get tombstones. Never taken back; may be repeated."""
    if wanted.confirm != record:
        raise BadInput(
            f"To erase {record} for good, give its identifier once more as confirm.",
            zh=f"要永久删除 {record}，请在 confirm 中再次填写其编号。",
        )
    with flow.steps.lock:  # no step tells collectors of somebody whom it read before
        erased = flow.erasing.erase(record, asker.user, wanted.reason)
    erasure: dict[str, Any] = msgspec.to_builtins(erased)
    return erasure


@router.get("/audit/trail", summary="Who saw or did what to whom", responses=GUARDED)
def list_trail(
    flow: Flow,
    asker: TrailReader,
    subject: Annotated[str | None, Query(max_length=100, description="Entries that name this record")] = None,
    after: Annotated[int, Query(ge=0, description="Entries after this number")] = 0,
    limit: Limit = 100,
) -> TrailPage:
    """Auditors and administrators; reading the trail is in the trail."""
    found = flow.trail.about(subject, after) if subject else flow.trail.entries(after)
    entries = [msgspec.to_builtins(one) for one in islice(found, limit)]
    flow.trail.note(asker.user, "trail.read", subject or "trail")
    return TrailPage(entries=entries)


@router.get("/audit/trail/verification", summary="Whether the trail is whole", responses=GUARDED)
def verify_trail(flow: Flow, _: TrailReader) -> TrailVerified:
    """Reads all of it: each entry's hash, and that it names the one before."""
    broken = flow.trail.first_break()
    return TrailVerified(whole=broken is None, first_break=broken)
