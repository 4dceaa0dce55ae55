"""What the steps know of published forms: their own process's at once, another's within a second, and cheaply."""

from pathlib import Path

import pytest

from fieldsync.errors import BadInput
from fieldsync.forms import Forms
from fieldsync.kinds import FRESH_S, Kinds
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store
from tests.unit.forms_spec.workbooks import question, workbook
from tests.unit.steps.conftest import START


@pytest.fixture
def store(tmp_path: Path):
    """An empty store."""
    kept = open_store(f"sqlite:///{tmp_path}/store")
    yield kept
    kept.close()


def publish(forms: Forms, workbooks: dict[str, bytes]) -> None:
    """Publish the form of persons."""
    forms.publish(workbooks["person.xlsx"], "person.xlsx", "test")


def test_another_process_is_noticed_within_a_second(store: Store, workbooks: dict[str, bytes]) -> None:
    """A form that somebody else published counts as soon as what was read is a second old."""
    moment = [0.0]
    kinds = Kinds(Forms(store, lambda: START), lambda: moment[0])
    assert kinds.spec("person") is None
    publish(Forms(store, lambda: START), workbooks)
    moment[0] = FRESH_S
    spec = kinds.spec("person")
    assert spec is not None
    assert spec.id == "person"
    assert kinds.sensitive("person") == frozenset(spec.sensitive_fields())


def test_what_is_published_here_counts_at_once(store: Store, workbooks: dict[str, bytes]) -> None:
    """The process that publishes a form uses it for the very next document."""
    forms = Forms(store, lambda: START)
    kinds = Kinds(forms, lambda: 0.0)
    assert kinds.validator("person", None) is None
    publish(forms, workbooks)
    assert kinds.validator("person", None) is not None


def test_a_page_of_documents_does_not_read_the_form_for_each(store: Store, workbooks: dict[str, bytes]) -> None:
    """While what was read is fresh the store is not asked again: here it could not answer."""
    forms = Forms(store, lambda: START)
    publish(forms, workbooks)
    kinds = Kinds(forms, lambda: 0.0)
    rules = kinds.merge_rules("person")
    store.close()
    assert all(kinds.merge_rules("person") is rules for _ in range(100))


def test_a_retention_without_effect_is_not_published(store: Store) -> None:
    """Stays go with their person: the refusal says so in both languages, and nothing is in use."""
    marked = {"form_id": "stay", "attribute::fs:retention": "P5Y"}
    with pytest.raises(BadInput, match="a stay goes with its person") as refused:
        Forms(store, lambda: START).publish(workbook([question("text", "a")], **marked), "stay.xlsx", "test")
    assert "保存期限" in refused.value.message_zh
    assert Kinds(Forms(store, lambda: START)).spec("stay") is None
