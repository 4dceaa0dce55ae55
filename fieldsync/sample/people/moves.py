"""People who are not where they were, or not where they are registered."""

from datetime import date, timedelta

from fieldsync.sample.people import births, codes, lives, quotas
from fieldsync.sample.people.compositions import Member, Role
from fieldsync.sample.people.families import draw_family
from fieldsync.sample.people.names import HAN, surname_of
from fieldsync.sample.people.numbers import FEMALE, MALE
from fieldsync.sample.people.rows import Household, Person, Stay
from fieldsync.sample.people.settle import World, add_person, add_stay, name_contact, settle

_GROWN = (20, 36)
_STUDY_AGE = 25
_SIBLING_DAYS = 330
_MOVABLE_AGE = 6


def change_tenants(world: World) -> None:
    """Give rented dwellings an earlier household, whose stays ended before the present one came."""
    rented = [home for home in world.quiet() if world.tenure(home) == codes.RENTED]
    present = rented[: quotas.TENANTS_CHANGED]
    movers = [home for home in rented[quotas.TENANTS_CHANGED :] if _are_grown(world, home)]
    for index, home in enumerate(present):
        came = quotas.REFERENCE - timedelta(days=world.rng.randrange(30, 300))
        gone = came - timedelta(days=world.rng.randrange(4, 40))
        for stay, person in world.roster(home):
            stay.since, stay.reason = max(came, person.birth_date), codes.MOVED
        if index < quotas.TENANTS_MOVED_WITHIN:
            earlier = _moved_within(world, home, movers[index], gone)
        else:
            earlier = _moved_away(world, home, gone)
        earlier.note = f"已于{gone}迁出"
        world.eventful |= {home.id, earlier.id}


def register_elsewhere(world: World) -> None:
    """Register people who live on their own in one cell with their parents in another."""
    hosts = [home for home in world.quiet() if world.tenure(home) == codes.OWNED]
    left = quotas.REGISTERED_ELSEWHERE_IN_SAMPLE
    for home in world.quiet():
        lone = None if home.id in world.eventful else _lives_apart(world, home)
        host = next((host for host in hosts if lone and _could_be_parents(world, host, home, lone)), None)
        if left and lone and host:
            _register(world, lone, host)
            world.eventful |= {home.id, host.id}
            left -= 1


def register_absent(world: World) -> None:
    """Keep registered with their parents grown children who live outside the data."""
    left = quotas.REGISTERED_ONLY_LIVING_OUTSIDE
    for home in world.quiet():
        couple = _couple(world, home)
        if not left or len(couple) != 2 or world.tenure(home) != codes.OWNED:
            continue
        father, mother = couple[MALE], couple[FEMALE]
        birth = births.child_of(world.rng, mother.birth_date, _GROWN[1], _GROWN[0])
        if birth is None or not _has_room(world, home, birth) or not _is_father_old_enough(father, birth):
            continue
        sex = world.rng.choice((MALE, FEMALE))
        surname = surname_of(father.name, father.ethnic_group)
        child = add_person(world, Member(Role.CHILD, sex, birth, surname, father.ethnic_group), lives.UNMARRIED)
        stay = _register(world, child, home)
        stay.left_for, stay.reason = world.place(), _absence(births.age_on(birth))
        if stay.reason == codes.STUDY:
            child.occupation, child.employer = lives.STUDENT, ""
        world.eventful.add(home.id)
        left -= 1


def _absence(age: int) -> str:
    return codes.STUDY if age < _STUDY_AGE else codes.WORK


def _moved_away(world: World, home: Household, gone: date) -> Household:
    dwelling = world.population.dwellings[home.dwelling]
    came = gone - timedelta(days=world.rng.randrange(200, 1500))
    earlier = settle(world, dwelling, _family_before(world, came), came)
    for stay, _ in world.roster(earlier):
        stay.until, stay.left_for, stay.reason = gone, world.place(), codes.MOVED
    return earlier


def _family_before(world: World, day: date) -> list[Member]:
    """Return a small family, all of whom were born before a day."""
    size = world.rng.choices((1, 2, 3), (5, 3, 2))[0]
    while True:
        members = draw_family(world.rng, world.names, size)
        if all(member.birth < day for member in members):
            return members


def _are_grown(world: World, home: Household) -> bool:
    """Say whether all members were born before any of the moves."""
    return all(births.age_on(person.birth_date) >= _MOVABLE_AGE for _, person in world.roster(home))


def _moved_within(world: World, home: Household, mover: Household, gone: date) -> Household:
    """Let a household of another dwelling have lived in this one before; its persons are the same."""
    buildings, dwellings = world.population.buildings, world.population.dwellings
    earlier = Household(world.numbers.new_id("household"), home.dwelling, codes.FAMILY, languages=mover.languages)
    world.population.households[earlier.id] = earlier
    came = gone - timedelta(days=world.rng.randrange(200, 1500))
    for now, person in world.roster(mover):
        before = add_stay(world, person, earlier, now.relation, came)
        before.until, before.left_for = gone, buildings[dwellings[mover.dwelling].building].address
        before.reason = now.reason = codes.MOVED
        now.since, now.came_from = gone, buildings[dwellings[home.dwelling].building].address
    name_contact(world, earlier)
    world.eventful.add(mover.id)
    return earlier


def _lives_apart(world: World, home: Household) -> Person | None:
    """Return the head who lives without parents, brothers or sisters, and is of the age for it."""
    kin = {stay.relation for stay, _ in world.roster(home)}
    head = next(person for stay, person in world.roster(home) if stay.relation == codes.HEAD)
    is_apart = not kin & {codes.FATHER, codes.MOTHER, codes.SIBLING}
    is_grown = _GROWN[0] <= births.age_on(head.birth_date) <= _GROWN[1]
    return head if is_apart and is_grown and head.ethnic_group == HAN else None


def _could_be_parents(world: World, host: Household, home: Household, child: Person) -> bool:
    couple = _couple(world, host)
    is_same_cell = world.population.cell_of(host) == world.population.cell_of(home)
    if len(couple) != 2 or host.id in world.eventful or is_same_cell:
        return False
    father, mother = couple[MALE], couple[FEMALE]
    gap = (child.birth_date - mother.birth_date).days / births.YEAR_DAYS
    is_kin = father.ethnic_group == HAN and surname_of(father.name, HAN) == surname_of(child.name, HAN)
    fits = births.MOTHER_AGES[0] < gap < births.MOTHER_AGES[1] and _is_father_old_enough(father, child.birth_date)
    return is_kin and fits and _has_room(world, host, child.birth_date)


def _couple(world: World, home: Household) -> dict[str, Person]:
    """Return head and spouse by sex."""
    pair = (codes.HEAD, codes.SPOUSE)
    return {person.sex: person for stay, person in world.roster(home) if stay.relation in pair}


def _is_father_old_enough(father: Person, birth: date) -> bool:
    return (birth - father.birth_date).days > births.MOTHER_AGES[0] * births.YEAR_DAYS


def _has_room(world: World, home: Household, birth: date) -> bool:
    """Say whether a child could be born on a day, given the couple's other children."""
    roster = world.roster(home)
    born = [person.birth_date for stay, person in roster if stay.relation in (codes.SON, codes.DAUGHTER)]
    return all(abs((birth - other).days) > _SIBLING_DAYS for other in born)


def _register(world: World, person: Person, host: Household) -> Stay:
    since = max(person.birth_date, world.population.rosters[host.id][0].since)
    relation = codes.relation(Role.CHILD, person.sex)
    stay = add_stay(world, person, host, relation, since)
    stay.kind = codes.REGISTERED_ONLY
    return stay
