"""Proposals over HTTP: made of what is there, looked at, accepted whole or in part, or refused whole."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fieldsync.assignment_proposals.proposing import Wanted
from fieldsync.assignment_proposals.teams import Period
from fieldsync.documents import DocId
from tests.api.city import City, plan_of, square

STREET = "510107001"
CODES = [f"510107001001{number:03}" for number in range(1, 7)]
ELSEWHERE = "510104002001001"


@pytest.fixture
def street(city: City) -> City:
    """Six cells in a row, with two collectors who have tablets, one who has none, and one elsewhere."""
    row = [square(code, 104.0 + 0.01 * number, 30.6) for number, code in enumerate(CODES)]
    city.import_plan(plan_of(*row, square(ELSEWHERE, 104.5, 30.6)))
    city.add("wei.min", "supervisor", "510107")
    city.add("lu.hua", "auditor", STREET)
    city.add("zhao.yan", "supervisor", "510104")
    for name in ("he.bo", "li.na", "no.tablet"):
        city.add(name, "collector", STREET)
    city.add("far.off", "collector", "510104")
    for name in ("he.bo", "li.na", "far.off"):
        city.enrol(name)
    return city


def ask(city: City, who: str, path: str = "", body: Any = None) -> tuple[int, Any]:
    url = f"/api/v1/assignments/proposals{path}"
    headers = city.log_in(who)
    answer = (
        city.client.get(url, headers=headers) if body is None else city.client.post(url, json=body, headers=headers)
    )
    return answer.status_code, answer.json()


def proposed(city: City, **more: Any) -> dict[str, Any]:
    status, made = ask(city, "wei.min", body={"area": STREET, **more})
    assert status == 201, made
    found: dict[str, Any] = made
    return found


def holders(city: City) -> dict[str, str]:
    return {cell: one.collector for cell, one in city.services.assignments.holders(STREET).items()}


def test_a_proposal_is_accepted_and_nothing_is_left_to_propose(street: City) -> None:
    """Three cells each in one piece; nothing is assigned before; who has no tablet is left out, and told so."""
    made = proposed(street)
    assert made["after"] == {"largest_over_mean": 1.0, "largest": "he.bo", "idle": 0, "unheld": 0, "torn": 0}
    assert made["before"]["unheld"] == 6
    assert [(one["collector"], one["why"]) for one in made["left_out"]] == [("no.tablet", "no_tablet")]
    assert {move["reason"]["en"] for move in made["moves"]} == {"nobody holds it"}
    assert made["assumed"] == CODES
    assert holders(street) == {}
    status, done = ask(street, "wei.min", f"/{made['id']}/accept", {})
    assert (status, done["accepted"], len(done["handovers"])) == (200, CODES, 1)
    assert holders(street) == {move["cell"]: move["to"] for move in made["moves"]}
    assert proposed(street)["moves"] == []
    assert ask(street, "wei.min", f"/{made['id']}/accept", {}) == (200, done)
    assert ask(street, "lu.hua", f"/{made['id']}") == (200, done)


def test_a_part_is_accepted_and_the_rest_later(street: City) -> None:
    """Each cell once; the whole afterwards does what is left."""
    made = proposed(street)
    some = [move["cell"] for move in made["moves"]][:2]
    status, done = ask(street, "wei.min", f"/{made['id']}/accept", {"cells": some})
    assert (status, done["accepted"]) == (200, some)
    assert set(holders(street)) == set(some)
    assert len(ask(street, "wei.min", f"/{made['id']}/accept", {})[1]["handovers"]) == 2
    assert set(holders(street)) == set(CODES)


def test_who_was_faster_makes_the_whole_acceptance_fail(street: City) -> None:
    """The cell that was assigned since is named, and no other is touched; without it the rest goes."""
    made = proposed(street)
    street.assign(CODES[0], "far.off")
    status, refused = ask(street, "wei.min", f"/{made['id']}/accept", {})
    assert (status, refused["cells"]) == (409, [CODES[0]])
    assert CODES[0] in refused["reason"]
    assert holders(street) == {CODES[0]: "far.off"}
    assert ask(street, "wei.min", f"/{made['id']}/accept", {"cells": CODES[1:]})[0] == 200
    assert set(holders(street)) == set(CODES)


def test_two_proposals_at_once_end_with_one(street: City) -> None:
    """The second of two supervisors is told, where they differ."""
    one = proposed(street, fixed={CODES[0]: "he.bo"})
    other = proposed(street, fixed={CODES[0]: "li.na"})
    assert ask(street, "wei.min", f"/{one['id']}/accept", {})[0] == 200
    before = holders(street)
    assert ask(street, "admin", f"/{other['id']}/accept", {})[0] == 409
    assert holders(street) == before


def test_who_is_away_all_the_time_loses_his_cells_to_others(street: City) -> None:
    """And who is away half of the time gets less."""
    made = proposed(street)
    ask(street, "wei.min", f"/{made['id']}/accept", {})
    away = {"from": "2026-11-23", "until": "2026-12-31", "reason": "leave"}
    path = "/api/v1/staff/li.na/absences"
    assert street.client.post(path, json=away, headers=street.log_in("wei.min")).status_code == 201
    month = proposed(street, until="2026-12-20")
    assert {(move["before"], move["to"], move["cause"]) for move in month["moves"]} == {("li.na", "he.bo", "absent")}
    assert "li.na cannot work" in month["moves"][0]["reason"]["en"]
    quarter = proposed(street, until="2027-02-28")
    assert {load["collector"]: load["cells_after"] for load in quarter["loads"]} == {"he.bo": 4, "li.na": 2}


def test_work_follows_what_is_known_of_cells(street: City) -> None:
    """A cell with many dwellings is more work than one with few; where nothing is known it is the average."""
    for cell, number in ((CODES[0], 30), (CODES[1], 10)):
        names = [DocId(f"dwelling:00000000-0000-4000-8000-{n:012}") for n in range(number)]
        street.services.pen.publish(cell, {name: {"kind": "dwelling", "data": {}} for name in names}, "test")
    made = proposed(street)
    assert made["assumed"] == CODES[2:]
    assert sum(load["minutes_after"] for load in made["loads"]) == 2.0 * (30 + 10 + 4 * 20)
    assert made["after"]["largest_over_mean"] <= 1.1


def test_a_proposal_says_how_many_cells_were_not_counted_anew(street: City) -> None:
    """With no time to count, all of them; the API counts these few at once."""
    proposals = street.app.state.pipeline.assignment_proposals
    period = Period(date(2026, 12, 1), date(2026, 12, 28))
    assert proposals.propose(Wanted("wei.min", STREET, period), street.clock(), budget=0).behind == len(CODES)
    assert proposed(street)["behind"] == 0


@pytest.mark.parametrize(
    ("who", "body", "status", "said"),
    [
        ("lu.hua", {"area": STREET}, 403, "roles"),
        ("li.na", {"area": STREET}, 403, "roles"),
        ("zhao.yan", {"area": STREET}, 403, "outside"),
        ("wei.min", {"area": STREET, "collectors": ["far.off"]}, 403, "far.off"),
        ("wei.min", {"area": STREET, "collectors": ["nobody"]}, 404, "nobody"),
        ("wei.min", {"area": STREET, "collectors": ["lu.hua"]}, 400, "no active collector"),
        ("wei.min", {"area": STREET, "collectors": ["no.tablet"]}, 400, "1 have no tablet"),
        ("wei.min", {"area": "510107009"}, 404, "no cell"),
        ("wei.min", {"area": STREET, "fixed": {ELSEWHERE: "li.na"}}, 400, ELSEWHERE),
        ("wei.min", {"area": STREET, "fixed": {CODES[0]: "no.tablet"}}, 400, "no.tablet"),
        ("wei.min", {"area": STREET, "until": "2026-11-01"}, 400, "1 to 366 days"),
        ("wei.min", {"area": STREET, "allowed": 0.5}, 400, "allowed"),
        ("wei.min", {"area": STREET, "from": "2026-11-28", "until": "2026-11-29"}, 400, "3 are away"),
    ],
)
def test_what_cannot_be_proposed_is_one_clear_sentence(
    street: City, who: str, body: dict[str, Any], status: int, said: str
) -> None:
    """Who may not, who cannot work, cells and days that are none."""
    code, answer = ask(street, who, body=body)
    assert (code, said in answer["reason"]) == (status, True), answer


def test_what_cannot_be_accepted(street: City) -> None:
    """An unknown proposal, foreign cells, none at all, and another's area."""
    made = proposed(street)
    assert ask(street, "wei.min", "/none/accept", {})[0] == 404
    assert ask(street, "wei.min", f"/{made['id']}/accept", {"cells": [ELSEWHERE]})[0] == 400
    assert ask(street, "wei.min", f"/{made['id']}/accept", {"cells": []})[0] == 400
    assert ask(street, "zhao.yan", f"/{made['id']}/accept", {})[0] == 403
    assert ask(street, "zhao.yan", f"/{made['id']}")[0] == 403
    assert holders(street) == {}


def test_a_tablet_lost_meanwhile_refuses_the_whole(street: City) -> None:
    """Nobody is given a cell without a tablet, and nobody else gets theirs by half."""
    made = proposed(street)
    (tablet,) = street.services.devices.of("li.na")
    street.services.devices.revoke(tablet.id, "admin", "lost")
    status, refused = ask(street, "wei.min", f"/{made['id']}/accept", {})
    assert (status, "li.na" in refused["reason"]) == (400, True)
    assert holders(street) == {}


def test_a_single_assignment_without_a_tablet_is_made_and_says_so(street: City) -> None:
    """It may be prepared before the tablet is there; to nobody it is refused, and twice it is the same."""
    warned = street.assign(CODES[0], "no.tablet")
    assert [(one["code"], one["en"]) for one in warned["warnings"]] == [
        ("no_tablet", "This collector has no tablet yet.")
    ]
    assert street.assign(CODES[0], "no.tablet")["epoch"] == warned["epoch"] == 1
    assert street.assign(CODES[1], "li.na")["warnings"] == []
    body = {"cell": CODES[2], "collector": ""}
    refused = street.client.post("/api/v1/assignments", json=body, headers=street.log_in("wei.min"))
    assert (refused.status_code, "Say who gets the cell" in refused.json()["reason"]) == (400, True)
