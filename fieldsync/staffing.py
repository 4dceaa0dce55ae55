"""Changing an account together with what follows from it: a session never outlives the right to it."""

from __future__ import annotations

from fieldsync.accounts import Accounts, User, UserChanges
from fieldsync.sessions import Sessions


class Staffing:
    """Changes accounts."""

    def __init__(self, accounts: Accounts, sessions: Sessions) -> None:
        self._accounts = accounts
        self._sessions = sessions

    def change(self, name: str, changes: UserChanges, password: str | None = None) -> User:
        """Change an account, and end the sessions that the change leaves without ground.

        Who is deactivated loses all sessions; a new password ends those that an old one opened, not those of tablets.
        Raises NotFound, BadInput, Conflict.
        """
        user = self._accounts.update(name, changes, password)
        if not user.active:
            self._sessions.end_all(name, "the account was deactivated")
        elif password is not None:
            self._sessions.end_all(name, "the password was changed", lambda session: session.tablet is None)
        return user
