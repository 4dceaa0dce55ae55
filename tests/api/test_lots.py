"""Lots over HTTP, by role: drawn, looked at, accepted; and what is malformed or not theirs."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.revisions import server_rev
from tests.api.city import NORTH, PASSWORD, City
from tests.api.test_field_work import API, Tablet, field, settings, uid
from tests.api.test_field_work import with_forms as with_forms

__all__ = ["field", "settings"]
LOTS = f"{API}/lots"


def pushed(tablet: Tablet, doc_id: str, data: dict[str, Any]) -> str:
    """Push a new document; returns its revision."""
    body = {"kind": doc_id.partition(":")[0], "data": data, "meta": {"at": "2026-11-23T08:00:00Z"}}
    rev = server_rev(None, False, body)
    tablet.push({"_id": doc_id, "_rev": rev, **body})
    return rev


@pytest.fixture
def street(field: City) -> City:
    """Two households of a newcomer each, whose numbers wait for the community."""
    tablet = Tablet(field, "li.na")
    for number in range(2):
        home, person, stay = (f"{kind}:{uid(f'new{number}')}" for kind in ("household", "person", "stay"))
        born = {"name": "王小", "sex": "1", "birth_date": "1990-01-02"}
        born |= {"id_type": "414", "id_number": f"E0000000{number}"}
        lives = {"person": person, "household": home, "kind": "usual", "relation": "02", "since": "2026-11-01"}
        covers = {
            home: pushed(tablet, home, {"dwelling": f"dwelling:{uid('d')}", "type": "family", "languages": "zh"}),
            person: pushed(tablet, person, born),
            stay: pushed(tablet, stay, lives),
        }
        pushed(tablet, f"submission:{uid(f's{number}')}", {"household": home, "round": "r", "covers": covers})
    field.app.state.pipeline.steps.catch_up(NORTH)
    return field


def test_a_lot_is_drawn_looked_at_and_accepted(street: City) -> None:
    """By a reviewer of the area; the sample is shown whole to them, covered to an auditor, to nobody elsewhere."""
    street.add("auditor", "auditor", "5101")
    street.client.patch(f"{API}/staff/li.na", json={"password": PASSWORD}, headers=street.log_in("admin"))
    asked = {"area": "510107", "round": "r"}
    for who in ("elsewhere", "neighbour", "admin", "auditor", "li.na"):
        assert street.client.post(LOTS, json=asked, headers=street.log_in(who)).status_code == 403, who
    reviewer = street.log_in("wu.min")
    made = street.client.post(LOTS, json=asked, headers=reviewer)
    assert made.status_code == 201, made.text
    lot = made.json()
    assert (lot["size"], lot["looked_at"], lot["may_be_faulty"], lot["would_pass"]["5%"]) == (2, 2, 0, 0.0)
    assert street.client.post(LOTS, json=asked, headers=street.log_in("he.jun")).status_code == 409
    url = f"{LOTS}/{lot['id']}"
    whole, covered = (street.client.get(url, headers=street.log_in(who)).text for who in ("wu.min", "auditor"))
    assert ("E00000001" in whole, "E00000001" in covered) == (True, False)
    assert street.client.get(url, headers=street.log_in("elsewhere")).status_code == 403
    assert street.client.get(LOTS, headers=street.log_in("elsewhere")).json() == {"lots": []}
    looked_at = [{"case": case} for case in lot["sample"]]
    decision = {"action": "accept", "looked_at": looked_at}
    for who, status in (("he.jun", 403), ("elsewhere", 403), ("admin", 403), ("wu.min", 200)):
        answer = street.client.post(f"{url}/decision", json=decision, headers=street.log_in(who))
        assert answer.status_code == status, (who, answer.text)
    assert (answer.json()["state"], answer.json()["admitted"]) == ("closed", 2)
    assert street.client.get(f"{API}/cases?kind=admission", headers=reviewer).json()["cases"] == []
    listed = street.client.get(f"{LOTS}?state=closed", headers=reviewer).json()["lots"]
    assert [one["id"] for one in listed] == [lot["id"]]


def test_what_is_malformed_or_does_not_fit_is_one_clear_error(street: City) -> None:
    """Nothing is claimed or decided by it."""
    reviewer = street.log_in("wu.min")
    for body in ({}, {"area": "x", "round": "r"}, {"area": "510107"}, {"area": "510107", "round": "r", "colour": 1}):
        assert street.client.post(LOTS, json=body, headers=reviewer).status_code == 400, body
    assert street.client.get(f"{LOTS}/none", headers=reviewer).status_code == 404
    lot = street.client.post(LOTS, json={"area": "510107", "round": "r"}, headers=reviewer).json()
    fault = {"case": lot["sample"][0], "fault": "Another's card"}
    for body, status, words in (
        ({"action": "maybe"}, 400, "action"),
        ({"action": "accept"}, 400, "is missing"),
        ({"action": "reject"}, 400, "or a reason"),
        ({"action": "accept", "looked_at": [fault, {"case": lot["sample"][1]}]}, 409, "1 of 2 cases are faulty"),
        ({"action": "accept", "looked_at": [{"case": "admission:none"}]}, 400, "not of the sample"),
    ):
        answer = street.client.post(f"{LOTS}/{lot['id']}/decision", json=body, headers=reviewer)
        assert (answer.status_code, words in answer.json()["reason"]) == (status, True), answer.text
    done = street.client.post(
        f"{LOTS}/{lot['id']}/decision", json={"action": "reject", "looked_at": [fault]}, headers=reviewer
    ).json()
    assert (done["state"], done["admitted"]) == ("closed", 0)
    assert len(street.client.get(f"{API}/cases?kind=admission&unclaimed=true", headers=reviewer).json()["cases"]) == 2
