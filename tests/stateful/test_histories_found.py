"""Histories in which the model once found something wrong, made short by `replay.py`."""

from __future__ import annotations

import pytest

from tests.stateful.replay import acts_in, machine_in, replayed

TWO_RELEASES_OF_A_SLOW_CLOCK = """FieldMachine()
state.enrol(error=-31536000, limit=10)
state.spoil(place=0, tablet=2)
state.push_at_once(at=3, other=1, server=0, tablet=2)
state.answer_quarantine(die_at=3, lets_in=True, place=0, server=0)
state.spoil(place=0, tablet=2)
state.edit(item='birth_date', place=0, tablet=1, times=12)
state.push_at_once(at=2, other=1, server=0, tablet=2)
state.answer_quarantine(die_at=5, lets_in=True, place=9, server=1)
"""
TWO_SERVERS_CLOSE_ONE_CASE = """FieldMachine()
state.enrol(limit=10, error=3600)
state.spoil(place=0, tablet=2)
state.push_at_once(at=1, other=0, server=0, tablet=2)
state.edit_set(place=0, removes=True, tablet=2)
state.push_at_once(at=1, other=2, server=0, tablet=2)
"""
A_CRASH_BEFORE_A_NOTICE_AND_A_FORGOTTEN_BEGINNING = """FieldMachine()
state.enrol(error=0, limit=10)
state.spoil(place=0, tablet=1)
state.push(die_at=5, keep=0.5, server=0, tablet=1, turned=True, twice=False)
state.edit(item='name', place=0, tablet=1, times=12)
"""
AN_EDIT_AFTER_WHAT_WAS_WRITTEN_ON_IT = """FieldMachine()
state.enrol(error=-31536000, limit=10)
state.spoil(place=0, tablet=0)
state.push(die_at=5, keep=1.0, server=0, tablet=0, turned=True, twice=True)
state.quarrel(item='name', place=0, tablets={0, 1, 2})
state.push(die_at=1, keep=0.5, server=0, tablet=0, turned=False, twice=True)
state.spoil(place=0, tablet=1)
state.quarrel(item='birth_date', place=0, tablets={0, 2})
state.send_again(die_at=0, place=18, server=1, tablet=0)
state.delete(place=0, tablet=2)
state.send_again(die_at=1, place=19, server=1, tablet=0)
state.push_at_once(at=6, other=2, server=1, tablet=0)
state.sync(server=1, tablet=1)
state.send_again(die_at=6, place=13, server=0, tablet=0)
"""
A_RELEASE_BEFORE_THE_BRANCH_WAS_CLOSED = """HandoverMachine()
state.enrol(limit=10, error=3600)
state.edit(item='phone', place=0, tablet=2, times=1)
state.push(die_at=6, keep=0.5, server=0, tablet=2, turned=True, twice=True)
state.spoil(place=0, tablet=1)
state.push(die_at=6, keep=0.5, server=1, tablet=1, turned=False, twice=True)
state.answer_quarantine(die_at=2, lets_in=True, place=8, server=0)
"""
A_LATE_EDIT_WITH_A_FORGOTTEN_BEGINNING = """HandoverMachine()
state.enrol(limit=10, error=3600)
state.end(cut=False, place=2, server=0)
state.edit(item='birth_date', place=0, tablet=1, times=12)
state.push_at_once(at=6, other=2, server=0, tablet=1)
"""
A_VERSION_NAMED_AND_THEN_WRITTEN_ON = """HandoverMachine()
state.enrol(limit=10, error=-31536000)
state.order_at_once(at=6, cells=('510107001004001', '510107001004002'), of=('510107001004001',), server=0, to=1)
state.quarrel(item='birth_date', place=1, tablets={0, 1, 2})
state.give_receipt(server=0, tablet=0)
state.edit(item='birth_date', place=1, tablet=0, times=1)
"""
A_PLANNED_HANDOVER_TAKEN_BACK = """HandoverMachine()
state.enrol(error=3600, limit=1000)
state.hand_over(cells=('510107001004001',), die_at=4, server=0, sweeps=False, times=(900, None), to=2)
state.undo(die_at=6, place=0, server=1)
"""
A_PLANNED_HANDOVER_CALLED_OFF_BY_ANOTHER = """HandoverMachine()
state.enrol(limit=10, error=3600)
state.hand_over(cells=('510107001004002',), die_at=0, server=0, sweeps=False, times=(900, None), to=1)
state.hand_over(cells=('510107001004002',), die_at=0, server=0, sweeps=False, times=(60, None), to=2)
state.undo(die_at=0, place=0, server=1)
state.wait(seconds=700)
"""
A_PUSH_CUT_SHORT_OF_A_TABLET_THAT_WAS_LOST = """HandoverMachine()
state.enrol(error=3600, limit=10)
state.quarrel(item='name', place=0, tablets={0, 1, 2})
state.sync(server=1, tablet=0)
state.sync(server=1, tablet=2)
state.push(die_at=2, keep=0.5, server=1, tablet=1, turned=False, twice=True)
state.lose(server=1, tablet=1)
"""
AN_ORDER_WHOSE_DAY_PASSED_BEFORE_IT_WAS_CARRIED_OUT = """HandoverMachine()
state.enrol(error=3600, limit=10)
state.let_work(cells=('510107001004001',), dies=(2, False), role='stand_in', server=0, times=(None, 60), to=1)
state.wait(seconds=700)
state.sweep(server=1)
"""
A_TAKING_BACK_THAT_WAS_CUT_SHORT_AND_REPEATED = """HandoverMachine()
state.enrol(limit=1000, error=0)
state.hand_over_all(of=0, server=0, to=1)
state.undo(die_at=6, place=0, server=0)
state.undo(die_at=0, place=0, server=1)
"""
A_PLANNED_HANDOVER_TAKEN_BACK_AND_THAT_TAKEN_BACK = """HandoverMachine()
state.enrol(limit=10, error=0)
state.hand_over(cells=('510107001004001',), die_at=0, server=0, sweeps=True, times=(900, None), to=1)
state.undo(die_at=0, place=0, server=0)
state.undo(die_at=0, place=1, server=0)
"""
FOUND = (
    TWO_RELEASES_OF_A_SLOW_CLOCK,
    TWO_SERVERS_CLOSE_ONE_CASE,
    A_CRASH_BEFORE_A_NOTICE_AND_A_FORGOTTEN_BEGINNING,
    AN_EDIT_AFTER_WHAT_WAS_WRITTEN_ON_IT,
    A_RELEASE_BEFORE_THE_BRANCH_WAS_CLOSED,
    A_LATE_EDIT_WITH_A_FORGOTTEN_BEGINNING,
    A_VERSION_NAMED_AND_THEN_WRITTEN_ON,
    A_PLANNED_HANDOVER_TAKEN_BACK,
    A_PLANNED_HANDOVER_CALLED_OFF_BY_ANOTHER,
    A_PUSH_CUT_SHORT_OF_A_TABLET_THAT_WAS_LOST,
    AN_ORDER_WHOSE_DAY_PASSED_BEFORE_IT_WAS_CARRIED_OUT,
    A_TAKING_BACK_THAT_WAS_CUT_SHORT_AND_REPEATED,
    A_PLANNED_HANDOVER_TAKEN_BACK_AND_THAT_TAKEN_BACK,
)


@pytest.mark.usefixtures("_begun")
@pytest.mark.parametrize("history", FOUND)
def test_what_once_went_wrong_ends_well(history: str) -> None:
    """All replicas agree, the books balance, and the values are those of the reference."""
    acts = acts_in(history)
    assert len(acts) == history.count("state.")
    assert replayed(acts, machine_in(history)) == ("", [])
