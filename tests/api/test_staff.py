"""Accounts over the API: who may see, create and change whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.city import PASSWORD, City

STAFF = "/api/v1/staff"


@pytest.fixture
def staffed(city: City) -> City:
    """A city with a supervisor, two collectors and an auditor."""
    city.add("wang", "supervisor", "510107")
    city.add("li.na", "collector", "510107001")
    city.add("he.bo", "collector", "510104")
    city.add("audit", "auditor", "5101")
    return city


def names(city: City, as_: str, query: str = "") -> list[str]:
    answer = city.client.get(STAFF + query, headers=city.log_in(as_))
    assert answer.status_code == 200, answer.text
    return [user["name"] for user in answer.json()["staff"]]


def test_everybody_sees_his_own_area(staffed: City) -> None:
    """An administrator sees all, staff those with an area in theirs, and themselves."""
    assert names(staffed, "admin") == ["admin", "audit", "he.bo", "li.na", "wang"]
    assert names(staffed, "wang") == ["li.na", "wang"]
    assert names(staffed, "audit") == ["audit", "he.bo", "li.na", "wang"]
    assert names(staffed, "admin", "?area=510107") == ["li.na", "wang"]


def test_collectors_see_no_accounts(staffed: City) -> None:
    """The list is for staff only."""
    assert staffed.client.get(STAFF, headers=staffed.log_in("li.na")).status_code == 403
    assert staffed.client.get(f"{STAFF}/li.na", headers=staffed.log_in("li.na")).status_code == 403


def test_no_answer_has_a_password(staffed: City) -> None:
    """Neither a password nor its hash is ever shown."""
    answer = staffed.client.get(STAFF, headers=staffed.log_in("admin"))
    assert "argon2" not in answer.text
    assert PASSWORD not in answer.text


def test_the_list_is_paged(staffed: City) -> None:
    """`next` leads to the names after it, until there is none."""
    headers = staffed.log_in("admin")
    first = staffed.client.get(f"{STAFF}?limit=2", headers=headers).json()
    second = staffed.client.get(f"{STAFF}?limit=3&cursor={first['next']}", headers=headers).json()
    assert [user["name"] for user in first["staff"] + second["staff"]] == names(staffed, "admin")
    assert second["next"] is None


def test_a_supervisor_makes_collectors_of_his_area(staffed: City) -> None:
    """He may create collectors below his area, and nobody else."""
    headers = staffed.log_in("wang")

    def create(**changes: Any) -> int:
        body = {"name": "new.one", "roles": ["collector"], "areas": ["510107002"]} | changes
        return staffed.client.post(STAFF, json=body, headers=headers).status_code

    assert create(roles=["supervisor"]) == 403
    assert create(roles=["collector", "administrator"]) == 403
    assert create(areas=["510104"]) == 403
    assert create(areas=["510107002", "510104"]) == 403
    assert create(areas=[]) == 403
    assert create(areas=["5101"]) == 403
    assert create() == 201
    assert create() == 409


def test_a_supervisor_cannot_raise_anyone(staffed: City) -> None:
    """He changes his collectors, but not into more than that, nor himself."""
    headers = staffed.log_in("wang")

    def change(name: str, **changes: Any) -> int:
        return staffed.client.patch(f"{STAFF}/{name}", json=changes, headers=headers).status_code

    assert change("li.na", language="en") == 200
    assert change("li.na", roles=["administrator"]) == 403
    assert change("li.na", areas=["510104"]) == 403
    assert change("wang", areas=["5101"]) == 403
    assert change("he.bo", active=False) == 403
    assert change("admin", password="taken over") == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Li Na"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "_x"}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": ["king"]}, "roles"),
        ({"areas": ["51"]}, "areas"),
        ({"areas": ["5101070"]}, "areas"),
        ({"areas": ["５１０１０７"]}, "areas"),
        ({"password": "short"}, "password"),
        ({"password": "new.user"}, "password"),
        ({"display": {"fr": "x"}}, "display"),
        ({"display": {"zh": " "}}, "display"),
        ({"language": "fr"}, "language"),
        ({"admin": True}, "admin"),
    ],
)
def test_an_account_that_breaks_a_rule_is_refused(city: City, body: dict[str, Any], field: str) -> None:
    """One clear error names the member, and no account is made."""
    whole = {"name": "new.user", "roles": ["collector"], "areas": ["510107"]} | body
    answer = city.client.post(STAFF, json=whole, headers=city.log_in("admin"))
    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"
    assert field in answer.text
    assert names(city, "admin") == ["admin"]


def test_the_last_administrator_stays(staffed: City) -> None:
    """He can neither be deactivated nor lose the role until there is another."""
    headers = staffed.log_in("admin")
    for changes in ({"active": False}, {"roles": ["auditor"]}):
        assert staffed.client.patch(f"{STAFF}/admin", json=changes, headers=headers).status_code == 409
    assert staffed.client.patch(f"{STAFF}/wang", json={"roles": ["administrator"]}, headers=headers).status_code == 200
    assert staffed.client.patch(f"{STAFF}/admin", json={"active": False}, headers=headers).status_code == 200
    assert staffed.client.get(STAFF, headers=headers).status_code == 401


def test_a_new_password_ends_sessions_that_the_old_one_opened(staffed: City) -> None:
    """After a change of password only the new one opens the door."""
    before = staffed.log_in("wang")
    change = {"password": "battery staple"}
    staffed.client.patch(f"{STAFF}/wang", json=change, headers=staffed.log_in("admin"))
    assert staffed.client.get(STAFF, headers=before).status_code == 401
    assert staffed.client.get(STAFF, headers=staffed.log_in("wang", "battery staple")).status_code == 200
    old = {"name": "wang", "password": PASSWORD}
    assert staffed.client.post("/api/v1/session", json=old).status_code == 401


def test_a_change_is_made_whole_or_not_at_all(staffed: City) -> None:
    """A bad password beside a good change leaves both undone."""
    changes = {"language": "en", "password": "short"}
    assert staffed.client.patch(f"{STAFF}/wang", json=changes, headers=staffed.log_in("admin")).status_code == 400
    assert staffed.client.get(f"{STAFF}/wang", headers=staffed.log_in("admin")).json()["language"] == "zh"


def test_unknown_accounts_are_not_found(city: City) -> None:
    """A name that nobody has is a 404, also one that could never be a name."""
    headers = city.log_in("admin")
    for name in ("nobody", "No%20Body", "%00", "a%2Fb"):
        assert city.client.get(f"{STAFF}/{name}", headers=headers).status_code == 404
        assert city.client.patch(f"{STAFF}/{name}", json={}, headers=headers).status_code == 404
