"""Enrolment of tablets, their list, and cutting them off."""

from __future__ import annotations

import pytest

from tests.api.city import NORTH, PASSWORD, City, bearer

ME = "/api/v1/me"
ENROL = "/api/v1/devices/enrol"
CODES = "/api/v1/devices/enrolments"


@pytest.fixture
def li(city: City) -> City:
    """A city with a collector who holds a cell."""
    city.import_plan()
    city.add("li.na", "collector", "510107")
    city.assign(NORTH, "li.na")
    return city


def code_for(city: City, collector: str) -> str:
    answer = city.client.post(CODES, json={"collector": collector}, headers=city.log_in("admin"))
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    return code


def test_a_code_enrols_a_tablet_that_may_replicate(li: City) -> None:
    """With a one-time code a tablet gets tokens, knows its cells, and reads them."""
    enrolled = li.enrol("li.na")
    me = li.client.get(ME, headers=bearer(enrolled)).json()
    assert me["tablet"] == enrolled.json()["tablet"]
    (cell,) = me["cells"]
    wanted = {"code": NORTH, "name": f"Cell {NORTH}", "state": "held", "role": "holder", "epoch": 1}
    assert wanted.items() <= cell.items()
    assert li.client.get(f"/db/{NORTH}", headers=bearer(enrolled)).status_code == 200
    assert li.client.get(f"/db/{NORTH}/cell:{NORTH}", headers=bearer(enrolled)).json()["data"]["code"] == NORTH


def test_a_code_is_shown_with_what_a_qr_code_says(li: City) -> None:
    """The answer has the code in two groups, its end, and an address that keeps the code out of logs."""
    answer = li.client.post(CODES, json={"collector": "li.na"}, headers=li.log_in("admin")).json()
    assert len(answer["code"]) == 11
    assert answer["expires"] == "2026-11-26T08:00:00Z"
    assert answer["uri"].endswith(f"/tablet/#enrol={answer['code']}")


@pytest.mark.parametrize("spoil", [str.lower, lambda c: c.replace("-", ""), lambda c: c.replace("0", "O"), str.split])
def test_a_code_may_be_typed_as_people_type(li: City, spoil: object) -> None:
    """Case, the hyphen, and letters that look like digits do not matter."""
    assert callable(spoil)
    typed = spoil(code_for(li, "li.na"))
    body = {"code": typed if isinstance(typed, str) else " ".join(typed), "label": "T"}
    assert li.client.post(ENROL, json=body).status_code == 201


def test_a_code_works_once(li: City) -> None:
    """The second use of a code is refused, and makes no tablet."""
    body = {"code": code_for(li, "li.na"), "label": "T"}
    assert li.client.post(ENROL, json=body).status_code == 201
    assert li.client.post(ENROL, json=body).status_code == 401
    assert len(li.services.devices.of("li.na")) == 1


def test_a_code_expires(li: City) -> None:
    """After its life a code is as good as none."""
    body = {"code": code_for(li, "li.na"), "label": "T"}
    li.clock.pass_(hours=72)
    assert li.client.post(ENROL, json=body).status_code == 401


def test_an_unusable_label_does_not_spend_the_code(li: City) -> None:
    """What is refused changes nothing: the code is still good."""
    code = code_for(li, "li.na")
    assert li.client.post(ENROL, json={"code": code, "label": "  "}).status_code == 400
    assert li.client.post(ENROL, json={"code": code, "label": "T"}).status_code == 201


def test_guessing_codes_is_braked(li: City) -> None:
    """After twenty wrong codes from one address even a right one has to wait."""
    code = code_for(li, "li.na")
    wrong = [li.client.post(ENROL, json={"code": f"AAAAA-AAA{n:02}", "label": "T"}).status_code for n in range(20)]
    assert wrong == [401] * 20
    assert li.client.post(ENROL, json={"code": code, "label": "T"}).status_code == 429
    li.clock.pass_(minutes=10)
    assert li.client.post(ENROL, json={"code": code, "label": "T"}).status_code == 201


def test_codes_are_kept_as_hashes(li: City) -> None:
    """The database never holds a code, nor a refresh token."""
    code = code_for(li, "li.na")
    refresh = li.client.post(ENROL, json={"code": code, "label": "T"}).json()["refresh"]
    kept = b"".join(r.id.encode() + r.body for r in li.services.store.database("accounts").documents())
    assert code.replace("-", "").encode() not in kept
    assert refresh.partition(".")[2].encode() not in kept


def test_a_lost_tablet_is_cut_off_and_told_to_wipe(li: City) -> None:
    """From the moment of its loss every request of a tablet is a 401 that says to wipe."""
    enrolled = li.enrol("li.na")
    url = f"/api/v1/devices/{enrolled.json()['tablet']}/revoke"
    answer = li.client.post(url, json={"reason": "lost"}, headers=li.log_in("admin"))
    assert answer.json()["revoked"]["reason"] == "lost"
    for refused in (
        li.client.get(ME, headers=bearer(enrolled)),
        li.client.post("/api/v1/session/refresh", json={"refresh": enrolled.json()["refresh"]}),
    ):
        assert refused.status_code == 401
        assert refused.json()["wipe"] is True
    assert li.client.get(f"/db/{NORTH}", headers=bearer(enrolled)).status_code == 401


def test_another_tablet_of_the_same_collector_goes_on(li: City) -> None:
    """Cutting one tablet off leaves the collector's other one as it was."""
    lost, other = li.enrol("li.na"), li.enrol("li.na")
    url = f"/api/v1/devices/{lost.json()['tablet']}/revoke"
    li.client.post(url, json={"reason": "stolen"}, headers=li.log_in("admin"))
    assert li.client.get(ME, headers=bearer(other)).status_code == 200


def test_a_deactivated_collector_is_out_at_once(li: City) -> None:
    """A deactivated account opens nothing any more; its tablet is not told to wipe."""
    enrolled = li.enrol("li.na")
    li.client.patch("/api/v1/staff/li.na", json={"active": False}, headers=li.log_in("admin"))
    answer = li.client.get(ME, headers=bearer(enrolled))
    assert answer.status_code == 401
    assert "wipe" not in answer.json()
    assert li.client.get(f"/db/{NORTH}", headers=bearer(enrolled)).status_code == 401


def test_a_code_of_a_collector_deactivated_meanwhile_is_not_good(li: City) -> None:
    """Who was deactivated after the code was made cannot enrol with it."""
    code = code_for(li, "li.na")
    li.client.patch("/api/v1/staff/li.na", json={"active": False}, headers=li.log_in("admin"))
    assert li.client.post(ENROL, json={"code": code, "label": "T"}).status_code == 401


def test_only_collectors_get_tablets(li: City) -> None:
    """No code is made for an unknown user or for one who is no collector."""
    headers = li.log_in("admin")
    assert li.client.post(CODES, json={"collector": "nobody"}, headers=headers).status_code == 404
    assert li.client.post(CODES, json={"collector": "admin"}, headers=headers).status_code == 400


def test_supervisors_enrol_and_see_within_their_areas(li: City) -> None:
    """A supervisor of another area neither makes codes for a collector nor sees or cuts off his tablets."""
    li.add("wang", "supervisor", "510107")
    li.add("zhao", "supervisor", "510104")
    tablet = li.enrol("li.na").json()["tablet"]
    near, far = li.log_in("wang"), li.log_in("zhao")
    assert li.client.post(CODES, json={"collector": "li.na"}, headers=near).status_code == 201
    assert li.client.post(CODES, json={"collector": "li.na"}, headers=far).status_code == 403
    assert [t["id"] for t in li.client.get("/api/v1/devices", headers=near).json()["devices"]] == [tablet]
    assert li.client.get("/api/v1/devices", headers=far).json()["devices"] == []
    url = f"/api/v1/devices/{tablet}/revoke"
    assert li.client.post(url, json={"reason": "lost"}, headers=far).status_code == 403
    assert li.client.post(url, json={"reason": "lost"}, headers=near).status_code == 200


def test_the_list_of_tablets_is_paged(li: City) -> None:
    """Pages of one tablet each show every tablet once."""
    wanted = {li.enrol("li.na").json()["tablet"] for _ in range(3)}
    headers, seen, cursor = li.log_in("admin"), [], ""
    for _ in range(3):
        page = li.client.get(f"/api/v1/devices?limit=1{cursor}", headers=headers).json()
        seen += [tablet["id"] for tablet in page["devices"]]
        cursor = f"&cursor={page['next']}"
    assert page["next"] is None
    assert sorted(seen) == sorted(wanted)


def test_replication_is_for_enrolled_tablets(li: City) -> None:
    """A collector who logs in with a password, and staff, have no way into a cell's database."""
    for name in ("li.na", "admin"):
        headers = li.log_in(name, PASSWORD)
        assert li.client.get(f"/db/{NORTH}", headers=headers).status_code == 403
        assert li.client.get("/db/", headers=headers).status_code == 403
