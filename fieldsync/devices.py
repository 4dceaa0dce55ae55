"""Tablets: enrolled with a one-time code, listed, and cut off when they are lost.

A code is ten letters and digits (50 bits) that a person can read out. Only a keyed hash of it is kept.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from fieldsync.accounts import Accounts, Role, User
from fieldsync.documents import derived_id
from fieldsync.errors import BadInput, Conflict, Unauthenticated
from fieldsync.keys import Keys
from fieldsync.sessions import Sessions, Tokens
from fieldsync.settings import Settings
from fieldsync.shelf import Kept, Shelf
from fieldsync.stores.base import Store
from fieldsync.throttle import Throttle

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE = re.compile(rf"[{_ALPHABET}]{{10}}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LONGEST_LABEL = 100
_NOT_GOOD = (
    "This code is not good (any more): ask your supervisor for a new one. / 登记码无效或已过期；请向主管索取新码。"
)
REASONS = ("lost", "stolen", "replaced", "retired")


class Revocation(msgspec.Struct, frozen=True):
    """Who cut a tablet off, when and why."""

    at: datetime
    by: str
    reason: str


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="enrolment"):
    """A one-time code as it is kept, under its keyed hash."""

    collector: str
    by: str
    expires: datetime
    used: bool = False


class Tablet(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="tablet"):
    """A tablet as it is kept."""

    id: str
    collector: str
    label: str
    enrolled: datetime
    revoked: Revocation | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code in clear, which is shown once and kept nowhere."""

    code: str
    collector: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A tablet just enrolled, its collector, and the tokens of its first session."""

    tablet: Tablet
    user: User
    tokens: Tokens


class Devices:
    """The tablets of an installation and their one-time codes, in the database `accounts`."""

    def __init__(self, store: Store, accounts: Accounts, sessions: Sessions, keys: Keys, settings: Settings) -> None:
        database = store.create("accounts")
        self._tablets = Shelf(database, "tablet:", Tablet)
        self._enrolments = Shelf(database, "enrolment:", Enrolment)
        self._accounts = accounts
        self._sessions = sessions
        self._key = keys.seal
        self._life = timedelta(hours=settings.enrolment_hours)
        self._now = sessions.now
        self._throttle = Throttle(self._now, limit=20, window_s=600)

    def issue_code(self, collector: str, by: str) -> Code:
        """Make a one-time code for a collector's tablet. Raises NotFound, or BadInput for who is no collector."""
        user = self._accounts.need(collector)
        if not user.active or Role.COLLECTOR not in user.roles:
            raise BadInput(
                f"{collector!r} is no active collector, so no tablet can be enrolled for him."
                f" / {collector} 不是在岗采集员，不能为其登记平板。"
            )
        code = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        expires = self._now() + self._life
        self._enrolments.add(self._hash(code), Enrolment(collector=collector, by=by, expires=expires))
        return Code(f"{code[:5]}-{code[5:]}", collector, expires)

    def enrol(self, code: str, label: str, source: str = "") -> Enrolled:
        """Exchange a one-time code for a tablet and its first session; `source` is where the request comes from.

        Raises Unauthenticated for a code that is unknown, used or expired, TooManyAttempts after twenty of those from
        one source, BadInput for a label that is empty or too long.
        """
        if not 0 < len(label.strip()) <= _LONGEST_LABEL:
            raise BadInput(
                f"Label the tablet with 1 to {_LONGEST_LABEL} characters. / 平板名称须有 1–{_LONGEST_LABEL} 个字符。",
                field="label",
            )
        self._throttle.check(source)
        enrolment = self._redeem(code, source)
        user = self._accounts.need(enrolment.collector)
        tablet = self._add(user.name, label.strip())
        return Enrolled(tablet, user, self._sessions.open(user.name, tablet.id))

    def get(self, tablet: str) -> Tablet | None:
        """Return a tablet, or None."""
        kept = self._tablets.get(tablet)
        return kept.value if kept else None

    def need(self, tablet: str) -> Tablet:
        """Return a tablet. Raises NotFound."""
        return self._tablets.need(tablet, "tablet").value

    def all(self, after: str | None = None) -> Iterator[Tablet]:
        """Yield the tablets in order of identifier; only those after one, if given."""
        return self._tablets.all(after=after)

    def of(self, collector: str) -> list[Tablet]:
        """Return a collector's tablets, the revoked ones too."""
        return [kept.value for kept in self._tablets.where(collector=collector)]

    def enrolled(self) -> set[str]:
        """Return the collectors who have a tablet that is not revoked."""
        return {tablet.collector for tablet in self._tablets.all() if tablet.revoked is None}

    def revoke(self, tablet: str, by: str, reason: str) -> Tablet:
        """Cut a tablet off at once; a repeat changes nothing. Raises NotFound, or BadInput for another reason."""
        if reason not in REASONS:
            raise BadInput(
                f"A tablet is cut off because it is {', '.join(REASONS)}. / 停用平板的原因须为其中之一。",
                field="reason",
            )
        mark = Revocation(self._now(), by, reason)
        revoked = self._tablets.change(
            tablet, "tablet", lambda kept: kept if kept.revoked else msgspec.structs.replace(kept, revoked=mark)
        )
        self._sessions.end_all(revoked.collector, f"the tablet is {reason}", lambda session: session.tablet == tablet)
        return revoked

    def _redeem(self, code: str, source: str) -> Enrolment:
        """Mark a good code as used; of two who send it at once, one has it."""
        kept = self._find(code)
        if kept is None or kept.value.used or kept.value.expires <= self._now():
            self._throttle.failed(source)
            raise Unauthenticated(_NOT_GOOD)
        user = self._accounts.get(kept.value.collector)
        if user is None or not user.active or Role.COLLECTOR not in user.roles:
            raise Unauthenticated(_NOT_GOOD)
        try:
            self._enrolments.replace(kept, msgspec.structs.replace(kept.value, used=True))
        except Conflict as error:
            raise Unauthenticated(_NOT_GOOD) from error
        return kept.value

    def _find(self, code: str) -> Kept[Enrolment] | None:
        plain = code.upper().translate(_MISREAD)
        return self._enrolments.get(self._hash(plain)) if _CODE.fullmatch(plain) else None

    def _add(self, collector: str, label: str) -> Tablet:
        """Keep a new tablet; its identifier follows from whose it is and how many he had before."""
        number = len(self.of(collector))
        while True:
            key = derived_id("tablet", collector, str(number))
            tablet = Tablet(id=key, collector=collector, label=label, enrolled=self._now())
            if self._tablets.add(key, tablet):
                return tablet
            number += 1

    def _hash(self, code: str) -> str:
        return hmac.new(self._key, b"enrolment\n" + code.encode("ascii"), sha256).hexdigest()
