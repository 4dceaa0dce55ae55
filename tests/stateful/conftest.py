"""A store folder with the forms published, copied by each day."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldsync.forms import Forms
from fieldsync.sample import district
from fieldsync.stores.factory import open_store

from .days import START
from .handovers import HandoverMachine
from .machine import FieldMachine, imported
from .offices import staffed


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample district's forms in a store of their own."""
    folder = tmp_path_factory.mktemp("published") / "store"
    store = open_store(f"sqlite:///{folder}")
    forms = Forms(store, lambda: START)
    for path in sorted(district.path("forms/person.xlsx").parent.glob("*.xlsx")):
        forms.publish(path.read_bytes(), path.name, "test")
    store.close()
    return folder


@pytest.fixture(scope="session")
def beginnings(published: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[type[FieldMachine], Path]:
    """What histories begin with: a store with the forms and two persons, and one with staff, too."""
    folder = tmp_path_factory.mktemp("model")
    template = imported(published, folder / "imported")
    return {FieldMachine: template, HandoverMachine: staffed(template, folder / "staffed")}


@pytest.fixture
def _begun(beginnings: dict[type[FieldMachine], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories may begin."""
    for machine, template in beginnings.items():
        monkeypatch.setattr(machine, "template", template, raising=False)
