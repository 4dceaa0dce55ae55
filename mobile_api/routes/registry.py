"""The registry: records with the provenance of each item; sensitive values only one record at a time, with a reason."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from fieldsync.accounts import Principal, Role, require
from fieldsync.codes import checked_area
from fieldsync.cursors import LONGEST
from fieldsync.decisions import Verdict
from fieldsync.duplicates import Suspect, evidence_of
from fieldsync.errors import BadInput, Forbidden, NotFound
from fieldsync.filing_keys import places_of
from fieldsync.moments import read_moment
from fieldsync.pipeline import Pipeline
from fieldsync.record_history import Seen
from fieldsync.record_views import as_known_at
from fieldsync.registry import Record
from fieldsync.searching.criteria import Criteria
from fieldsync.searching.views import found_view, people_in
from fieldsync.trail import saw
from grid import CodePattern
from mobile_api.codes import CELL
from mobile_api.dependencies import Limit, Staff, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.flow import Flow, Reviewer

router = APIRouter(prefix="/registry", tags=["registry"])
Kind = Literal["building", "dwelling", "household", "person", "stay", "event"]
Reason = Annotated[str, Query(max_length=500, description="Why sensitive values are needed")]
At = Annotated[str | None, Query(max_length=40, description="As it was known on a day, or at a time with its zone")]


_ASKED = ("kind", "name", "identity", "phone", "address", "room", "status", "first", "last")


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


class Filters(BaseModel):
    """What records are wanted, as it stands in the address; what is not given does not matter."""

    model_config = ConfigDict(extra="forbid")

    area: str | None = Field(None, description="A district, street, community or cell")
    cell: str | None = Field(None, pattern=CELL, description="The code of the cell")
    kind: Kind | None = None
    name: str | None = Field(None, description="How a name begins: simplified, traditional, or pinyin")
    identity: str | None = Field(None, description="A document's number, whole")
    phone: str | None = Field(None, description="A telephone number, whole")
    address: str | None = Field(None, description="How a building's name or address begins, from any division on")
    room: str | None = Field(None, description="A dwelling at the address: 301, or 1-301")
    status: str | None = Field(None, description="Of persons, households, stays or dwellings, with their kind")
    first: str | None = Field(None, alias="from", description="Events of this day, or later; with kind=event")
    last: str | None = Field(None, alias="to", description="Events of this day, or before; with kind=event")
    at: str | None = Field(None, description="As it was known on a day, or at a time with its zone")
    cursor: str | None = Field(None, max_length=LONGEST, description="`next` of the page before")
    limit: int = Field(100, ge=1, le=1000, description="How many to return at most")

    def criteria(self, asker: Principal, pattern: CodePattern) -> Criteria:
        """Return the filters within what the asker may see. Raises BadInput or Forbidden."""
        area = self.cell or self.area
        if area is not None:
            checked_area(area, pattern)
        wanted = Criteria(
            areas=None if asker.has(Role.ADMINISTRATOR) else asker.areas,
            area=area,
            **{name: getattr(self, name) for name in _ASKED},
        )
        if area and not asker.covers(area) and not any(own.startswith(area) for own in asker.areas):
            raise Forbidden("This is outside your area.", zh="不在您的管辖范围内。")
        return wanted

    def told(self) -> str:
        """Return which filters were used, without what they said of a person."""
        given = self.model_dump(by_alias=True, exclude_none=True, exclude={"cursor", "limit", "area", "cell"})
        return ", ".join(sorted(given)) or "none"


@router.get("", summary="Search records, sensitive values masked", responses=GUARDED)
def list_records(flow: Flow, use: Use, asker: Staff, filters: Annotated[Filters, Query()]) -> RecordPage:
    """By any filters together, in an order that lasts; `next` of a page is the `cursor` of the following one.

    A page may be short, even empty, and have a `next` all the same, where much had to be looked through.
    """
    wanted, moment = filters.criteria(asker, use.settings.code_pattern), read_moment(filters.at, use.settings.zone)
    flow.steps.look_for_duplicates()
    page = flow.search.page(wanted, filters.cursor, filters.limit, moment)
    seen = people_in(page.found)
    flow.trail.note(asker.user, "registry.list", wanted.area or "registry", f"by {filters.told()}; {saw(seen)}")
    return RecordPage(records=[found_view(one, flow.kinds, asker.covers) for one in page.found], next=page.next)


@router.get("/{record}", summary="Show a record, each item with where it is from", responses=GUARDED | responses(404))
def show_record(
    record: str,
    flow: Flow,
    use: Use,
    asker: Staff,
    reveal: bool = False,
    reason: Reason = "",
    at: At = None,
) -> dict[str, Any]:
    """Sensitive values are masked; a reviewer may reveal them with a reason. Every read is in the audit trail."""
    found, moment = _seen(record, flow, asker), read_moment(at, use.settings.zone)
    known = as_known_at(found, moment) if moment else found
    if known is None:
        raise NotFound(f"The registry did not know {record} at {moment}.", zh=f"登记库在 {moment} 时尚无 {record}。")
    if reveal:
        must_reveal(asker, reason)
    flow.trail.note(asker.user, "registry.reveal" if reveal else "registry.read", record, reason)
    return found_view(flow.search.of(known, moment), flow.kinds, asker.covers, reveal=reveal)


class HistoryPage(BaseModel):
    """What the registry knew of a record, oldest first, and where the next page begins."""

    id: str
    kind: str
    status: str | None = None
    stays: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    confirmed: dict[str, Any] | None = None
    alias_of: str | None = None
    aliases: list[str] = []
    values: list[dict[str, Any]]
    next: str | None = None


@router.get("/{record}/history", summary="Every value, and where it was from", responses=GUARDED | responses(404))
def show_history(
    record: str,
    flow: Flow,
    asker: Staff,
    reveal: bool = False,
    reason: Reason = "",
    cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next` of the page before")] = None,
    limit: Limit = 100,
) -> HistoryPage:
    """With the edit, collector, tablet, cell and time, what merges and cases decided, and who admitted it.

    In the order in which values entered the registry. Where a collector stood is told of buildings and dwellings alone.
    """
    found = _seen(record, flow, asker)
    if reveal:
        must_reveal(asker, reason)
    flow.steps.look_for_duplicates()
    values, following = flow.history.page(found, cursor, limit, Seen(asker.covers, reveal))
    flow.trail.note(asker.user, "registry.reveal" if reveal else "registry.history", record, reason)
    view = found_view(flow.search.of(found), flow.kinds, asker.covers)
    head = {name: view[name] for name in HistoryPage.model_fields if name in view}
    return HistoryPage(**head, values=values, next=following)


@router.get("/{record}/duplicates", summary="Who may be the same person", responses=GUARDED | responses(404))
def show_duplicates(record: str, flow: Flow, asker: Staff) -> LikelyPersons:
    """Persons of your areas who are likely the same, the likeliest first, with what speaks for and against."""
    found = _seen(record, flow, asker)
    if found.kind != "person":
        raise NotFound(f"There is no person {record} in your area.", zh=f"您的辖区内没有人员 {record}。")
    flow.steps.look_for_duplicates()
    flow.trail.note(asker.user, "registry.duplicates", record)
    likely = [suspect for suspect in flow.steps.duplicates.of_record(found) if asker.covers(suspect.record.cell)]
    return LikelyPersons(persons=[_likely(suspect) for suspect in likely])


class RevertAsked(BaseModel):
    """Which items' values are taken back, and why."""

    model_config = ConfigDict(extra="forbid")
    items: list[Annotated[str, Field(max_length=200)]] = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2000)


@router.post("/{record}/revert", summary="Take back what a form's rule let in", responses=GUARDED | responses(404, 409))
def revert(record: str, asked: RevertAsked, flow: Flow, asker: Reviewer) -> dict[str, Any]:
    """The reversal, a case, without its values. 409 where the registry has gone on, or where a case let it in."""
    _seen(record, flow, asker)
    items = [{"item": item} for item in asked.items]
    reversal = flow.steps.revert_record(record, Verdict(asker.user, asker.areas, "revert", asked.reason, items))
    flow.trail.note(asker.user, "registry.revert", record)
    told = ("id", "state", "cell", "document", "decision")
    return {name: getattr(reversal, name) for name in told} | {"items": asked.items}


def _likely(suspect: Suspect) -> LikelyPerson:
    return LikelyPerson(
        id=suspect.record.id,
        cell=suspect.record.cell,
        probability=round(suspect.likeness.probability, 4),
        evidence=evidence_of(suspect.likeness),
    )


def must_reveal(asker: Principal, reason: str) -> None:
    """Let pass who may see sensitive values and says why. Raises Forbidden or BadInput."""
    require(asker, Role.REVIEWER, Role.ADMINISTRATOR)
    if not reason.strip():
        raise BadInput(
            "Revealing sensitive values needs a reason: ?reveal=true&reason=…",
            zh="显示敏感项须写明理由：?reveal=true&reason=…",
        )


def _seen(record: str, flow: Pipeline, asker: Principal) -> Record:
    """Return a record that a cell of the asker's holds. Raises NotFound, the same for one that does not exist."""
    found = flow.registry.get(record)
    if found is None or not any(map(asker.covers, places_of(found))):
        raise NotFound(f"There is no record {record} in your area.", zh=f"您的辖区内没有记录 {record}。")
    return found
