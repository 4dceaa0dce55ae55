"""The model of the field, run on a fixed share of histories; `make soak` runs thousands of others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.handovers import HandoverMachine
from tests.stateful.machine import FieldMachine, imported
from tests.stateful.offices import staffed

HISTORIES = os.environ.get("FIELDSYNC_HISTORIES", "")
SHARES = {FieldMachine: 52, HandoverMachine: 26}
ACTS = 40


@pytest.fixture(scope="module")
def templates(published: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[type[FieldMachine], Path]:
    """A store with the forms and two persons, and one with staff, too."""
    folder = tmp_path_factory.mktemp("model")
    template = imported(published, folder / "imported")
    return {FieldMachine: template, HandoverMachine: staffed(template, folder / "staffed")}


@pytest.mark.parametrize("machine", [FieldMachine, HandoverMachine])
def test_whatever_happens_in_the_field_all_agree_in_the_evening(
    machine: type[FieldMachine], templates: dict[type[FieldMachine], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure prints its history, which `tests/stateful/replay.py` makes short and shows the ledger of."""
    monkeypatch.setattr(machine, "template", templates[machine], raising=False)
    share = settings(
        max_examples=int(HISTORIES or SHARES[machine]),
        stateful_step_count=ACTS,
        derandomize=not HISTORIES,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=share)
