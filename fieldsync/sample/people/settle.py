"""Families move in: a household, its persons and their stays in a dwelling."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from fieldsync.sample.people import births, codes, lives, quotas
from fieldsync.sample.people.compositions import Member, Role
from fieldsync.sample.people.families import draw_family
from fieldsync.sample.people.names import HAN, TIBETAN, YI, Names
from fieldsync.sample.people.numbers import Numbers
from fieldsync.sample.people.rows import Dwelling, Household, Person, Population, Stay

PLACES = (
    *("四川省绵阳市", "四川省南充市", "四川省达州市", "四川省宜宾市", "四川省资阳市", "四川省内江市", "四川省巴中市"),
    *("四川省凉山彝族自治州", "四川省眉山市", "重庆市", "贵州省遵义市", "云南省昆明市", "陕西省西安市"),
)
"""Where people come from and go to: cities only, no address."""

_MOTHER_TONGUES = {TIBETAN: "tibetan", YI: "yi"}
_REFUSALS = (("拒访：门内应答，不愿登记", None), ("拒访：邻居称住两人", 2), ("拒访：约访两次未果", None))


@dataclass
class World:
    """What the steps of the making share: the rows, the sources of names, numbers and chance."""

    population: Population
    names: Names
    numbers: Numbers
    rng: Random
    eventful: set[str] = field(default_factory=set)
    """Households that something happened to; each has one story at most."""

    def quiet(self) -> list[Household]:
        """Return the present family households with members and no story yet, in random order."""
        told = self.eventful
        homes = [home for home in self.population.households.values() if home.id not in told and self.roster(home)]
        self.rng.shuffle(homes)
        return homes

    def roster(self, household: Household) -> list[tuple[Stay, Person]]:
        """Return who lives in a household now."""
        return self.population.members(household)

    def tenure(self, household: Household) -> str:
        """Return whether a household rents or owns its dwelling."""
        return self.population.dwellings[household.dwelling].tenure

    def place(self) -> str:
        """Return a city elsewhere."""
        return self.rng.choice(PLACES)


def settle_all(world: World) -> None:
    """Give every occupied dwelling a household; some of them refuse to tell who they are."""
    homes = [home for home in world.population.dwellings.values() if home.occupancy == codes.OCCUPIED]
    refused = {home.id for home in world.rng.sample(homes, quotas.REFUSED)}
    for home in homes:
        if home.id in refused:
            refuse(world, home)
        else:
            settle(world, home, family(world))


def family(world: World) -> list[Member]:
    """Return a family of a size as in the census."""
    sizes = quotas.HOUSEHOLD_SIZES
    return draw_family(world.rng, world.names, world.rng.choices(list(sizes), list(sizes.values()))[0])


def refuse(world: World, home: Dwelling) -> Household:
    """Add a household of which little more is known than that it is there."""
    note, size = world.rng.choice(_REFUSALS)
    household = Household(world.numbers.new_id("household"), home.id, codes.FAMILY, size_stated=size, note=note)
    world.population.households[household.id] = household
    return household


def settle(world: World, home: Dwelling, members: list[Member], since: date | None = None) -> Household:
    """Let a family live in a dwelling since a day, or since one that fits it."""
    household = Household(world.numbers.new_id("household"), home.id, codes.FAMILY)
    world.population.households[household.id] = household
    is_tenant = home.tenure == codes.RENTED
    origin = world.place() if is_tenant and world.rng.random() < 0.7 else ""
    household.registered_address = origin
    household.languages = _languages(world, members[0].ethnic_group, bool(origin))
    moved_in = since or _moved_in(world.rng, members[0].birth, is_tenant)
    for member in members:
        person = add_person(world, member, lives.marital_status(world.rng, member, members))
        stay = add_stay(world, person, household, codes.relation(member.role, member.sex), moved_in)
        stay.came_from = origin if stay.since == moved_in else ""
    name_contact(world, household)
    return household


def add_person(world: World, member: Member, marital_status: str) -> Person:
    """Make a person of a member of a family; newborns have no identity number yet."""
    rng, age = world.rng, births.age_on(member.birth)
    person = Person(
        id=world.numbers.new_id("person"),
        name=world.names.full_name(member.surname, member.sex, member.ethnic_group),
        sex=member.sex,
        birth_date=member.birth,
        ethnic_group=member.ethnic_group,
        marital_status=marital_status,
        education=lives.schooling(rng, age),
    )
    person.occupation, person.employer = lives.work(rng, world.names, age, member.sex)
    if age >= 12 and (member.role is Role.HEAD or rng.random() < 0.9):
        person.phone = world.numbers.new_phone()
    is_newborn = (quotas.REFERENCE - member.birth).days <= quotas.NEWBORN_DAYS
    if not is_newborn and rng.random() >= quotas.NUMBER_UNKNOWN_SHARE:
        person.id_type = codes.IDENTITY_CARD
        person.id_number = world.numbers.new_identity(member.birth, member.sex)
    world.population.persons[person.id] = person
    return person


def add_stay(world: World, person: Person, household: Household, relation: str, since: date) -> Stay:
    """Add a usual stay since a day, or since birth where that is later."""
    begun = max(since, person.birth_date)
    stay = Stay(world.numbers.new_id("stay"), person.id, household.id, codes.USUAL, relation, begun)
    world.population.add_stay(stay)
    return stay


def name_contact(world: World, household: Household) -> None:
    """Name the head as the household's contact."""
    head = world.population.persons[world.population.rosters[household.id][0].person]
    household.contact_name, household.phone = head.name, head.phone


def _languages(world: World, ethnic_group: str, is_from_elsewhere: bool) -> str:
    if ethnic_group in _MOTHER_TONGUES:
        return f"zh {_MOTHER_TONGUES[ethnic_group]}"
    if ethnic_group == HAN and (is_from_elsewhere or world.rng.random() < 0.3):
        return "zh"
    return "zh sichuanese"


def _moved_in(rng: Random, head_birth: date, is_tenant: bool) -> date:
    days = rng.randrange(70, 2200) if is_tenant else rng.randrange(200, 11000)
    return max(quotas.REFERENCE - timedelta(days=days), head_birth + births.years(19))
