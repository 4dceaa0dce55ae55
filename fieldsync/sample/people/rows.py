"""The rows of the six CSV files while they are drafted.

The fields are the columns, in order. Rows are changed in place as lives unfold, so they are plain
dataclasses and not frozen ones; they become text only in `files`.
"""

from dataclasses import dataclass, field
from datetime import date


@dataclass
class Building:
    """One building of the frame."""

    id: str
    cell: str
    name: str
    address: str
    point: str
    use: str
    floors: int
    stairwells: int


@dataclass
class Dwelling:
    """One unit of a building; `building` is the building's id."""

    id: str
    building: str
    stairwell: int
    floor: int
    room: str
    use: str
    occupancy: str
    rooms: int | None = None
    area_m2: int | None = None
    tenure: str = ""


@dataclass
class Household:
    """One household, present or past; `dwelling` is the dwelling's id."""

    id: str
    dwelling: str
    type: str
    contact_name: str = ""
    phone: str = ""
    languages: str = ""
    size_stated: int | None = None
    registered_address: str = ""
    note: str = ""


@dataclass
class Person:
    """One human being, who never was."""

    id: str
    name: str
    sex: str
    birth_date: date
    ethnic_group: str
    id_type: str = ""
    id_number: str = ""
    phone: str = ""
    marital_status: str = ""
    education: str = ""
    occupation: str = ""
    employer: str = ""
    death_date: date | None = None
    spouse: str = ""
    father: str = ""
    mother: str = ""
    registration: str = ""
    registration_place: str = ""
    schooling_status: str = ""
    school_level: str = ""
    work_status: str = ""


@dataclass
class Stay:
    """One person in one household for a time; `until` empty while it lasts."""

    id: str
    person: str
    household: str
    kind: str
    relation: str
    since: date
    until: date | None = None
    came_from: str = ""
    left_for: str = ""
    registration_valid_until: date | None = None
    reason: str = ""
    origin: str = ""
    in_city_since: date | None = None
    registered: str = ""


@dataclass
class Event:
    """What happened to one person in a household, on which day."""

    id: str
    type: str
    person: str
    household: str
    date: date


@dataclass
class Population:
    """All rows of the sample, by id, in the order in which they came to be."""

    buildings: dict[str, Building] = field(default_factory=dict)
    dwellings: dict[str, Dwelling] = field(default_factory=dict)
    households: dict[str, Household] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    stays: dict[str, Stay] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)

    rosters: dict[str, list[Stay]] = field(default_factory=dict)
    """Stays by household."""

    def add_stay(self, stay: Stay) -> None:
        """Add a stay to the population and to its household's roster."""
        self.stays[stay.id] = stay
        self.rosters.setdefault(stay.household, []).append(stay)

    def members(self, household: Household) -> list[tuple[Stay, Person]]:
        """Return who lives in a household now: stays that last, registered-only ones left out."""
        roster = self.rosters.get(household.id, [])
        here = [stay for stay in roster if stay.until is None and stay.kind != "registered_only"]
        return [(stay, self.persons[stay.person]) for stay in here]

    def cell_of(self, household: Household) -> str:
        """Return the code of the cell a household lives in."""
        return self.buildings[self.dwellings[household.dwelling].building].cell
