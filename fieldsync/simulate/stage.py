"""What a scene of the day is played with: tablets that share cells, households nobody else uses, desks, and memory.

A scene is written in the order in which it happens. It is a generator: `yield Phase.AFTERNOON` means "and in the
afternoon"; between two phases the day goes on elsewhere, with work, syncs and the server's steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from fieldsync.simulate.homes import Home, homes_in
from fieldsync.simulate.server import Server
from fieldsync.simulate.staff import Desk
from fieldsync.simulate.tablet import Tablet
from fieldsync.simulate.texts import Text


class Phase(IntEnum):
    """The parts of the day, in order; after each of them something happens to everybody (see `day`)."""

    MORNING = 1
    LATE_MORNING = 2
    AFTERNOON = 3
    LATE_AFTERNOON = 4
    POWER_CUT = 5
    OFFICE = 6
    NEXT_DOOR = 7
    SECOND_OFFICE = 8
    CLOSING = 9


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold at the end of the day, and whether it does."""

    scene: Text
    what: str
    holds: bool
    found: str = ""


@dataclass(frozen=True, slots=True)
class Tale:
    """A change to be told as a story: of which document, in which cell, and what is worth hearing about it."""

    title: Text
    moral: Text
    cell: str
    document: str
    item: str


@dataclass(frozen=True, slots=True)
class Together:
    """A household in a cell that two collectors work: its holder and a helper."""

    home: Home
    holder: Tablet
    helper: Tablet


@dataclass(slots=True)
class Stage:
    """The day as a scene sees it."""

    server: Server
    tablets: Mapping[str, Tablet]
    helpers: Mapping[str, str]
    desks: Mapping[str, Desk]
    areas: Mapping[str, str]
    reviewer: Desk
    twice: frozenset[str]
    store_mark: Callable[[], object]
    say: Callable[[Text], None]
    scene: Text = field(default_factory=lambda: Text("", ""))
    checks: list[Check] = field(default_factory=list)
    tales: list[Tale] = field(default_factory=list)
    guests: list[Tablet] = field(default_factory=list)
    met_today: dict[str, list[Home]] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _next_shared: int = 0

    def together(self, helper: str = "", members: int = 1, suits: Callable[[Home], bool] | None = None) -> Together:
        """Return a household that no other scene uses, in a cell shared with a helper (that one, if named)."""
        cells = sorted(cell for cell, name in self.helpers.items() if helper in ("", name))
        cell = cells[self._next_shared % len(cells)]
        self._next_shared += 1
        holder = self.holder_of(cell)
        home = self.claim(holder, cell, members, suits)
        return Together(home, holder, self.tablets[self.helpers[cell]])

    def alone(self, user: str, members: int = 1, suits: Callable[[Home], bool] | None = None) -> tuple[Tablet, Home]:
        """Return a collector's tablet, and a household of theirs that no other scene uses."""
        tablet = self.tablets[user]
        return tablet, self.claim(tablet, tablet.cells[0], members, suits)

    def holder_of(self, cell: str) -> Tablet:
        """Return the tablet of a cell's holder."""
        holders = (t for name, t in self.tablets.items() if name not in self.helpers.values())
        return next(tablet for tablet in holders if cell in tablet.cells)

    def claim(self, tablet: Tablet, cell: str, members: int = 1, suits: Callable[[Home], bool] | None = None) -> Home:
        """Take a household that nobody has used yet: everybody lives there now, and nowhere else."""
        for home in homes_in(tablet.replicas[cell]):
            if home.household in self._used or not self._is_plain(tablet, home, members):
                continue
            if suits is None or suits(home):
                self._used |= {home.household, home.dwelling}
                return home
        raise LookupError(f"In cell {cell} no household with {members} members is left for {self.scene.en!r}.")

    def claim_dwelling(self, tablet: Tablet, cell: str, occupancy: str) -> str:
        """Take a dwelling of this kind that nobody has used yet."""
        for dwelling in tablet.replicas[cell].documents("dwelling"):
            if dwelling.data.get("occupancy") == occupancy and dwelling.id not in self._used:
                self._used.add(dwelling.id)
                return dwelling.id
        raise LookupError(f"In cell {cell} no {occupancy} dwelling is left for {self.scene.en!r}.")

    def _is_plain(self, tablet: Tablet, home: Home, members: int) -> bool:
        if len(home.members) < members or home.dwelling in self._used or self.twice & home.members.keys():
            return False
        stays = [tablet.shown(stay).data for stay in home.members.values()]
        settled = all(stay.get("kind") == "usual" and not stay.get("until") for stay in stays)
        grown_up = tablet.shown(home.persons[0]).data.get("birth_date", "9") < "2000"
        occupied = tablet.shown(home.dwelling).data.get("occupancy") == "occupied"
        alive = not any(tablet.shown(person).data.get("death_date") for person in home.persons)
        return settled and grown_up and occupied and alive

    def supervisor(self, cell: str) -> Desk:
        """Return the desk of the supervisor in whose area a cell lies; the reviewer's where there is none."""
        mine = (desk for name, desk in self.desks.items() if cell.startswith(self.areas[name]))
        return next(mine, self.reviewer)

    def expect(self, record: str, item: str, value: Any) -> None:
        """Check that the registry holds a value for an item."""
        found = self.reviewer.record(record)["items"].get(item, {}).get("value", {})
        self.check(f"{item} of {record} is {value!r}", found == {"value": value}, str(found))

    def check(self, what: str, holds: bool, found: str = "") -> None:
        """Note something that must hold at the end of the day."""
        self.checks.append(Check(self.scene, what, bool(holds), "" if holds else found))

    def tell(self, tale: Tale) -> None:
        """Have a change told as one of the stories of the day."""
        self.tales.append(tale)


Play = Callable[[Stage], Iterator[Phase]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A planted situation: what it is about, and how it goes."""

    title: Text
    play: Play
