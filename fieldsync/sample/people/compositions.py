"""The ways to be a family: roles, members, and the table of compositions by size."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What a member is to the head."""

    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    MATE = "mate"
    HEIR = "heir"
    HEIR_SPOUSE = "heir's spouse"
    GRANDCHILD = "grandchild"


@dataclass(frozen=True)
class Member:
    """One member of a family before it becomes a person."""

    role: Role
    sex: str
    birth: date
    surname: str
    ethnic_group: str


@dataclass(frozen=True)
class Composition:
    """One way to be a family of some size: its weight, the head's ages, the members beside the head."""

    weight: int
    head_ages: tuple[int, int]
    others: tuple[Role, ...] = ()


R = Role
_COUPLE, _GRANDPARENTS = (R.SPOUSE,), (R.PARENT, R.PARENT)
_HEIRS = (R.SPOUSE, R.HEIR, R.HEIR_SPOUSE, R.GRANDCHILD)
COMPOSITIONS: dict[int, tuple[Composition, ...]] = {
    1: (Composition(42, (22, 40)), Composition(24, (41, 61)), Composition(34, (62, 89))),
    2: (
        Composition(26, (24, 38), _COUPLE),
        Composition(44, (46, 82), _COUPLE),
        Composition(17, (28, 56), (R.CHILD,)),
        Composition(7, (24, 50), (R.PARENT,)),
        Composition(5, (20, 32), (R.SIBLING,)),
        Composition(5, (20, 32), (R.MATE,)),
    ),
    3: (
        Composition(72, (25, 59), (*_COUPLE, R.CHILD)),
        Composition(8, (35, 58), (*_COUPLE, R.PARENT)),
        Composition(8, (30, 48), (R.CHILD, R.PARENT)),
        Composition(6, (30, 48), (R.CHILD, R.CHILD)),
        Composition(6, (20, 30), (R.MATE, R.MATE)),
    ),
    4: (
        Composition(52, (28, 48), (*_COUPLE, R.CHILD, R.CHILD)),
        Composition(40, (28, 52), (*_COUPLE, R.CHILD, R.PARENT)),
        Composition(8, (30, 55), (*_COUPLE, *_GRANDPARENTS)),
    ),
    5: (
        Composition(45, (28, 48), (*_COUPLE, R.CHILD, *_GRANDPARENTS)),
        Composition(25, (30, 48), (*_COUPLE, R.CHILD, R.CHILD, R.PARENT)),
        Composition(30, (52, 68), _HEIRS),
    ),
    6: (
        Composition(70, (30, 46), (*_COUPLE, R.CHILD, R.CHILD, *_GRANDPARENTS)),
        Composition(30, (54, 70), (*_HEIRS, R.GRANDCHILD)),
    ),
    7: (Composition(1, (30, 46), (*_COUPLE, R.CHILD, R.CHILD, *_GRANDPARENTS, R.SIBLING)),),
}
