"""The model with handovers finds faults that are planted, each in a short history that goes well without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fieldsync import assignments, entries, late, resolution
from fieldsync.gate import Identity
from fieldsync.handovers.orders import Handovers
from fieldsync.handovers.receipts import Receipts
from fieldsync.intake import Intake
from fieldsync.replication import Access, Caller
from fieldsync.sessions import Sessions
from mobile_api.replication import attachments, bulk, changes
from mobile_api.replication.answers import Answer
from mobile_api.replication.call import Call, Desk, Route
from mobile_api.replication.routes import ROUTES
from tests.stateful.handovers import HandoverMachine
from tests.stateful.replay import acts_in, replayed
from tests.stateful.servers import CELL

BEGINNING = "HandoverMachine()\nstate.enrol(limit=1000, error=0)\n"
HANDED_OVER = (
    f"state.hand_over(cells=('{CELL}',), die_at=0, server=0, sweeps=False, times=(None, None), to=1)\n"
    f"state.wait(seconds=30)\n"
)
PLANNED = "state.hand_over(cells=('510107001004002',), die_at=0, server=0, sweeps=False, times=(60, None), to=1)\n"
TAKEN_BACK = "state.undo(die_at=0, place=0, server=0)\n"
EDITED = "state.edit(item='phone', place=0, tablet=0, times=1)\n"
LOOKED_AT = "state.wait(seconds=30)\n" * 33
SENT = "state.push(die_at=0, keep=1.0, server=0, tablet=0, turned=False, twice=False)\nstate.run(die_at=0, server=0)\n"
WORKED_ON = "state.edit(item='phone', place=0, tablet=1, times=1)\nstate.sync(server=0, tablet=1)\n"
RECEIPT = "state.give_receipt(server=0, tablet=0)\n"
LOST = "state.lose(server=0, tablet=0)\nstate.pull(part=0, tablet=0)\n"
CUT_SHORT = (
    "state.hand_over(cells=('510107001004001', '510107001004002'), die_at=4, server=0, sweeps=True, times=(None, None),"
    " to=2)\n"
)
Plant = Callable[[pytest.MonkeyPatch], None]


def lets_read(patch: pytest.MonkeyPatch) -> None:
    """Answer `_bulk_get` while a cell drains."""
    patch.setitem(ROUTES["_bulk_get"], "POST", Route(bulk.get_many, draining=True))


def lets_fetch_photos(patch: pytest.MonkeyPatch) -> None:
    """Answer for attachments while a cell drains."""
    patch.setitem(ROUTES["attachment"], "GET", Route(attachments.get_attachment, draining=True))


def shows_changes(patch: pytest.MonkeyPatch) -> None:
    """Tell a draining tablet what changed."""

    def told(desk: Desk, caller: Caller, call: Call) -> Answer:
        return changes.answer_changes(desk, replace(caller, access=Access.HELD), call)

    patch.setitem(ROUTES["_changes"], "GET", Route(told, draining=True))


def closes_nothing(patch: pytest.MonkeyPatch) -> None:
    """Leave the old holder what he had."""
    patch.setattr(assignments, "_replaces", lambda *_: False)


def begins_what_was_called_off(patch: pytest.MonkeyPatch) -> None:
    """Take an assignment that was ended before its time for one that was in force."""
    patch.setattr(assignments, "_has_begun", lambda assignment, now: assignment.since <= now)


def drops_what_is_late(patch: pytest.MonkeyPatch) -> None:
    """Acknowledge what a draining tablet sends, and keep nothing of it."""
    accept = Intake._accept

    def accept_in_time(self: Intake, batch: Any, *sent: Any) -> None:
        if batch.request.caller.drained_at is None:
            accept(self, batch, *sent)

    patch.setattr(Intake, "_accept", accept_in_time)


def merges_what_is_late(patch: pytest.MonkeyPatch) -> None:
    """Take nothing for late."""
    patch.setattr(entries, "late_changes", lambda *_: [])


def shows_what_is_late(patch: pytest.MonkeyPatch) -> None:
    """Let late values stand in the cell before anybody decides."""
    for room in (late, resolution):
        patch.setattr(room, "late_items", lambda *_: frozenset())


def never_ends(patch: pytest.MonkeyPatch) -> None:
    """Take a receipt, and end nothing."""
    patch.setattr(Receipts, "_keep", lambda *_: None)


def lets_lost_tablets_in(patch: pytest.MonkeyPatch) -> None:
    """Ask no tablet whether it was cut off, nor end its session."""
    patch.setattr(Identity, "refuse_revoked", lambda *_: None)
    patch.setattr(Sessions, "end_all", lambda *_: None)


def finishes_nothing(patch: pytest.MonkeyPatch) -> None:
    """Leave an order that was cut short as it is."""
    patch.setattr(Handovers, "finish", lambda _: [])


PLANTED: dict[str, tuple[Plant, str, str]] = {
    "reads": (lets_read, HANDED_OVER + LOOKED_AT, "_bulk_get"),
    "photos": (lets_fetch_photos, HANDED_OVER + LOOKED_AT, "photo.jpg"),
    "changes": (shows_changes, HANDED_OVER + WORKED_ON + "state.pull(part=0, tablet=0)\n", "was shown"),
    "closing": (closes_nothing, HANDED_OVER + LOOKED_AT, "li.na may send and got"),
    "called off": (begins_what_was_called_off, PLANNED + TAKEN_BACK + 2 * LOOKED_AT, "zhang.wei may nothing and got"),
    "dropped": (drops_what_is_late, HANDED_OVER + EDITED + SENT, "li.na drains for ever"),
    "merged": (merges_what_is_late, HANDED_OVER + EDITED + SENT, "late are"),
    "shown": (shows_what_is_late, HANDED_OVER + EDITED + SENT, "shows phone"),
    "receipts": (never_ends, HANDED_OVER + RECEIPT, "got Reply(status=200"),
    "lost": (lets_lost_tablets_in, LOST, "lost tablet got"),
    "halves": (finishes_nothing, CUT_SHORT, "carried out in part"),
}


@pytest.mark.usefixtures("_begun")
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what it does, and by nothing else: without it the same history ends well."""
    plant, history, told = PLANTED[fault]
    acts = acts_in(BEGINNING + history)
    assert replayed(acts, HandoverMachine) == ("", [])
    plant(monkeypatch)
    assert told in replayed(acts, HandoverMachine)[0]
