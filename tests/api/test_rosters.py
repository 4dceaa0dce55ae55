"""A repeat that a published form names a roster: two tablets push over HTTP, and staff read what came of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from fieldsync.revisions import server_rev
from tests.api.city import NORTH, City, bearer
from tests.unit.forms_spec.workbooks import question, workbook

PERSON = f"person:{uuid.uuid5(uuid.NAMESPACE_URL, 'p')}"
FORM = workbook(
    [
        question("text", "name", fs_key="yes", fs_admit="street"),
        question("begin_repeat", "children", fs_merge="roster", fs_key="number"),
        question("integer", "number", required="yes"),
        question("text", "called", fs_key="yes", fs_admit="street"),
        question("integer", "age", fs_merge="max"),
        question("text", "card", fs_sensitive="yes"),
        question("end_repeat", ""),
    ],
    form_id="person",
    version="1",
)
ANN, BOB = {"number": 1, "called": "Ann", "age": 3, "card": "A123456789"}, {"number": 2, "called": "Bob", "age": 5}


class Sender:
    """A tablet that pushes versions of one person."""

    def __init__(self, city: City, collector: str) -> None:
        city.add(collector, "collector", "510107")
        city.assign(NORTH, collector, "holder" if collector == "li.na" else "helper")
        self._client, self._headers = city.client, bearer(city.enrol(collector))

    def push(self, parent: list[str], children: list[dict[str, Any]]) -> list[str]:
        """Push a version on a path; returns its path."""
        body = {"kind": "person", "data": {"name": "王芳", "children": children}}
        path = [server_rev(parent[0] if parent else None, False, body), *parent]
        ids = [rev.partition("-")[2] for rev in path]
        doc = {"_id": PERSON, "_rev": path[0], "_revisions": {"start": len(path), "ids": ids}, **body}
        answer = self._client.post(
            f"/db/{NORTH}/_bulk_docs", json={"docs": [doc], "new_edits": False}, headers=self._headers
        )
        assert (answer.status_code, answer.json()) == (201, [])
        return path

    def read(self) -> dict[str, Any]:
        """Return the person as a pull brings it."""
        found: dict[str, Any] = self._client.get(f"/db/{NORTH}/{PERSON}", headers=self._headers).json()
        return found


@pytest.fixture
def sent(city: City) -> Sender:
    """Two tablets that changed the children of one person."""
    city.import_plan()
    answer = city.client.post("/api/v1/forms?filename=person.xlsx", content=FORM, headers=city.log_in("admin"))
    assert answer.status_code == 201, answer.text
    first, second = Sender(city, "li.na"), Sender(city, "zhang.wei")
    base = first.push([], [ANN, BOB])
    first.push(base, [{**ANN, "called": "Anne", "age": 4}, BOB, {"number": 3, "called": "Cyd"}])
    second.push(base, [{**BOB, "age": 6}, {**ANN, "called": "Anna"}])
    city.add("wu.min", "reviewer", "510107")
    return first


def test_two_tablets_change_one_list_and_nothing_is_lost(sent: Sender) -> None:
    """The pull that follows has both ages, the new child after the one it followed, the contested name as it was."""
    children = sent.read()["data"]["children"]
    assert children == [{**BOB, "age": 6}, {"number": 3, "called": "Cyd"}, {**ANN, "age": 4}]


def test_staff_see_the_member_that_is_contested_and_nothing_sensitive(sent: Sender, city: City) -> None:
    """The case names the child's field; the story covers its card."""
    city.app.state.pipeline.steps.catch_up(NORTH)
    headers = city.log_in("wu.min")
    (case,) = city.client.get("/api/v1/cases?kind=contest", headers=headers).json()["cases"]
    assert (case["item"], sorted(one["value"] for one in case["candidates"])) == (
        "children[1].called",
        ["Anna", "Anne"],
    )
    story = city.client.get(f"/api/v1/documents/{PERSON}/story?cell={NORTH}", headers=headers)
    assert story.status_code == 200, story.text
    assert "A123456789" not in story.text
    assert "A12…" in story.text
