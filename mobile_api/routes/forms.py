"""Published forms: what they say, which version is in use where, and how new ones come into use."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from forms_spec import carry
from forms_spec.dictionary import as_workbook
from forms_spec.json_schema import json_schema
from mobile_api.codes import AREA
from mobile_api.dependencies import Administrator, Asker, Staff, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.file_checks import place_to_check
from mobile_api.form_schemas import (
    CarriedShown,
    ChangeShown,
    Compared,
    DraftBody,
    FormList,
    FormShown,
    ImpactShown,
    PublishedShown,
    ReleaseAsked,
    RetireAsked,
    VersionList,
    VersionShown,
)
from mobile_api.handed_in import AsHandedIn

router = APIRouter(prefix="/forms", tags=["forms"])
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_PARTS = {
    "type": "object",
    "required": ["workbook"],
    "properties": {
        "workbook": {"type": "string", "format": "binary"},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}
_WORKBOOK = {
    "requestBody": {
        "required": True,
        "description": "The workbook, as it is; or the workbook and the files beside it that it names, as parts",
        "content": {_XLSX: _BINARY, "multipart/form-data": {"schema": _PARTS}},
    },
}
FormId = Annotated[str, Path(max_length=64)]
Version = Annotated[str | None, Query(max_length=32, description="Another version than the one in use")]
Area = Annotated[str, Query(pattern=AREA, description="Only in this area; empty: everywhere")]
Counted = Annotated[bool, Query(description="Count the documents under way, too: reads every cell of the area")]


@router.get("", summary="List the forms in use", responses=responses(401))
def list_forms(use: Use, _: Asker) -> FormList:
    return FormList(forms=[FormShown.of(form) for form in use.forms.in_use()])


@router.get("/{form}", summary="Show a form", responses=responses(401, 404))
def show(form: FormId, use: Use, _: Asker, version: Version = None) -> Response:
    return Response(use.forms.need_spec(form, version).encode(), media_type="application/json")


@router.get("/{form}/versions", summary="List the versions of a form", responses=responses(401, 404))
def versions(form: FormId, use: Use, _: Asker) -> VersionList:
    pointer = use.forms.need(form)
    return VersionList(versions=[VersionShown.of(version, pointer) for version in use.forms.versions(form)])


@router.get("/{form}/compare", summary="Compare two published versions", responses=GUARDED | responses(404))
def compare(
    form: FormId,
    use: Use,
    _: Staff,
    old: Annotated[str, Query(alias="from", max_length=32)],
    new: Annotated[str, Query(alias="to", max_length=32)],
    area: Area = "",
    documents: Counted = False,
) -> Compared:
    changes = use.publishing.compare(form, old, new)
    impact = use.publishing.impact(form, area, changes) if documents else None
    return Compared(
        changes=[ChangeShown.of(change) for change in changes], impact=ImpactShown.of(impact) if impact else None
    )


@router.get(
    "/{form}/xlsx",
    summary="Give the workbook of a version",
    responses=GUARDED | responses(404) | {200: {"content": {_XLSX: _BINARY}}},
    response_class=Response,
)
def workbook(form: FormId, use: Use, _: Administrator, version: Version = None) -> Response:
    filename, content = use.forms.workbook(form, version)
    disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    return Response(content, media_type=_XLSX, headers={"Content-Disposition": disposition})


@router.get(
    "/{form}/xform",
    summary="Give the XForm of a version",
    responses=responses(401, 404) | {200: {"content": {"application/xml": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def xform(form: FormId, use: Use, _: Asker, version: Version = None) -> Response:
    return Response(use.forms.xform(form, version), media_type="application/xml")


@router.get("/{form}/schema", summary="Give the JSON Schema of a form's documents", responses=responses(401, 404))
def schema(form: FormId, use: Use, _: Asker, version: Version = None) -> dict[str, Any]:
    return json_schema(use.forms.need_spec(form, version))


@router.get(
    "/{form}/dictionary",
    summary="Give the data dictionary of a version, as a workbook",
    responses=responses(401, 404) | {200: {"content": {_XLSX: _BINARY}}},
    response_class=Response,
)
def dictionary(form: FormId, use: Use, _: Asker, version: Version = None) -> Response:
    spec = use.forms.need_spec(form, version)
    disposition = f"attachment; filename*=UTF-8''{quote(f'{spec.id}-{spec.version}-dictionary.xlsx', safe='')}"
    return Response(as_workbook(spec), media_type=_XLSX, headers={"Content-Disposition": disposition})


@router.post(
    "",
    summary="Publish a form, or tell what publishing it would mean",
    status_code=201,
    responses=GUARDED | responses(404, 409, 413, 503),
    openapi_extra=_WORKBOOK,
)
def publish(
    use: Use,
    asker: Administrator,
    form: AsHandedIn,
    area: Area = "",
    dry_run: Annotated[bool, Query(description="Only tell what would be done")] = False,
    documents: Counted = False,
) -> PublishedShown:
    """At most two files (forms, plans) are checked at a time; a further one gets a 503 at once, to be sent again."""
    with place_to_check():
        step = use.publishing.examine(form.workbook, form.filename, area, form.files)
        impact = use.publishing.impact(step.spec.id, area, list(step.changes)) if documents else None
        if dry_run:
            return PublishedShown.examined(step, impact)
        return PublishedShown.of(use.publishing.publish(step, asker.user), impact)


@router.post(
    "/{form}/release",
    summary="Put a published version in use in an area, or everywhere",
    responses=GUARDED | responses(404, 409),
)
def release(form: FormId, asked: ReleaseAsked, use: Use, asker: Administrator) -> FormShown:
    return FormShown.of(use.publishing.release(form, asked.version, asked.area, asker.user))


@router.post("/{form}/retire", summary="Retire a form: no new documents with it", responses=GUARDED | responses(404))
def retire(form: FormId, asked: RetireAsked, use: Use, asker: Administrator) -> FormShown:
    return FormShown.of(use.publishing.retire(form, asked.reason, asker.user))


@router.post(
    "/{form}/draft",
    summary="Carry a draft to another version, without loss",
    responses=responses(400, 401, 404),
)
def carry_draft(form: FormId, draft: DraftBody, use: Use, _: Asker, version: Version = None) -> CarriedShown:
    """Nothing is stored. The draft comes back under the version asked for (default: the one in use everywhere)."""
    old, new = use.forms.need_spec(form, draft.version), use.forms.need_spec(form, version)
    return CarriedShown.of(carry(draft.draft(), old, new))
