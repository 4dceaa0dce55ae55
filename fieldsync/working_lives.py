"""Working lives: on which days somebody works, in which languages, and when he is away.

Kept beside the account, for whoever plans who works what. Of an absence only the kind of its reason is kept, and no
longer than a year after it ended. The usual area of a collector is the area of his account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal, get_args

import msgspec

from fieldsync.accounts import Accounts
from fieldsync.documents import derived_id
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store

AbsenceReason = Literal["leave", "illness", "training", "other"]
REASONS: tuple[AbsenceReason, ...] = get_args(AbsenceReason)
WEEK = (1, 2, 3, 4, 5, 6, 7)
"""The days of the week as ISO 8601 counts them: 1 is Monday."""
KEPT = timedelta(days=365)
_LANGUAGE = re.compile(r"[a-z]{2,12}(-[a-z0-9]{2,8})*", re.ASCII)
_MOST = 20


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """From which day to which somebody is away, both included (written `from`, `until`)."""

    id: str
    since: date = msgspec.field(name="from")
    until: date
    reason: AbsenceReason

    def has(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return self.since <= day <= self.until


class WorkingLife(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="working_life"):
    """A working life as it is kept: days of the week, languages beside that of the account, absences in order."""

    name: str
    days: tuple[int, ...] = (1, 2, 3, 4, 5)
    languages: tuple[str, ...] = ()
    absences: tuple[Absence, ...] = ()

    def works_on(self, day: date) -> bool:
        """Tell whether this is a day of work on which he is not away."""
        return day.isoweekday() in self.days and not any(absence.has(day) for absence in self.absences)

    def working_days(self, since: date, until: date) -> int:
        """Count the days of a period, both ends included, on which he works."""
        days = (since + timedelta(days=number) for number in range((until - since).days + 1))
        return sum(1 for day in days if self.works_on(day))


class WorkingLives:
    """The working lives of an installation, in the database `accounts`."""

    def __init__(self, store: Store, accounts: Accounts, today: Callable[[], date]) -> None:
        self._lives = Shelf(store.create("accounts"), "working:", WorkingLife)
        self._accounts = accounts
        self._today = today

    def of(self, name: str) -> WorkingLife:
        """Return somebody's working life; where nothing was said, Monday to Friday. Raises NotFound for no account."""
        self._accounts.need(name)
        kept = self._lives.get(name)
        return kept.value if kept else WorkingLife(name=name)

    def all(self) -> dict[str, WorkingLife]:
        """Return those working lives of which something is known, by name."""
        return {life.name: life for life in self._lives.all()}

    def change(
        self, name: str, days: tuple[int, ...] | None = None, languages: tuple[str, ...] | None = None
    ) -> WorkingLife:
        """Change on which days and in which languages somebody works; None leaves it. Raises NotFound, BadInput."""
        given = {
            **({} if days is None else {"days": _checked_days(days)}),
            **({} if languages is None else {"languages": _checked_languages(languages)}),
        }
        return self._edit(name, lambda life: msgspec.structs.replace(life, **given))

    def be_absent(self, name: str, since: date, until: date, reason: str) -> WorkingLife:
        """Note that somebody is away; the same absence again changes nothing.

        Raises NotFound, BadInput for days in the wrong order, Conflict where he is away on some of them already.
        """
        absence = _checked_absence(name, since, until, reason)

        def edit(life: WorkingLife) -> WorkingLife:
            if absence in life.absences:
                return life
            for other in life.absences:
                if other.since <= absence.until and absence.since <= other.until:
                    raise Conflict(
                        f"{name} is away from {other.since} to {other.until} already: end that absence first."
                        " / 此期间已登记缺勤；请先结束该条。",
                        absence=other.id,
                    )
            absences = tuple(sorted((*life.absences, absence), key=lambda one: one.since))
            return msgspec.structs.replace(life, absences=absences)

        return self._edit(name, edit)

    def end_absence(self, name: str, absence: str, last: date | None = None) -> WorkingLife:
        """Take an absence back, or let it end on an earlier day. Raises NotFound, BadInput."""

        def edit(life: WorkingLife) -> WorkingLife:
            known = next((one for one in life.absences if one.id == absence), None)
            if known is None:
                raise NotFound(f"{name} has no absence {absence!r}. / 没有这条缺勤记录。")
            left = tuple(one for one in life.absences if one is not known)
            if last is not None:
                if not known.since <= last <= known.until:
                    raise BadInput(
                        f"It lasts from {known.since} to {known.until}: end it on a day of these."
                        " / 请在缺勤期间内选择一天。"
                    )
                left = (*left, msgspec.structs.replace(known, until=last))
            return msgspec.structs.replace(life, absences=tuple(sorted(left, key=lambda one: one.since)))

        return self._edit(name, edit)

    def away_on(self, day: date) -> Iterator[tuple[str, Absence]]:
        """Yield who is away on a day, in order of name."""
        for life in self._lives.all():
            yield from ((life.name, absence) for absence in life.absences if absence.has(day))

    def _edit(self, name: str, edit: Callable[[WorkingLife], WorkingLife]) -> WorkingLife:
        self._accounts.need(name)
        self._lives.add(name, WorkingLife(name=name))
        return self._lives.change(name, "working life", lambda life: edit(self._tidied(life)))

    def _tidied(self, life: WorkingLife) -> WorkingLife:
        oldest = self._today() - KEPT
        return msgspec.structs.replace(life, absences=tuple(one for one in life.absences if one.until >= oldest))


def _checked_days(days: tuple[int, ...]) -> tuple[int, ...]:
    if not days or not set(days) <= set(WEEK):
        raise BadInput(
            "Working days are one or more of 1 (Monday) to 7 (Sunday). / 工作日须为 1（周一）至 7（周日）。",
            field="days",
        )
    return tuple(sorted(set(days)))


def _checked_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    wrong = next((one for one in languages if not _LANGUAGE.fullmatch(one)), None)
    if wrong is not None or len(languages) > _MOST:
        raise BadInput(
            f"{wrong!r:.40} is no language: write codes or names in small letters, such as zh, yue, sichuanese."
            " / 语言请用小写代码或名称。"
            if wrong is not None
            else f"Give {_MOST} languages at most. / 语言最多 {_MOST} 种。",
            field="languages",
        )
    return tuple(sorted(set(languages)))


def _checked_absence(name: str, since: date, until: date, reason: str) -> Absence:
    if reason not in REASONS:
        raise BadInput(f"An absence's reason is one of {', '.join(REASONS)}. / 缺勤原因须为其中之一。", field="reason")
    if until < since:
        raise BadInput("An absence ends on the day it begins, or later. / 缺勤结束日不得早于开始日。", field="until")
    if (until - since) > KEPT:
        raise BadInput(
            "An absence lasts a year at most: deactivate who is gone for longer. / 缺勤最长一年；更久者请停用账号。",
            field="until",
        )
    known = next(one for one in REASONS if one == reason)
    identity = derived_id("absence", name, since.isoformat(), until.isoformat(), known)
    return Absence(id=identity, since=since, until=until, reason=known)
