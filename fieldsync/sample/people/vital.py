"""Births and deaths shortly before the reference date, and registrations that are to run out."""

from datetime import date, timedelta

from fieldsync.sample.people import births, codes, lives, quotas
from fieldsync.sample.people.compositions import Member, Role
from fieldsync.sample.people.names import surname_of
from fieldsync.sample.people.numbers import FEMALE, MALE
from fieldsync.sample.people.rows import Household, Person, Stay
from fieldsync.sample.people.settle import World, add_person, add_stay

_MOTHERS = (21, 37)
_MORTAL_AGE = 66
_WORKING_AGES = (18, 59)
_DEATH_DAYS = (12, 290)
"""Before the reference date."""


def bear(world: World) -> None:
    """Let children be born in the last two months."""
    couples = [home for home in world.quiet() if _may_bear(world, home)]
    for home in couples[: quotas.NEWBORNS]:
        father = next(person for _, person in _couple(world, home) if person.sex == MALE)
        birth = quotas.REFERENCE - timedelta(days=world.rng.randrange(2, quotas.NEWBORN_DAYS - 1))
        surname = surname_of(father.name, father.ethnic_group)
        sex = world.rng.choice((MALE, FEMALE))
        child = add_person(world, Member(Role.CHILD, sex, birth, surname, father.ethnic_group), "")
        add_stay(world, child, home, codes.relation(Role.CHILD, sex), birth).reason = codes.BIRTH
        world.eventful.add(home.id)


def bury(world: World) -> None:
    """Let some of the old die; their widows and widowers stay behind."""
    left = quotas.DEATHS
    for home in world.quiet():
        old = [(stay, person) for stay, person in world.roster(home) if _may_die(stay, person)]
        if left and old:
            stay, person = world.rng.choice(old)
            _die(world, stay, person, quotas.REFERENCE - timedelta(days=world.rng.randrange(*_DEATH_DAYS)))
            world.eventful.add(home.id)
            left -= 1


def register_for_a_time(world: World) -> None:
    """Make the stays of some tenants temporary, with registrations that run out, some already have."""
    tenants = [home for home in world.quiet() if world.tenure(home) == codes.RENTED]
    for index, home in enumerate(tenants[: quotas.TEMPORARY_HOUSEHOLDS]):
        days = world.rng.randrange(-58, -1) if index < quotas.TEMPORARY_RUN_OUT else world.rng.randrange(5, 360)
        for stay, person in world.roster(home):
            is_worker = _WORKING_AGES[0] <= births.age_on(person.birth_date) <= _WORKING_AGES[1]
            stay.kind, stay.reason = codes.TEMPORARY, codes.WORK if is_worker else codes.WITH_FAMILY
            stay.registration_valid_until = quotas.REFERENCE + timedelta(days=days)
            stay.came_from = stay.came_from or home.registered_address or world.place()
        world.eventful.add(home.id)


def _couple(world: World, home: Household) -> list[tuple[Stay, Person]]:
    return [(stay, person) for stay, person in world.roster(home) if stay.relation in (codes.HEAD, codes.SPOUSE)]


def _may_bear(world: World, home: Household) -> bool:
    couple = [person for _, person in _couple(world, home)]
    ages = [births.age_on(person.birth_date) for person in couple if person.sex == FEMALE]
    youngest = min(births.age_on(person.birth_date) for _, person in world.roster(home))
    return len(couple) == 2 and _MOTHERS[0] <= ages[0] <= _MOTHERS[1] and youngest >= 2


def _may_die(stay: Stay, person: Person) -> bool:
    mortal = (codes.SPOUSE, codes.FATHER, codes.MOTHER)
    has_settled = stay.since < quotas.REFERENCE - timedelta(days=_DEATH_DAYS[1])
    return has_settled and stay.relation in mortal and births.age_on(person.birth_date) >= _MORTAL_AGE


def _die(world: World, stay: Stay, person: Person, day: date) -> None:
    person.death_date = stay.until = day
    stay.reason = codes.DEATH
    parents = (codes.FATHER, codes.MOTHER)
    partners = (codes.HEAD,) if stay.relation == codes.SPOUSE else parents
    for other in world.population.rosters[stay.household]:
        if other.relation in partners and other.until is None:
            world.population.persons[other.person].marital_status = lives.WIDOWED
