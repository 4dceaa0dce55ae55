"""The gate: who speaks, decided anew at every request from the token, the session, the tablet and the account."""

from __future__ import annotations

from fieldsync.accounts import Accounts, Principal, Role, User
from fieldsync.assignments import Assignments, access_of
from fieldsync.devices import Devices
from fieldsync.documents import home_cell, is_sealed_cell
from fieldsync.errors import Forbidden, Unauthenticated
from fieldsync.replication import Access, Caller
from fieldsync.sessions import Sessions, Tokens
from fieldsync.sightings import Sightings

_WIPED = "This tablet was cut off: it must destroy what it holds. Ask your supervisor."
_WIPED_ZH = "本平板已被停用，须销毁其中全部数据；请联系主管。"


class Identity:
    """Tells who speaks, from an `Authorization` header."""

    def __init__(self, sessions: Sessions, accounts: Accounts, devices: Devices) -> None:
        self._sessions = sessions
        self._accounts = accounts
        self._devices = devices

    def of(self, authorization: str | None) -> Principal:
        """Return the user whose access token this is, with the roles and areas he has now.

        Raises Unauthenticated; with `wipe` when the tablet was cut off.
        """
        subject = self._sessions.verify(_bearer(authorization))
        session = self._sessions.find(subject.session)
        if session is None or session.collector != subject.user:
            raise Unauthenticated("This session is not known: log in again.", zh="没有此会话；请重新登录。")
        self.refuse_revoked(session.tablet)
        if not self._sessions.is_open(session):
            raise Unauthenticated(
                "This session has ended: log in, or enrol the tablet again.",
                zh="会话已结束；请重新登录或重新登记平板。",
            )
        user = self._active(subject.user)
        return Principal(user.name, frozenset(user.roles), user.areas, session.tablet, user.display)

    def refreshed(self, refresh: str) -> Tokens:
        """Return new tokens for a refresh token. Raises Unauthenticated; with `wipe` when the tablet was cut off."""
        session = self._sessions.find(refresh.partition(".")[0])
        if session:
            self.refuse_revoked(session.tablet)
            self._active(session.collector)
        return self._sessions.refresh(refresh)

    def leave(self, authorization: str | None) -> None:
        """End the session of an access token. Raises Unauthenticated."""
        self._sessions.end(self._sessions.verify(_bearer(authorization)).session)

    def refuse_revoked(self, tablet: str | None) -> None:
        """Let pass who is not on a tablet that was cut off. Raises Unauthenticated with `wipe`."""
        kept = self._devices.get(tablet) if tablet else None
        if tablet and (kept is None or kept.revoked):
            raise Unauthenticated(_WIPED, zh=_WIPED_ZH, wipe=True)

    def _active(self, name: str) -> User:
        user = self._accounts.get(name)
        if user is None or not user.active:
            raise Unauthenticated(
                "This account is not active: ask your administrator.", zh="账号已停用；请联系管理员。"
            )
        return user


class TokenGate:
    """Lets enrolled tablets of active collectors into the cells they are assigned to."""

    def __init__(self, identity: Identity, assignments: Assignments, sightings: Sightings) -> None:
        self._identity = identity
        self._assignments = assignments
        self._sightings = sightings

    def root(self, authorization: str | None) -> Caller:
        """Return who speaks to the replication root. Raises Unauthenticated or Forbidden."""
        principal = self._collector(authorization)
        return Caller(principal.user, principal.tablet, Access.HELD)

    def cell(self, authorization: str | None, cell: str) -> Caller:
        """Return who speaks to a cell, or to its sealed database, and what he may do there.

        Who may send to a cell may send to its sealed database, whenever the answers were given: nobody fetches there.

        Raises Unauthenticated, or Forbidden: the same for a cell that is another's and for one that does not exist.
        """
        principal = self._collector(authorization)
        standing = self._assignments.standing(principal.user, home_cell(cell))
        access = access_of(standing)
        if standing is None or access is None:
            raise Forbidden("This cell is not assigned to you.", zh="该网格未分配给您。")
        caller = Caller(principal.user, principal.tablet, access, standing.drained_at)
        self._sightings.saw(caller, home_cell(cell))
        if is_sealed_cell(cell):
            return Caller(principal.user, principal.tablet, Access.SEALED)
        return caller

    def _collector(self, authorization: str | None) -> Principal:
        principal = self._identity.of(authorization)
        if not principal.has(Role.COLLECTOR) or principal.tablet is None:
            raise Forbidden(
                "Cells are replicated by the enrolled tablets of collectors only.",
                zh="仅采集员已登记的平板可同步网格。",
            )
        return principal


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(
            "Send an access token: Authorization: Bearer ….", zh="请附上访问令牌：Authorization: Bearer …。"
        )
    return token.strip()
