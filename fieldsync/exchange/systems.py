"""Other systems: with whom it was agreed, for which purpose, areas and fields; each with a token of its own."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256

import msgspec

from fieldsync.clock import write_time
from fieldsync.codes import checked_area
from fieldsync.documents import REGISTERED
from fieldsync.errors import BadInput, Conflict, Unauthenticated
from fieldsync.kinds import Kinds
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store
from grid import DEFAULT_PATTERN, CodePattern

NAME = "exchange"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_PREFIX = "fsx_"
_LONGEST_PURPOSE = 500


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a system may be told: `fields` by kind, of records in these areas (empty: the whole city), what for."""

    purpose: str
    fields: dict[str, list[str]]
    areas: list[str] = []


class System(msgspec.Struct, frozen=True, kw_only=True):
    """A system as it is kept; `token` is the SHA-256 of its token's secret."""

    name: str
    agreement: Agreement
    token: str
    registered_by: str
    registered_at: str
    active: bool = True


class Systems:
    """The systems of an installation, in the database `exchange`."""

    def __init__(
        self, store: Store, kinds: Kinds, now: Callable[[], datetime], pattern: CodePattern = DEFAULT_PATTERN
    ) -> None:
        self._shelf = Shelf(store.create(NAME), "system:", System)
        self._kinds, self._now, self._pattern = kinds, now, pattern

    def register(self, name: str, agreement: Agreement, by: str) -> tuple[System, str]:
        """Register a system and return it with its token, which is shown this once. Raises BadInput or Conflict."""
        if not _NAME.fullmatch(name):
            raise BadInput(
                "A system's name has 1 to 63 lower-case letters, digits, '.' or '-'.",
                zh="系统名称为 1 至 63 个小写字母、数字、'.' 或 '-'。",
                field="name",
            )
        secret = secrets.token_urlsafe(32)
        system = System(
            name=name,
            agreement=self._checked(agreement),
            token=_digest(secret),
            registered_by=by,
            registered_at=write_time(self._now()),
        )
        if not self._shelf.add(name, system):
            raise Conflict(
                f"The name {name!r} is taken: choose another.", zh=f"名称 {name} 已被占用：请另选。", field="name"
            )
        return system, _token(name, secret)

    def change(self, name: str, agreement: Agreement) -> System:
        """Agree anew; its cursors stay good. Raises NotFound or BadInput."""
        checked = self._checked(agreement)
        return self._shelf.change(name, "system", lambda s: msgspec.structs.replace(s, agreement=checked))

    def renew(self, name: str) -> str:
        """Give a system another token; the one before is good no more. Raises NotFound."""
        secret = secrets.token_urlsafe(32)
        self._shelf.change(name, "system", lambda s: msgspec.structs.replace(s, token=_digest(secret), active=True))
        return _token(name, secret)

    def end(self, name: str) -> System:
        """End the exchange with a system. Raises NotFound."""
        return self._shelf.change(name, "system", lambda s: msgspec.structs.replace(s, active=False))

    def all(self) -> Iterator[System]:
        """Yield the systems, in order of name."""
        return self._shelf.all()

    def of_token(self, authorization: str | None) -> System:
        """Return the system whose token an `Authorization` header has. Raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        name, _, secret = token.strip().removeprefix(_PREFIX).partition("_")
        kept = self._shelf.get(name) if scheme.lower() == "bearer" and _NAME.fullmatch(name) else None
        is_right = hmac.compare_digest(_digest(secret), kept.value.token if kept else _digest("") + "-")
        if kept is None or not is_right or not kept.value.active:
            raise Unauthenticated(
                "Send the token of a registered system: Authorization: Bearer fsx_….",
                zh="请附上已登记系统的令牌：Authorization: Bearer fsx_…。",
            )
        return kept.value

    def _checked(self, agreement: Agreement) -> Agreement:
        if not 0 < len(agreement.purpose.strip()) <= _LONGEST_PURPOSE:
            raise BadInput(
                f"purpose says in 1 to {_LONGEST_PURPOSE} characters what the data are for.",
                zh=f"purpose 须用 1 至 {_LONGEST_PURPOSE} 个字说明数据用途。",
                field="purpose",
            )
        if not agreement.fields:
            raise BadInput(
                "fields names at least one kind with its fields.",
                zh="fields 须至少指定一类文档及其项目。",
                field="fields",
            )
        for kind, fields in agreement.fields.items():
            self._check_fields(kind, fields)
        areas = sorted({checked_area(area, self._pattern) for area in agreement.areas})
        return msgspec.structs.replace(agreement, purpose=agreement.purpose.strip(), areas=areas)

    def _check_fields(self, kind: str, fields: list[str]) -> None:
        spec = self._kinds.lineage(kind) if kind in REGISTERED else None
        if spec is None:
            raise BadInput(
                f"{kind!r:.40} is no kind with a form: {', '.join(sorted(REGISTERED))}.",
                zh=f"{kind:.40} 不是有表单的文档类型；可选：{'、'.join(sorted(REGISTERED))}。",
                field="fields",
            )
        known = {field.name for field in spec.fields}
        strange = sorted(set(fields) - known)
        if strange or not fields:
            what = f"{strange[0]!r:.60} is no field of {kind}" if strange else f"{kind} has no field named"
            raise BadInput(
                f"{what}; its fields are {', '.join(sorted(known))}.",
                zh=f"没有这个项目；可选：{'、'.join(sorted(known))}。",
                field="fields",
            )


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _token(name: str, secret: str) -> str:
    return f"{_PREFIX}{name}_{secret}"
