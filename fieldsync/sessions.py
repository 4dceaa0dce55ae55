"""Sessions: short-lived access tokens, and refresh tokens that change at every use.

An access token says who speaks, and nothing about what he may do: roles, areas, the tablet and the session itself are
read from the database at every request, so a change holds at once.

A refresh token is used once. The one before stays good until one of its successors has been used, so that an answer
lost on the way costs a tablet nothing; any other token of a known session is a copy, and ends the session. See
docs/decisions/0004-refresh-tokens.md.

Source: RFC 8725 (fixed algorithm, checked issuer and audience), RFC 9700, 4.14 (rotation and reuse detection).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fieldsync.errors import Conflict, Unauthenticated
from fieldsync.keys import Keys
from fieldsync.settings import Settings
from fieldsync.shelf import Kept, Shelf
from fieldsync.stores.base import Store

_ALGORITHM = "ES256"
_ISSUER = "fieldsync"
_AUDIENCE = "fieldsync"
_CLAIMS = ["iss", "aud", "exp", "iat", "sub", "sid"]
_SUCCESSORS = 4
_ATTEMPTS = 8
_REMEMBERED = 8192
_ENDED = "This session has ended: log in, or enrol the tablet again."
_ENDED_ZH = "会话已结束；请重新登录或重新登记平板。"
_NOT_VALID = "The access token is not valid: log in again."
_NOT_VALID_ZH = "访问令牌无效；请重新登录。"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client gets: the access token, the refresh token, and the life of the former in seconds."""

    access: str
    refresh: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an access token names; what he may do is not in it."""

    user: str
    session: str


class Session(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="session"):
    """A session as it is kept: SHA-256 of the refresh tokens that are good, never a token.

    `fresh` are those handed out and not used yet, `spent` the one they were handed out for.
    """

    collector: str
    tablet: str | None
    fresh: tuple[str, ...]
    spent: str | None
    opened: datetime
    refreshed: datetime
    expires: datetime
    ended: str | None = None


class Sessions:
    """The sessions of users and tablets, in the database `accounts`."""

    def __init__(self, store: Store, keys: Keys, settings: Settings, now: Callable[[], datetime]) -> None:
        self._sessions = Shelf(store.create("accounts"), "session:", Session)
        self._keys = {kid: _private(pem) for kid, pem in keys.signing.items()}
        self._public: dict[str, EllipticCurvePublicKey] = {kid: key.public_key() for kid, key in self._keys.items()}
        self._current = keys.current
        self._access_life = timedelta(minutes=settings.access_minutes)
        self._refresh_life = timedelta(days=settings.refresh_days)
        self.now = now
        # A tablet shows the same token at each of its requests; to check its signature is most of the work.
        self._genuine = lru_cache(_REMEMBERED)(self._read)

    def open(self, user: str, tablet: str | None = None) -> Tokens:
        """Begin a session of a user, on a tablet or without one."""
        key, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        now = self.now()
        self._sessions.add(
            key,
            Session(
                collector=user,
                tablet=tablet,
                fresh=(_digest(secret),),
                spent=None,
                opened=now,
                refreshed=now,
                expires=now + self._refresh_life,
            ),
        )
        return self._tokens(user, key, secret)

    def find(self, key: str) -> Session | None:
        """Return a session, also one that has ended, or None."""
        kept = self._sessions.get(key)
        return kept.value if kept else None

    def is_open(self, session: Session) -> bool:
        """Tell whether a session has neither ended nor expired."""
        return session.ended is None and session.expires > self.now()

    def refresh(self, token: str) -> Tokens:
        """Exchange a refresh token for new tokens.

        Raises Unauthenticated for a token that is unknown, expired, of an ended session, or a copy of one used before;
        the last ends the session.
        """
        key, _, secret = token.partition(".")
        for _ in range(_ATTEMPTS):
            kept = self._sessions.get(key) if key and secret.isascii() else None
            if kept is None or not self.is_open(kept.value):
                raise Unauthenticated(_ENDED, zh=_ENDED_ZH)
            try:
                return self._rotate(key, kept, secret)
            except Conflict:
                continue
        raise Conflict(
            "This session is being refreshed by others at the same time; try again.",
            zh="会话正被同时刷新；请再试一次。",
        )

    def verify(self, token: str) -> Subject:
        """Return whom a genuine access token names. Raises Unauthenticated."""
        subject, expires = self._genuine(token)
        if expires <= self.now().timestamp():
            raise Unauthenticated(
                "The access token has expired: refresh the session.", zh="访问令牌已过期；请刷新会话。"
            )
        return subject

    def _read(self, token: str) -> tuple[Subject, int]:
        """Return whom a token names and when it expires, once its signature is checked."""
        try:
            header = jwt.get_unverified_header(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(header.get("kid")),
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
            )
            return Subject(str(claims["sub"]), str(claims["sid"])), int(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unauthenticated(_NOT_VALID, zh=_NOT_VALID_ZH) from error

    def end(self, key: str, why: str = "logged out") -> None:
        """End a session; one that is unknown or has ended stays as it is."""
        if self._sessions.get(key):
            self._sessions.change(key, "session", lambda session: _ended(session, why))

    def end_all(self, user: str, why: str, which: Callable[[Session], bool] = lambda _: True) -> None:
        """End the sessions of a user, or only some."""
        for kept in self._sessions.where(collector=user):
            if which(kept.value):
                self.end(kept.id.removeprefix("session:"), why)

    def _rotate(self, key: str, kept: Kept[Session], secret: str) -> Tokens:
        session, used, now = kept.value, _digest(secret), self.now()
        if used not in (*session.fresh, session.spent):
            self._sessions.replace(kept, _ended(session, "a used refresh token came again"))
            raise Unauthenticated(
                "This refresh token was used before, so its session is closed: log in again.",
                zh="此刷新令牌已被使用过，会话已关闭；请重新登录。",
            )
        successor = secrets.token_urlsafe(32)
        siblings = session.fresh[1 - _SUCCESSORS :] if used == session.spent else ()
        rotated = msgspec.structs.replace(
            session,
            spent=used,
            fresh=(*siblings, _digest(successor)),
            refreshed=now,
            expires=now + self._refresh_life,
        )
        self._sessions.replace(kept, rotated)
        return self._tokens(session.collector, key, successor)

    def _tokens(self, user: str, key: str, secret: str) -> Tokens:
        now = self.now()
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": user,
            "sid": key,
            "iat": int(now.timestamp()),
            "exp": int((now + self._access_life).timestamp()),
        }
        access = jwt.encode(claims, self._keys[self._current], _ALGORITHM, headers={"kid": self._current})
        return Tokens(access, f"{key}.{secret}", int(self._access_life.total_seconds()))

    def _key(self, kid: object) -> EllipticCurvePublicKey:
        key = self._public.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise Unauthenticated(_NOT_VALID, zh=_NOT_VALID_ZH)
        return key


def _ended(session: Session, why: str) -> Session:
    return session if session.ended else msgspec.structs.replace(session, ended=why, fresh=(), spent=None)


def _digest(secret: str) -> str:
    return sha256(secret.encode("ascii", "replace")).hexdigest()


def _private(pem: str) -> EllipticCurvePrivateKey:
    key = load_pem_private_key(pem.encode("ascii"), None)
    assert isinstance(key, EllipticCurvePrivateKey), "keys.py lets no other kind through"
    return key
