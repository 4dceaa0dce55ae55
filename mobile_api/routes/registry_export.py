"""Export of the registry over HTTP: a file of the records that the asker may see."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from fieldsync.accounts import Principal, Role
from fieldsync.codes import checked_area
from fieldsync.errors import Forbidden
from fieldsync.exporting.columns import Sensitive
from fieldsync.exporting.walking import Extent
from fieldsync.exporting.writers import MEDIA
from fieldsync.moments import read_moment
from fieldsync.registry_export import Exporter, Wish
from grid import CodePattern
from mobile_api.dependencies import Staff, Use
from mobile_api.errors import GUARDED
from mobile_api.flow import Flow
from mobile_api.routes.registry import At, Kind, Reason, must_reveal

router = APIRouter(prefix="/registry", tags=["registry"])
Format = Literal["csv", "xlsx", "parquet", "geojson"]


@router.get("/export", summary="Export records as a file", response_class=FileResponse, responses=GUARDED)
def export_records(
    flow: Flow,
    use: Use,
    asker: Staff,
    kind: Kind,
    format: Format = "csv",
    area: Annotated[
        str | None, Query(description="A district, street, community or cell; default: all you see")
    ] = None,
    at: At = None,
    sensitive: Literal["masked", "omitted"] = "masked",
    reveal: bool = False,
    reason: Reason = "",
) -> FileResponse:
    """Sensitive values are masked, left out, or revealed to a reviewer with a reason; each export is in the trail."""
    shown: Sensitive = sensitive
    if reveal:
        must_reveal(asker, reason)
        shown = "revealed"
    wish = Wish(
        Extent(kind, _areas(asker, area, use.settings.code_pattern), read_moment(at, use.settings.zone)), format, shown
    )
    flow.trail.note(asker.user, "registry.export", area or "registry", f"{kind}, {format}, {shown}; {reason}")
    file = _written(flow.exporter, wish)
    name = f"{kind}s{'-' + area if area else ''}.{format}"
    return FileResponse(file, media_type=MEDIA[format], filename=name, background=BackgroundTask(file.unlink))


def _areas(asker: Principal, area: str | None, pattern: CodePattern) -> tuple[str, ...]:
    """Return what of an area somebody may see; empty for everything. Raises BadInput or Forbidden."""
    if area is not None and asker.covers(checked_area(area, pattern)):
        return (area,)
    if area is None and asker.has(Role.ADMINISTRATOR):
        return ()
    own = tuple(one for one in asker.areas if area is None or one.startswith(area))
    if not own:
        raise Forbidden("This is outside your area.")
    return own


def _written(exporter: Exporter, wish: Wish) -> Path:
    """Write an export to a file of its own, which whoever sends it removes."""
    handle, name = tempfile.mkstemp(prefix="fieldsync-export-")
    try:
        with open(handle, "wb") as out:  # noqa: PTH123 - a descriptor has no path
            exporter.write(wish, out)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)
