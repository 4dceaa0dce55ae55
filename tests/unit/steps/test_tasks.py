"""Tasks: closed by an answer or by what was asked for, told to the cell, in the books, whatever crashes."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from fieldsync.documents import DocId
from fieldsync.pipeline import Pipeline
from fieldsync.services import Services
from tests.unit.steps.conftest import CELL, OTHER_CELL, PERSON, STAY, Field, Tablet, uid
from tests.unit.steps.crashes import Died, Fuse, FusedStore
from tests.unit.steps.test_late import Draining
from tests.unit.steps.test_moves import NEW_PERSON, NEW_STAY, NUMBER, arrives, leaves, tasks

ANSWER = f"answer:{uid('answer')}"


def task_id(field_: Field, cell: str) -> str:
    (row,) = field_.services.store.database(f"cell-{cell}").documents("task:", "task;")
    return row.id


def answers(field_: Field, task: str, answer: str = ANSWER, cell: str = CELL, user: str = "li.na") -> None:
    body = {"kind": "answer", "data": {"task": task, "result": "still_here"}}
    Tablet(field_, user, cell=cell).write(answer, body)


def closed(field_: Field, cell: str) -> dict[str, Any] | None:
    (task,) = tasks(field_, cell)
    found: dict[str, Any] | None = task.get("closed")
    return found


def test_an_answer_closes_its_task_and_is_told_in_the_cell(field_: Field) -> None:
    """By whom, when and by which answer, in both languages; the books are even and the answer is recorded."""
    arrives(field_, PERSON)
    answers(field_, task_id(field_, CELL))
    field_.run()
    found = closed(field_, CELL)
    assert found is not None
    assert (found["because"], found["answer"], found["by"]) == ("answered", ANSWER, "li.na")
    assert found["text"].keys() == {"en", "zh"}
    books = field_.books()
    assert (books["outcomes"]["recorded"], books["faults"]) == (1, [])
    entry = field_.services.ledger.entry(CELL, task_id(field_, CELL), field_.live(task_id(field_, CELL))[0])
    assert entry is not None
    assert (entry.origin, entry.cause) == ("server", ANSWER)


def test_what_was_answered_is_not_asked_again(field_: Field) -> None:
    """Not when the arrival is edited, not by a second answer, and not when the closed task has gone with time."""
    tablet = arrives(field_, PERSON)
    task = task_id(field_, CELL)
    answers(field_, task)
    field_.run()
    first = closed(field_, CELL)
    answers(field_, task, f"answer:{uid('second')}", user="he.bo")
    tablet.edit(NEW_STAY, note="once more", person=PERSON)
    for cell in (CELL, OTHER_CELL):
        field_.pipeline.steps.catch_up(cell)
    assert closed(field_, CELL) == first
    field_.moment += timedelta(days=13)
    field_.pipeline.steps.withdraw_expired()
    assert closed(field_, CELL) == first
    field_.moment += timedelta(days=2)
    field_.pipeline.steps.withdraw_expired()
    assert tasks(field_, CELL) == []
    field_.pipeline.steps.run(OTHER_CELL, [DocId(NEW_STAY)])
    assert tasks(field_, CELL) == []


def test_pointing_the_stay_at_the_record_settles_the_task_and_pointing_it_away_asks_again(field_: Field) -> None:
    """The move then is of one record; nothing about it is left to do."""
    leaves(field_)
    tablet = arrives(field_, **NUMBER)
    assert closed(field_, OTHER_CELL) is None
    stay = {"household": uid("new home"), "kind": "usual", "since": "2026-11-11"}
    tablet.write(NEW_STAY, {"kind": "stay", "data": {**stay, "person": PERSON}})
    field_.pipeline.steps.catch_up(OTHER_CELL)
    found = closed(field_, OTHER_CELL)
    assert found is not None
    assert found["because"] == "settled"
    (move,) = field_.pipeline.moves.all()
    assert (move.state, move.arrival.person, move.departure.stay) == ("matched", PERSON, STAY)
    tablet.write(NEW_STAY, {"kind": "stay", "data": {**stay, "person": NEW_PERSON}})
    field_.pipeline.steps.catch_up(OTHER_CELL)
    assert closed(field_, OTHER_CELL) is None
    assert field_.books()["faults"] == []


def test_a_departure_that_is_mended_away_is_asked_about_again(field_: Field) -> None:
    """The question was settled by a departure; without it, it is open once more."""
    arrives(field_, PERSON)
    tablet = field_.tablet("li.na")
    tablet.edit(STAY, until="2026-11-10")
    field_.run()
    assert closed(field_, CELL) is not None
    tablet.edit(STAY, drop=("until",))
    field_.run()
    assert closed(field_, CELL) is None


@pytest.mark.parametrize("task", [None, 7, "", "person:x", f"task:{uid('of another cell')}"])
def test_an_answer_that_names_no_task_of_its_cell_closes_nothing(field_: Field, task: Any) -> None:
    """It is recorded all the same."""
    arrives(field_, PERSON)
    answers(field_, task)
    field_.run()
    assert closed(field_, CELL) is None
    assert field_.books()["outcomes"]["recorded"] == 1


def test_a_crash_at_any_write_leaves_the_same_task_closed_once(field_: Field) -> None:
    """The process dies before each of its writes in turn; the next run closes the task, one more writes nothing."""
    arrives(field_, PERSON)
    answers(field_, task_id(field_, CELL))
    services, fuse = field_.services, Fuse()
    store = services.store
    fused = Services.of(FusedStore(store, fuse), services.keys, services.settings, services.now)  # type: ignore[arg-type]
    steps = Pipeline.of(fused).steps
    died = 0
    for at in range(1, 10):
        fuse.left = at
        with suppress(Died):
            steps.tasks.review(CELL, [ANSWER])
            break
        died += 1
    fuse.left = 0
    assert died >= 2
    found = closed(field_, CELL)
    assert found is not None
    assert found["answer"] == ANSWER
    before = store.database(f"cell-{CELL}").info().update_seq
    steps.tasks.review(CELL, [ANSWER])
    assert store.database(f"cell-{CELL}").info().update_seq == before


@pytest.mark.parametrize(("action", "is_closed"), [("accept", True), ("refuse", False)])
def test_a_late_answer_closes_its_task_once_it_is_let_in(field_: Field, action: str, is_closed: bool) -> None:
    """What was answered after the handover waits for a person, and counts as the person decides."""
    arrives(field_, PERSON)
    old = Draining(field_, "li.na")
    old.drained_at = field_.moment + timedelta(hours=1)
    field_.later(120)
    data = {"task": task_id(field_, CELL), "result": "still_here"}
    old.write(ANSWER, {"kind": "answer", "data": data}, at=old.drained_at + timedelta(minutes=5))
    field_.run()
    assert closed(field_, CELL) is None
    (case,) = field_.open_cases("late")
    field_.decide(case.id, action, reason="asked again")
    assert (closed(field_, CELL) is not None) == is_closed
    assert field_.books()["faults"] == []
