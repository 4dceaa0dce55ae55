"""What requests and answers of `/api/v1` look like."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from fieldsync.accounts import Principal, Role, User
from fieldsync.assignments import Assignment, AssignmentRole, Standing, State
from fieldsync.cells import Cell, Imported, Plan
from fieldsync.devices import Code, Tablet
from fieldsync.rounds import Round
from fieldsync.sessions import Tokens
from mobile_api.codes import LONGEST_CODE

Language = Literal["zh", "en"]
Texts = dict[Language, str]


def plain(texts: Texts) -> dict[str, str]:
    """Return texts by language as the use cases take them."""
    return {str(language): text for language, text in texts.items()}


class Asked(BaseModel):
    """A request's body: members that are not known are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Shown(BaseModel):
    """An answer."""

    model_config = ConfigDict(populate_by_name=True)


class Problem(Shown):
    """An error: `error` is for programs, `reason` for people; some errors have further members."""

    model_config = ConfigDict(extra="allow")

    error: str
    reason: str


class Login(Asked):
    name: str = Field(max_length=64, examples=["li.na"])
    password: str = Field(max_length=256)


class Refresh(Asked):
    refresh: str = Field(max_length=200)


class UserShown(Shown):
    name: str
    display: dict[str, str]
    roles: list[Role]
    areas: list[str]
    active: bool
    language: str
    has_password: bool

    @classmethod
    def of(cls, user: User) -> UserShown:
        return cls(
            name=user.name,
            display=user.display,
            roles=list(user.roles),
            areas=list(user.areas),
            active=user.active,
            language=user.language,
            has_password=user.password is not None,
        )


class SessionShown(Shown):
    access: str
    refresh: str
    expires_in: int = Field(description="Life of the access token, in seconds")

    @classmethod
    def of(cls, tokens: Tokens) -> SessionShown:
        return cls(access=tokens.access, refresh=tokens.refresh, expires_in=tokens.expires_in)


class LoggedIn(SessionShown):
    user: UserShown


class Enrolled(LoggedIn):
    tablet: str


class NewUser(Asked):
    name: str = Field(max_length=64, examples=["li.na"])
    display: Texts = Field(default_factory=dict, examples=[{"zh": "李娜", "en": "Li Na"}])
    roles: list[Role] = Field(min_length=1)
    areas: list[str] = Field(default_factory=list, examples=[["510107"]])
    password: str | None = Field(None, max_length=256)
    language: Language = "zh"

    def user(self) -> User:
        return User(
            name=self.name,
            display=plain(self.display),
            roles=tuple(self.roles),
            areas=tuple(self.areas),
            language=self.language,
        )


class ChangedUser(Asked):
    display: Texts | None = None
    roles: list[Role] | None = None
    areas: list[str] | None = None
    password: str | None = Field(None, max_length=256)
    active: bool | None = None
    language: Language | None = None


class StaffPage(Shown):
    staff: list[UserShown]
    next: str | None = None


class EnrolmentAsked(Asked):
    collector: str = Field(max_length=64)


class CodeShown(Shown):
    code: str = Field(examples=["7Q2MX-K4T9B"])
    collector: str
    expires: datetime
    uri: str = Field(description="What the QR code says")

    @classmethod
    def of(cls, code: Code, base: str) -> CodeShown:
        # After the `#`, so that no proxy's log has the code.
        uri = f"{base.rstrip('/')}/tablet/#enrol={code.code}"
        return cls(code=code.code, collector=code.collector, expires=code.expires, uri=uri)


class EnrolAsked(Asked):
    code: str = Field(max_length=40, examples=["7Q2MX-K4T9B"])
    label: str = Field(max_length=100, examples=["Tablet 7"])


class RevocationShown(Shown):
    at: datetime
    by: str
    reason: str


class TabletShown(Shown):
    id: str
    collector: str
    label: str
    enrolled: datetime
    revoked: RevocationShown | None

    @classmethod
    def of(cls, tablet: Tablet) -> TabletShown:
        mark = tablet.revoked
        revoked = RevocationShown(at=mark.at, by=mark.by, reason=mark.reason) if mark else None
        return cls(
            id=tablet.id, collector=tablet.collector, label=tablet.label, enrolled=tablet.enrolled, revoked=revoked
        )


class TabletPage(Shown):
    devices: list[TabletShown]
    next: str | None = None


class RevokeAsked(Asked):
    reason: Literal["lost", "stolen", "replaced", "retired"]


class MyCell(Shown):
    code: str
    name: str
    state: Literal["held", "draining", "gone"]
    role: AssignmentRole
    epoch: int
    buildings: list[str] = Field(description="Only these buildings are his to work; empty: all of them")
    until: datetime | None = Field(description="When his time there ends, where that is known")
    drained_at: datetime | None = Field(description="Since when he may only send what is left")
    missing: int = Field(description="Of one that drains: how many changes of this tablet are known to be missing")
    may_destroy: bool = Field(
        description="The server misses nothing: with nothing left, destroy the replica and say so (POST me/left)"
    )

    @classmethod
    def of(cls, standing: Standing, cell: Cell | None, missing: int, *, has_receipt: bool) -> MyCell:
        state: dict[State, Literal["held", "draining", "gone"]] = {
            State.ACTIVE: "held",
            State.DRAINING: "draining",
            State.ENDED: "gone",
        }
        return cls(
            code=standing.cell,
            name=cell.name if cell else standing.cell,
            state="gone" if has_receipt else state[standing.state],
            role=standing.role,
            epoch=standing.epoch,
            buildings=list(standing.buildings),
            until=standing.until,
            drained_at=standing.drained_at,
            missing=missing,
            may_destroy=standing.state is not State.ACTIVE and missing == 0,
        )


class PrincipalShown(Shown):
    name: str
    display: dict[str, str]
    roles: list[Role]
    areas: list[str]

    @classmethod
    def of(cls, principal: Principal) -> PrincipalShown:
        roles = [role for role in Role if principal.has(role)]
        return cls(name=principal.user, display=dict(principal.display), roles=roles, areas=list(principal.areas))


class Me(Shown):
    user: PrincipalShown
    tablet: str | None
    cells: list[MyCell]
    notices: list[dict[str, Any]] = Field(
        description="What became of his changes, also in cells that a draining tablet cannot pull any more"
    )
    rebuild: list[str] = Field(description="Cells whose replica the tablet should fetch anew once its work is in")


class CellFeature(Shown):
    type: Literal["Feature"] = "Feature"
    id: str
    geometry: dict[str, Any]
    properties: dict[str, Any]

    @classmethod
    def of(cls, cell: Cell) -> CellFeature:
        properties = {"code": cell.code, "name": cell.name, "plan": cell.plan, "areas": cell.areas}
        return cls(id=cell.code, geometry=cell.geometry, properties=properties)


class CellCollection(Shown):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[CellFeature]
    next: str | None = None


class PlanShown(Shown):
    id: str
    name: str
    date: date
    cells: int

    @classmethod
    def of(cls, plan: Plan) -> PlanShown:
        return cls(id=plan.id, name=plan.name, date=plan.date, cells=len(plan.cells))


class PlanList(Shown):
    plans: list[PlanShown]


class ImportedShown(Shown):
    plan: PlanShown
    new: list[str]
    renamed: list[str]
    unchanged: int
    absent: list[str] = Field(description="Known cells of its districts that the plan does not have; they stay")
    faults: dict[str, int] = Field(description="What the check of the coverage finds, by kind")
    notes: list[str] = Field(description="What should be known of the file, such as how sure its conversion is")
    dry_run: bool

    @classmethod
    def of(cls, imported: Imported, dry_run: bool) -> ImportedShown:
        return cls(
            plan=PlanShown.of(imported.plan),
            new=list(imported.new),
            renamed=list(imported.renamed),
            unchanged=len(imported.unchanged),
            absent=list(imported.absent),
            faults=dict(imported.faults),
            notes=list(imported.notes),
            dry_run=dry_run,
        )


class AssignmentAsked(Asked):
    cell: str = Field(max_length=40)
    collector: str = Field(max_length=64)
    role: AssignmentRole = "holder"
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = None
    buildings: list[str] = Field(
        default_factory=list, max_length=500, description="Only these buildings of the cell, for a helper or stand-in"
    )
    saw: int | None = Field(
        None, ge=0, description="The newest epoch of the cell that you looked at; 409 where there is a newer one"
    )


class EndAsked(Asked):
    cut: bool = Field(False, description="End at once: the collector may not even send what is left")


class AssignmentShown(Shown):
    id: str
    cell: str
    collector: str
    role: AssignmentRole
    since: datetime = Field(alias="from")
    until: datetime | None = Field(description="Its end; of one that drains, since when it does")
    epoch: int
    state: State
    buildings: list[str] = Field(description="Only these buildings; empty: the whole cell")
    handover: str | None = Field(description="The act it was made in, if it was a handover of many cells")
    warnings: list[dict[str, str]] = Field(
        default_factory=list, description="What is odd about one just made, by `code`, in `zh` and `en`"
    )

    @classmethod
    def of(cls, assignment: Assignment) -> AssignmentShown:
        return cls.model_validate(msgspec.structs.asdict(assignment))


class AssignmentPage(Shown):
    assignments: list[AssignmentShown]
    next: str | None = None


class RoundBody(BaseModel):
    """A round as it is asked for and shown."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    id: str = Field(max_length=64, examples=["2026-11"])
    title: Texts = Field(examples=[{"zh": "十一月核查", "en": "November check"}])
    area: str = Field(max_length=LONGEST_CODE, examples=["510107"])
    since: date = Field(alias="from")
    until: date
    reference: AwareDatetime
    forms: list[str] = Field(default_factory=list, max_length=100, examples=[["person", "household"]])

    def round(self) -> Round:
        return Round(
            id=self.id,
            title=plain(self.title),
            area=self.area,
            since=self.since,
            until=self.until,
            reference=self.reference,
            forms=tuple(self.forms),
        )

    @classmethod
    def of(cls, kept: Round) -> RoundBody:
        return cls.model_validate(msgspec.structs.asdict(kept))


class RoundList(Shown):
    rounds: list[RoundBody]


class Health(Shown):
    status: Literal["live", "ready"]
