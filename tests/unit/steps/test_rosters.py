"""A roster in a document on the whole road: merged member by member, contested, decided, admitted, accounted for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.registry_import import Progress
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from tests.unit.forms_spec.workbooks import question, workbook

from .conftest import CELL, OTHER_CELL, PERSON, ROWS, START, Field, uid

FOODS = [{"list_name": "food", "name": name, "label": name.title()} for name in ("fish", "milk", "rice")]
FORM = [
    question("text", "name", fs_key="yes", fs_admit="street"),
    question("begin_repeat", "pets", fs_merge="roster", fs_key="id"),
    question("text", "id", required="yes"),
    question("text", "name", fs_key="yes", fs_admit="street"),
    question("integer", "age", fs_merge="max"),
    question("select_multiple food", "foods", fs_merge="union"),
    question("text", "chip", fs_sensitive="yes"),
    question("begin_repeat", "shots", fs_merge="roster"),
    question("date", "on", fs_key="yes", required="yes"),
    question("text", "vet"),
    question("end_repeat", ""),
    question("end_repeat", ""),
]
"""A form of persons with a roster of their pets, and in it one of their vaccinations."""
KNOWN = {**ROWS, "person": f"id,name\n{uid('person')},王芳\n"}


@pytest.fixture
def field(prepared: Path, tmp_path: Path) -> Iterator[Field]:
    """An installation with one person, who has pets."""
    shutil.copytree(prepared, tmp_path / "store")
    settings = Settings(store=f"sqlite:///{tmp_path}/store")
    store = open_store(settings.store)
    for cell in (CELL, OTHER_CELL):
        store.create(f"cell-{cell}")
    made: dict[str, Field] = {}

    def now() -> datetime:
        return made["field"].moment if made else datetime.now(UTC)

    services = Services.of(store, load_keys(key_file(settings)), settings, now)
    services.forms.publish(workbook(FORM, FOODS, form_id="person", version="with-pets"), "person.xlsx", "test")
    pipeline = Pipeline.of(services)
    made["field"] = Field(services, pipeline, START)
    pipeline.importer(frozenset({CELL, OTHER_CELL})).take(KNOWN, START, Progress())
    owner = made["field"].tablet("li.na")
    owner.edit(PERSON, pets=[pet(1, "Mimi", 3, ["fish"]), pet(2, "Rex", 5)])
    made["field"].later()
    made["field"].run()
    yield made["field"]
    store.close()


def pet(number: int, name: str, age: int, foods: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """Return a member."""
    return {"id": str(number), "name": name, "age": age, **({"foods": foods} if foods else {}), **more}


def test_two_tablets_change_different_members_and_fields(field: Field) -> None:
    """Ages by the greater, foods united, members added and taken away, wherever they stand."""
    first, second = field.tablet("li.na"), field.tablet("zhang.wei")
    first.edit(PERSON, pets=[pet(2, "Rex", 6), pet(1, "Mimi", 3, ["fish", "milk"]), pet(3, "Kiki", 1)])
    field.later()
    second.edit(PERSON, pets=[pet(1, "Mimi", 4, ["fish", "rice"])])
    field.run()
    assert field.data(PERSON)["pets"] == [
        pet(2, "Rex", 6),
        pet(1, "Mimi", 4, ["fish", "milk", "rice"]),
        pet(3, "Kiki", 1),
    ]
    assert len(field.live(PERSON)) == 1
    assert field.books()["faults"] == []


def test_a_contest_inside_a_member_is_decided(field: Field) -> None:
    """The case names the member's field; the value chosen stands in the member, and the others stay as they are."""
    first, second = field.tablet("li.na"), field.tablet("zhang.wei")
    first.edit(PERSON, pets=[pet(1, "Mimo", 3, ["fish"]), pet(2, "Rex", 5)])
    chosen = second.edit(PERSON, pets=[pet(1, "Momi", 3, ["fish"]), pet(2, "Rex", 7)])
    field.run()
    (case,) = field.open_cases("contest")
    assert case.item == 'pets["1"].name'
    assert field.data(PERSON)["pets"][0]["name"] == "Mimi"
    field.decide(case.id, "choose", rev=chosen)
    field.run()
    assert field.data(PERSON)["pets"] == [pet(1, "Momi", 3, ["fish"]), pet(2, "Rex", 7)]
    assert field.open_cases("contest") == []
    assert field.books()["faults"] == []


def test_members_of_members_merge_by_their_own_key(field: Field) -> None:
    """Two tablets enter different vaccinations of one pet, and details of the same one."""
    first, second = field.tablet("li.na"), field.tablet("zhang.wei")
    may, june = {"on": "2026-05-01"}, {"on": "2026-06-01"}
    first.edit(PERSON, pets=[pet(1, "Mimi", 3, ["fish"], shots=[may]), pet(2, "Rex", 5)])
    second.edit(PERSON, pets=[pet(1, "Mimi", 3, ["fish"], shots=[june, {**may, "vet": "He"}]), pet(2, "Rex", 5)])
    field.run()
    shots = field.data(PERSON)["pets"][0]["shots"]
    assert sorted(shots, key=lambda one: one["on"]) == [{**may, "vet": "He"}, june]
    assert field.books()["faults"] == []


def test_members_are_admitted_item_by_item_and_accounted_for(field: Field) -> None:
    """Every field of a member is an item of the registry; running the steps again writes nothing."""
    tablet = field.tablet("li.na")
    field.submit(tablet)
    field.run()
    field.later()
    tablet.edit(PERSON, pets=[pet(1, "Mimo", 3, ["fish"]), pet(2, "Rex", 6)])
    field.submit(tablet, name="another")
    field.run()
    (case,) = field.open_cases("admission")
    assert [asked["item"] for asked in case.items] == ['pets["1"].name']
    assert field.registry(PERSON, 'pets["2"].age') == {"value": 6}
    assert field.registry(PERSON, 'pets["1"].name') == {"value": "Mimi"}
    field.decide(case.id, "admit")
    field.run()
    assert field.registry(PERSON, 'pets["1"].name') == {"value": "Mimo"}
    assert field.registry(PERSON, 'pets["1"].age') == {"value": 3}
    books = field.books()
    assert (books["faults"], books["adds_up"], books["outcomes"].get("not_submitted", 0)) == ([], True, 0)
    names = (f"cell-{CELL}", "ledger", "cases", "registry")
    before = [field.services.store.database(name).info().update_seq for name in names]
    field.pipeline.steps.run(CELL, [r.id for r in field.cell.documents()])
    assert [field.services.store.database(name).info().update_seq for name in names] == before


def test_what_became_of_a_member_is_told_by_its_name(field: Field) -> None:
    """The collector whose value was not kept reads of the member, and the story has a sentence for each change."""
    first, second = field.tablet("li.na"), field.tablet("zhang.wei")
    first.edit(PERSON, pets=[pet(1, "Mimi", 3, ["fish"]), pet(2, "Rex", 6)])
    second.edit(PERSON, pets=[pet(1, "Mimi", 3, ["fish"]), pet(2, "Rex", 9)])
    field.run()
    story = field.pipeline.teller.document(CELL, PERSON)
    told = " ".join(step["en"] for step in story)
    assert (
        "li.na changed pets 1 (added), the age of pets 1 from nothing to 3, the foods of pets 1 from nothing to Fish"
        in told
    )
    assert "For the age of pets 2" in told
    assert "the largest value counts, so it is 9." in told
    assert "宠物" not in told
    (line,) = [step["zh"] for step in story if step["step"] == "server" and step["merged"]]
    assert "Pets 2的Age" in line
    assert all(step["en"] and step["zh"] for step in story)


def test_an_answer_in_a_member_that_is_sensitive_is_covered(field: Field) -> None:
    """In the story, in notices and for programs alike; its neighbours are not."""
    tablet = field.tablet("li.na")
    tablet.edit(PERSON, pets=[pet(1, "Mimi", 4, ["fish"], chip="156000123456789"), pet(2, "Rex", 5)])
    field.run()
    told = " ".join(step["en"] + step["zh"] for step in field.pipeline.teller.document(CELL, PERSON))
    assert "156…" in told
    assert "156000" not in told
    masks = field.pipeline.kinds.masks("person")
    assert [masks(item) for item in ('pets["1"].chip', 'pets["1"].age', 'pets["1"].shots["2026-05-01"].vet')] == [
        True, False, False
    ]  # fmt: skip
