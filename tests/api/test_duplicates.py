"""Duplicates over HTTP: the case with its evidence, the decision, the way back; by role."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.revisions import server_rev
from tests.api.city import NORTH, City
from tests.api.test_field_work import API, HOUSEHOLD, PERSON, Tablet, field, settings, uid, with_forms

__all__ = ["field", "settings", "with_forms"]
AGAIN, STAY = f"person:{uid('again')}", f"stay:{uid('again')}"


def _new(doc_id: str, **data: Any) -> dict[str, Any]:
    body = {"kind": doc_id.partition(":")[0], "data": data, "meta": {"at": "2026-11-23T08:00:00Z"}}
    return {"_id": doc_id, "_rev": server_rev(None, False, body), **body}


@pytest.fixture
def entered(field: City) -> City:
    """The sample's person entered once more, by the sound of the name, and handed in."""
    tablet = Tablet(field, "li.na")
    person = _new(AGAIN, name="王方", sex="2", birth_date="1980-02-03")
    stay = _new(STAY, person=AGAIN, household=HOUSEHOLD, kind="usual", relation="77", since="2020-05-01")
    covers = {AGAIN: person["_rev"], STAY: stay["_rev"]}
    handed = {"household": HOUSEHOLD, "round": "2026", "result": "complete", "covers": covers}
    tablet.push(person, stay, _new(f"submission:{uid('entered')}", **handed))
    field.app.state.pipeline.steps.catch_up(NORTH)
    return field


def _case(city: City, headers: dict[str, str]) -> dict[str, Any]:
    (case,) = city.client.get(f"{API}/cases?kind=duplicate", headers=headers).json()["cases"]
    found: dict[str, Any] = case
    return found


def test_a_reviewer_sees_the_evidence_decides_and_takes_it_back(entered: City) -> None:
    """The case says why; the decision makes one record of two; undone, they are two again."""
    reviewer = entered.log_in("wu.min")
    case = _case(entered, reviewer)
    assert (case["document"], case["other"]) == (AGAIN, PERSON)
    assert case["evidence"][0]["text"]["zh"]
    path = f"{API}/cases/{case['id']}"
    decided = entered.client.post(f"{path}/decision", json={"action": "same"}, headers=reviewer)
    assert (decided.status_code, decided.json()["state"]) == (200, "closed")
    record = entered.client.get(f"{API}/registry/{AGAIN}", headers=reviewer).json()
    assert record["alias_of"] == PERSON
    undone = entered.client.post(f"{path}/undo", json={"reason": "Her sister"}, headers=reviewer)
    assert (undone.status_code, undone.json()["state"]) == (200, "open")
    assert "alias_of" not in entered.client.get(f"{API}/registry/{AGAIN}", headers=reviewer).json()
    again = entered.client.post(f"{path}/undo", json={"reason": "Her sister"}, headers=reviewer)
    assert (again.status_code, again.json()["error"]) == (409, "conflict")


def test_who_may_be_the_same_person_is_asked_of_a_record(entered: City) -> None:
    """Likely persons with what speaks for and against; a record that is no person is not asked about."""
    reviewer = entered.log_in("wu.min")
    likely = entered.client.get(f"{API}/registry/{AGAIN}/duplicates", headers=reviewer).json()["persons"]
    assert [(one["id"], one["cell"]) for one in likely] == [(PERSON, NORTH)]
    assert likely[0]["probability"] > 0.5
    assert entered.client.get(f"{API}/registry/{HOUSEHOLD}/duplicates", headers=reviewer).status_code == 404


def test_collectors_and_staff_elsewhere_are_kept_out(entered: City) -> None:
    """A collector may not, staff of another district neither, and a reason is needed."""
    reviewer = entered.log_in("wu.min")
    case = _case(entered, reviewer)
    path = f"{API}/cases/{case['id']}/undo"
    tablet = Tablet(entered, "li.na").headers
    elsewhere = entered.log_in("elsewhere")
    assert entered.client.post(path, json={"reason": "x"}, headers=elsewhere).status_code == 403
    assert entered.client.get(f"{API}/registry/{AGAIN}/duplicates", headers=elsewhere).status_code == 404
    assert entered.client.post(path, json={"reason": "x"}, headers=tablet).status_code == 403
    assert entered.client.get(f"{API}/registry/{AGAIN}/duplicates", headers=tablet).status_code == 403
    assert entered.client.post(path, json={"reason": ""}, headers=reviewer).status_code == 400
    misfit = entered.client.post(f"{API}/cases/{case['id']}/decision", json={"action": "admit"}, headers=reviewer)
    assert misfit.status_code == 400
