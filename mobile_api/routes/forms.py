"""Published forms."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from fieldsync.errors import NotFound
from mobile_api.dependencies import Administrator, AdministratorsFile, Asker, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.schemas import FormList, FormShown, PublishedShown

router = APIRouter(prefix="/forms", tags=["forms"])
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_WORKBOOK = {
    "requestBody": {"required": True, "description": "The workbook, as it is", "content": {_XLSX: _BINARY}},
}
FormId = Annotated[str, Path(max_length=64)]


@router.get("", summary="List the forms in use", responses=responses(401))
def list_forms(use: Use, _: Asker) -> FormList:
    return FormList(forms=[FormShown.of(form) for form in use.forms.in_use()])


@router.get("/{form}", summary="Show a form", responses=responses(401, 404))
def show(
    form: FormId,
    use: Use,
    _: Asker,
    version: Annotated[str | None, Query(max_length=32, description="Another version than the one in use")] = None,
) -> Response:
    spec = use.forms.spec(form, version)
    if spec is None:
        raise NotFound(f"There is no form {form!r}" + (f" in version {version!r}." if version else "."))
    return Response(spec.encode(), media_type="application/json")


@router.get(
    "/{form}/xlsx",
    summary="Give the workbook of the version in use",
    responses=GUARDED | responses(404) | {200: {"content": {_XLSX: _BINARY}}},
    response_class=Response,
)
def workbook(form: FormId, use: Use, _: Administrator) -> Response:
    filename, content = use.forms.workbook(form)
    disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    return Response(content, media_type=_XLSX, headers={"Content-Disposition": disposition})


@router.post(
    "", summary="Publish a form", status_code=201, responses=GUARDED | responses(409, 413), openapi_extra=_WORKBOOK
)
def publish(
    use: Use,
    asker: Administrator,
    body: AdministratorsFile,
    filename: Annotated[str, Query(min_length=1, max_length=200, examples=["person.xlsx"])],
) -> PublishedShown:
    published = use.forms.publish(body, filename, asker.user)
    use.rounds.deliver_form(published.spec.id)
    return PublishedShown.of(published)
