"""Working days, languages and absences, by who may see and change them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.city import City

LEAVE = {"from": "2026-11-30", "until": "2026-12-04", "reason": "leave"}


@pytest.fixture
def staffed(city: City) -> City:
    city.add("wei.min", "supervisor", "510107")
    city.add("zhao.yan", "supervisor", "510104")
    city.add("li.na", "collector", "510107001")
    city.add("he.bo", "collector", "510107001")
    return city


def ask(city: City, who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = city.client.request(method, f"/api/v1/{path}", json=body, headers=city.log_in(who))
    return answer.status_code, answer.json()


def test_a_week_is_monday_to_friday_until_something_else_is_said(staffed: City) -> None:
    """Days and languages are changed by the supervisor in charge, and shown to the collector himself."""
    assert ask(staffed, "li.na", "GET", "staff/li.na/working-life")[1]["days"] == [1, 2, 3, 4, 5]
    body = {"days": [6, 2, 2], "languages": ["zh", "sichuanese"]}
    assert ask(staffed, "wei.min", "PATCH", "staff/li.na/working-life", body)[0] == 200
    life = ask(staffed, "li.na", "GET", "staff/li.na/working-life")[1]
    assert (life["days"], life["languages"]) == ([2, 6], ["sichuanese", "zh"])


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "status"),
    [
        ("zhao.yan", "GET", "staff/li.na/working-life", None, 403),
        ("zhao.yan", "POST", "staff/li.na/absences", LEAVE, 403),
        ("he.bo", "GET", "staff/li.na/working-life", None, 403),
        ("li.na", "POST", "staff/li.na/absences", LEAVE, 403),
        ("li.na", "GET", "absences", None, 403),
        ("admin", "GET", "staff/nobody/working-life", None, 404),
        ("wei.min", "DELETE", "staff/li.na/absences/none", None, 404),
        ("wei.min", "PATCH", "staff/li.na/working-life", {"days": []}, 400),
        ("wei.min", "PATCH", "staff/li.na/working-life", {"days": [8]}, 400),
        ("wei.min", "PATCH", "staff/li.na/working-life", {"languages": ["Not a language!"]}, 400),
        ("wei.min", "POST", "staff/li.na/absences", LEAVE | {"until": "2026-11-29"}, 400),
        ("wei.min", "POST", "staff/li.na/absences", LEAVE | {"until": "2028-11-29"}, 400),
        ("wei.min", "POST", "staff/li.na/absences", LEAVE | {"reason": "pregnancy"}, 400),
        ("wei.min", "POST", "staff/li.na/absences", LEAVE | {"note": "why"}, 400),
    ],
)
def test_who_may_not_or_asks_for_what_cannot_be(
    staffed: City, who: str, method: str, path: str, body: Any, status: int
) -> None:
    """Nothing is changed then. An absence has the kind of its reason, and no room for more."""
    assert ask(staffed, who, method, path, body)[0] == status
    life = ask(staffed, "admin", "GET", "staff/li.na/working-life")[1]
    assert (life["days"], life["languages"], life["absences"]) == ([1, 2, 3, 4, 5], [], [])


def test_an_absence_comes_and_ends(staffed: City) -> None:
    """Noted once however often it is sent; overlapping ones are refused; ended early, or taken back."""
    status, life = ask(staffed, "wei.min", "POST", "staff/li.na/absences", LEAVE)
    assert (status, len(life["absences"])) == (201, 1)
    assert ask(staffed, "wei.min", "POST", "staff/li.na/absences", LEAVE)[1] == life
    status, refused = ask(staffed, "wei.min", "POST", "staff/li.na/absences", LEAVE | {"from": "2026-12-04"})
    assert (status, refused["absence"]) == (409, life["absences"][0]["id"])
    path = f"staff/li.na/absences/{life['absences'][0]['id']}"
    assert ask(staffed, "wei.min", "DELETE", f"{path}?last=2026-12-05")[0] == 400
    assert ask(staffed, "wei.min", "DELETE", f"{path}?last=2026-12-01")[1]["absences"][0]["until"] == "2026-12-01"
    assert ask(staffed, "wei.min", "DELETE", path)[1]["absences"] == []


def test_who_is_away_is_listed_by_day_and_area_without_the_reason(staffed: City) -> None:
    """For the staff of the area; why is nobody's business there."""
    ask(staffed, "wei.min", "POST", "staff/li.na/absences", LEAVE)
    _, day = ask(staffed, "wei.min", "GET", "absences?on=2026-12-04")
    assert [(one["name"], one["until"]) for one in day["absences"]] == [("li.na", "2026-12-04")]
    assert "reason" not in day["absences"][0]
    assert ask(staffed, "wei.min", "GET", "absences?on=2026-12-05")[1]["absences"] == []
    assert ask(staffed, "zhao.yan", "GET", "absences?on=2026-12-04")[1]["absences"] == []
    assert ask(staffed, "wei.min", "GET", "absences?on=2026-12-04&area=510107002")[1]["absences"] == []
    assert ask(staffed, "wei.min", "GET", "absences")[1] == {"day": "2026-11-23", "absences": []}


def test_absences_are_forgotten_a_year_after_they_ended(staffed: City) -> None:
    """The next change drops them."""
    ask(staffed, "wei.min", "POST", "staff/li.na/absences", LEAVE)
    staffed.clock.pass_(days=400)
    later = {"from": "2028-01-03", "until": "2028-01-03"}
    life = ask(staffed, "wei.min", "POST", "staff/li.na/absences", later)[1]
    assert [one["from"] for one in life["absences"]] == ["2028-01-03"]
