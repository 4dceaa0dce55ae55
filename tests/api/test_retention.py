"""What runs out, and holds, over HTTP; by role."""

from __future__ import annotations

import pytest

from tests.api.city import City
from tests.api.test_field_work import API, PERSON, field, settings, with_forms

__all__ = ["field", "settings", "with_forms"]
COMING, HOLDS = f"{API}/retention", f"{API}/retention/holds"


@pytest.mark.parametrize(("name", "status"), [("admin", 200), ("wu.min", 403), ("li.na", 403)])
def test_by_role(field: City, name: str, status: int) -> None:
    """Administrators alone."""
    headers = field.log_in(name)
    assert field.client.get(COMING, headers=headers).status_code == status
    assert field.client.get(HOLDS, headers=headers).status_code == status
    wanted = {"subject": PERSON, "reason": "court"}
    assert field.client.post(HOLDS, json=wanted, headers=headers).status_code == (201 if status == 200 else status)


def test_who_is_held_is_not_erased(field: City) -> None:
    """A 409 names the hold; once it has ended the erasure goes through."""
    admin = field.log_in("admin")
    bad = field.client.post(HOLDS, json={"subject": "stay", "reason": "court"}, headers=admin).json()
    assert (bad["error"], bad["field"], "无法保全" in bad["reason_zh"]) == ("bad_request", "subject", True)
    hold = field.client.post(HOLDS, json={"subject": PERSON, "reason": "court"}, headers=admin).json()
    erasure = f"{API}/registry/{PERSON}/erasure"
    wanted = {"reason": "request 7", "confirm": PERSON}
    refused = field.client.post(erasure, json=wanted, headers=admin)
    assert (refused.status_code, refused.json()["hold"]) == (409, hold["id"])
    ended = field.client.delete(f"{HOLDS}/{hold['id']}", headers=admin).json()
    assert ended["ended_by"] == "admin"
    assert field.client.post(erasure, json=wanted, headers=admin).status_code == 200
    assert field.client.delete(f"{HOLDS}/nothing", headers=admin).status_code == 404


def test_without_a_retention_nothing_runs_out(field: City) -> None:
    """A page without documents, and no next one."""
    page = field.client.get(COMING, params={"within": 36500}, headers=field.log_in("admin")).json()
    assert (page["coming"], page["next"]) == ([], None)
    assert field.client.get(COMING, params={"area": "Wuhou"}, headers=field.log_in("admin")).status_code == 400
