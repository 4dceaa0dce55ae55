"""Import of a city's files over HTTP: an archive begins a job, which is followed until it has ended."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from fieldsync.import_jobs import Job, State
from mobile_api.dependencies import Administrator, AdministratorsFile
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, Imports

router = APIRouter(prefix="/registry/imports", tags=["registry"])


class JobShown(BaseModel):
    """An import: whose, how, and how far; `state` is running, done, failed or interrupted."""

    id: str
    by: str
    begun: str
    heard: str
    dry_run: bool
    skip_rejects: bool
    state: State
    stage: str
    done: int
    total: int
    read: dict[str, int]
    new: dict[str, int]
    preloaded: int
    rejected: int
    error: str | None

    @classmethod
    def of(cls, job: Job) -> JobShown:
        """Show a job."""
        return cls(**msgspec.structs.asdict(job))


class JobList(BaseModel):
    """Imports, newest first."""

    imports: list[JobShown]


@router.post("", status_code=202, summary="Begin an import", responses=GUARDED | responses(409, 413))
def begin(
    flow: Flow,
    imports: Imports,
    asker: Administrator,
    archive: AdministratorsFile,
    dry_run: Annotated[bool, Query(description="Check everything, write nothing")] = False,
    skip_rejects: Annotated[bool, Query(description="Import the other rows where some cannot enter")] = False,
) -> JobShown:
    """The body is a zip of tables and, unless files and columns are called as ours, `mapping.toml`."""
    job = imports.begin(archive, asker.user, dry_run=dry_run, skip_rejects=skip_rejects)
    flow.trail.note(asker.user, "registry.import", job.id, f"dry_run={dry_run}, skip_rejects={skip_rejects}")
    return JobShown.of(job)


@router.get("", summary="List imports", responses=GUARDED)
def list_jobs(imports: Imports, _: Administrator) -> JobList:
    return JobList(imports=[JobShown.of(job) for job in imports.all()])


@router.get("/{job}", summary="Tell how far an import is", responses=GUARDED | responses(404))
def show(job: str, imports: Imports, _: Administrator) -> JobShown:
    return JobShown.of(imports.get(job))


@router.get("/{job}/rejects", summary="The rows that cannot enter, as CSV", response_class=StreamingResponse,
            responses=GUARDED | responses(404))  # fmt: skip
def rejects(job: str, flow: Flow, imports: Imports, asker: Administrator) -> StreamingResponse:
    """With their reasons in both languages; kept for a day, by the server that did the import."""
    pieces = imports.rejects(job)
    flow.trail.note(asker.user, "registry.import.rejects", job)
    headers = {"Content-Disposition": 'attachment; filename="rejects.csv"'}
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)
