"""Plans and cells over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.city import ELSEWHERE, NORTH, PLAN, SOUTH, City, bearer, plan_of, square

PLANS = "/api/v1/plans?name=Sample&date=2026-11-01"
CELLS = "/api/v1/cells"


def send(city: City, geojson: bytes, query: str = PLANS) -> Any:
    return city.client.post(query, content=geojson, headers=city.log_in("admin"))


def codes(city: City, as_: str, query: str = "") -> list[str]:
    answer = city.client.get(CELLS + query, headers=city.log_in(as_))
    assert answer.status_code == 200, answer.text
    return [feature["id"] for feature in answer.json()["features"]]


def test_a_plan_makes_cells_and_their_databases(city: City) -> None:
    """Each cell is listed with its geometry, and its database holds the cell's own document."""
    answer = send(city, PLAN)
    assert answer.status_code == 201
    assert answer.json()["new"] == [NORTH, SOUTH, ELSEWHERE]
    feature = city.client.get(f"{CELLS}/{NORTH}", headers=city.log_in("admin")).json()
    assert feature["geometry"]["coordinates"][0][0] == [104.0, 30.6]
    assert feature["properties"]["areas"] == {"district": "510107", "street": "510107001", "community": "510107001001"}
    found = city.services.store.database(f"cell-{NORTH}").get(f"cell:{NORTH}")
    assert found is not None
    assert json.loads(found.body)["data"]["name"] == f"Cell {NORTH}"


def test_the_same_plan_again_changes_nothing(city: City) -> None:
    """A repeated import writes no cell and no document."""
    send(city, PLAN)
    before = city.services.store.database(f"cell-{NORTH}").info()
    answer = send(city, PLAN)
    assert (answer.json()["new"], answer.json()["unchanged"]) == ([], 3)
    assert city.services.store.database(f"cell-{NORTH}").info() == before


def test_a_dry_run_tells_and_does_nothing(city: City) -> None:
    """A dry run names the new cells, and none exists afterwards."""
    answer = send(city, PLAN, PLANS + "&dry_run=true")
    assert answer.json()["new"] == [NORTH, SOUTH, ELSEWHERE]
    assert answer.json()["dry_run"] is True
    assert codes(city, "admin") == []
    assert f"cell-{NORTH}" not in city.services.store.names()


def test_a_known_code_is_never_drawn_anew(city: City) -> None:
    """A plan that moves a known cell is refused whole: its new cells do not come to be either."""
    send(city, PLAN)
    moved = plan_of(square(NORTH, 104.5, 30.6), square("510107001001009", 104.6, 30.6))
    answer = send(city, moved, "/api/v1/plans?name=Next&date=2027-01-01")
    assert answer.status_code == 409
    assert NORTH in answer.json()["reason"]
    assert len(codes(city, "admin")) == 3


def test_a_known_plan_keeps_its_cells(city: City) -> None:
    """The same name and date with other cells is another plan, and refused."""
    send(city, PLAN)
    assert send(city, plan_of(square("510107001001009", 104.6, 30.6))).status_code == 409


def test_a_later_plan_may_rename_a_cell(city: City) -> None:
    """A new name for the same place reaches the list and the cell's document."""
    send(city, PLAN)
    feature = square(NORTH, 104.0, 30.6)
    feature["properties"]["name"] = "Renamed"
    answer = send(city, plan_of(feature), "/api/v1/plans?name=Next&date=2027-01-01")
    assert answer.json()["renamed"] == [NORTH]
    found = city.services.store.database(f"cell-{NORTH}").get(f"cell:{NORTH}")
    assert found is not None
    assert json.loads(found.body)["data"]["name"] == "Renamed"


@pytest.mark.parametrize(
    "geojson",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type":"FeatureCollection","features":[]}',
        plan_of(square("51010700100100", 104.0, 30.6)),
        plan_of(square(NORTH, 104.0, 30.6), square(NORTH, 104.1, 30.6)),
        plan_of(square(NORTH, 1040.0, 30.6)),
        plan_of({"type": "Feature", "properties": {"code": NORTH}, "geometry": None}),
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"code": NORTH},
                        "geometry": {"type": "Polygon", "coordinates": [[[10**400, 1], [2, 2], [3, 1], [10**400, 1]]]},
                    }
                ],
            }
        ).encode(),
    ],
)
def test_what_is_no_plan_is_refused(city: City, geojson: bytes) -> None:
    """What cannot be read as cells is one clear error, and changes nothing."""
    answer = send(city, geojson)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "bad_request"
    assert codes(city, "admin") == []


def test_only_administrators_import_plans(city: City) -> None:
    """Others are refused, and without a token nothing of the file is looked at."""
    city.add("wang", "supervisor", "510107")
    assert city.client.post(PLANS, content=PLAN, headers=city.log_in("wang")).status_code == 403
    assert city.client.post(PLANS, content=PLAN).status_code == 401
    assert codes(city, "admin") == []


def test_staff_see_the_cells_of_their_areas(city: City) -> None:
    """The list is cut to the asker's areas, in order of code; a foreign area is refused."""
    send(city, PLAN)
    city.add("wang", "supervisor", "510107")
    city.add("both", "reviewer", "510107001001002", "510107001", "510104")
    city.add("none", "reviewer")
    assert codes(city, "admin") == [ELSEWHERE, NORTH, SOUTH]
    assert codes(city, "wang") == [NORTH, SOUTH]
    assert codes(city, "wang", "?area=51") == [NORTH, SOUTH]
    assert codes(city, "both") == [ELSEWHERE, NORTH, SOUTH]
    assert city.client.get(f"{CELLS}?area=510104", headers=city.log_in("wang")).status_code == 403
    assert city.client.get(CELLS, headers=city.log_in("none")).status_code == 403


def test_the_list_of_cells_is_paged(city: City) -> None:
    """Pages of one cell each show every cell once, across areas too."""
    send(city, PLAN)
    city.add("both", "reviewer", "510107001", "510104")
    headers, seen, cursor = city.log_in("both"), [], ""
    for _ in range(3):
        page = city.client.get(f"{CELLS}?limit=1{cursor}", headers=headers).json()
        seen += [feature["id"] for feature in page["features"]]
        cursor = f"&cursor={page['next']}"
    assert seen == [ELSEWHERE, NORTH, SOUTH]
    assert page["next"] is None


def test_a_collector_sees_the_cells_he_works(city: City) -> None:
    """His own cell is shown; another's, and one that does not exist, are refused alike."""
    send(city, PLAN)
    city.add("li.na", "collector", "510107")
    city.assign(NORTH, "li.na")
    tablet = bearer(city.enrol("li.na"))
    assert city.client.get(f"{CELLS}/{NORTH}", headers=tablet).status_code == 200
    foreign = city.client.get(f"{CELLS}/{SOUTH}", headers=tablet)
    absent = city.client.get(f"{CELLS}/510107001001999", headers=tablet)
    assert (foreign.status_code, foreign.json()) == (absent.status_code, absent.json())
    assert foreign.status_code == 403
