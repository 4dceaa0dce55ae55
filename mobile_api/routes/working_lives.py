"""Working lives: days, languages and absences of who works here."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from fieldsync.accounts import Principal, User, require_charge, sees
from fieldsync.errors import Forbidden
from fieldsync.services import Services
from fieldsync.working_lives import Absence, AbsenceReason, WorkingLife
from mobile_api.dependencies import Asker, Staff, Supervisor, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.routes.cells import Area
from mobile_api.schemas import Asked, Shown

router = APIRouter(tags=["working lives"])


class WorkingLifeAsked(Asked):
    days: list[Annotated[int, Field(ge=1, le=7)]] | None = Field(
        None, min_length=1, max_length=7, description="Days of the week, 1 is Monday", examples=[[1, 2, 3, 4, 5]]
    )
    languages: list[Annotated[str, Field(max_length=40)]] | None = Field(
        None, max_length=20, examples=[["zh", "sichuanese"]]
    )


class AbsenceAsked(Asked):
    since: date = Field(alias="from")
    until: date
    reason: AbsenceReason = "leave"


class AbsenceShown(Shown):
    id: str
    since: date = Field(alias="from")
    until: date
    reason: AbsenceReason

    @classmethod
    def of(cls, absence: Absence) -> AbsenceShown:
        return cls.model_validate(msgspec.structs.asdict(absence))


class WorkingLifeShown(Shown):
    name: str
    days: list[int]
    languages: list[str]
    absences: list[AbsenceShown]

    @classmethod
    def of(cls, life: WorkingLife) -> WorkingLifeShown:
        absences = [AbsenceShown.of(one) for one in life.absences]
        return cls(name=life.name, days=list(life.days), languages=list(life.languages), absences=absences)


class Away(BaseModel):
    """Who is away, until when; why is shown with his working life alone."""

    model_config = ConfigDict(populate_by_name=True)

    name: str
    display: dict[str, str]
    since: date = Field(alias="from")
    until: date


class AwayList(BaseModel):
    day: date
    absences: list[Away]


@router.get("/staff/{name}/working-life", summary="Show a working life", responses=GUARDED | responses(404))
def show(name: str, use: Use, asker: Asker) -> WorkingLifeShown:
    """Own ones are shown to everybody, others' to staff of their areas."""
    user = use.accounts.need(name)
    if not sees(asker, user):
        raise Forbidden("This account lies outside your areas.")
    return WorkingLifeShown.of(use.working_lives.of(name))


@router.patch("/staff/{name}/working-life", summary="Change days and languages", responses=GUARDED | responses(404))
def change(name: str, asked: WorkingLifeAsked, use: Use, asker: Supervisor) -> WorkingLifeShown:
    _in_charge(use, asker, name)
    days = tuple(asked.days) if asked.days is not None else None
    languages = tuple(asked.languages) if asked.languages is not None else None
    return WorkingLifeShown.of(use.working_lives.change(name, days, languages))


@router.post(
    "/staff/{name}/absences",
    summary="Note an absence",
    status_code=201,
    responses=GUARDED | responses(404, 409),
)
def be_absent(name: str, asked: AbsenceAsked, use: Use, asker: Supervisor) -> WorkingLifeShown:
    _in_charge(use, asker, name)
    return WorkingLifeShown.of(use.working_lives.be_absent(name, asked.since, asked.until, asked.reason))


@router.delete(
    "/staff/{name}/absences/{absence}",
    summary="Take an absence back, or end it earlier",
    responses=GUARDED | responses(404),
)
def end_absence(
    name: str,
    absence: str,
    use: Use,
    asker: Supervisor,
    last: Annotated[date | None, Query(description="Its last day; without, it never was")] = None,
) -> WorkingLifeShown:
    _in_charge(use, asker, name)
    return WorkingLifeShown.of(use.working_lives.end_absence(name, absence, last))


@router.get("/absences", summary="List who is away on a day", responses=GUARDED)
def away(use: Use, asker: Staff, on: date | None = None, area: Area = "") -> AwayList:
    day = on or use.today()
    found = [(use.accounts.need(name), absence) for name, absence in use.working_lives.away_on(day)]
    shown = [_away(user, absence) for user, absence in found if sees(asker, user) and _is_in(user, area)]
    return AwayList(day=day, absences=shown)


def _in_charge(use: Services, asker: Principal, name: str) -> None:
    require_charge(asker, use.accounts.need(name))


def _is_in(user: User, area: str) -> bool:
    return user.active and (not area or any(own.startswith(area) for own in user.areas))


def _away(user: User, absence: Absence) -> Away:
    shown = {"name": user.name, "display": user.display, "since": absence.since, "until": absence.until}
    return Away.model_validate(shown)
