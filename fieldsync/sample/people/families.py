"""Families: who lives together, of what age, sex and surname.

A family is drawn from a table of compositions by size. A draw that kinship does not allow (a
mother of 45, a child older than its brother's birth allows) is thrown away and drawn again.
"""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from random import Random

from fieldsync.sample.people import births
from fieldsync.sample.people.compositions import COMPOSITIONS, Composition, Member, Role
from fieldsync.sample.people.names import HAN, Names
from fieldsync.sample.people.numbers import FEMALE, MALE

_MIXED_SHARE = 0.3
"""Of members of a minority, those whose spouse is Han."""
_MOTHER_SHARE = 0.7
"""Of parents who live alone with a grown child, the mothers."""
_MARRIED = (Role.SPOUSE, Role.HEIR, Role.HEIR_SPOUSE)
_GROWN = (Role.HEAD, Role.PARENT, Role.SIBLING, Role.MATE)


def draw_family(rng: Random, names: Names, size: int) -> list[Member]:
    """Return a plausible family of a size from the table, the head first."""
    table = COMPOSITIONS[size]
    composition = rng.choices(table, [entry.weight for entry in table])[0]
    ethnic_group = names.ethnic_group()
    while not (members := _Draft(rng, names, ethnic_group).draw(composition)):
        pass
    return members


@dataclass
class _Draft:
    """A family on its way, from the head outwards."""

    rng: Random
    names: Names
    ethnic_group: str
    members: list[Member] = field(default_factory=list)

    def draw(self, composition: Composition) -> list[Member]:
        """Return the members, or nothing when the draw is not plausible."""
        self._add(Role.HEAD, self._head_sex(composition), births.born_at_age(self.rng, *composition.head_ages))
        for role in composition.others:
            if not _MAKERS[role](self):
                return []
        return self.members if is_plausible(self.members) else []

    def _head_sex(self, composition: Composition) -> str:
        if Role.SPOUSE in composition.others:
            male = 0.74
        elif Role.CHILD in composition.others:
            male = 0.28
        else:
            male = 0.57 if composition.head_ages[1] < 62 else 0.4
        return MALE if self.rng.random() < male else FEMALE

    def _add(self, role: Role, sex: str, birth: date, kin: Member | None = None) -> bool:
        """Add a member with the surname and ethnic group of `kin`, or else a surname of the family's group."""
        group = kin.ethnic_group if kin else self.ethnic_group
        surname = kin.surname if kin else self.names.surname(group)
        self.members.append(Member(role, sex, birth, surname, group))
        return True

    def _of(self, role: Role) -> Member | None:
        return next((member for member in self.members if member.role is role), None)

    def _child_sex(self) -> str:
        return MALE if self.rng.random() < 0.515 else FEMALE

    def _spouse(self, role: Role = Role.SPOUSE, of: Role = Role.HEAD) -> bool:
        other = self._partner(of)
        sex = FEMALE if other.sex == MALE else MALE
        is_mixed = other.ethnic_group != HAN and self.rng.random() < _MIXED_SHARE
        group = HAN if is_mixed else other.ethnic_group
        birth = births.spouse_of(self.rng, other.birth, other.sex)
        self.members.append(Member(role, sex, birth, self.names.surname(group), group))
        return True

    def _partner(self, role: Role) -> Member:
        return next(member for member in self.members if member.role is role)

    def _heir_spouse(self) -> bool:
        return self._spouse(Role.HEIR_SPOUSE, Role.HEIR)

    def _offspring(self, role: Role, parents: tuple[Role, Role], ages: tuple[int, int]) -> bool:
        couple = [member for member in self.members if member.role in parents]
        father = next((one for one in couple if one.sex == MALE), None)
        mother = next((one for one in couple if one.sex == FEMALE), None)
        mothers_birth = mother.birth if mother else births.spouse_of(self.rng, couple[0].birth, MALE)
        birth = births.child_of(self.rng, mothers_birth, ages[1], ages[0])
        siblings = self._of(role)
        kin = father or siblings or (mother if self.rng.random() < 0.4 else None)
        return birth is not None and self._add(role, self._child_sex(), birth, kin)

    def _child(self) -> bool:
        return self._offspring(Role.CHILD, (Role.HEAD, Role.SPOUSE), (0, 30))

    def _heir(self) -> bool:
        return self._offspring(Role.HEIR, (Role.HEAD, Role.SPOUSE), (24, 45))

    def _grandchild(self) -> bool:
        return self._offspring(Role.GRANDCHILD, (Role.HEIR, Role.HEIR_SPOUSE), (0, 18))

    def _parent(self) -> bool:
        """Add the head's mother, or the father where she is there already, or is not to be."""
        head, first = self._partner(Role.HEAD), self._of(Role.PARENT)
        if first is None and self.rng.random() < _MOTHER_SHARE:
            return self._add(Role.PARENT, FEMALE, births.mother_of(self.rng, head.birth))
        if first and first.sex == MALE:
            return False
        mothers_birth = first.birth if first else births.mother_of(self.rng, head.birth)
        return self._add(Role.PARENT, MALE, births.spouse_of(self.rng, mothers_birth, FEMALE), head)

    def _sibling(self) -> bool:
        head = self._partner(Role.HEAD)
        return self._add(Role.SIBLING, self._child_sex(), births.sibling_of(self.rng, head.birth), head)

    def _mate(self) -> bool:
        return self._add(Role.MATE, self._partner(Role.HEAD).sex, births.born_at_age(self.rng, 20, 34))


_MAKERS = {
    Role.SPOUSE: _Draft._spouse,
    Role.CHILD: _Draft._child,
    Role.PARENT: _Draft._parent,
    Role.SIBLING: _Draft._sibling,
    Role.MATE: _Draft._mate,
    Role.HEIR: _Draft._heir,
    Role.HEIR_SPOUSE: _Draft._heir_spouse,
    Role.GRANDCHILD: _Draft._grandchild,
}


def is_plausible(members: list[Member]) -> bool:
    """Say whether kinship allows these birth dates."""
    if any(births.age_on(member.birth) < 22 for member in members if member.role in _MARRIED):
        return False
    if any(not 18 <= births.age_on(member.birth) <= 96 for member in members if member.role in _GROWN):
        return False
    return all(_are_spaced(members, role) for role in (Role.CHILD, Role.GRANDCHILD)) and _fits_elders(members)


def _are_spaced(members: list[Member], role: Role) -> bool:
    born = sorted(member.birth for member in members if member.role is role)
    return all((later - earlier).days > 330 for earlier, later in pairwise(born))


def _fits_elders(members: list[Member]) -> bool:
    """Say whether every parent was 20 or more, and mothers 38 or less, when their children came."""
    pairs = (
        ((Role.HEAD, Role.SPOUSE), (Role.CHILD, Role.HEIR)),
        ((Role.HEIR, Role.HEIR_SPOUSE), (Role.GRANDCHILD,)),
        ((Role.PARENT,), (Role.HEAD, Role.SIBLING)),
    )
    return all(
        20 < (child.birth - elder.birth).days / births.YEAR_DAYS < (38 if elder.sex == FEMALE else 46)
        for elders, children in pairs
        for elder in members
        if elder.role in elders
        for child in members
        if child.role in children
    )
