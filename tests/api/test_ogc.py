"""OGC API - Features, and boxes: the cells as desktop programs ask for them."""

from __future__ import annotations

import json
from typing import Any

import pyogrio
import pytest

from tests.api.city import ELSEWHERE, NORTH, SOUTH, City

ITEMS = "/ogc/collections/cells/items"


@pytest.fixture
def planned(city: City) -> City:
    """Return a city with a plan of three cells, and a supervisor of one district."""
    city.import_plan()
    city.add("wang", "supervisor", "510107")
    return city


def get(city: City, path: str, as_: str = "admin") -> Any:
    answer = city.client.get(path, headers=city.log_in(as_))
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(city: City, query: str, as_: str = "admin") -> list[str]:
    return [feature["id"] for feature in get(city, ITEMS + query, as_)["features"]]


def test_every_link_of_the_landing_page_leads_to_what_it_says(planned: City) -> None:
    """A client that knows only the landing page finds the definition, the conformance and the cells."""
    headers = planned.log_in("admin")
    links = {link["rel"]: link for link in get(planned, "/ogc")["links"]}
    assert set(links) == {"self", "service-desc", "conformance", "data"}
    for link in links.values():
        answer = planned.client.get(link["href"], headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (200, link["type"])
    (cells,) = get(planned, links["data"]["href"])["collections"]
    assert cells["extent"]["spatial"]["bbox"][0] == pytest.approx([104.0, 30.59, 104.21, 30.61])
    items = next(link for link in cells["links"] if link["rel"] == "items")
    answer = planned.client.get(items["href"], headers=headers)
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["numberReturned"] == 3


def test_the_definition_has_every_path_that_it_serves(planned: City) -> None:
    """OpenAPI 3.0, as the conformance class says; each path without a variable answers."""
    described = get(planned, "/ogc/api")
    assert described["openapi"].startswith("3.0")
    for path in described["paths"]:
        get(planned, f"/ogc{path.rstrip('/').replace('{featureId}', NORTH)}")


def test_items_come_page_by_page(planned: City) -> None:
    """The link `next` keeps what was asked, and the last page has none."""
    seen: list[str] = []
    path = f"{ITEMS}?limit=1&bbox=103,30,105,31"
    while path:
        page = get(planned, path)
        seen += [feature["id"] for feature in page["features"]]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        assert not path or "bbox" in path
    assert seen == [ELSEWHERE, NORTH, SOUTH]


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ("104.001,30.601,104.002,30.602", [NORTH]),
        ("104.0,30.6,104.0,30.6", [NORTH, SOUTH]),
        ("104.1,30.6,104.3,30.7", [ELSEWHERE]),
        ("104.1,30.6,0,104.3,30.7,100", [ELSEWHERE]),
        ("170,-90,-170,90", []),
        ("104.1,-90,104.05,90", [ELSEWHERE, NORTH, SOUTH]),
        ("0,0,1,1", []),
    ],
)
def test_a_box_chooses_what_meets_it(planned: City, box: str, found: list[str]) -> None:
    """Borders count, heights do not, and a box may cross the antimeridian; both lists agree."""
    assert codes(planned, f"?bbox={box}") == found
    assert [one["id"] for one in get(planned, f"/api/v1/cells?bbox={box}")["features"]] == found


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "1,2,3,nan", "0,5,1,4", "104,30,400,31", "1,2,3,4,5"])
@pytest.mark.parametrize("path", [ITEMS, "/api/v1/cells"])
def test_what_is_no_box_is_refused(planned: City, path: str, box: str) -> None:
    """One message says how a box is written."""
    answer = planned.client.get(f"{path}?bbox={box}", headers=planned.log_in("admin"))
    assert (answer.status_code, answer.json()["field"]) == (400, "bbox")
    assert "west,south,east,north" in answer.json()["reason"]


def test_a_feature_has_its_areas_as_columns(planned: City) -> None:
    """Properties are plain values, as tables have them; the answer links to its collection."""
    feature = get(planned, f"{ITEMS}/{NORTH}")
    assert feature["properties"]["street"] == "510107001"
    assert all(isinstance(value, str) for value in feature["properties"].values())
    assert {link["rel"] for link in feature["links"]} == {"self", "collection"}


def test_staff_see_their_areas_and_nobody_else_anything(planned: City) -> None:
    """A supervisor has the cells of the district; a foreign cell and a foreign area are refused, collectors all."""
    assert codes(planned, "", "wang") == [NORTH, SOUTH]
    assert codes(planned, "?area=510107001001002", "wang") == [SOUTH]
    assert get(planned, "/ogc/collections", "wang")["collections"][0]["extent"]["spatial"]["bbox"][0][
        2
    ] == pytest.approx(104.01)
    headers = planned.log_in("wang")
    assert planned.client.get(f"{ITEMS}/{ELSEWHERE}", headers=headers).status_code == 403
    assert planned.client.get(f"{ITEMS}?area=510104", headers=headers).status_code == 403
    planned.add("li.na", "collector", "510107")
    for path in ("/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections", ITEMS, f"{ITEMS}/{NORTH}"):
        assert planned.client.get(path).status_code == 401
        assert planned.client.get(path, headers=planned.log_in("li.na")).status_code == 403
        assert planned.client.post(path, headers=headers).status_code == 405


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ogc/collections/roads", 404),
        ("/ogc/collections/roads/items", 404),
        (f"{ITEMS}/510107001001999", 404),
        (f"{ITEMS}?colour=red", 400),
        (f"{ITEMS}?bbox-crs=EPSG:4527", 400),
        (f"{ITEMS}?limit=0", 400),
        (f"{ITEMS}?limit=999999", 200),
        (f"{ITEMS}?datetime=2026-11-01T00:00:00Z", 200),
    ],
)
def test_what_is_asked_wrongly_is_told(planned: City, path: str, status: int) -> None:
    """Unknown collections, cells and parameters, as the standard asks."""
    assert planned.client.get(path, headers=planned.log_in("admin")).status_code == status


def test_gdal_reads_a_page_as_cells(planned: City) -> None:
    """What the server answers is GeoJSON to the library that desktop programs use."""
    answer = planned.client.get(ITEMS, headers=planned.log_in("admin"))
    meta, _, geometries, _ = pyogrio.raw.read(answer.content)
    assert (meta["crs"], meta["geometry_type"], len(geometries)) == ("EPSG:4326", "Polygon", 3)
    assert set(meta["fields"]) >= {"code", "name", "plan", "district", "street", "community"}
    assert json.loads(answer.content)["numberReturned"] == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [("/ogc/collections/none", 404), (f"{ITEMS}?bbox=1,2", 400), (f"{ITEMS}?limit=0", 400), ("/ogc/nowhere", 404)],
)
def test_errors_have_the_members_of_the_standard(planned: City, path: str, status: int) -> None:
    """A client that knows only the standard finds a code and a description; one that knows ours, the same words."""
    answer = planned.client.get(path, headers=planned.log_in("admin"))
    said = answer.json()
    assert answer.status_code == status
    assert (said["code"], said["description"]) == (said["error"], said["reason"])
