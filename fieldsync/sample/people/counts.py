"""What the population has in it, counted from its rows for the README."""

from datetime import timedelta

from fieldsync.sample.people import codes, quotas
from fieldsync.sample.people.rows import Household, Person, Population


def count_all(population: Population) -> dict[str, int]:
    """Return the counts of the README's table, labelled in English and Chinese."""
    return _count_places(population) | _count_households(population) | _count_persons(population)


def _count_places(population: Population) -> dict[str, int]:
    dwellings = list(population.dwellings.values())
    return {
        "populated cells / 有人口的网格": len({building.cell for building in population.buildings.values()}),
        "buildings / 建筑物": len(population.buildings),
        "dwellings / 房屋单元": len(dwellings),
        "vacant / 空置": sum(home.occupancy == codes.VACANT for home in dwellings),
        "second homes / 第二居所": sum(home.occupancy == codes.SECOND_HOME for home in dwellings),
        "under works / 装修或施工": sum(home.occupancy == codes.WORKS for home in dwellings),
        "shops / 商铺": sum(home.use == codes.SHOP for home in dwellings),
    }


def _count_households(population: Population) -> dict[str, int]:
    households = list(population.households.values())
    return {
        "households / 户": len(households),
        "of them collective (dormitories) / 其中集体户（宿舍）": sum(map(_is_collective, households)),
        "of them refused / 其中拒访": sum(one.id not in population.rosters for one in households),
        "of them former tenants / 其中已迁出的租户": sum(_is_former(population, one) for one in households),
    }


def _count_persons(population: Population) -> dict[str, int]:
    persons, stays = list(population.persons.values()), list(population.stays.values())
    usual = {stay.person for stay in stays if stay.kind != codes.REGISTERED_ONLY}
    registered = [stay.person for stay in stays if stay.kind == codes.REGISTERED_ONLY]
    return {
        "persons / 人": len(persons),
        "stays / 居住记录": len(stays),
        "registered here, living in another cell / 户在此、人在另一网格": sum(one in usual for one in registered),
        "registered here, living outside / 户在此、人在外地": sum(one not in usual for one in registered),
        "temporary stays / 暂住": sum(stay.kind == codes.TEMPORARY for stay in stays),
        "newborns without a number / 尚无证件号的新生儿": sum(map(_is_newborn, persons)),
        "events of 2026 / 2026 年人口事件": len(population.events),
        "deaths / 死亡": sum(person.death_date is not None for person in persons),
    }


def _is_former(population: Population, household: Household) -> bool:
    roster = population.rosters.get(household.id, [])
    return bool(roster) and all(stay.until is not None for stay in roster)


def _is_collective(household: Household) -> bool:
    return household.type == codes.COLLECTIVE


def _is_newborn(person: Person) -> bool:
    return person.birth_date > quotas.REFERENCE - timedelta(days=quotas.NEWBORN_DAYS)
