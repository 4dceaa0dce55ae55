"""Staff: supervisors manage the collectors of their areas, administrators everybody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from fieldsync.accounts import Role, User, UserChanges, require_charge, sees
from fieldsync.errors import Forbidden
from mobile_api.codes import LONGEST_CODE
from mobile_api.dependencies import Cursor, Limit, Staff, Supervisor, Use
from mobile_api.errors import GUARDED, responses
from mobile_api.schemas import ChangedUser, NewUser, StaffPage, UserShown, plain

router = APIRouter(prefix="/staff", tags=["staff"])


@router.get("", summary="List accounts", responses=GUARDED)
def list_staff(
    use: Use,
    asker: Staff,
    area: Annotated[str, Query(max_length=LONGEST_CODE, description="Only those with an area that begins so")] = "",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> StaffPage:
    shown: list[UserShown] = []
    for user in use.accounts.all(cursor):
        if len(shown) == limit:
            return StaffPage(staff=shown, next=shown[-1].name)
        if sees(asker, user) and (not area or any(own.startswith(area) for own in user.areas)):
            shown.append(UserShown.of(user))
    return StaffPage(staff=shown)


@router.get("/{name}", summary="Show an account", responses=GUARDED | responses(404))
def show(name: str, use: Use, asker: Staff) -> UserShown:
    user = use.accounts.need(name)
    if not sees(asker, user):
        raise Forbidden("This account lies outside your areas.")
    return UserShown.of(user)


@router.post("", summary="Create an account", status_code=201, responses=GUARDED | responses(409))
def create(asked: NewUser, use: Use, asker: Supervisor) -> UserShown:
    require_charge(asker, asked.user())
    made = use.accounts.create(asked.user(), asked.password)
    _note_reader(use, asker.user, made)
    return UserShown.of(made)


@router.patch("/{name}", summary="Change an account", responses=GUARDED | responses(404, 409))
def change(name: str, asked: ChangedUser, use: Use, asker: Supervisor) -> UserShown:
    user = use.accounts.need(name)
    require_charge(asker, user)
    changes = UserChanges(
        display=plain(asked.display) if asked.display is not None else None,
        roles=tuple(asked.roles) if asked.roles is not None else None,
        areas=tuple(asked.areas) if asked.areas is not None else None,
        active=asked.active,
        language=asked.language,
    )
    require_charge(asker, changes.applied_to(user))
    changed = use.staffing.change(name, changes, asked.password)
    if Role.SEALED_READER not in user.roles:
        _note_reader(use, asker.user, changed)
    return UserShown.of(changed)


def _note_reader(use: Use, by: str, user: User) -> None:
    """Note in the audit trail that somebody was let read sealed answers."""
    if Role.SEALED_READER in user.roles:
        use.trail.note(by, "staff.sealed_reader", user.name)
