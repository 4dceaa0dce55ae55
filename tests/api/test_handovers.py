"""Handovers over the API: a street in one act and back, what is left on tablets, receipts, and lost tablets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from fieldsync.assignments import Wish
from fieldsync.errors import Conflict, StoreUnavailable
from fieldsync.handovers.orders import Order
from tests.api.city import ELSEWHERE, NORTH, SOUTH, City, bearer

HANDOVERS = "/api/v1/handovers"
STREET = "510107001"
UUID = "00000000-0000-4000-8000-00000000000"


@pytest.fixture
def street(city: City) -> City:
    """A street of two cells that two collectors hold, and another team of two with tablets."""
    city.import_plan()
    for name in ("li.na", "zhang.wei", "he.bo", "liu.yang"):
        city.add(name, "collector", "510107")
        city.enrol(name)
    city.add("wang", "supervisor", "510107")
    city.add("zhao", "supervisor", "510104")
    city.assign(NORTH, "li.na")
    city.assign(SOUTH, "zhang.wei")
    return city


TEAM: dict[str, Any] = {"area": STREET, "to": {"li.na": "he.bo", "zhang.wei": "liu.yang"}}


def ask(city: City, body: dict[str, Any], *, by: str = "wang", dry_run: bool = False, status: int = 201) -> Any:
    url = f"{HANDOVERS}?dry_run=true" if dry_run else HANDOVERS
    answer = city.client.post(url, json=body, headers=city.log_in(by))
    assert answer.status_code == status, answer.text
    return answer.json()


def holders(city: City) -> dict[str, list[str]]:
    found = {cell: city.services.assignments.of_cell(cell) for cell in (NORTH, SOUTH)}
    return {cell: [a.collector for a in all_ if a.state == "active"] for cell, all_ in found.items()}


def my_cell(city: City, tablet: dict[str, str], cell: str = NORTH) -> dict[str, Any]:
    cells = city.client.get("/api/v1/me", headers=tablet).json()["cells"]
    found: dict[str, Any] = next(one for one in cells if one["code"] == cell)
    return found


def name_and_send(city: City, tablet: dict[str, str], named: int, sent: int, cell: str = NORTH) -> None:
    """Name some visits as a tablet does before it sends, and send only the first of them."""
    ids = [f"visit:00000000-0000-4000-8000-{n:012}" for n in range(named)]
    revs = {i: [f"1-{n:032x}"] for n, i in enumerate(ids)}
    asked = city.client.post(f"/db/{cell}/_revs_diff", json=revs, headers=tablet)
    assert asked.status_code == 200, asked.text
    docs = [{"_id": i, "_rev": revs[i][0], "kind": "visit", "data": {}} for i in ids[:sent]]
    body = {"docs": docs, "new_edits": False}
    assert city.client.post(f"/db/{cell}/_bulk_docs", json=body, headers=tablet).status_code == 201


def test_a_street_goes_to_another_team_in_one_act_and_back(street: City) -> None:
    """All cells change hands at once, each to its own collector; undoing gives each back to who had it."""
    made = ask(street, TEAM)
    assert made["done"]
    assert holders(street) == {NORTH: ["he.bo"], SOUTH: ["liu.yang"]}
    back = street.client.post(f"{HANDOVERS}/{made['id']}/undo", headers=street.log_in("wang"))
    assert back.status_code == 201
    assert back.json()["undoes"] == made["id"]
    assert holders(street) == {NORTH: ["li.na"], SOUTH: ["zhang.wei"]}
    again = street.client.post(f"{HANDOVERS}/{made['id']}/undo", headers=street.log_in("wang"))
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"to": {"li.na": "he.bo"}}, 400, "Nobody is named for cell"),
        ({"to": {"li.na": "he.bo", "zhang.wei": "nobody"}}, 404, "nobody"),
        ({"to": {"li.na": "he.bo", "zhang.wei": "wang"}}, 400, "no active collector"),
        ({"to": {"li.na": "li.na", "zhang.wei": "he.bo"}}, 400, "already"),
        ({"saw": {SOUTH: 0}}, 409, "somebody else"),
        ({"until": "2026-11-30T00:00:00Z"}, 400, "stand_in"),
        ({"cells": ["510107001001999"]}, 404, "no cell"),
    ],
)
def test_what_cannot_be_done_whole_is_not_done_at_all(
    street: City, change: dict[str, Any], status: int, word: str
) -> None:
    """One clear sentence, and no cell has changed hands."""
    assert word in ask(street, {**TEAM, **change}, status=status)["reason"]
    assert holders(street) == {NORTH: ["li.na"], SOUTH: ["zhang.wei"]}


def test_nobody_gets_a_cell_who_has_no_tablet(street: City) -> None:
    """A collector without a tablet could not fetch it."""
    street.add("qian", "collector", "510107")
    assert "no tablet" in ask(street, {"cells": [NORTH], "to": "qian"}, status=400)["reason"]


def test_a_supervisor_hands_over_the_cells_of_their_own_area_only(street: City) -> None:
    """Cells elsewhere are refused, with those in the area."""
    ask(street, TEAM, by="zhao", status=403)
    ask(street, {"cells": [NORTH, ELSEWHERE], "to": "he.bo"}, status=403)
    assert holders(street)[NORTH] == ["li.na"]


@pytest.mark.parametrize("to", ["li.na", {"nobody": "he.bo"}])
def test_an_order_that_is_refused_tells_nothing_of_a_cell_elsewhere(street: City, to: Any) -> None:
    """Who holds it is not in the refusal, whatever else is wrong with the order."""
    street.assign(ELSEWHERE, "li.na")
    for body in ({"cells": [ELSEWHERE]}, {"collector": "li.na"}, {"cells": ["510104002001009"]}):
        assert "outside your areas" in ask(street, {**body, "to": to}, status=403)["reason"]


def test_a_handover_that_a_crash_cut_short_goes_on(street: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds it not carried out completes it; what was assigned meanwhile stays."""
    services, assign = street.services, street.services.assignments.assign

    def dies_at_the_second(wish: Wish) -> Any:
        if wish.cell == SOUTH:
            raise StoreUnavailable("killed")
        return assign(wish)

    with monkeypatch.context() as patch:
        patch.setattr(services.assignments, "assign", dies_at_the_second)
        with pytest.raises(StoreUnavailable):
            services.handovers.hand_over(Order(by="wang", to=TEAM["to"], area=STREET))
    assert holders(street) == {NORTH: ["he.bo"], SOUTH: ["zhang.wei"]}
    street.assign(NORTH, "li.na")
    (finished,) = services.handovers.finish()
    assert finished.done
    assert holders(street) == {NORTH: ["li.na"], SOUTH: ["liu.yang"]}
    assert services.handovers.finish() == []


@pytest.mark.parametrize("meanwhile", ["time", "people"])
def test_an_order_that_was_written_down_holds_up_no_other(
    street: City, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """Its day passes, or who gets the cell leaves, before anybody carries it out: it is done all the same, at once."""
    services, until = street.services, street.clock() + timedelta(hours=1)
    services.assignments.assign(Wish(NORTH, "he.bo", "stand_in"))
    order = Order(by="wang", to="he.bo", cells=(NORTH,), role="stand_in", until=until)
    with monkeypatch.context() as patch:
        patch.setattr(services.handovers, "_concluded", lambda _: (_ for _ in ()).throw(StoreUnavailable("killed")))
        with pytest.raises(StoreUnavailable):
            services.handovers.hand_over(order)
    if meanwhile == "time":
        street.clock.pass_(hours=2)
    else:
        left = street.client.patch("/api/v1/staff/he.bo", json={"active": False}, headers=street.log_in("admin"))
        assert left.status_code == 200
    (finished,) = services.handovers.finish()
    assert finished.done
    street.clock.pass_(hours=2)
    assert holders(street)[NORTH] == ["li.na"]
    assert ask(street, {"cells": [SOUTH], "to": "liu.yang"})["done"]


BACKWARDS = Order(by="zhao", to={"li.na": "liu.yang", "zhang.wei": "he.bo"}, cells=(SOUTH, NORTH))


@pytest.mark.parametrize("moment", ["add", "get"])
def test_of_two_orders_at_one_moment_one_is_done_and_one_refused(
    street: City, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Whole, wherever the other comes in between; who is refused is told so, and a look at the cells shows why."""
    orders, turns = street.services.handovers, street.services.handovers._turns
    kept = getattr(turns, moment)

    def overtaken(*given: Any) -> Any:
        monkeypatch.undo()
        orders.hand_over(BACKWARDS)
        return kept(*given)

    monkeypatch.setattr(turns, moment, overtaken)
    with pytest.raises(Conflict, match="just now"):
        orders.hand_over(Order(by="wang", to=TEAM["to"], area=STREET))
    assert holders(street) == {NORTH: ["liu.yang"], SOUTH: ["he.bo"]}
    assert [handover.by for handover in orders.all()] == ["zhao"]


def test_of_many_orders_at_once_none_is_done_by_half(street: City) -> None:
    """Two supervisors hand the street over at once, again and again: each time one team has it, not both."""
    orders = street.services.handovers
    teams = [{NORTH: "he.bo", SOUTH: "liu.yang"}, {NORTH: "liu.yang", SOUTH: "he.bo"}]

    def try_to(team: dict[str, str], order: slice) -> bool:
        try:
            orders.hand_over(Order(by="wang", to=team, cells=tuple(team)[order]))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            street.assign(NORTH, "li.na")
            street.assign(SOUTH, "zhang.wei")
            done = list(pool.map(try_to, teams, (slice(None), slice(None, None, -1))))
            found = {cell: held[0] for cell, held in holders(street).items()}
            assert found in [team for team, is_done in zip(teams, done, strict=True) if is_done]


def test_an_order_that_was_only_written_down_is_carried_out(street: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the next order, or by whoever looks; sent once more, it is the same one."""
    orders = street.services.handovers
    order = Order(by="wang", to=TEAM["to"], area=STREET)
    with monkeypatch.context() as patch:
        patch.setattr(orders, "_concluded", lambda _: (_ for _ in ()).throw(StoreUnavailable("killed")))
        with pytest.raises(StoreUnavailable):
            orders.hand_over(order)
    assert holders(street) == {NORTH: ["li.na"], SOUTH: ["zhang.wei"]}
    assert orders.hand_over(order).done
    assert holders(street) == {NORTH: ["he.bo"], SOUTH: ["liu.yang"]}
    assert len(orders.all()) == 1
    assert orders.finish() == []


def test_who_stands_in_is_given_another_end_and_no_order_for_nothing(street: City) -> None:
    """The same order twice is refused in words; another end makes another order, and it is the one that counts."""
    asked = {"cells": [NORTH], "to": "he.bo", "role": "stand_in"}
    first = ask(street, asked)
    assert "already" in ask(street, asked, status=400)["reason"]
    second = ask(street, {**asked, "until": "2026-12-20T00:00:00+08:00"})
    assert (second["id"] != first["id"], second["until"]) == (True, "2026-12-20T00:00:00+08:00")
    assert holders(street)[NORTH] == ["li.na", "he.bo"]
    street.clock.pass_(days=40)
    assert holders(street)[NORTH] == ["li.na"]


def test_what_is_under_way_is_shown_before(street: City) -> None:
    """A dry run names the tablets, when they were heard of, and what they named and never sent; nothing changes."""
    tablet = bearer(street.enrol("li.na"))
    name_and_send(street, tablet, 62, 2)
    told = ask(street, TEAM, dry_run=True, status=200)
    impact = next(one for one in told["impact"] if one["cell"] == NORTH)
    (seen,) = [one for one in impact["tablets"] if one["seen"]]
    assert (seen["collector"], len(seen["missing"]), seen["missing_in_all"]) == ("li.na", 50, 60)
    assert seen["seen"].startswith("2026-11-23T08:00")
    assert holders(street) == {NORTH: ["li.na"], SOUTH: ["zhang.wei"]}


def test_a_household_that_is_gone_back_to_is_in_progress_again(street: City) -> None:
    """Handed in, it is not; visited in the next round, or with a member edited, it is, until it is handed in again."""
    tablet, home, person, stay = (
        bearer(street.enrol("li.na")),
        *(f"{kind}:{UUID}1" for kind in ("household", "person", "stay")),
    )
    told = []
    for number, (doc_id, data) in enumerate(
        [
            (home, {}),
            (person, {"name": "王芳"}),
            (stay, {"person": person, "household": home}),
            (f"submission:{UUID}1", {"household": home}),
            (f"visit:{UUID}1", {"household": home, "result": "partial"}),
            (f"submission:{UUID}2", {"household": home}),
            (person, {"name": "王芳", "phone": "12812345678"}),
        ]
    ):
        ids = ["a" * 32, f"{2:032x}"] if number == 6 else [f"{number + 1:032x}"]
        made = {"kind": doc_id.partition(":")[0], "data": data, "meta": {"at": f"2026-11-23T0{number}:00:00+08:00"}}
        made |= {"_id": doc_id, "_rev": f"{len(ids)}-{ids[0]}", "_revisions": {"start": len(ids), "ids": ids}}
        answer = street.client.post(
            f"/db/{NORTH}/_bulk_docs", json={"docs": [made], "new_edits": False}, headers=tablet
        )
        assert answer.status_code == 201
        told.append(
            ask(street, {"cells": [NORTH], "to": "he.bo"}, dry_run=True, status=200)["impact"][0]["in_progress"]
        )
    assert told == [1, 1, 1, 0, 1, 0, 1]


def test_me_tells_a_draining_tablet_how_much_is_missing_and_when_it_may_destroy(street: City) -> None:
    """Held, draining with what it named and did not send, free to destroy, gone with its receipt."""
    tablet = bearer(street.enrol("li.na"))
    assert my_cell(street, tablet)["state"] == "held"
    assert not my_cell(street, tablet)["may_destroy"]
    ask(street, TEAM)
    name_and_send(street, tablet, 5, 2)
    mine = my_cell(street, tablet)
    assert (mine["state"], mine["missing"], mine["may_destroy"]) == ("draining", 3, False)
    receipt = {"cell": NORTH, "left": 0, "destroyed": True}
    refused = street.client.post("/api/v1/me/left", json=receipt, headers=tablet)
    assert (refused.status_code, refused.json()["missing"]) == (409, 3)
    name_and_send(street, tablet, 5, 5)
    assert my_cell(street, tablet)["may_destroy"]
    assert street.client.post("/api/v1/me/left", json=receipt, headers=tablet).status_code == 204
    assert my_cell(street, tablet)["state"] == "gone"
    assert street.client.get(f"/db/{NORTH}", headers=tablet).status_code == 403


def test_a_page_that_was_fetched_just_before_the_handover_opens_nothing(street: City) -> None:
    """Its rows cannot be read any more, while what is left goes on being sent; with the cell back it goes on."""
    tablet = bearer(street.enrol("li.na"))
    page = street.client.get(f"/db/{NORTH}/_changes", headers=tablet).json()
    asked = {"docs": [{"id": row["id"], "rev": row["changes"][0]["rev"]} for row in page["results"]]}
    assert asked["docs"]
    ask(street, TEAM)
    refused = street.client.post(f"/db/{NORTH}/_bulk_get", json=asked, headers=tablet)
    assert refused.status_code == 403
    name_and_send(street, tablet, 2, 2)
    after = street.client.get(f"/db/{NORTH}/_changes?since={page['last_seq']}", headers=tablet).json()
    assert (after["results"], after["last_seq"]) == ([], page["last_seq"])
    street.assign(NORTH, "li.na")
    assert street.client.post(f"/db/{NORTH}/_bulk_get", json=asked, headers=tablet).status_code == 200
    missed = street.client.get(f"/db/{NORTH}/_changes?since={page['last_seq']}", headers=tablet).json()
    assert len(missed["results"]) == 2


def test_a_cell_that_is_held_is_not_destroyed(street: City) -> None:
    """A receipt for what one still has is refused, and so is one of a cell that one never had."""
    tablet = bearer(street.enrol("li.na"))
    for cell, status in ((NORTH, 409), (SOUTH, 403)):
        body = {"cell": cell, "left": 0, "destroyed": True}
        assert street.client.post("/api/v1/me/left", json=body, headers=tablet).status_code == status
    body = {"cell": NORTH, "left": 3, "destroyed": True}
    assert street.client.post("/api/v1/me/left", json=body, headers=tablet).status_code == 400


def test_handovers_without_a_receipt_are_listed_with_their_age(street: City) -> None:
    """A tablet that held the cell is listed until its receipt is in, or it gets the cell again."""
    tablet = bearer(street.enrol("li.na"))
    name_and_send(street, tablet, 1, 1)
    ask(street, TEAM)
    street.clock.pass_(days=3)
    street.client.post("/api/v1/me/left", json={"cell": NORTH, "left": 4}, headers=bearer(street.enrol("he.bo")))
    listed = street.client.get(f"{HANDOVERS}/waiting", headers=street.log_in("wang")).json()["waiting"]
    assert [(w["cell"], w["collector"], w["holder"]) for w in listed] == [(NORTH, "li.na", "he.bo")]
    assert listed[0]["age_s"] == timedelta(days=3).total_seconds()
    street.assign(NORTH, "li.na")
    listed = street.client.get(f"{HANDOVERS}/waiting", headers=street.log_in("wang")).json()["waiting"]
    assert [w["collector"] for w in listed] == ["he.bo"]


def test_somebody_stands_in_for_a_collector_on_leave_and_gives_the_cells_back(street: City) -> None:
    """The holder keeps the cell; the stand-in works it until the day named, and drains from then on."""
    stand_in = bearer(street.enrol("he.bo"))
    until = (street.clock() + timedelta(days=7)).isoformat()
    ask(street, {"collector": "li.na", "to": "he.bo", "role": "stand_in", "until": until})
    assert holders(street)[NORTH] == ["li.na", "he.bo"]
    assert my_cell(street, stand_in)["until"].startswith("2026-11-30T08:00")
    street.clock.pass_(days=8)
    fresh = bearer(street.enrol("he.bo"))
    assert holders(street)[NORTH] == ["li.na"]
    assert my_cell(street, fresh)["state"] == "draining"


def test_taking_a_stand_in_back_ends_it_and_leaves_the_holder(street: City) -> None:
    """The holder had the cell all the time; the stand-in drains."""
    made = ask(street, {"cells": [NORTH], "to": "he.bo", "role": "stand_in"})
    undo = street.client.post(f"{HANDOVERS}/{made['id']}/undo", headers=street.log_in("wang"))
    assert undo.status_code == 201
    assert holders(street)[NORTH] == ["li.na"]


def test_of_two_stand_ins_each_is_taken_back_by_itself(street: City) -> None:
    """Taking one back makes no new epoch, and is not taken for taking back the other."""
    made = [ask(street, {"cells": [NORTH], "to": to, "role": "stand_in"}) for to in ("he.bo", "liu.yang")]
    for one in reversed(made):
        undo = street.client.post(f"{HANDOVERS}/{one['id']}/undo", headers=street.log_in("wang"))
        assert undo.json()["undoes"] == one["id"]
    assert holders(street)[NORTH] == ["li.na"]


TOMORROW = "2026-11-24T08:00:00Z"


def test_who_gets_a_cell_tomorrow_does_not_hold_it_today(street: City) -> None:
    """Till then the cell is the other's, in handovers and wherever holders are told; and it may be his at once."""
    ask(street, {"cells": [NORTH], "to": "he.bo", "from": TOMORROW})
    services = street.services
    assert services.assignments.holder(NORTH) == services.assignments.holders()[NORTH].collector == "li.na"
    assert services.impacts.of(NORTH).holders == ("li.na",)
    made = ask(street, {"collector": "li.na", "area": STREET, "to": "he.bo"})
    assert [(move["before"], move["to"]) for move in made["moves"]] == [("li.na", "he.bo")]
    assert services.assignments.holder(NORTH) == "he.bo"


@pytest.mark.parametrize("how", ["undo", "assign"])
def test_a_handover_of_tomorrow_is_called_off(street: City, how: str) -> None:
    """Taken back, or by assigning the cell to who holds it: tomorrow it is still theirs."""
    made = ask(street, {"cells": [NORTH], "to": "he.bo", "from": TOMORROW})
    if how == "undo":
        street.client.post(f"{HANDOVERS}/{made['id']}/undo", headers=street.log_in("wang"))
    else:
        street.assign(NORTH, "li.na")
    street.clock.pass_(days=2)
    assert street.services.assignments.holder(NORTH) == "li.na"
    assert street.services.assignments.access("he.bo", NORTH) is None


def test_another_order_for_tomorrow_calls_off_the_one_before_it(street: City) -> None:
    """Also for the same hour: who was named first never had the cell, and has nothing to send or to give back."""
    for to in ("he.bo", "liu.yang"):
        ask(street, {"cells": [NORTH], "to": to, "from": TOMORROW})
    street.clock.pass_(days=2)
    access = street.services.assignments.access
    assert [access(name, NORTH) for name in ("li.na", "he.bo", "liu.yang")] == ["draining", None, "held"]


def test_what_was_called_off_stays_so_when_the_order_after_it_is_ended(street: City) -> None:
    """A nearer day, and then that ended before it came: who holds the cell keeps it."""
    first = ask(street, {"cells": [NORTH], "to": "he.bo", "from": TOMORROW})
    ask(street, {"cells": [NORTH], "to": "liu.yang", "from": "2026-11-24T06:00:00Z"})
    undo = street.client.post(f"{HANDOVERS}/{first['id']}/undo", headers=street.log_in("wang"))
    assert undo.status_code == 409
    assignments = street.services.assignments
    assignments.end(assignments.of_cell(NORTH)[-1].id)
    street.clock.pass_(days=2)
    assert assignments.holder(NORTH) == "li.na"
    assert assignments.access("he.bo", NORTH) is None


@pytest.mark.parametrize("when", ["held", "draining"])
def test_what_was_written_on_since_is_not_waited_for(street: City, when: str) -> None:
    """A version that was named and then edited again comes inside the next one; the receipt needs no more."""
    tablet, person = bearer(street.enrol("li.na")), "person:00000000-0000-4000-8000-000000000007"
    first, second = f"1-{1:032x}", f"2-{2:032x}"
    if when == "draining":
        ask(street, TEAM)
    street.client.post(f"/db/{NORTH}/_revs_diff", json={person: [first]}, headers=tablet)
    street.client.post(f"/db/{NORTH}/_revs_diff", json={person: [second]}, headers=tablet)
    history = {"start": 2, "ids": [f"{2:032x}", f"{1:032x}"]}
    doc = {"_id": person, "_rev": second, "_revisions": history, "kind": "person", "data": {"name": "Wang"}}
    body = {"docs": [doc], "new_edits": False}
    assert street.client.post(f"/db/{NORTH}/_bulk_docs", json=body, headers=tablet).status_code == 201
    if when == "held":
        ask(street, TEAM)
    receipt = {"cell": NORTH, "left": 0, "destroyed": True}
    assert street.client.post("/api/v1/me/left", json=receipt, headers=tablet).status_code == 204


def test_a_helper_of_some_buildings_is_told_which(street: City) -> None:
    """The cell replicates whole; `/me` says which buildings are the helper's; a holder has them all."""
    body = {"cell": NORTH, "collector": "he.bo", "role": "helper", "buildings": ["building:absent"]}
    headers = street.log_in("wang")
    refused = street.client.post("/api/v1/assignments", json=body, headers=headers)
    assert (refused.status_code, "no building" in refused.json()["reason"]) == (400, True)
    holder = {**body, "role": "holder"}
    assert "whole cell" in street.client.post("/api/v1/assignments", json=holder, headers=headers).json()["reason"]


def test_of_a_lost_tablet_what_is_missing_is_named(street: City) -> None:
    """The supervisor reads what it named and never sent; the tablet is told to wipe."""
    enrolled = street.enrol("li.na")
    tablet = bearer(enrolled)
    name_and_send(street, tablet, 4, 1)
    headers, device = street.log_in("wang"), enrolled.json()["tablet"]
    revoke = street.client.post(f"/api/v1/devices/{device}/revoke", json={"reason": "lost"}, headers=headers)
    assert revoke.status_code == 200
    told = street.client.get(f"/api/v1/devices/{device}/unsent", headers=headers).json()
    assert [(c["cell"], len(c["missing"])) for c in told["cells"]] == [(NORTH, 3)]
    for path in (f"/db/{NORTH}", f"/db/{NORTH}/_changes", "/api/v1/me"):
        refused = street.client.get(path, headers=tablet)
        assert (refused.status_code, refused.json().get("wipe")) == (401, True)
        assert "须销毁" in refused.json()["reason_zh"]


def test_a_draining_tablet_that_reads_is_told_why_not_in_both_languages(street: City) -> None:
    """It is no wipe: what is left may still be sent."""
    tablet = bearer(street.enrol("li.na"))
    ask(street, {"cells": [NORTH], "to": "he.bo"})
    refused = street.client.get(f"/db/{NORTH}/visit:{UUID}1", headers=tablet)
    assert refused.status_code == 403
    assert "handed over" in refused.json()["reason"]
    assert "已移交" in refused.json()["reason_zh"]
    assert "wipe" not in refused.json()
