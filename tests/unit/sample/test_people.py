"""The invented population: the shipped files, the numbers that are nobody's, and what is in them."""

import csv
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from uuid import UUID

import pytest
from shapely.geometry import Point, shape

from fieldsync.sample import district
from fieldsync.sample.make_people import make_files
from fieldsync.sample.people import quotas
from fieldsync.sample.people.numbers import check_digit
from forms_spec import Validator
from forms_spec.xlsform import read_form

DISTRICT = district.path("cells.geojson").parent
TABLES = ("buildings", "dwellings", "households", "persons", "stays", "events")
REFERENCES = (
    ("dwellings", "building", "buildings"),
    ("households", "dwelling", "dwellings"),
    ("stays", "person", "persons"),
    ("stays", "household", "households"),
    ("events", "person", "persons"),
    ("events", "household", "households"),
)
HEAD, SPOUSE, CHILDREN, PARENTS = "02", "10", {"20", "30"}, {"51", "52"}
FEMALE = "2"

Row = dict[str, str]
Tables = dict[str, dict[str, Row]]


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Return the rows of every shipped file by id."""
    return {name: {row["id"]: row for row in _read(name)} for name in TABLES}


@pytest.fixture(scope="module")
def rosters(tables: Tables) -> dict[str, list[tuple[Row, Row]]]:
    """Return the stays that last, with their persons, by household; registered-only ones left out."""
    members = defaultdict(list)
    for stay in tables["stays"].values():
        if not stay["until"] and stay["kind"] != "registered_only":
            members[stay["household"]].append((stay, tables["persons"][stay["person"]]))
    return members


def _read(name: str) -> list[Row]:
    with (DISTRICT / "registry" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _cell_of(tables: Tables, household: str) -> str:
    dwelling = tables["dwellings"][tables["households"][household]["dwelling"]]
    return tables["buildings"][dwelling["building"]]["cell"]


def test_making_it_again_gives_the_shipped_bytes() -> None:
    """The generator writes what is shipped, README with its counts included."""
    for name, text in make_files().items():
        assert text.encode() == (DISTRICT / name).read_bytes(), name


def test_files_stay_small() -> None:
    """The six files together stay below 1.6 MB."""
    assert sum(file.stat().st_size for file in (DISTRICT / "registry").iterdir()) < 1_600_000


def test_ids_are_unique_uuids_and_references_resolve(tables: Tables) -> None:
    """Every id is a uuid, none occurs twice, and every reference names a row."""
    for name in TABLES:
        rows = _read(name)
        assert len({UUID(row["id"]) for row in rows}) == len(rows), name
    for table, column, target in REFERENCES:
        assert {row[column] for row in tables[table].values()} <= tables[target].keys(), (table, column)


@pytest.mark.parametrize("name", TABLES)
def test_rows_pass_the_rules_of_their_form(name: str) -> None:
    """Every row, read as a document of its form, has known fields, listed choices and no finding."""
    form = name.removesuffix("s")
    checked = read_form(district.path(f"forms/{form}.xlsx").read_bytes(), f"{form}.xlsx")
    assert checked.spec is not None
    assert not checked.errors
    kinds = {field.name: f"{field.ref}:" for field in checked.spec.fields if field.ref}
    validator = Validator(checked.spec)
    for row in _read(name):
        answers = {column: value for column, value in row.items() if value and column not in ("id", "cell")}
        data = {column: kinds.get(column, "") + value for column, value in answers.items()}
        assert not validator.findings(data, {}, quotas.REFERENCE.isoformat()), row


def test_kin_are_named_as_families_have_them(tables: Tables) -> None:
    """Spouses name each other; fathers and mothers are men and women who were grown when their children came."""
    persons = tables["persons"]
    married = [(person, persons[person["spouse"]]) for person in persons.values() if person["spouse"]]
    assert len(married) > 1000
    assert all(spouse["spouse"] == person["id"] and spouse["sex"] != person["sex"] for person, spouse in married)
    for column, sex in (("father", "1"), ("mother", "2")):
        pairs = [(child, persons[child[column]]) for child in persons.values() if child[column]]
        assert len(pairs) > 700
        assert all(parent["sex"] == sex for _, parent in pairs)
        assert all(int(child["birth_date"][:4]) - int(parent["birth_date"][:4]) >= 18 for child, parent in pairs)


def test_who_is_registered_elsewhere_says_where(tables: Tables) -> None:
    """Registration, moves and temporary stays agree with each other."""
    persons = tables["persons"].values()
    assert all((person["registration"] == "elsewhere") == bool(person["registration_place"]) for person in persons)
    registered_only = [stay for stay in tables["stays"].values() if stay["kind"] == "registered_only"]
    assert {tables["persons"][stay["person"]]["registration"] for stay in registered_only} == {"here", "same_city"}
    moved = [stay for stay in tables["stays"].values() if stay["came_from"]]
    assert all(stay["origin"] for stay in moved)
    assert {stay["kind"] for stay in tables["stays"].values() if stay["registered"]} == {"temporary"}


def test_identity_numbers_are_valid_in_form_and_nobodys(tables: Tables) -> None:
    """Each number checks by ISO 7064, tells birth date and sex, and has an area that does not exist."""
    numbers = [(row["id_number"], row) for row in tables["persons"].values() if row["id_number"]]
    assert len(numbers) > 3000
    assert len({number for number, _ in numbers}) == len(numbers)
    for number, row in numbers:
        digits = [10 if digit == "X" else int(digit) for digit in number]
        assert sum(digit * 2 ** (17 - place) for place, digit in enumerate(digits)) % 11 == 1, number
        assert number[:6] == "999999"
        assert number[6:14] == row["birth_date"].replace("-", "")
        assert int(number[16]) % 2 == int(row["sex"]) % 2
        assert row["id_type"]


def test_check_digit_is_that_of_the_standards_example() -> None:
    """The example in GB 11643 comes out right."""
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


def test_telephone_numbers_are_nobodys(tables: Tables) -> None:
    """Every telephone number has 11 digits, begins with 12, and belongs to one person."""
    phones = [row["phone"] for row in tables["persons"].values() if row["phone"]]
    assert len(set(phones)) == len(phones) > 2000
    contacts = [row["phone"] for row in tables["households"].values() if row["phone"]]
    assert all(re.fullmatch(r"12\d{9}", phone) for phone in phones + contacts)


def test_cells_are_populated_as_planned(tables: Tables) -> None:
    """At least 28 cells of two or three streets hold 25 to 80 households each, 1,200 in all."""
    cells = Counter(_cell_of(tables, household) for household in tables["households"])
    assert len(cells) == quotas.CELLS >= 28
    assert 2 <= len({code[:9] for code in cells}) <= 3
    least, most = quotas.HOUSEHOLDS_PER_CELL
    assert all(least <= count <= most for count in cells.values()), cells
    assert cells.total() >= 1200


def test_buildings_stand_inside_their_cells(tables: Tables) -> None:
    """Every building's point lies strictly inside the polygon of its cell."""
    polygons = {cell["properties"]["code"]: shape(cell["geometry"]) for cell in district.cells()["features"]}
    for building in tables["buildings"].values():
        lat, lon, altitude, accuracy = map(float, building["point"].split())
        assert polygons[building["cell"]].contains(Point(lon, lat)), building
        assert (altitude, accuracy) == (0, 0)


def test_buildings_are_houses_or_towers(tables: Tables) -> None:
    """Buildings have 3 to 12 dwellings, towers up to 60, dormitories one; no room is there twice."""
    sizes = Counter(dwelling["building"] for dwelling in tables["dwellings"].values())
    for building in tables["buildings"].values():
        least = 1 if building["use"] == "dormitory" else 3
        assert least <= sizes[building["id"]] <= 60
    for row in tables["dwellings"].values():
        building = tables["buildings"][row["building"]]
        assert 1 <= int(row["floor"]) <= int(building["floors"])
        assert 1 <= int(row["stairwell"]) <= int(building["stairwells"])
    rooms = [(row["building"], row["stairwell"], row["room"]) for row in tables["dwellings"].values()]
    assert len(set(rooms)) == len(rooms)


def test_some_dwellings_are_not_lived_in(tables: Tables) -> None:
    """Vacant dwellings, second homes, works in progress and shops are as many as planned, and hold no household."""
    homes = tables["dwellings"].values()
    occupancies = Counter(row["occupancy"] for row in homes)
    ordinary = len(homes) - quotas.DORMITORIES
    assert occupancies["vacant"] == round(quotas.VACANT_SHARE * ordinary)
    assert occupancies["second_home"] == round(quotas.SECOND_HOME_SHARE * ordinary)
    assert occupancies["works"] == quotas.UNDER_WORKS
    assert sum(row["use"] == "shop" for row in homes) == occupancies["not_residential"] == quotas.SHOPS
    lived_in = {row["dwelling"] for row in tables["households"].values()}
    assert lived_in == {row["id"] for row in homes if row["occupancy"] == "occupied"}


def test_household_sizes_are_those_of_the_census(tables: Tables, rosters: dict[str, list[tuple[Row, Row]]]) -> None:
    """Family households have 2.45 to 2.75 members in the mean, and the census's shares of sizes."""
    families = {row["id"] for row in tables["households"].values() if row["type"] == "family"}
    sizes = Counter(len(roster) for household, roster in rosters.items() if household in families)
    assert 2.45 < sum(size * count for size, count in sizes.items()) / sizes.total() < 2.75
    for size, percent in quotas.HOUSEHOLD_SIZES.items():
        assert abs(100 * sizes[size] / sizes.total() - percent) < 3.5, size
    for household, roster in rosters.items():
        assert tables["households"][household]["size_stated"] == str(len(roster))


def test_sexes_and_ages_are_balanced(tables: Tables) -> None:
    """Half the persons are women, a sixth are children, a fifth are 60 and older."""
    persons = list(tables["persons"].values())
    assert 0.47 < sum(row["sex"] == FEMALE for row in persons) / len(persons) < 0.53
    ages = [(quotas.REFERENCE - _day(row["birth_date"])).days / 365.25 for row in persons]
    assert 0.11 < sum(age < 15 for age in ages) / len(ages) < 0.2
    assert 0.15 < sum(age >= 60 for age in ages) / len(ages) < 0.25
    assert 0.93 < sum(row["ethnic_group"] == "01" for row in persons) / len(persons) < 0.99


def test_every_family_has_one_head(tables: Tables, rosters: dict[str, list[tuple[Row, Row]]]) -> None:
    """A present family household has one head, who is its contact; a dormitory has none."""
    for household, roster in rosters.items():
        heads = [person for stay, person in roster if stay["relation"] == HEAD]
        row = tables["households"][household]
        assert len(heads) == (1 if row["type"] == "family" else 0)
        assert not heads or heads[0]["name"] == row["contact_name"]


def test_couples_are_married_and_of_similar_age(rosters: dict[str, list[tuple[Row, Row]]]) -> None:
    """Head and spouse are of two sexes, both married, at most eight years apart."""
    couples = [[person for stay, person in roster if stay["relation"] in (HEAD, SPOUSE)] for roster in rosters.values()]
    pairs = [couple for couple in couples if len(couple) == 2]
    assert len(pairs) > 500
    for one, other in pairs:
        assert {one["sex"], other["sex"]} == {"1", "2"}
        assert one["marital_status"][0] == other["marital_status"][0] == "2"
        assert abs((_day(one["birth_date"]) - _day(other["birth_date"])).days) < 8 * 366


def test_mothers_are_twenty_to_thirty_eight_years_older(tables: Tables) -> None:
    """Children, registered-only ones too, were born when their mothers were 20 to 38."""
    rosters = defaultdict(list)
    for stay in tables["stays"].values():
        rosters[stay["household"]].append((stay["relation"], tables["persons"][stay["person"]]))
    ages = [age for roster in rosters.values() for age in _ages_of_mothers(roster)]
    assert len(ages) > 600
    assert all(20 <= age <= 38 for age in ages)


def _ages_of_mothers(roster: list[tuple[str, Row]]) -> list[float]:
    born = {relation: [_day(row["birth_date"]) for code, row in roster if code == relation] for relation, _ in roster}
    wives = [_day(row["birth_date"]) for code, row in roster if code in (HEAD, SPOUSE) and row["sex"] == FEMALE]
    children = [birth for relation in CHILDREN for birth in born.get(relation, [])]
    pairs = [(wife, child) for wife in wives for child in children]
    pairs += [(mother, head) for mother in born.get("52", []) for head in born.get(HEAD, [])]
    return [(child - mother).days / 365.25 for mother, child in pairs]


def test_dormitories_hold_workers_from_elsewhere(tables: Tables, rosters: dict[str, list[tuple[Row, Row]]]) -> None:
    """Each dormitory is one collective household of 20 to 40 workers with an employer and an origin."""
    collectives = [row["id"] for row in tables["households"].values() if row["type"] == "collective"]
    assert len(collectives) == quotas.DORMITORIES
    for household in collectives:
        assert 20 <= len(rosters[household]) <= 40
        assert all(stay["came_from"] and person["employer"] for stay, person in rosters[household])


def test_some_are_registered_where_they_do_not_live(tables: Tables) -> None:
    """The planned number live in another cell than they are registered in, others outside the data."""
    stays = tables["stays"].values()
    homes = {stay["person"]: stay for stay in stays if stay["kind"] == "usual" and not stay["until"]}
    registered = [stay for stay in stays if stay["kind"] == "registered_only"]
    within = [stay for stay in registered if stay["person"] in homes]
    outside = [stay for stay in registered if stay["person"] not in homes]
    assert len({stay["person"] for stay in within}) == quotas.REGISTERED_ELSEWHERE_IN_SAMPLE == len(within)
    assert len(outside) == quotas.REGISTERED_ONLY_LIVING_OUTSIDE
    assert all(stay["left_for"] for stay in outside)
    for stay in within:
        home = homes[stay["person"]]
        assert _cell_of(tables, stay["household"]) != _cell_of(tables, home["household"])


def test_tenants_changed_in_some_dwellings(tables: Tables, rosters: dict[str, list[tuple[Row, Row]]]) -> None:
    """The earlier household of a dwelling was gone before the present one came; some live nearby now."""
    stays, households = tables["stays"].values(), tables["households"]
    present = {households[household]["dwelling"]: household for household in rosters}
    former = defaultdict(list)
    for stay in stays:
        if stay["household"] not in rosters:
            former[stay["household"]].append(stay)
    assert len(former) == quotas.TENANTS_CHANGED
    for household, ended in former.items():
        successors = rosters[present[households[household]["dwelling"]]]
        assert max(_day(stay["until"]) for stay in ended) < min(_day(stay["since"]) for stay, _ in successors)
    here = {person["id"] for roster in rosters.values() for _, person in roster}
    assert sum(ended[0]["person"] in here for ended in former.values()) == quotas.TENANTS_MOVED_WITHIN


def test_refusals_leave_little_known(tables: Tables) -> None:
    """The planned number of households refused: a note, no contact, nobody known."""
    known = {stay["household"] for stay in tables["stays"].values()}
    silent = [row for row in tables["households"].values() if row["id"] not in known]
    assert len(silent) == quotas.REFUSED
    assert all(row["note"] and not row["contact_name"] and not row["phone"] for row in silent)


def test_newborns_have_no_number_yet(tables: Tables) -> None:
    """Those born within 60 days before the reference date have a stay since birth and no number."""
    earliest = quotas.REFERENCE - timedelta(days=quotas.NEWBORN_DAYS)
    newborns = {row["id"]: row for row in tables["persons"].values() if _day(row["birth_date"]) >= earliest}
    assert len(newborns) == quotas.NEWBORNS
    assert not any(row["id_type"] or row["id_number"] for row in newborns.values())
    stays = [stay for stay in tables["stays"].values() if stay["person"] in newborns]
    assert all(stay["since"] == newborns[stay["person"]]["birth_date"] for stay in stays)


def test_deaths_end_stays(tables: Tables) -> None:
    """The dead have a date, which is the end of their stay, with that reason; no stay outlives anybody."""
    dead = {row["id"]: row["death_date"] for row in tables["persons"].values() if row["death_date"]}
    ended = {row["person"]: row["until"] for row in tables["stays"].values() if row["reason"] == "death"}
    assert ended == dead
    assert len(dead) == quotas.DEATHS


def test_events_are_those_of_the_year_that_the_stays_tell_of(tables: Tables) -> None:
    """A birth or an arrival for each stay of a resident that began then, a death or a departure for each that ended."""
    ends = {"since": ("arrival", "birth"), "until": ("departure", "death")}
    told = [
        (ends[end][stay["reason"] == end_reason], stay["person"], stay["household"], stay[end])
        for stay in tables["stays"].values()
        for end, end_reason in (("since", "birth"), ("until", "death"))
        if stay["kind"] != "registered_only" and stay[end] >= "2026"
    ]
    events = [tuple(row[name] for name in ("type", "person", "household", "date")) for row in tables["events"].values()]
    assert (sorted(events), len(events)) == (sorted(told), 297)


def test_temporary_stays_run_out(tables: Tables) -> None:
    """Temporary stays, and only these, tell how long the registration is valid; some no longer are."""
    limits = defaultdict(set)
    for stay in tables["stays"].values():
        assert bool(stay["registration_valid_until"]) == (stay["kind"] == "temporary")
        if stay["kind"] == "temporary":
            limits[stay["household"]].add(_day(stay["registration_valid_until"]))
    assert len(limits) == quotas.TEMPORARY_HOUSEHOLDS
    assert sum(min(days) < quotas.REFERENCE for days in limits.values()) == quotas.TEMPORARY_RUN_OUT


def test_stays_begin_after_birth_and_end_after_they_begin(tables: Tables) -> None:
    """No stay begins before birth or after the reference date, or ends before it began."""
    for stay in tables["stays"].values():
        born = _day(tables["persons"][stay["person"]]["birth_date"])
        assert born <= _day(stay["since"]) <= quotas.REFERENCE
        assert not stay["until"] or _day(stay["since"]) < _day(stay["until"]) <= quotas.REFERENCE
