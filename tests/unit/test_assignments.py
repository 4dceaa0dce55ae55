"""Assignments: epochs, handovers, and what a crash or a rival leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fieldsync.accounts import Role, User
from fieldsync.assignments import Assignments, State, Wish
from fieldsync.documents import derived_id
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.keys import load_keys
from fieldsync.plan_files import PlanFile
from fieldsync.replication import Access
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from tests.api.city import NORTH, PLAN, SOUTH, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(tmp_path: Path, clock: Clock) -> Iterator[Services]:
    store = open_store(f"sqlite:///{tmp_path}/store")
    services = Services.of(store, load_keys(tmp_path / "keys.json"), Settings(), clock)
    services.cells.import_plan(PlanFile(PLAN, "Sample", date(2026, 11, 1)))
    for name in ("li.na", "he.bo", "zhou"):
        services.accounts.create(User(name=name, display={}, roles=(Role.COLLECTOR,)))
    yield services
    store.close()


@pytest.fixture
def assignments(services: Services) -> Assignments:
    return services.assignments


def test_nobody_has_access_who_was_not_assigned(assignments: Assignments) -> None:
    """An unknown cell and a foreign one are alike: None."""
    assert assignments.access("li.na", NORTH) is None
    assert assignments.access("li.na", "510107001001999") is None
    assert assignments.access("nobody", NORTH) is None


def test_each_assignment_of_a_cell_is_an_epoch(assignments: Assignments) -> None:
    """Epochs count up within a cell, whoever is assigned, and identifiers follow from them."""
    epochs = [assignments.assign(Wish(NORTH, n, r)).epoch for n, r in (("li.na", "holder"), ("he.bo", "helper"))]
    assert epochs == [1, 2]
    assert assignments.assign(Wish(SOUTH, "li.na")).epoch == 1
    ids = [assignment.id for assignment in assignments.of_cell(NORTH)]
    assert ids == [derived_id("assignment", NORTH, "1"), derived_id("assignment", NORTH, "2")]


def test_a_handover_leaves_one_holder(assignments: Assignments) -> None:
    """After each new holder exactly one is active, all earlier ones drain, and helpers stay."""
    assignments.assign(Wish(NORTH, "zhou", "helper"))
    for name in ("li.na", "he.bo", "li.na"):
        assignments.assign(Wish(NORTH, name))
        states = [(a.collector, a.state) for a in assignments.of_cell(NORTH) if a.role == "holder"]
        assert states[-1] == (name, State.ACTIVE)
        assert all(state is State.DRAINING for _, state in states[:-1])
    assert assignments.access("zhou", NORTH) is Access.HELD
    assert assignments.access("li.na", NORTH) is Access.HELD
    assert assignments.access("he.bo", NORTH) is Access.DRAINING


def test_who_is_cut_off_sends_nothing_by_right_of_an_earlier_assignment(assignments: Assignments, clock: Clock) -> None:
    """Not by one that was made longer or shorter since; by another role, which still drains, he does."""
    assignments.assign(Wish(NORTH, "li.na", "helper"))
    longer = assignments.assign(Wish(NORTH, "li.na", "helper", until=clock() + timedelta(days=9)))
    assignments.end(longer.id, cut=True)
    assert assignments.access("li.na", NORTH) is None
    assignments.assign(Wish(NORTH, "he.bo"))
    helper = assignments.assign(Wish(NORTH, "he.bo", "helper"))
    assignments.assign(Wish(NORTH, "zhou"))
    assignments.end(helper.id, cut=True)
    assert assignments.access("he.bo", NORTH) is Access.DRAINING


def test_late_is_what_was_made_after_all_of_ones_time_in_a_cell(assignments: Assignments, clock: Clock) -> None:
    """Who went on helping after a handover made in time what he made until the end of that, however it ended."""
    assignments.assign(Wish(NORTH, "li.na"))
    helper = assignments.assign(Wish(NORTH, "li.na", "helper"))
    clock.pass_(hours=1)
    assignments.assign(Wish(NORTH, "he.bo"))
    clock.pass_(hours=1)
    assignments.end(helper.id, cut=True)
    standing = assignments.standing("li.na", NORTH)
    assert standing
    assert (standing.state, standing.drained_at) == (State.DRAINING, clock())


def test_a_crash_between_the_writes_of_a_handover_changes_no_answer(assignments: Assignments) -> None:
    """The new holder's document alone makes the old one drain; the next assignment writes down what is left."""
    first = assignments.assign(Wish(NORTH, "li.na"))
    second = assignments._made(Wish(NORTH, "he.bo"), 2)
    assert assignments._assignments.add(second.id, second)
    assert assignments.access("li.na", NORTH) is Access.DRAINING
    assert assignments.access("he.bo", NORTH) is Access.HELD
    assignments.assign(Wish(NORTH, "zhou", "helper"))
    assert assignments._assignments.need(first.id, "assignment").value.state is State.DRAINING


def test_of_two_rivals_one_is_told_to_look_again(assignments: Assignments) -> None:
    """Several supervisors at once: each holder they made has an epoch of his own, and one is active in the end."""

    def attempt(name: str) -> bool:
        try:
            assignments.assign(Wish(NORTH, name))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(attempt, ["li.na", "he.bo", "zhou"]))
    found = assignments.of_cell(NORTH)
    assert sum(done) == len(found) >= 1
    assert [a.epoch for a in found] == list(range(1, len(found) + 1))
    assert [a.state for a in found].count(State.ACTIVE) == 1


def test_a_handover_ahead_of_time_waits_for_its_time(assignments: Assignments, clock: Clock) -> None:
    """A holder from tomorrow on leaves today's holder in place until then."""
    assignments.assign(Wish(NORTH, "li.na"))
    assignments.assign(Wish(NORTH, "he.bo", since=clock() + timedelta(days=1)))
    assert assignments.access("li.na", NORTH) is Access.HELD
    assert assignments.access("he.bo", NORTH) is None
    clock.pass_(days=1)
    assert assignments.access("li.na", NORTH) is Access.DRAINING
    assert assignments.access("he.bo", NORTH) is Access.HELD


def test_a_handover_that_is_called_off_never_happens(assignments: Assignments, clock: Clock) -> None:
    """Ending the coming holder before his time leaves today's holder in place, and gives the other nothing."""
    assignments.assign(Wish(NORTH, "li.na"))
    coming = assignments.assign(Wish(NORTH, "he.bo", since=clock() + timedelta(days=1)))
    assignments.end(coming.id)
    clock.pass_(days=2)
    assert assignments.access("li.na", NORTH) is Access.HELD
    assert assignments.access("he.bo", NORTH) is None
    assert [standing.cell for standing in assignments.cells_of("he.bo")] == []


def test_a_stand_in_ends_by_himself(assignments: Assignments, clock: Clock) -> None:
    """After his time he may still send, and the holder was never touched."""
    assignments.assign(Wish(NORTH, "li.na"))
    assignments.assign(Wish(NORTH, "he.bo", "stand_in", until=clock() + timedelta(days=7)))
    clock.pass_(days=6)
    assert assignments.access("he.bo", NORTH) is Access.HELD
    clock.pass_(days=1)
    assert assignments.access("he.bo", NORTH) is Access.DRAINING
    assert assignments.access("li.na", NORTH) is Access.HELD


def test_who_stands_in_gets_another_end(assignments: Assignments, clock: Clock) -> None:
    """The time that was said last counts, not the longest; who helps in two buildings goes on in both."""
    assignments.assign(Wish(NORTH, "he.bo", "stand_in"))
    assignments.assign(Wish(NORTH, "he.bo", "stand_in", until=clock() + timedelta(days=7)))
    assert [a.state for a in assignments.of_cell(NORTH)] == [State.DRAINING, State.ACTIVE]
    assert assignments.access("he.bo", NORTH) is Access.HELD
    clock.pass_(days=8)
    assert assignments.access("he.bo", NORTH) is Access.DRAINING
    assignments.assign(Wish(NORTH, "he.bo", "stand_in", until=clock() + timedelta(days=7)))
    assert assignments.access("he.bo", NORTH) is Access.HELD


def test_what_was_assigned_since_somebody_looked_is_not_overruled(assignments: Assignments) -> None:
    """Two supervisors who looked at the same time: the second is told to look again, and nothing is changed."""
    assignments.assign(Wish(NORTH, "li.na", saw=0))
    with pytest.raises(Conflict, match="somebody else"):
        assignments.assign(Wish(NORTH, "he.bo", saw=0))
    assert assignments.access("he.bo", NORTH) is None
    assert assignments.assign(Wish(NORTH, "he.bo", saw=1)).epoch == 2


def test_an_end_goes_forward_only(assignments: Assignments) -> None:
    """Active, draining, ended: a repeat or a smaller step changes nothing."""
    made = assignments.assign(Wish(NORTH, "li.na"))
    assert assignments.end(made.id).state is State.DRAINING
    assert assignments.end(made.id, cut=True).state is State.ENDED
    assert assignments.end(made.id).state is State.ENDED
    assert assignments.access("li.na", NORTH) is None
    with pytest.raises(NotFound):
        assignments.end("none")


def test_the_best_of_several_assignments_counts(assignments: Assignments) -> None:
    """Who drains as a holder and helps besides holds the cell; `cells_of` says the same, with cells that are gone."""
    assignments.assign(Wish(NORTH, "li.na"))
    assignments.assign(Wish(NORTH, "he.bo"))
    assignments.assign(Wish(NORTH, "li.na", "helper"))
    gone = assignments.assign(Wish(SOUTH, "li.na"))
    assignments.end(gone.id, cut=True)
    standings = assignments.cells_of("li.na")
    assert [(s.cell, s.state, s.role, s.epoch) for s in standings] == [
        (NORTH, State.ACTIVE, "helper", 3),
        (SOUTH, State.ENDED, "holder", 1),
    ]


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (Wish("510107001001999", "li.na"), NotFound),
        (Wish("", "li.na"), NotFound),
        (Wish(NORTH, "nobody"), NotFound),
        (Wish(NORTH, "li.na", "king"), BadInput),
        (Wish(NORTH, "li.na", until=datetime(2020, 1, 1, tzinfo=UTC)), BadInput),
    ],
)
def test_a_wish_that_cannot_be_met_writes_nothing(
    services: Services, assignments: Assignments, wish: Wish, error: type[Exception]
) -> None:
    """The database is as it was."""
    before = services.store.database("grid").info()
    with pytest.raises(error):
        assignments.assign(wish)
    assert services.store.database("grid").info() == before
