"""Dormitories: collective households of workers from elsewhere."""

from datetime import timedelta

from fieldsync.sample.people import births, codes, lives, quotas
from fieldsync.sample.people.compositions import Member, Role
from fieldsync.sample.people.numbers import FEMALE, MALE
from fieldsync.sample.people.places import Cell, address, point_inside
from fieldsync.sample.people.rows import Building, Dwelling, Household
from fieldsync.sample.people.settle import World, add_person, add_stay, name_contact

_AGES = (19, 48)
_TRADES = (("建筑公司", "建筑工人", 0.92), ("餐饮公司", "餐厅服务员", 0.35), ("物流公司", "分拣员", 0.6))
"""Employer's trade, occupation, share of men."""


def open_dormitories(world: World, cells: list[Cell]) -> None:
    """Put dormitories into some of the cells, and workers into them."""
    for index, cell in enumerate(world.rng.sample(cells, quotas.DORMITORIES)):
        trade, occupation, male_share = _TRADES[index % len(_TRADES)]
        employer = f"{world.names.employer()[:2]}{trade}"
        household = _house(world, cell, employer)
        for _ in range(world.rng.randrange(quotas.DORMITORY_WORKERS[0], quotas.DORMITORY_WORKERS[1] + 1)):
            _lodge(world, household, (employer, occupation), male_share)
        name_contact(world, household)
        world.eventful.add(household.id)


def _house(world: World, cell: Cell, employer: str) -> Household:
    population, numbers = world.population, world.numbers
    building = Building(
        id=numbers.new_id("building"),
        cell=cell.code,
        name=f"{employer}员工宿舍",
        address=address(cell, "远舟路", world.rng.randrange(1, 90)),
        point=point_inside(cell.polygon, world.rng),
        use=codes.DORMITORY,
        floors=3,
        stairwells=1,
    )
    home = Dwelling(numbers.new_id("dwelling"), building.id, 1, 1, "101", codes.DORMITORY, codes.OCCUPIED)
    home.rooms, home.area_m2, home.tenure = 10, 320, codes.EMPLOYERS
    household = Household(numbers.new_id("household"), home.id, codes.COLLECTIVE, languages="zh sichuanese")
    population.buildings[building.id], population.dwellings[home.id] = building, home
    population.households[household.id] = household
    return household


def _lodge(world: World, household: Household, work: tuple[str, str], male_share: float) -> None:
    rng, group = world.rng, world.names.ethnic_group()
    sex = MALE if rng.random() < male_share else FEMALE
    member = Member(Role.MATE, sex, births.born_at_age(rng, *_AGES), world.names.surname(group), group)
    married = lives.MARRIED if births.age_on(member.birth) > 27 and rng.random() < 0.7 else lives.UNMARRIED
    person = add_person(world, member, married)
    person.employer, person.occupation = work
    person.education = rng.choices((lives.SENIOR, lives.TECHNICAL, lives.JUNIOR, lives.PRIMARY), (20, 20, 50, 10))[0]
    since = quotas.REFERENCE - timedelta(days=rng.randrange(40, 1000))
    stay = add_stay(world, person, household, codes.relation(Role.MATE, sex), since)
    stay.came_from, stay.reason = world.place(), codes.WORK
