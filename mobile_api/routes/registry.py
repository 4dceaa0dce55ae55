"""The registry: records with the provenance of each item; sensitive values only one record at a time, with a reason."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel

from fieldsync.accounts import Principal, Role, require
from fieldsync.duplicates import Suspect, evidence_of
from fieldsync.errors import BadInput, NotFound
from fieldsync.masking import masked_stored
from fieldsync.pipeline import Pipeline
from fieldsync.registry import Record
from mobile_api.dependencies import Cursor, Limit, Staff
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, must_see

router = APIRouter(prefix="/registry", tags=["registry"])
Kind = Literal["building", "dwelling", "household", "person", "stay"]


class RecordPage(BaseModel):
    """Records, and where the next page begins."""

    records: list[dict[str, Any]]
    next: str | None = None


class LikelyPerson(BaseModel):
    """A person who may be the one asked about."""

    id: str
    cell: str
    probability: float
    evidence: list[dict[str, Any]]


class LikelyPersons(BaseModel):
    """Persons who may be one."""

    persons: list[LikelyPerson]


@router.get("", summary="List the records of a cell, sensitive values masked", responses=GUARDED)
def list_records(
    flow: Flow,
    asker: Staff,
    cell: Annotated[str, Query(pattern=r"^\d{15}$", description="The cell, 15 digits")],
    kind: Kind | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> RecordPage:
    """In order of identifier; `next` of a page is the `cursor` of the following one."""
    must_see(asker, cell)
    wanted = {"cell": cell, **({"kind": kind} if kind else {})}
    found = flow.registry.where(after=cursor or "", limit=limit, **wanted)
    flow.trail.note(asker.user, "registry.list", cell)
    page = [_shown(record, flow) for record in found]
    return RecordPage(records=page, next=found[-1].id if len(found) == limit else None)


@router.get("/{record}", summary="Show a record, each item with where it is from", responses=GUARDED | responses(404))
def show_record(
    record: str,
    flow: Flow,
    asker: Staff,
    reveal: bool = False,
    reason: Annotated[str, Query(max_length=500, description="Why sensitive values are needed")] = "",
) -> dict[str, Any]:
    """Sensitive values are masked; a reviewer may reveal them with a reason. Every read is in the audit trail."""
    found = flow.registry.get(record)
    if found is None or not asker.covers(found.cell):
        raise NotFound(f"There is no record {record} in your area.")
    if reveal:
        _must_reveal(asker, reason)
    flow.trail.note(asker.user, "registry.reveal" if reveal else "registry.read", record, reason)
    return _built(found) if reveal else _shown(found, flow)


@router.get("/{record}/duplicates", summary="Who may be the same person", responses=GUARDED | responses(404))
def show_duplicates(record: str, flow: Flow, asker: Staff) -> LikelyPersons:
    """Persons of your areas who are likely the same, the likeliest first, with what speaks for and against."""
    found = flow.registry.get(record)
    if found is None or found.kind != "person" or not asker.covers(found.cell):
        raise NotFound(f"There is no person {record} in your area.")
    flow.steps.look_for_duplicates()
    flow.trail.note(asker.user, "registry.duplicates", record)
    likely = [suspect for suspect in flow.steps.duplicates.of_record(found) if asker.covers(suspect.record.cell)]
    return LikelyPersons(persons=[_likely(suspect) for suspect in likely])


def _likely(suspect: Suspect) -> LikelyPerson:
    return LikelyPerson(
        id=suspect.record.id,
        cell=suspect.record.cell,
        probability=round(suspect.likeness.probability, 4),
        evidence=evidence_of(suspect.likeness),
    )


def _must_reveal(asker: Principal, reason: str) -> None:
    require(asker, Role.REVIEWER, Role.ADMINISTRATOR)
    if not reason.strip():
        raise BadInput("Revealing sensitive values needs a reason: ?reveal=true&reason=…")


def _built(record: Record) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(record)
    return built


def _shown(record: Record, flow: Pipeline) -> dict[str, Any]:
    rules, masks = flow.kinds.merge_rules(record.kind), flow.kinds.masks(record.kind)

    def mask(item: str, value: dict[str, Any]) -> dict[str, Any]:
        return masked_stored(value, item, rules.fields_of(item), masks)

    built = _built(record)
    for name, item in built.get("items", {}).items():
        item["value"] = mask(name, item["value"])
        for earlier in item.get("before", ()):
            earlier["value"] = mask(name, earlier["value"])
    for told in built.get("reconciled", {}).values():
        told.update({name: mask(name, value) for name, value in told.items()})
    return built
