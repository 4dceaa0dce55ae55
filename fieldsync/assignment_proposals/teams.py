"""Teams: who can work the cells of an area in a period, for how many days, and where they usually are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely

from fieldsync.accounts import Accounts, Role, User
from fieldsync.assignment_proposals.kept import LeftOut
from fieldsync.devices import Devices
from fieldsync.errors import BadInput
from fieldsync.working_lives import WorkingLife, WorkingLives
from grid import Cell
from grid.assign import Collector


@dataclass(frozen=True, slots=True)
class Period:
    """From which day to which the work is to be done, both included."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Team:
    """Who can work, with their working days as capacity, and who cannot, with the reason."""

    collectors: tuple[Collector, ...]
    left_out: tuple[LeftOut, ...]


class Teams:
    """Finds who can work."""

    def __init__(self, accounts: Accounts, devices: Devices, lives: WorkingLives) -> None:
        self._accounts, self._devices, self._lives = accounts, devices, lives

    def of(
        self, area: str, period: Period, named: Sequence[str], holders: Mapping[str, str], cells: Sequence[Cell]
    ) -> Team:
        """Return the team for an area: those who are named, or else whose usual area is in it or who hold cells there.

        Raises NotFound or BadInput for a name that is no active collector's, BadInput where nobody is left.
        """
        users = [self._active(name) for name in named] if named else self._usual(area, set(holders.values()))
        lives, enrolled = self._lives.all(), self._devices.enrolled()
        able: list[Collector] = []
        left_out: list[LeftOut] = []
        for user in users:
            days = lives.get(user.name, WorkingLife(name=user.name)).working_days(period.since, period.until)
            if not days or user.name not in enrolled:
                left_out.append(LeftOut(collector=user.name, why="no_tablet" if days else "away"))
            else:
                able.append(Collector(user.name, float(days), _home(user, cells)))
        if not able:
            raise BadInput(_nobody(area, left_out), field="collectors")
        return Team(tuple(able), tuple(left_out))

    def _active(self, name: str) -> User:
        user = self._accounts.need(name)
        if not _is_collector(user):
            raise BadInput(
                f"{name!r} is no active collector: give them the role first. / 不是在岗采集员；请先赋予该角色。",
                field="collectors",
            )
        return user

    def _usual(self, area: str, holders: set[str]) -> list[User]:
        return [
            user
            for user in self._accounts.all()
            if _is_collector(user) and (user.name in holders or any(own.startswith(area) for own in user.areas))
        ]


def _is_collector(user: User) -> bool:
    return user.active and Role.COLLECTOR in user.roles


def _nobody(area: str, left_out: Sequence[LeftOut]) -> str:
    away = sum(1 for one in left_out if one.why == "away")
    if not left_out:
        return (
            f"No active collector has an area in {area or 'the city'}: give them one, or name collectors."
            " / 该区域没有采集员；请先分配或指明。"
        )
    return (
        f"Nobody can work: of {len(left_out)} collectors {away} are away, {len(left_out) - away} have no tablet."
        " / 无人可用：均缺勤或没有平板。"
    )


def _home(user: User, cells: Sequence[Cell]) -> tuple[float, float] | None:
    """Return the middle of the cells in somebody's usual area."""
    own = [cell.geometry for cell in cells if user.areas and cell.code.startswith(user.areas)]
    if not own or len(own) == len(cells):
        return None
    lon, lat = np.mean(shapely.get_coordinates(shapely.centroid(own)), axis=0).tolist()
    return lon, lat
