"""The model of the field, run on a fixed share of histories; `make soak` runs thousands of others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import FieldMachine, imported

HISTORIES = int(os.environ.get("FIELDSYNC_HISTORIES", "40"))
ACTS = int(os.environ.get("FIELDSYNC_ACTS", "30"))
IS_SOAK = "FIELDSYNC_HISTORIES" in os.environ


@pytest.fixture(scope="module")
def template(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the forms and two persons."""
    return imported(published, tmp_path_factory.mktemp("model") / "store")


def test_whatever_happens_in_the_field_all_agree_in_the_evening(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure prints the shortest history of acts that leads to it, as code that can be run again."""
    monkeypatch.setattr(FieldMachine, "template", template, raising=False)
    run_state_machine_as_test(
        FieldMachine,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=ACTS,
            derandomize=not IS_SOAK,
            print_blob=True,
            database=None,
            phases=[Phase.generate, Phase.shrink],
        ),
    )
