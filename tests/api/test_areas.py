"""Areas: what the codes of cells say, with names, and who works where."""

from __future__ import annotations

import json

import pytest

from tests.api.city import City

NAMES = "code,name,name_en\n510107,武侯区,Wuhou\n510107001,浆洗街街道,\n510104002,\n"


@pytest.fixture
def staffed(city: City) -> City:
    city.import_plan()
    city.add("wei.min", "supervisor", "510107")
    city.add("zhao.yan", "supervisor", "510104")
    city.add("li.na", "collector", "510107001")
    return city


def areas(city: City, who: str, query: str = "") -> dict[str, dict[str, object]]:
    answer = city.client.get(f"/api/v1/areas{query}", headers=city.log_in(who))
    assert answer.status_code == 200, answer.text
    return {area["code"]: area for area in answer.json()["areas"]}


def test_areas_follow_from_codes_and_show_who_works_there(staffed: City) -> None:
    """Each level with its cells, its parent, its supervisors by name and its collectors by number."""
    found = areas(staffed, "admin")
    assert list(found) == sorted(found)
    assert found["510107"] | {"name": {}} == found["510107"]
    assert (found["510107"]["level"], found["510107"]["cells"], found["510107"]["parent"]) == ("district", 2, None)
    assert found["510107"]["supervisors"] == ["wei.min"]
    assert (found["510107001"]["parent"], found["510107001"]["collectors"]) == ("510107", 1)
    assert set(areas(staffed, "admin", "?level=community")) == {"510107001001", "510104002001"}


def test_everybody_sees_his_own_areas(staffed: City) -> None:
    """A supervisor's are those of his authority; a collector is not staff."""
    assert set(areas(staffed, "wei.min")) == {"510107", "510107001", "510107001001"}
    assert areas(staffed, "wei.min", "?area=510104") == {}
    assert staffed.client.get("/api/v1/areas", headers=staffed.log_in("li.na")).status_code == 403


def test_areas_are_a_tree(staffed: City) -> None:
    """Street in district, community in street; for a supervisor of a part, the part is the root."""
    tree = staffed.client.get("/api/v1/areas/tree", headers=staffed.log_in("wei.min")).json()["areas"]
    assert [root["code"] for root in tree] == ["510107"]
    assert tree[0]["areas"][0]["areas"][0]["code"] == "510107001001"


def test_names_are_taken_in_whole_or_not_at_all(staffed: City) -> None:
    """A row without a name refuses the list, naming the row; the mended list counts what is new and renamed."""
    headers = staffed.log_in("admin")
    refused = staffed.client.post("/api/v1/areas", content=NAMES.encode(), headers=headers)
    assert refused.status_code == 400
    assert "row 4" in refused.json()["reason"]
    assert areas(staffed, "admin")["510107"]["name"] == {}
    good = NAMES.replace("510104002,", "510104002,某街道")
    named = staffed.client.post("/api/v1/areas", content=good.encode(), headers=headers)
    assert named.json() == {"new": 3, "renamed": 0, "unchanged": 0}
    renamed = good.replace("Wuhou", "Wuhou District")
    assert staffed.client.post("/api/v1/areas", content=renamed.encode(), headers=headers).json()["renamed"] == 1
    assert areas(staffed, "wei.min")["510107"]["name"] == {"zh": "武侯区", "en": "Wuhou District"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code;name\n1;2\n", "no columns"),
        (b"", "no columns"),
        (b"code,name\n", "0 areas"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"features": 3}', "no GeoJSON"),
        (json.dumps({"features": [{"properties": {"code": "51", "name": "x"}}]}).encode(), "feature 0"),
        (b"code,name\n510107," + b"x" * 300, "row 2"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(staffed: City, content: bytes, said: str) -> None:
    """One clear sentence each, and nothing is changed; only administrators may try."""
    answer = staffed.client.post("/api/v1/areas", content=content, headers=staffed.log_in("admin"))
    assert answer.status_code == 400
    assert said in answer.json()["reason"]
    assert staffed.client.post("/api/v1/areas", content=content, headers=staffed.log_in("wei.min")).status_code == 403
