"""A push that a crash cut short and nobody repeats: what the ledger has of it enters the cell, with its case."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldsync.documents import DocId
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.registry_import import Progress
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store

from .conftest import CELL, OTHER_CELL, PERSON, ROWS, START, Field, Tablet, uid
from .crashes import Died, Fuse, FusedStore

VISIT, SHIP = f"visit:{uid('visit')}", f"spaceship:{uid('ship')}"
PUSHES: dict[str, tuple[Callable[[Tablet], Any], str]] = {
    "an edit": (lambda tablet: tablet.edit(PERSON, phone="12800000001"), PERSON),
    "a visit": (lambda tablet: tablet.write(VISIT, {"kind": "visit", "data": {"result": "complete"}}), VISIT),
    "a deletion": (lambda tablet: tablet.write(PERSON, {}, deleted=True), PERSON),
    "what may not enter": (lambda t: t.push({"_id": SHIP, "_rev": "1-" + "ab" * 16, "kind": "spaceship"}), SHIP),
    "what cannot be a revision": (lambda tablet: tablet.push({"_id": PERSON, "_rev": "x", "kind": "person"}), PERSON),
}


def opened(folder: Path, fuse: Fuse) -> Field:
    """Open an installation on a folder, behind a fuse."""
    settings = Settings(store=f"sqlite:///{folder}")
    fused: Any = FusedStore(open_store(settings.store), fuse)
    services = Services.of(fused, load_keys(key_file(settings)), settings, lambda: START)
    return Field(services, Pipeline.of(services), START)


@pytest.fixture(scope="module")
def household(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a household, of which all is in order."""
    folder = tmp_path_factory.mktemp("unfinished") / "store"
    shutil.copytree(prepared, folder)
    field = opened(folder, Fuse())
    for cell in (CELL, OTHER_CELL):
        field.services.store.create(f"cell-{cell}")
    field.pipeline.importer(frozenset({CELL, OTHER_CELL})).take(ROWS, START, Progress())
    field.run()
    assert field.pipeline.steps.finish_pushes() == 0
    field.services.store.close()
    return folder


def after(field: Field, document: str) -> tuple[Any, ...]:
    """Return what became of a push: whether the ledger has it, what the cell shows, who is asked, and the books."""
    field.run()
    edits = [e for e in field.services.ledger.document(CELL, document).entries.values() if e.is_edit]
    books = field.books()
    assert books["adds_up"], books["faults"]
    leaves = [leaf.rev for leaf in field.cell.leaves(DocId(document))]
    notices = [one.id for one in field.cell.documents("notice:", "notice;")]
    return len(edits), leaves, notices, sorted((c.id, c.state) for c in field.pipeline.cases.all())


@pytest.mark.parametrize("push", PUSHES)
def test_what_the_ledger_has_of_a_push_enters_the_cell_though_nobody_sends_it_again(
    push: str, household: Path, tmp_path: Path
) -> None:
    """Wherever the crash came: all of it or nothing; and nothing more is left to do."""
    sends, document = PUSHES[push]

    def lived(die_at: int) -> tuple[bool, tuple[Any, ...], tuple[Any, ...]]:
        shutil.copytree(household, tmp_path / str(die_at))
        fuse, died = Fuse(), False
        field = opened(tmp_path / str(die_at), fuse)
        tablet, before = field.tablet("li.na"), after(field, document)
        fuse.left = die_at
        try:
            sends(tablet)
        except Died:
            died = True
            field.services.store.close()
            field = opened(tmp_path / str(die_at), fuse)
        fuse.left = 0
        field.pipeline.steps.finish_pushes()
        came = after(field, document)
        assert field.pipeline.steps.finish_pushes() == 0
        field.services.store.close()
        return died, before, came

    _, _, whole = lived(0)
    ends = [lived(write) for write in range(1, 4)]
    assert all(came in (before, whole) for _, before, came in ends)
    assert any(died and came == whole for died, _, came in ends), "no crash came after the ledger had it"
