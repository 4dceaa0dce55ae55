"""Assignments over the API, and what they open under /db."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.city import ELSEWHERE, NORTH, SOUTH, City, bearer

ASSIGNMENTS = "/api/v1/assignments"


@pytest.fixture
def working(city: City) -> City:
    """A city with cells, two collectors and two supervisors."""
    city.import_plan()
    city.add("li.na", "collector", "510107")
    city.add("he.bo", "collector", "510107")
    city.add("wang", "supervisor", "510107")
    city.add("zhao", "supervisor", "510104")
    return city


def read(city: City, tablet: dict[str, str], cell: str, path: str = "") -> Any:
    return city.client.get(f"/db/{cell}{path}", headers=tablet)


def state(city: City, tablet: dict[str, str], cell: str) -> str:
    cells = city.client.get("/api/v1/me", headers=tablet).json()["cells"]
    found: str = {each["code"]: each["state"] for each in cells}[cell]
    return found


def test_the_holder_and_the_helper_of_a_cell_read_it(working: City) -> None:
    """Both are let in; their other cells and absent ones are refused with the same words."""
    working.assign(NORTH, "li.na")
    working.assign(NORTH, "he.bo", "helper")
    for name in ("li.na", "he.bo"):
        tablet = bearer(working.enrol(name))
        assert read(working, tablet, NORTH).status_code == 200
        foreign, absent = read(working, tablet, SOUTH), read(working, tablet, "510107001001999")
        assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
        assert foreign.status_code == 403


def test_the_assignments_of_one_cell_are_listed(working: City) -> None:
    """Only its own, whatever else there is; one that does not exist or lies elsewhere is refused."""
    for cell in (NORTH, SOUTH):
        working.assign(cell, "li.na")
    headers = working.log_in("admin")
    listed = working.client.get(f"/api/v1/assignments?cell={SOUTH}", headers=headers).json()
    assert [(one["cell"], one["collector"]) for one in listed["assignments"]] == [(SOUTH, "li.na")]
    absent = working.client.get("/api/v1/assignments?cell=510107001001999", headers=headers)
    assert (absent.status_code, "no cell" in absent.json()["reason"]) == (404, True)


def test_a_new_holder_begins_a_handover(working: City) -> None:
    """The new holder fetches at once; the old one may send, but reads nothing any more."""
    working.assign(NORTH, "li.na")
    old, new = bearer(working.enrol("li.na")), bearer(working.enrol("he.bo"))
    assert working.assign(NORTH, "he.bo")["epoch"] == 2
    assert (state(working, old, NORTH), state(working, new, NORTH)) == ("draining", "held")
    assert read(working, new, NORTH, f"/cell:{NORTH}").status_code == 200
    assert read(working, old, NORTH, f"/cell:{NORTH}").status_code == 403
    assert read(working, old, NORTH, "/_changes").json()["results"] == []


def test_an_assignment_ends_by_draining_or_at_once(working: City) -> None:
    """Ending lets what is left be sent; cutting lets nothing through."""
    made = working.assign(NORTH, "li.na")
    tablet, headers = bearer(working.enrol("li.na")), working.log_in("wang")
    url = f"{ASSIGNMENTS}/{made['id']}/end"
    assert working.client.post(url, json={}, headers=headers).json()["state"] == "draining"
    assert read(working, tablet, NORTH).status_code == 200
    assert working.client.post(url, json={"cut": True}, headers=headers).json()["state"] == "ended"
    assert working.client.post(url, json={}, headers=headers).json()["state"] == "ended"
    assert read(working, tablet, NORTH).status_code == 403
    assert state(working, tablet, NORTH) == "gone"


def test_the_same_wish_again_is_the_same_assignment(working: City) -> None:
    """A repeated request makes no second assignment and no handover."""
    assert working.assign(NORTH, "li.na") == working.assign(NORTH, "li.na")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"cell": "510107001001999"}, 404),
        ({"collector": "nobody"}, 404),
        ({"collector": "wang"}, 400),
        ({"role": "king"}, 400),
        ({"from": "2026-12-01T00:00:00Z", "until": "2026-11-30T00:00:00Z"}, 400),
        ({"until": "2026-11-01T00:00:00Z"}, 400),
        ({"from": "2026-12-01T00:00:00"}, 400),
        ({"cell": ELSEWHERE}, 403),
        ({"cell": ""}, 403),
        ({"cells": []}, 400),
    ],
)
def test_a_wish_that_cannot_be_met_changes_nothing(working: City, changes: dict[str, Any], status: int) -> None:
    """Each is one clear error, and no assignment comes to be."""
    body = {"cell": NORTH, "collector": "li.na", "role": "holder"} | changes
    answer = working.client.post(ASSIGNMENTS, json=body, headers=working.log_in("wang"))
    assert answer.status_code == status, answer.text
    assert set(answer.json()) >= {"error", "reason"}
    assert working.client.get(ASSIGNMENTS, headers=working.log_in("admin")).json()["assignments"] == []


def test_a_deactivated_collector_gets_no_cell(working: City) -> None:
    """Who is not active cannot be assigned."""
    working.client.patch("/api/v1/staff/li.na", json={"active": False}, headers=working.log_in("admin"))
    body = {"cell": NORTH, "collector": "li.na"}
    assert working.client.post(ASSIGNMENTS, json=body, headers=working.log_in("wang")).status_code == 400


def test_supervisors_see_and_end_within_their_areas(working: City) -> None:
    """A supervisor of another area does not see an assignment and cannot end it."""
    made = working.assign(NORTH, "li.na")
    working.assign(SOUTH, "he.bo")
    near, far = working.log_in("wang"), working.log_in("zhao")

    def listed(headers: dict[str, str], query: str = "") -> list[str]:
        answer = working.client.get(ASSIGNMENTS + query, headers=headers)
        return [each["collector"] for each in answer.json()["assignments"]]

    assert listed(near) == ["li.na", "he.bo"]
    assert listed(near, "?collector=he.bo") == ["he.bo"]
    assert listed(near, f"?area={NORTH}") == ["li.na"]
    assert listed(far) == []
    url = f"{ASSIGNMENTS}/{made['id']}/end"
    assert working.client.post(url, json={}, headers=far).status_code == 403
    assert working.client.post(f"{ASSIGNMENTS}/none/end", json={}, headers=near).status_code == 404
    assert working.client.post(url, json={}, headers=near).status_code == 200


def test_a_stand_in_has_his_time(working: City) -> None:
    """Before it a stand-in has nothing, in it he reads, after it he may still send."""
    body = {
        "cell": NORTH,
        "collector": "li.na",
        "role": "stand_in",
        "from": "2026-11-24T08:00:00+08:00",
        "until": "2026-11-25T08:00:00+08:00",
    }
    assert working.client.post(ASSIGNMENTS, json=body, headers=working.log_in("wang")).status_code == 201
    enrolled = working.enrol("li.na").json()

    def tablet() -> dict[str, str]:
        nonlocal enrolled
        enrolled = working.client.post("/api/v1/session/refresh", json={"refresh": enrolled["refresh"]}).json()
        return {"Authorization": f"Bearer {enrolled['access']}"}

    assert read(working, tablet(), NORTH).status_code == 403
    working.clock.pass_(hours=20)
    assert read(working, tablet(), NORTH, f"/cell:{NORTH}").status_code == 200
    working.clock.pass_(hours=24)
    assert read(working, tablet(), NORTH, f"/cell:{NORTH}").status_code == 403
    assert read(working, tablet(), NORTH).status_code == 200
