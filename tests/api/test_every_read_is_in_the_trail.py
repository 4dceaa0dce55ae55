"""Every address that can be read is read: an answer that shows somebody's value has left an entry in the trail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.city import NORTH, City
from tests.api.test_field_work import API, HOUSEHOLD, PERSON, ROWS, STAY, Tablet, field, settings, uid
from tests.api.test_field_work import with_forms as with_forms
from tests.api.test_lots import street
from tests.api.test_registry_import import ended, handed_over

__all__ = ["field", "settings", "street"]
SHOWN = {"王芳": PERSON, "1981-02-03": PERSON, "12812345678": PERSON, "E00000001": f"person:{uid('new1')}"}
"""Values that mean one person each, and who that is."""
OF_MANY = {"registry.export", "registry.import.rejects"}
"""What shows whole areas or files, of which the trail names the area or the file."""
ANSWERS_TO_SEALED_FORMS = {f"{API}/sealed/{{answer}}"}
"""What is not read here, since this city has no sealed form: its own tests open answers, and look into the trail."""
WORTH_A_NOTE = (
    "/registry", "/registry/{record}", "/registry/{record}/history", "/registry/{record}/file", "/registry/export",
    "/registry/changes", "/registry/imports/{job}/rejects", "/cases", "/cases/{case}", "/lots/{lot}",
    "/documents/{document}/story",
)  # fmt: skip


@pytest.fixture
def lived(street: City) -> tuple[City, dict[str, str]]:
    """A city with something at every address; returns what stands in their paths."""
    tablet = Tablet(street, "zhang.wei")
    tablet.edit(tablet.get(PERSON), birth_date="1981-02-03")
    tablet.submit_covering({i: tablet.get(i)["_rev"] for i in (PERSON, HOUSEHOLD, STAY)})
    street.app.state.pipeline.steps.catch_up(NORTH)
    reviewer, admin = street.log_in("wu.min"), street.log_in("admin")
    lot = street.client.post(f"{API}/lots", json={"area": "510107", "round": "r"}, headers=reviewer).json()
    cases = street.client.get(f"{API}/cases?kind=admission&unclaimed=true", headers=reviewer).json()["cases"]
    bad = ROWS["person"] + f"{uid('odd')},王芳,1,31.12.1980,\n"
    files = {kind: text for kind, text in ROWS.items() if kind != "person"}
    job = street.client.post(
        f"{API}/registry/imports?dry_run=true", content=handed_over(**files, person=bad), headers=admin
    )
    agreed = {"name": "school", "purpose": "Places", "fields": {"person": ["name"]}, "areas": ["510107"]}
    made = street.client.post(f"{API}/exchange/systems", json=agreed, headers=admin)
    assert made.status_code == 201, made.text
    token = made.json()["token"]
    proposed = street.client.post(
        f"{API}/assignments/proposals", json={"area": "510107", "from": "2026-11-24"}, headers=street.log_in("he.jun")
    ).json()
    (device, *_) = street.client.get(f"{API}/devices?collector=li.na", headers=admin).json()["devices"]
    return street, {
        "record": PERSON, "document": PERSON, "case": cases[0]["id"], "lot": lot["id"],
        "job": ended(street, job.json())["id"],
        "code": NORTH, "form": "person", "tablet": device["id"], "proposal": proposed["id"], "token": token,
        "name": "li.na", "report": "completeness",
    }  # fmt: skip


ASKED = {
    "kind": "person", "cell": NORTH, "area": NORTH, "reveal": "true", "reason": "request 7",
    "from": "2026-11-01", "to": "2026-11-30", "unmatched": "true",
}  # fmt: skip
"""What is asked wherever an address takes it, so that as much as can be is shown."""


def asked_of(path: str, operation: dict[str, Any]) -> dict[str, str]:
    """Return the query for an address."""
    taken = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
    versions = {"from": "2026-11-01", "to": "2026-11-01"} if path.endswith("/compare") else {}
    query = {name: value for name, value in {**ASKED, **versions}.items() if name in taken}
    unfit = {f"{API}/cases": {"kind"}, f"{API}/registry": {"from", "to"}}.get(path, set())
    return {name: value for name, value in query.items() if name not in unfit}


def test_every_answer_with_somebodys_value_left_an_entry(lived: tuple[City, dict[str, str]]) -> None:
    """By whoever may read most at that address; the entry is theirs, and the person finds it."""
    city, named = lived
    city.add("reader", "sealed_reader", "510107")
    heads = {who: city.log_in(who) for who in ("admin", "wu.min", "he.jun", "reader")}
    heads["system"] = {"Authorization": f"Bearer {named['token']}"}
    with_values, answered = set(), set()
    for path, operations in city.client.get(f"{API}/openapi.json").json()["paths"].items():
        if "get" not in operations or path in ANSWERS_TO_SEALED_FORMS:
            continue
        refused: list[str] = []
        address = path.format_map({**named, "name": "cells"} if path.startswith("/ogc") else named)
        for who, headers in heads.items():
            before = city.services.trail.last()
            answer = city.client.get(address, params=asked_of(path, operations["get"]), headers=headers)
            refused.append(answer.text[:100])
            if answer.status_code == 200:
                answered.add(path)
                if shown := [value for value in SHOWN if value.encode() in answer.content]:
                    with_values.add(path.removeprefix(API))
                    must_be_noted(city, before.number if before else 0, (path, who), shown)
        assert path in answered, f"{address} was not read: {refused}"
    assert with_values == set(WORTH_A_NOTE)


def must_be_noted(city: City, after: int, what: tuple[str, str], shown: list[str]) -> None:
    """See that each person who was shown finds the reading in the trail."""
    trail, (path, who) = city.services.trail, what
    by = "system:school" if who == "system" else who
    if {entry.action for entry in trail.entries(after)} & OF_MANY:
        return
    for value in shown:
        assert by in {entry.by for entry in trail.about(SHOWN[value], after)}, f"{path} showed {value} to {who}"
