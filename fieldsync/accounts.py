"""Accounts: who works here, in which roles, in which areas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from fieldsync.codes import checked_area
from fieldsync.errors import BadInput, Conflict, Forbidden, Unauthenticated
from fieldsync.passwords import hash_password, password_matches
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store
from fieldsync.throttle import Throttle
from grid import DEFAULT_PATTERN, CodePattern

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LANGUAGES = ("zh", "en")
_LONGEST_DISPLAY = 100


class Role(StrEnum):
    """What a user is here to do.

    A sealed reader opens answers to sealed forms, and nobody else does: no other role has that in it.
    """

    COLLECTOR = "collector"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SEALED_READER = "sealed_reader"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a user as the accounts have him at this moment, and the tablet in his hand."""

    user: str
    roles: frozenset[Role]
    areas: tuple[str, ...]
    tablet: str | None
    display: Mapping[str, str]

    def has(self, role: Role | str) -> bool:
        """Tell whether the user has a role."""
        return role in self.roles

    def covers(self, code: str) -> bool:
        """Tell whether a cell or an area lies within the user's areas; an administrator's are everywhere."""
        return self.has(Role.ADMINISTRATOR) or any(code.startswith(area) for area in self.areas)


def require(principal: Principal, *roles: Role | str, area: str | None = None) -> None:
    """Let pass who has one of these roles and, if an area is given, covers it. Raises Forbidden."""
    if not any(principal.has(role) for role in roles):
        raise Forbidden(f"This is for the roles {', '.join(roles)} only.", zh=f"仅限以下角色：{'、'.join(roles)}。")
    if area is not None and not principal.covers(area):
        raise Forbidden("This lies outside your areas.", zh="不在您的管辖范围内。")


def may_see_persons(principal: Principal) -> bool:
    """Tell whether somebody's work is with persons: who decides about them, or may reveal what is known of them.

    An auditor's is with the books: figures about few people are suppressed for him.
    """
    return any(principal.has(role) for role in (Role.SUPERVISOR, Role.REVIEWER, Role.ADMINISTRATOR))


def require_charge(principal: Principal, user: User) -> None:
    """Let pass who may manage an account: an administrator any, a supervisor the collectors of his areas.

    Raises Forbidden.
    """
    require(principal, Role.SUPERVISOR, Role.ADMINISTRATOR)
    if principal.has(Role.ADMINISTRATOR):
        return
    if set(user.roles) != {Role.COLLECTOR} or not user.areas or not all(map(principal.covers, user.areas)):
        raise Forbidden("Supervisors manage the collectors of their own areas only.", zh="主管只能管理本辖区的采集员。")


def sees(principal: Principal, user: User) -> bool:
    """Tell whether an account may be shown to somebody: his own, and to staff those that have an area in theirs."""
    if principal.user == user.name or principal.has(Role.ADMINISTRATOR):
        return True
    is_staff = not principal.roles <= {Role.COLLECTOR}
    return is_staff and any(map(principal.covers, user.areas))


class User(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="user"):
    """An account as it is kept; `password` is a hash, or None for who only ever works on a tablet."""

    name: str
    display: dict[str, str]
    roles: tuple[Role, ...]
    areas: tuple[str, ...] = ()
    password: str | None = None
    active: bool = True
    language: str = "zh"


class UserChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What may change of an account; None leaves it as it is."""

    display: dict[str, str] | None = None
    roles: tuple[str, ...] | None = None
    areas: tuple[str, ...] | None = None
    active: bool | None = None
    language: str | None = None

    def applied_to(self, user: User) -> User:
        """Return the account with these changes, unchecked."""
        given = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(user, **given)


class Accounts:
    """The accounts of an installation, in the database `accounts`."""

    def __init__(self, store: Store, now: Callable[[], datetime], pattern: CodePattern = DEFAULT_PATTERN) -> None:
        """`pattern` is that of the cells' codes: of its levels are the areas of accounts."""
        self.pattern = pattern
        self._users = Shelf(store.create("accounts"), "user:", User)
        self._throttle = Throttle(now)

    def get(self, name: str) -> User | None:
        """Return an account, or None."""
        kept = self._users.get(name)
        return kept.value if kept else None

    def need(self, name: str) -> User:
        """Return an account. Raises NotFound."""
        return self._users.need(name, "user").value

    def all(self, after: str | None = None) -> Iterator[User]:
        """Yield the accounts in order of name; only those after a name, if given."""
        return self._users.all(after=after)

    def create(self, user: User, password: str | None = None) -> User:
        """Create an account, `user.password` aside. Raises BadInput, or Conflict when the name is taken."""
        checked = checked_user(user, self.pattern)
        hashed = hash_password(password, user.name) if password is not None else None
        made = msgspec.structs.replace(checked, password=hashed)
        if not self._users.add(made.name, made):
            raise Conflict(
                f"The name {made.name!r} is taken: choose another.",
                zh=f"用户名 {made.name} 已被占用：请另选。",
                field="name",
            )
        return made

    def create_first_administrator(self, user: User, password: str) -> User:
        """Create the account that creates all others. Raises Conflict when an administrator exists."""
        if any(_administers(other) for other in self.all()):
            raise Conflict(
                "This installation has an administrator already: let him create further accounts.",
                zh="已有管理员：请由其创建其他账户。",
            )
        return self.create(msgspec.structs.replace(user, roles=(Role.ADMINISTRATOR,)), password)

    def update(self, name: str, changes: UserChanges, password: str | None = None) -> User:
        """Change an account, with its password if one is given, in one write.

        Raises NotFound, BadInput, or Conflict when no administrator would be left.
        """
        hashed = hash_password(password, name) if password is not None else None

        def edit(user: User) -> User:
            changed = checked_user(changes.applied_to(user), self.pattern)
            if hashed is not None:
                changed = msgspec.structs.replace(changed, password=hashed)
            if _administers(user) and not _administers(changed):
                self._leave_an_administrator(name)
            return changed

        changed = self._users.change(name, "user", edit)
        if hashed is not None:
            self._throttle.passed(name)
        return changed

    def check_password(self, name: str, password: str) -> User:
        """Return the active user who has this name and password.

        Takes the same time for an unknown name. Raises Unauthenticated, or TooManyAttempts after ten failures.
        """
        self._throttle.check(name)
        user = self.get(name) if _NAME.fullmatch(name) else None
        kept = user.password if user and user.active else None
        if not password_matches(password, kept) or user is None:
            self._throttle.failed(name[:64])
            raise Unauthenticated("The name or the password is wrong.", zh="用户名或密码错误。")
        self._throttle.passed(name)
        return user

    def _leave_an_administrator(self, but: str) -> None:
        if not any(_administers(user) for user in self.all() if user.name != but):
            raise Conflict(
                "This is the last active administrator: make another one first.",
                zh="这是最后一位在用的管理员：请先设立另一位。",
            )


def _administers(user: User) -> bool:
    return user.active and Role.ADMINISTRATOR in user.roles


def checked_user(user: User, pattern: CodePattern) -> User:
    """Return the account with its lists in order. Raises BadInput for what the rules of accounts do not allow."""
    if not _NAME.fullmatch(user.name):
        raise BadInput(
            "A name has 1 to 64 lower-case letters, digits, '.', '_' or '-'.",
            zh="用户名为 1 至 64 个小写字母、数字、'.'、'_' 或 '-'。",
            field="name",
        )
    if user.language not in _LANGUAGES:
        raise BadInput(
            f"The language is one of {', '.join(_LANGUAGES)}.",
            zh=f"语言应为以下之一：{'、'.join(_LANGUAGES)}。",
            field="language",
        )
    return msgspec.structs.replace(
        user,
        display=_checked_display(user),
        roles=checked_roles(user.roles),
        areas=tuple(sorted({checked_area(area, pattern) for area in user.areas})),
    )


def checked_roles(roles: tuple[str, ...]) -> tuple[Role, ...]:
    """Return roles without repeats, in order. Raises BadInput for none or an unknown one."""
    unknown = sorted(set(roles) - {role.value for role in Role})
    if unknown or not roles:
        wrong = ", ".join(unknown)[:100] or "none"
        raise BadInput(
            f"A user has one or more of the roles {', '.join(Role)}; not {wrong}.",
            zh=f"用户须有以下一个或多个角色：{'、'.join(Role)}；不能是 {wrong}。",
            field="roles",
        )
    return tuple(role for role in Role if role in roles)


def _checked_display(user: User) -> dict[str, str]:
    display = {language: text.strip() for language, text in user.display.items()}
    if not set(display) <= set(_LANGUAGES) or any(not 0 < len(text) <= _LONGEST_DISPLAY for text in display.values()):
        raise BadInput(
            "A display name is given per language (zh, en), with 1 to 100 characters.",
            zh="显示名称按语言（zh、en）填写，每个 1 至 100 个字。",
            field="display",
        )
    return display or dict.fromkeys(_LANGUAGES, user.name)
