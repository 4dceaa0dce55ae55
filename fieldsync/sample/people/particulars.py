"""What the rows of the population imply: who is whose parent and spouse, who is registered where, studies or works.

Nothing is drawn by chance here, so the same people have the same particulars whatever else is made of them.
"""

from fieldsync.sample.people import births, codes, lives
from fieldsync.sample.people.numbers import FEMALE, MALE
from fieldsync.sample.people.places import DISTRICT
from fieldsync.sample.people.rows import Household, Person, Population, Stay

_PROVINCE = "四川省"
_LEVELS = ((6, "nursery"), (12, "primary"), (15, "junior"), (18, "senior"), (130, "tertiary"))
_KINDERGARTEN_AGE = 3
_WORKING_AGE = 16


def tell_particulars(population: Population) -> None:
    """Fill in what follows from families, moves and lives."""
    for household in population.households.values():
        if household.type == codes.FAMILY:
            _tell_kin(population, household)
    for stay in population.stays.values():
        _tell_move(stay)
    for person in population.persons.values():
        _tell_schooling(person)
        _tell_work(person)
    _tell_registrations(population)


def _tell_kin(population: Population, household: Household) -> None:
    """Name spouses, and the parents of children, of the family as it ever lived together."""
    by_relation: dict[str, list[Person]] = {}
    for stay in population.rosters.get(household.id, []):
        by_relation.setdefault(stay.relation, []).append(population.persons[stay.person])
    head = next(iter(by_relation.get(codes.HEAD, [])), None)
    if head is None:
        return
    spouse = next(iter(by_relation.get(codes.SPOUSE, [])), None)
    children = [*by_relation.get(codes.SON, []), *by_relation.get(codes.DAUGHTER, [])]
    parents = [*by_relation.get(codes.FATHER, []), *by_relation.get(codes.MOTHER, [])]
    siblings = by_relation.get(codes.SIBLING, [])
    _marry(head, spouse)
    if len(parents) == 2:
        _marry(parents[0], parents[1])
    for child in children:
        _descend(child, [head, *([spouse] if spouse else [])])
    for child in (head, *siblings):
        _descend(child, parents)
    heirs = [*by_relation.get(codes.SON_IN_LAW, []), *by_relation.get(codes.DAUGHTER_IN_LAW, [])]
    grown = [child for child in children if child.marital_status in (lives.FIRST_MARRIAGE, lives.REMARRIED)]
    if len(heirs) == len(grown) == 1:
        _marry(grown[0], heirs[0])
        for grandchild in by_relation.get(codes.GRANDCHILD, []):
            _descend(grandchild, [grown[0], heirs[0]])


def _marry(one: Person, other: Person | None) -> None:
    if other is not None and one.sex != other.sex:
        one.spouse, other.spouse = other.id, one.id


def _descend(child: Person, parents: list[Person]) -> None:
    for parent in parents:
        if parent.sex == MALE:
            child.father = child.father or parent.id
        if parent.sex == FEMALE:
            child.mother = child.mother or parent.id


def _tell_move(stay: Stay) -> None:
    if stay.came_from:
        stay.origin = _origin(stay.came_from)
    if stay.origin in ("same_province", "other_province"):
        stay.in_city_since = stay.since
    if stay.kind == codes.TEMPORARY:
        stay.registered = "registered" if stay.registration_valid_until else "none"


def _origin(place: str) -> str:
    if place.startswith(DISTRICT):
        return "same_district"
    return "same_province" if place.startswith(_PROVINCE) else "other_province"


def _tell_schooling(person: Person) -> None:
    age = births.age_on(person.birth_date)
    if person.occupation == lives.STUDENT or _KINDERGARTEN_AGE <= age < lives.SCHOOL_AGE:
        person.schooling_status = "attending"
        person.school_level = next(level for limit, level in _LEVELS if age < limit)
    elif age < lives.SCHOOL_AGE:
        person.schooling_status = "too_young"
    elif person.education:
        person.schooling_status = "graduated"


def _tell_work(person: Person) -> None:
    if births.age_on(person.birth_date) < _WORKING_AGE:
        person.work_status = "too_young"
    elif person.occupation == lives.STUDENT:
        person.work_status = "student"
    elif person.occupation == lives.RETIRED:
        person.work_status = "retired"
    elif person.employer:
        person.work_status = "employed"


def _tell_registrations(population: Population) -> None:
    """Say where people are registered, by their stays and by the address their household gave."""
    for stay in population.stays.values():
        person, household = population.persons[stay.person], population.households[stay.household]
        if stay.until is not None or person.registration == "same_city":
            continue
        if stay.kind == codes.REGISTERED_ONLY:
            person.registration = "same_city" if _lives_here(population, person) else "here"
            person.registration_place = ""
        elif household.registered_address:
            person.registration, person.registration_place = "elsewhere", household.registered_address
        elif stay.kind == codes.USUAL and not person.registration:
            person.registration = "here"


def _lives_here(population: Population, person: Person) -> bool:
    stays = (stay for stay in population.stays.values() if stay.person == person.id)
    return any(stay.until is None and stay.kind != codes.REGISTERED_ONLY for stay in stays)
