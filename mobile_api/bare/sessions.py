"""Who speaks to a bare server: users that the command line names, by basic authentication or a signed cookie."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from fieldsync.errors import BadInput, Unauthenticated
from fieldsync.replication import Access, Caller
from mobile_api.replication.answers import Answer, error_answer, json_answer
from mobile_api.replication.call import Call, Desk
from mobile_api.replication.parameters import decoded

COOKIE = "AuthSession"
LIFE_S = 24 * 3600
"""How long a cookie is good; a restart of the server ends it too."""
ROLES = ["_admin"]
_BASIC = 'Basic realm="fieldsync"'
_FLAGS = "Version=1; Path=/; HttpOnly; SameSite=Strict"


class Credentials(msgspec.Struct):
    """What a client logs in with."""

    name: str
    password: str


class Users:
    """The gate of a bare server. Without users everybody may do everything, as in CouchDB's admin party."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = dict(passwords)
        self._secret = secrets.token_bytes(32)

    def root(self, authorization: str | None) -> Caller:
        """Return who asks, nobody included. Raises Unauthenticated for credentials that are wrong."""
        return Caller(self._user(authorization) or "", None, Access.HELD)

    def cell(self, authorization: str | None, cell: str) -> Caller:
        """Return who asks for a database, or for something of the server's. Raises Unauthenticated."""
        caller = self.root(authorization)
        if self._passwords and not caller.user:
            reason = "You are not authorized to access this db." if cell else "You are not a server admin."
            raise Unauthenticated(reason, scheme=_BASIC)
        return caller

    def _user(self, authorization: str | None) -> str | None:
        """Return the user whom a header names; None without one, or where there are no users to log in."""
        if not authorization or not self._passwords:
            return None
        scheme, _, value = authorization.partition(" ")
        if scheme == COOKIE:
            return self._of_cookie(value)
        if scheme.lower() != "basic":
            return None
        name, password = _basic(value)
        self._check(name, password)
        return name

    def _check(self, name: str, password: str) -> None:
        """Compare a password. Raises Unauthenticated."""
        known = self._passwords.get(name, "")
        if not (hmac.compare_digest(known.encode(), password.encode()) and name in self._passwords):
            raise Unauthenticated("Name or password is incorrect.", scheme=_BASIC)

    def _of_cookie(self, value: str) -> str | None:
        try:
            name, until, seal = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode().rsplit(":", 2)
            is_over = int(until, 16) < time.time()
        except (ValueError, binascii.Error):
            raise Unauthenticated("Malformed AuthSession cookie. Please clear your cookies.") from None
        is_good = hmac.compare_digest(seal.encode(), self._seal(name, until).encode())
        return name if is_good and not is_over and name in self._passwords else None

    def _seal(self, name: str, until: str) -> str:
        return hmac.new(self._secret, f"{name}:{until}".encode(), hashlib.sha256).hexdigest()

    def _cookie(self, name: str) -> str:
        until = f"{int(time.time()) + LIFE_S:X}"
        value = base64.urlsafe_b64encode(f"{name}:{until}:{self._seal(name, until)}".encode()).decode().rstrip("=")
        return f"{COOKIE}={value}; {_FLAGS}; Max-Age={LIFE_S}"

    def get(self, desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG002
        """Tell a client who it is."""
        info: dict[str, Any] = {"authentication_handlers": ["cookie", "default"]}
        if caller.user:
            info["authenticated"] = "cookie" if (call.authorization or "").startswith(f"{COOKIE} ") else "default"
        known = {"name": caller.user or None, "roles": ROLES if caller.user or not self._passwords else []}
        return json_answer(200, {"ok": True, "userCtx": known, "info": info})

    def log_in(self, desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG002
        """Give a client a cookie."""
        given = _credentials(call)
        try:
            self._check(given.name, given.password)
        except Unauthenticated as error:
            refused = error_answer(error)
            refused.headers["set-cookie"] = f"{COOKIE}=; {_FLAGS}"
            return refused
        known = {"ok": True, "name": given.name, "roles": ROLES}
        return json_answer(200, known, {"set-cookie": self._cookie(given.name)})

    def log_out(self, desk: Desk, caller: Caller, call: Call) -> Answer:  # noqa: ARG002
        """Take the cookie back."""
        return json_answer(200, {"ok": True}, {"set-cookie": f"{COOKIE}=; {_FLAGS}; Max-Age=0"})


def _basic(value: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        raise Unauthenticated("Name or password is incorrect.", scheme=_BASIC) from None
    return name, password


def _credentials(call: Call) -> Credentials:
    """Read a login, as JSON or as a form. Raises BadInput."""
    if not call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        given: Credentials = decoded(call.body, Credentials, "The body")
        return given
    form = dict(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True))
    if "name" not in form or "password" not in form:
        raise BadInput("A login needs a name and a password.")
    return Credentials(form["name"], form["password"])
