"""Where people live: neighbouring cells, the buildings in them and the dwellings in those."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from fieldsync.sample.people import codes, quotas
from fieldsync.sample.people.numbers import Numbers
from fieldsync.sample.people.rows import Building, Dwelling, Population

WALK_UPS = ((1, 3, 1), (1, 4, 1), (1, 3, 2), (1, 4, 2), (2, 4, 1), (1, 5, 2), (1, 6, 2), (2, 6, 1))
TOWERS = ((1, 10, 2), (1, 8, 3), (1, 15, 2), (1, 12, 3), (1, 11, 4), (2, 12, 2), (1, 15, 4))
"""Stairwells, floors and dwellings to a floor of each stairwell."""
TOWER_SHARE = 0.3

_WORDS = ("青梧", "听蝉", "小满", "云雀", "半夏", "竹影", "鹿鸣", "映月", "拾穗", "雨巷", "白露", "松风")
_ESTATES = ("花园", "小区", "苑", "家园", "新村", "院")
_ROADS = ("里", "巷", "横街", "支路")
_MARGIN_DEGREES = 0.00008


@dataclass(frozen=True)
class Cell:
    """One cell of the shipped division: code, names of street and community, polygon (lon, lat)."""

    code: str
    street: str
    street_name: str
    community_name: str
    polygon: BaseGeometry


def read_cells(collection: dict[str, object]) -> list[Cell]:
    """Return the cells of a GeoJSON feature collection, by code."""
    return sorted((_cell(feature) for feature in _features(collection)), key=lambda cell: cell.code)


def choose_cells(cells: list[Cell], count: int, most_streets: int) -> list[Cell]:
    """Return neighbouring cells, found outwards from the lowest code, of a few streets at most."""
    chosen, streets = [cells[0]], {cells[0].street}
    for cell in chosen:
        for other in cells:
            welcome = other.street in streets or len(streets) < most_streets
            if len(chosen) < count and welcome and other not in chosen and cell.polygon.touches(other.polygon):
                chosen.append(other)
                streets.add(other.street)
    if len(chosen) < count:
        raise ValueError(f"cells: {len(chosen)} of {count} neighbouring cells found; allow more streets in quotas.py")
    return sorted(chosen, key=lambda cell: cell.code)


def build(population: Population, cells: list[Cell], numbers: Numbers, rng: Random) -> None:
    """Put an estate into every cell: buildings with dwellings, as many as the quotas allow."""
    estates = rng.sample([word + kind for word in _WORDS for kind in _ESTATES], len(cells))
    for cell, estate in zip(cells, estates, strict=True):
        _build_estate(population, cell, estate, numbers, rng)


def _build_estate(population: Population, cell: Cell, estate: str, numbers: Numbers, rng: Random) -> None:
    road, door = rng.choice(_WORDS) + rng.choice(_ROADS), rng.randrange(1, 40)
    homes = round(rng.triangular(*quotas.DWELLINGS_PER_CELL))
    for block, layout in enumerate(_layouts(homes, rng), start=1):
        building = Building(
            id=numbers.new_id("building"),
            cell=cell.code,
            name=f"{estate}{block}栋",
            address=address(cell, road, door + 2 * block),
            point=point_inside(cell.polygon, rng),
            use=codes.RESIDENTIAL,
            floors=layout[1],
            stairwells=layout[0],
        )
        population.buildings[building.id] = building
        for dwelling in _dwellings(building, layout, numbers, rng):
            population.dwellings[dwelling.id] = dwelling


DISTRICT = "成都市武侯区"
"""How every address of the sample begins."""


def address(cell: Cell, road: str, number: int) -> str:
    """Return an address of a real community and an invented road."""
    return f"{DISTRICT}{cell.street_name}{cell.community_name.removesuffix('居委会')}{road}{number}号"


def point_inside(polygon: BaseGeometry, rng: Random) -> str:
    """Return a point some metres inside a polygon as "lat lon 0 0" (WGS 84)."""
    core = polygon.buffer(-_MARGIN_DEGREES)
    area = polygon if core.is_empty else core
    west, south, east, north = area.bounds
    while True:
        lon, lat = round(rng.uniform(west, east), 6), round(rng.uniform(south, north), 6)
        if area.contains(Point(lon, lat)):
            return f"{lat} {lon} 0 0"


def _features(collection: dict[str, object]) -> list[dict[str, dict[str, str]]]:
    features = collection["features"]
    if not isinstance(features, list) or not features:
        raise ValueError("cells.geojson: no features; make it with python -m fieldsync.sample.make_district")
    return features


def _cell(feature: dict[str, dict[str, str]]) -> Cell:
    names = feature["properties"]
    polygon = shape(feature["geometry"])
    return Cell(names["code"], names["street"], names["street_name"], names["community_name"], polygon)


def _layouts(homes: int, rng: Random) -> Iterator[tuple[int, int, int]]:
    left = homes
    while left > 0:
        is_tower = rng.random() < TOWER_SHARE
        fitting = [plan for plan in (TOWERS if is_tower else WALK_UPS) if plan[0] * plan[1] * plan[2] <= left]
        plan = rng.choice(fitting or WALK_UPS[:1])
        left -= plan[0] * plan[1] * plan[2]
        yield plan


def _dwellings(building: Building, layout: tuple[int, int, int], numbers: Numbers, rng: Random) -> Iterator[Dwelling]:
    stairwells, floors, per_floor = layout
    for stairwell in range(1, stairwells + 1):
        for floor in range(1, floors + 1):
            for door in range(1, per_floor + 1):
                yield _home(building, (stairwell, floor, f"{floor}{door:02d}"), numbers, rng)


def _home(building: Building, place: tuple[int, int, str], numbers: Numbers, rng: Random) -> Dwelling:
    rooms = rng.choices((1, 2, 3, 4), (12, 38, 40, 10))[0]
    return Dwelling(
        id=numbers.new_id("dwelling"),
        building=building.id,
        stairwell=place[0],
        floor=place[1],
        room=place[2],
        use=codes.RESIDENTIAL,
        occupancy=codes.OCCUPIED,
        rooms=rooms,
        area_m2=18 + 24 * rooms + rng.randrange(-6, 14),
        tenure=codes.RENTED if rng.random() < quotas.RENTED_SHARE else codes.OWNED,
    )


def empty_some(population: Population, rng: Random) -> None:
    """Make some dwellings vacant, second homes, under works or shops, as many as the quotas say."""
    homes = list(population.dwellings.values())
    rng.shuffle(homes)
    shops = [home for home in homes if home.floor == 1][: quotas.SHOPS]
    rest = [home for home in homes if home not in shops]
    vacant, second = round(quotas.VACANT_SHARE * len(homes)), round(quotas.SECOND_HOME_SHARE * len(homes))
    for home in shops:
        home.use, home.occupancy, home.rooms, home.tenure = codes.SHOP, codes.NOT_RESIDENTIAL, None, ""
        population.buildings[home.building].use = codes.MIXED
    for home in rest[:vacant]:
        home.occupancy, home.tenure = codes.VACANT, ""
    for home in rest[vacant : vacant + second]:
        home.occupancy, home.tenure = codes.SECOND_HOME, codes.OWNED
    for home in rest[vacant + second : vacant + second + quotas.UNDER_WORKS]:
        home.occupancy, home.tenure = codes.WORKS, ""
