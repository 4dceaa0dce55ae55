"""What is owed to the people in the registry, over HTTP: their file, their erasure, the trail; by role."""

from __future__ import annotations

import pytest

from tests.api.city import NORTH, City
from tests.api.test_field_work import API, PERSON, Tablet, field, settings, with_forms

__all__ = ["field", "settings", "with_forms"]
FILE, ERASURE, TRAIL = f"{API}/registry/{PERSON}/file", f"{API}/registry/{PERSON}/erasure", f"{API}/audit/trail"


@pytest.mark.parametrize(("role", "may_erase", "may_read_trail"), [("reviewer", 403, 403), ("auditor", 403, 200)])
def test_by_role(field: City, role: str, may_erase: int, may_read_trail: int) -> None:
    """Administrators erase and hand out files; they and auditors read the trail; collectors do none of it."""
    field.add("ms.role", role, "510107")
    for name, erase, trail in (("ms.role", may_erase, may_read_trail), ("li.na", 403, 403), ("admin", 200, 200)):
        headers = field.log_in(name)
        assert field.client.get(ERASURE, headers=headers).status_code == erase
        assert field.client.get(FILE, params={"reason": "request 7"}, headers=headers).status_code == erase
        assert field.client.get(TRAIL, headers=headers).status_code == trail
    wanted = {"reason": "request 7", "confirm": PERSON}
    assert field.client.post(ERASURE, json=wanted, headers=field.log_in("ms.role")).status_code == 403


def test_a_list_of_cases_says_in_the_trail_whom_it_showed(field: City) -> None:
    """As each search of the registry does."""
    tablet = Tablet(field, "li.na")
    tablet.push({"_id": PERSON, "_rev": "no revision", "kind": "person"})
    listed = field.client.get(f"{API}/cases", headers=field.log_in("wu.min")).json()["cases"]
    last = field.services.trail.last()
    assert last
    assert (last.by, last.action, last.reason) == ("wu.min", "case.list", f"saw: {PERSON}")
    assert [case["document"] for case in listed] == [PERSON]


def test_a_file_is_told_and_then_the_person_is_erased(field: City) -> None:
    """In two steps, with a reason; afterwards the file has the trail alone, and that is whole."""
    tablet = Tablet(field, "li.na")
    tablet.edit(tablet.get(PERSON), phone="12800000001")
    field.app.state.pipeline.steps.catch_up(NORTH)
    admin = field.log_in("admin")
    assert field.client.get(FILE, headers=admin).json()["error"] == "bad_request"
    held = field.client.get(FILE, params={"reason": "request 7"}, headers=admin).json()
    assert "12800000001" in str(held["revisions"])
    page, text = (
        field.client.get(FILE, params={"reason": "request 7", "format": kind, "language": "en"}, headers=admin)
        for kind in ("html", "text")
    )
    assert (page.headers["content-type"], "<td>Phone</td>" in page.text) == ("text/html; charset=utf-8", True)
    assert (text.headers["content-type"], "Who saw it" in text.text) == ("text/plain; charset=utf-8", True)
    reach = field.client.get(ERASURE, headers=admin).json()
    assert PERSON in reach["documents"][NORTH]
    unsure = field.client.post(ERASURE, json={"reason": "request 7", "confirm": "yes"}, headers=admin)
    assert (unsure.status_code, "once more" in unsure.json()["reason"]) == (400, True)
    done = field.client.post(ERASURE, json={"reason": "request 7", "confirm": PERSON}, headers=admin)
    assert (done.status_code, done.json()["by"]) == (200, "admin")
    after = field.client.get(FILE, params={"reason": "request 7"}, headers=admin).json()
    assert "12800000001" not in str(after)
    assert after["erased"]["reason"] == "request 7"
    shown = field.client.get(f"{API}/registry/{PERSON}", headers=admin).json()
    assert shown["erased"]["by"] == "admin"
    seen = field.client.get(TRAIL, params={"subject": PERSON}, headers=admin).json()["entries"]
    assert [one["action"] for one in seen][:5] == [*["registry.file"] * 3, "registry.erasure", "registry.erase"]
    assert field.client.get(f"{TRAIL}/verification", headers=admin).json() == {"whole": True, "first_break": None}
