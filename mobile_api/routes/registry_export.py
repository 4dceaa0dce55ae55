"""Export of the registry over HTTP: a file of the records that the asker may see."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

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
_CHUNK = 256 * 1024
Format = Literal["csv", "xlsx", "parquet", "geojson"]


@router.get("/export", summary="Export records as a file", response_class=StreamingResponse, responses=GUARDED)
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
) -> StreamingResponse:
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
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(file.seek(0, os.SEEK_END)),
    }
    return StreamingResponse(_sent(file), media_type=MEDIA[format], headers=headers)


def _areas(asker: Principal, area: str | None, pattern: CodePattern) -> tuple[str, ...]:
    """Return what of an area somebody may see; empty for everything. Raises BadInput or Forbidden."""
    if area is not None and asker.covers(checked_area(area, pattern)):
        return (area,)
    if area is None and asker.has(Role.ADMINISTRATOR):
        return ()
    own = tuple(one for one in asker.areas if area is None or one.startswith(area))
    if not own:
        raise Forbidden("This is outside your area.", zh="不在您的管辖范围内。")
    return own


def _written(exporter: Exporter, wish: Wish) -> BinaryIO:
    """Write an export to a file without a name, which is gone once it is closed."""
    with ExitStack() as until_written:
        out = until_written.enter_context(tempfile.TemporaryFile())
        exporter.write(wish, out)
        until_written.pop_all()
        return out


def _sent(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
