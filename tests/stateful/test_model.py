"""The model of the field, run on a fixed share of histories; `make soak` runs thousands of others."""

from __future__ import annotations

import os

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.handovers import HandoverMachine
from tests.stateful.machine import FieldMachine

HISTORIES = os.environ.get("FIELDSYNC_HISTORIES", "")
SHARES = {FieldMachine: 52, HandoverMachine: 26}
ACTS = 40


@pytest.mark.usefixtures("_begun")
@pytest.mark.parametrize("machine", [FieldMachine, HandoverMachine])
def test_whatever_happens_in_the_field_all_agree_in_the_evening(machine: type[FieldMachine]) -> None:
    """A failure prints its history, which `tests/stateful/replay.py` makes short and shows the ledger of."""
    share = settings(
        max_examples=int(HISTORIES or SHARES[machine]),
        stateful_step_count=ACTS,
        derandomize=not HISTORIES,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=share)
