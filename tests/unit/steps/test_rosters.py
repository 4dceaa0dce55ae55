"""A roster in a document on the whole road: merged member by member, contested, decided, admitted, accounted for."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conflict import Rules
from fieldsync.forms import Forms
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.registry_import import Progress
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store

from .conftest import CELL, OTHER_CELL, PERSON, ROWS, START, Field

PETS = {
    "merge": "roster",
    "key": "id",
    "fields": {"name": {"key": True}, "age": {"merge": "max"}, "foods": {"merge": "union"}},
}


class FormsWithPets(Forms):
    """The published forms, with pets as a roster of persons."""

    def rules(self, form: str) -> Rules:
        """Return the form's rules, and those of the roster."""
        spec = self.spec(form)
        return Rules.of({**(spec.merge_rules() if spec else {}), **({"pets": PETS} if form == "person" else {})})


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
    services = dataclasses.replace(services, forms=FormsWithPets(store, now))
    pipeline = Pipeline.of(services)
    made["field"] = Field(services, pipeline, START)
    pipeline.importer(frozenset({CELL, OTHER_CELL})).take(ROWS, START, Progress())
    owner = made["field"].tablet("li.na")
    owner.edit(PERSON, pets=[pet(1, "Mimi", 3, ["fish"]), pet(2, "Rex", 5)])
    made["field"].later()
    made["field"].run()
    yield made["field"]
    store.close()


def pet(number: int, name: str, age: int, foods: list[str] | None = None) -> dict[str, Any]:
    """Return a member."""
    return {"id": str(number), "name": name, "age": age, **({"foods": foods} if foods else {})}


def test_two_tablets_change_different_members_and_fields(field: Field) -> None:
    """Ages by the greater, foods united, members added and taken away, wherever they stand."""
    first, second = field.tablet("li.na"), field.tablet("zhang.wei")
    first.edit(PERSON, pets=[pet(2, "Rex", 6), pet(1, "Mimi", 3, ["fish", "milk"]), pet(3, "Kiki", 1)])
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


def test_members_are_admitted_item_by_item_and_accounted_for(field: Field) -> None:
    """Every field of a member is an item of the registry; running the steps again writes nothing."""
    tablet = field.tablet("li.na")
    field.submit(tablet)
    field.run()
    for case in field.open_cases("admission"):
        field.decide(case.id, "admit")
    field.run()
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
    assert "age" in told
    assert "9" in told
    assert all(step["en"] and step["zh"] for step in story)
