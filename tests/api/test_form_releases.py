"""Versions of a form side by side: compared, released area by area, taken back, retired; by role, and on record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from fieldsync.documents import encode_body
from fieldsync.errors import Conflict
from fieldsync.forms import Forms
from fieldsync.settings import Settings
from fieldsync.stores.base import Graft
from fieldsync.stores.factory import open_store
from tests.api.city import ELSEWHERE, NORTH, SOUTH, City, Clock, bearer, plan_of, square
from tests.api.test_forms import FORMS, document, open_round, publish
from tests.unit.forms_spec.workbooks import question, workbook

STREET, PILOT = NORTH[:9], "110101"
KINDS = [{"list_name": "kind", "name": name, "label": name.title()} for name in ("owner", "tenant", "guest")]
NAME = question("text", "name", fs_key="yes", fs_admit="street")


def form(version: str, *more: dict[str, str], choices: list[dict[str, str]] = KINDS) -> bytes:
    rows = [NAME, question("select_one kind", "kind"), *more]
    return workbook(rows, choices, form_id="person", version=version)


FIRST = form("1", question("text", "phone", fs_sensitive="yes"))
SECOND = form("2", question("date", "since"), choices=KINDS[:2])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the first version in use everywhere and the second in a city elsewhere."""
    folder = tmp_path_factory.mktemp("prepared") / "store"
    store = open_store(f"sqlite:///{folder}")
    clock = Clock()
    forms = Forms(store, clock)
    forms.publish(FIRST, "person.xlsx", "admin")
    clock.pass_(minutes=1)
    forms.publish(SECOND, "person.xlsx", "admin", PILOT)
    store.close()
    return folder


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    shutil.copytree(prepared, tmp_path / "store")
    return Settings(store=f"sqlite:///{tmp_path}/store")


@pytest.fixture
def ask(city: City) -> Callable[..., Any]:
    """What an administrator asks of the forms: a method, a path, and what goes with it."""
    city.import_plan()
    headers = city.log_in("admin")

    def asked(method: str, path: str = "", **more: Any) -> Any:
        city.clock.pass_(seconds=10)
        return city.client.request(method, FORMS + path, headers=headers, **more)

    return asked


def put(city: City, cell: str, number: int, version: str, **data: str) -> None:
    """Put a person's document into a cell, as it would be found there."""
    doc_id = f"person:00000000-0000-4000-8000-{number:012d}"
    body = {"kind": "person", "form": "person", "version": version, "data": data}
    graft = Graft(doc_id, (f"1-{number:032x}",), encode_body(body))
    city.services.store.database(f"cell-{cell}").graft([graft])


def versions_in_cells(city: City) -> list[str | None]:
    found = [document(city, cell, "form:person") for cell in (NORTH, SOUTH, ELSEWHERE)]
    return [one["data"]["version"] if one else None for one in found]


def test_a_staged_release_is_widened_and_taken_back(city: City, ask: Callable[..., Any]) -> None:
    """Each cell has the version of its area; the others wait, until the release is widened, or goes back again."""
    open_round(city, area="5101")
    assert versions_in_cells(city) == ["1", "1", "1"]
    answer = ask("POST", f"?filename=person.xlsx&area={NORTH}", content=SECOND)
    assert (answer.status_code, answer.json()["area"], answer.json()["before"]) == (201, NORTH, "1")
    assert versions_in_cells(city) == ["2", "1", "1"]
    assert ask("GET", "/person").json()["version"] == "1"
    (shown,) = ask("GET").json()["forms"]
    areas = [(release["version"], release["area"]) for release in shown["releases"]]
    assert areas == [("2", NORTH), ("2", PILOT), ("1", "")]
    assert ask("POST", "/person/release", json={"version": "2", "area": STREET}).status_code == 200
    assert versions_in_cells(city) == ["2", "2", "1"]
    assert ask("POST", "/person/release", json={"version": "1", "area": SOUTH}).status_code == 200
    assert versions_in_cells(city) == ["2", "1", "1"]
    everywhere = ask("POST", "/person/release", json={"version": "2"}).json()
    assert [release["area"] for release in everywhere["releases"]] == [""]
    assert versions_in_cells(city) == ["2", "2", "2"]
    listed = ask("GET", "/person/versions").json()["versions"]
    assert [(one["version"], one["areas"]) for one in listed] == [("1", []), ("2", [""])]
    notes = [(trace.by, trace.action, trace.subject, trace.reason) for trace in city.services.trail.entries()]
    assert notes == [
        ("admin", "form.publish", "form:person@2", NORTH),
        ("admin", "form.release", "form:person@2", STREET),
        ("admin", "form.release", "form:person@1", SOUTH),
        ("admin", "form.release", "form:person@2", ""),
    ]


def test_publishing_tells_what_it_means_for_documents_under_way(city: City, ask: Callable[..., Any]) -> None:
    """A dry run writes nothing: what is added, gone and forbidden, and how many documents in which cells have it."""
    put(city, NORTH, 1, "1", name="A", kind="guest", phone="1")
    put(city, NORTH, 2, "1", name="B", kind="owner")
    put(city, SOUTH, 3, "0", name="C", kind="guest")
    put(city, ELSEWHERE, 4, "1", name="D", kind="guest")
    query = "?filename=person.xlsx&dry_run=true&documents=true&area=510107"
    told = ask("POST", query, content=form("3", question("date", "since"), choices=KINDS[:2])).json()
    assert (told["dry_run"], told["new"], told["refused"]) == (True, True, [])
    kinds = {(change["kind"], change["field"]) for change in told["changes"]}
    assert kinds == {("added", "since"), ("removed", "phone"), ("choices_removed", "kind")}
    assert told["impact"] == {
        "documents": 3,
        "cells": {NORTH: 2, SOUTH: 1},
        "versions": {"0": 1, "1": 2},
        "answers": {"phone": 1},
        "choices": {"kind": {"guest": 2}},
    }
    assert ask("GET", "/person?version=3").status_code == 404
    compared = ask("GET", "/person/compare?from=1&to=2&documents=true").json()
    assert (compared["impact"]["documents"], compared["changes"]) == (4, told["changes"])
    assert ask("GET", "/person/compare?from=1&to=9").status_code == 404


def test_what_a_version_may_not_do(city: City, ask: Callable[..., Any]) -> None:
    """Other content of a version is a 409 that says what differs; another type is refused for good, with the remedy."""
    other = form("1", question("text", "phone", fs_sensitive="yes"), question("text", "note"))
    answer = ask("POST", "?filename=person.xlsx", content=other)
    assert answer.status_code == 409
    assert [(change["kind"], change["field"]) for change in answer.json()["changes"]] == [("added", "note")]
    ask("POST", "/person/release", json={"version": "2"})
    refused = ask("POST", "?filename=person.xlsx", content=form("3", question("integer", "phone")))
    assert refused.status_code == 400
    assert "phone was text and is now integer; give the question a new name" in refused.json()["reason"]
    assert "请改用新的名称" in refused.json()["faults"][0]["zh"]
    assert ask("GET", "/person?version=3").status_code == 404


def test_two_who_publish_at_once(city: City) -> None:
    """Of two contents under one version one is published; the other is told so, and nothing is mixed up."""
    contents = [form("3", question("text", name)) for name in ("left", "right")]
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda content: publish(city, content).status_code, contents))
    assert statuses == [201, 409]
    fields = {field.name for field in city.services.forms.need_spec("person", "3").fields}
    assert city.services.forms.workbook("person", "3")[1] == contents["right" in fields]


def test_two_versions_at_once_that_do_not_go_together(city: City) -> None:
    """Who is second is told, though both were examined against the same version before."""
    forms = city.services.forms
    steps = [forms.examine(form(v, question(t, "age")), "person.xlsx") for v, t in (("3", "text"), ("4", "integer"))]
    forms.take(steps[0], "admin")
    with pytest.raises(Conflict, match="age was text and is now integer"):
        forms.take(steps[1], "admin")
    assert forms.need("person").version == "3"


def test_a_retired_form_is_told_to_the_tablets(city: City, ask: Callable[..., Any]) -> None:
    """No round takes it any more, its document in the cells says so, and a release brings it back."""
    open_round(city)
    answer = ask("POST", "/person/retire", json={"reason": "replaced"})
    assert (answer.status_code, answer.json()["retired"]["reason"]) == (200, "replaced")
    assert document(city, NORTH, "form:person")["retired"]["reason"] == "replaced"
    refused = open_round(city, id="2026-12")
    assert (refused.status_code, "retired" in refused.json()["reason"]) == (400, True)
    assert ask("POST", "/person/release", json={"version": "1"}).json()["retired"] is None
    assert "retired" not in document(city, NORTH, "form:person")
    assert ask("POST", "/nothing/retire", json={"reason": "x"}).status_code == 404


def test_by_role(city: City, ask: Callable[..., Any]) -> None:
    """Everybody with a session reads forms and carries drafts; staff compares; administrators decide."""
    city.add("wang", "supervisor", "510107")
    city.add("li.na", "collector", "510107")
    city.assign(NORTH, "li.na")
    supervisor, tablet = city.log_in("wang"), bearer(city.enrol("li.na"))
    for path, body in (("release", {"version": "1", "area": NORTH}), ("retire", {"reason": "x"})):
        assert city.client.post(f"{FORMS}/person/{path}", json=body, headers=supervisor).status_code == 403
    compare = f"{FORMS}/person/compare?from=1&to=2"
    assert [city.client.get(compare, headers=who).status_code for who in (supervisor, tablet)] == [200, 403]
    for path in ("", "/person", "/person/versions", "/person/xform", "/person/schema", "/person/dictionary"):
        assert city.client.get(FORMS + path, headers=tablet).status_code == 200
        assert city.client.get(FORMS + path).status_code == 401
    assert city.client.get(f"{FORMS}/person/xform", headers=tablet).text.startswith("<?xml")
    schemas = [city.client.get(f"{FORMS}/person/schema?version={v}", headers=tablet).json() for v in ("1", "2")]
    assert ["since" in schema["properties"]["data"]["properties"] for schema in schemas] == [False, True]
    book = load_workbook(BytesIO(city.client.get(f"{FORMS}/person/dictionary", headers=tablet).content))
    assert [row[0] for row in book["variables"].iter_rows(values_only=True)][1:] == ["name", "kind", "phone"]


def test_a_draft_moves_up_over_the_api(ask: Callable[..., Any]) -> None:
    """Its answers come back under the new version, with what to ask again, and whose answer is no question's now."""
    draft = {"version": "1", "data": {"name": "A", "kind": "guest", "phone": "1"}, "missing": {}}
    carried = ask("POST", "/person/draft?version=2", json=draft).json()
    assert carried["draft"] == {**draft, "version": "2", "former": {"1": ["phone"]}}
    assert carried["to_ask"] == {"kind": "choice", "since": "new"}
    assert ask("POST", "/person/draft", json=draft | {"version": "9"}).status_code == 404


def test_what_a_crash_left_is_brought_by_the_sweep(city: City, ask: Callable[..., Any]) -> None:
    """A version put in use whose cells were never told reaches them by the next sweep, which then has nothing to do."""
    open_round(city)
    city.services.forms.release("person", "2", "", "admin")  # and no delivery: the process ended here
    assert versions_in_cells(city)[:2] == ["1", "1"]
    assert city.services.delivery.bring_unfinished() == 2
    assert versions_in_cells(city) == ["2", "2", None]
    assert city.services.delivery.bring_unfinished() == city.services.delivery.bring_all() == 0


def test_later_cells_get_what_was_released_around_them(city: City, ask: Callable[..., Any]) -> None:
    """Without any round: a cell drawn after the release has the form from its beginning."""
    ask("POST", "/person/release", json={"version": "2", "area": STREET})
    later = f"{STREET}001009"
    content = plan_of(square(later, 104.6, 30.6), square("510104002001002", 104.7, 30.6))
    query = "/api/v1/plans?name=Later&date=2026-11-20"
    assert city.client.post(query, content=content, headers=city.log_in("admin")).status_code == 201
    assert document(city, later, "form:person")["data"]["version"] == "2"
    assert document(city, "510104002001002", "form:person") is None


def test_malformed_input(ask: Callable[..., Any]) -> None:
    """One clear error, and nothing is changed."""
    before = ask("GET").json()
    for path, body, status in (
        ("release", {"version": "9"}, 404),
        ("release", {"version": "1", "area": "110101"}, 404),
        ("release", {"version": "1", "area": "51010"}, 400),
        ("release", {"version": "1", "area": "x"}, 400),
        ("retire", {"reason": " "}, 400),
        ("draft", {"version": "1", "data": []}, 400),
    ):
        answer = ask("POST", f"/person/{path}", json=body)
        assert answer.status_code == status, answer.text
        assert set(answer.json()) >= {"error", "reason"}
    assert ask("GET").json() == before
