"""Other systems: registered by administrators, told what was agreed and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fieldsync.documents import DocId
from fieldsync.pipeline import Pipeline
from fieldsync.registry import NAME as REGISTRY
from fieldsync.registry import Item
from fieldsync.stores.base import Put
from tests.api.city import City
from tests.api.registry_city import BOTH, FANG, HERE, THERE, URL, people
from tests.api.test_field_work import API, settings, uid, with_forms

__all__ = ["settings", "with_forms"]
SYSTEMS = f"{API}/exchange/systems"
AGREED = {"purpose": "School places", "fields": {"person": ["name", "birth_date"]}, "areas": ["510107"]}


@pytest.fixture
def known(city: City) -> City:
    return people(city)


def register(city: City, **changed: Any) -> dict[str, str]:
    body = {"name": "school-office", **AGREED, **changed}
    answer = city.client.post(SYSTEMS, json=body, headers=city.log_in("admin"))
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def follow(city: City, headers: dict[str, str], since: str | None = None, limit: int = 2) -> tuple[list[Any], str]:
    """Read the feed to its end, page by page."""
    told: list[Any] = []
    while True:
        asked = {"limit": limit} | ({"since": since} if since else {})
        answer = city.client.get(f"{URL}/changes", params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        told, since = told + answer.json()["changes"], answer.json()["next"]
        if not answer.json()["more"]:
            return told, str(since)


def test_a_system_is_told_what_was_agreed_and_nothing_else(known: City) -> None:
    """First all there is in its areas, then what changed; doubles as such; each page in the audit trail."""
    headers = register(known)
    told, since = follow(known, headers)
    assert {one["id"] for one in told} == {FANG, HERE, BOTH}
    assert {one["id"]: one["values"] for one in told}[FANG] == {"name": "王芳", "birth_date": "1980-02-03"}
    assert {name for one in told for name in one} == {"id", "kind", "values"}
    assert follow(known, headers, since)[0] == []

    pipeline: Pipeline = known.app.state.pipeline
    item = Item(value={"value": "王芬"}, source="edit", at="2026-11-24T00:00:00.000Z", by="li.na")
    for name in (FANG, THERE):
        record = pipeline.registry.get(name)
        assert record
        pipeline.registry.set_items(record, None, {"name": item})
    pipeline.registry.change(HERE, lambda r: type(r)(**{**_members(r), "alias_of": FANG}))
    changed, _ = follow(known, headers, since)
    assert sorted(changed, key=lambda one: "values" in one) == [
        {"id": HERE, "kind": "person", "same_as": FANG},
        {"id": FANG, "kind": "person", "values": {"name": "王芬", "birth_date": "1980-02-03"}},
    ]
    assert "li.na" not in json.dumps(changed)
    traces = [trace for trace in pipeline.trail.entries() if trace.by == "system:school-office"]
    assert FANG in traces[-1].reason or FANG in traces[-2].reason


def test_a_record_that_is_gone_is_told_as_deleted(known: City) -> None:
    """Only of the kinds that were agreed; once; nothing of what it said."""
    headers = register(known)
    _, since = follow(known, headers)
    database = known.services.store.database(REGISTRY)
    for name in (FANG, f"stay:{uid('s1')}"):
        found = database.get(DocId(name))
        assert found
        database.put(Put(DocId(name), b"{}", found.rev, deleted=True))
    told, since = follow(known, headers, since)
    assert told == [{"id": FANG, "kind": "person", "deleted": True}]
    assert follow(known, headers, since)[0] == []


def _members(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def test_tokens_agreements_and_who_may(known: City) -> None:
    """The token opens the feed alone, until it is renewed or ended; only administrators agree; errors say where."""
    headers = register(known)
    feed, staff = f"{URL}/changes", known.log_in("wu.min")
    admin = known.log_in("admin")
    assert known.client.get(URL, headers=headers).status_code == 401
    assert [known.client.get(feed, headers=h).status_code for h in ({}, staff, admin)] == [401, 401, 401]
    assert [known.client.request(m, SYSTEMS, headers=staff, json=AGREED).status_code for m in ("GET", "POST")] == [
        403,
        403,
    ]
    since = follow(known, headers)[1]
    other = register(known, name="clinic")
    assert known.client.get(feed, params={"since": since}, headers=other).json()["field"] == "cursor"
    assert known.client.get(feed, params={"since": "x"}, headers=headers).status_code == 400
    for changed, field in (
        ({"name": "School"}, "name"),
        ({"purpose": " "}, "purpose"),
        ({"fields": {}}, "fields"),
        ({"fields": {"person": ["colour"]}}, "fields"),
        ({"fields": {"cat": ["name"]}}, "fields"),
        ({"areas": ["51x"]}, "areas"),
    ):
        answer = known.client.post(SYSTEMS, json={"name": "new", **AGREED, **changed}, headers=admin)
        assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert known.client.post(SYSTEMS, json={"name": "clinic", **AGREED}, headers=admin).status_code == 409
    agreed = known.client.put(f"{SYSTEMS}/clinic", json={**AGREED, "fields": {"person": ["sex"]}}, headers=admin)
    assert agreed.json()["agreement"]["fields"] == {"person": ["sex"]}
    assert {n for one in follow(known, other)[0] for n in one["values"]} == {"sex"}
    renewed = known.client.post(f"{SYSTEMS}/clinic/token", headers=admin).json()["token"]
    assert known.client.get(feed, headers=other).status_code == 401
    assert known.client.get(feed, headers={"Authorization": f"Bearer {renewed}"}).status_code == 200
    known.client.delete(f"{SYSTEMS}/school-office", headers=admin)
    assert known.client.get(feed, headers=headers).status_code == 401
    listed = known.client.get(SYSTEMS, headers=admin).json()["systems"]
    assert [(one["name"], one["active"], one["token"]) for one in listed] == [
        ("clinic", True, None), ("school-office", False, None)
    ]  # fmt: skip
    assert uid("x") not in str(listed)
