"""A tablet and its collector: stamps by a wrong clock, identifiers that every run repeats, reasons for no answer."""

from datetime import UTC, datetime, timedelta

import pytest

from fieldsync.simulate.clocks import DayClock, TabletClock
from fieldsync.simulate.replica import Replica
from fieldsync.simulate.tablet import Collector, Missing, Tablet

CELL = "510107001004001"
NOON = datetime(2026, 11, 23, 12, 0, 0, 500_700, tzinfo=UTC)


def tablet(error: timedelta = timedelta()) -> Tablet:
    """Return a tablet whose day stands still at noon."""
    made = Tablet(Collector("li.na", "李娜", "Li Na"), TabletClock(DayClock(lambda: NOON), error), [CELL])
    made.replicas = {CELL: Replica(CELL)}
    return made


def test_no_two_readings_of_a_day_are_alike_though_real_time_stands_still() -> None:
    """Two edits never bear the same stamp."""
    clock = TabletClock(DayClock(lambda: NOON))
    assert [clock.reading(), clock.reading()] == ["2026-11-23T12:00:00.500Z", "2026-11-23T12:00:00.501Z"]


def test_a_wrong_clock_stamps_its_own_time() -> None:
    """The error of the clock is in every stamp of an edit."""
    wrong = tablet(error=-timedelta(days=365))
    person = wrong.create(CELL, "person", {"name": "a"})
    wrong.edit(person, {"name": "b"})
    meta = wrong.shown(person).body["meta"]
    assert meta["at"].startswith("2025-11-23T12:00:00.5")
    assert meta["stamps"] == {"name": meta["at"]}


def test_two_runs_of_a_day_write_under_the_same_identifiers() -> None:
    """Identifiers follow from the collector and a count."""
    one, other = tablet(), tablet()
    assert [one.new_id("visit"), one.new_id("stay")] == [other.new_id("visit"), other.new_id("stay")]
    assert one.new_id("visit") != one.new_id("visit")


def test_an_edit_keeps_what_it_does_not_name() -> None:
    """A form closed is one revision with every answer in it."""
    mine = tablet()
    person = mine.create(CELL, "person", {"name": "a", "phone": "121", "note": "x"})
    mine.edit(person, {"phone": Missing("refused"), "note": None})
    body = mine.shown(person).body
    assert body["data"] == {"name": "a"}
    assert body["missing"] == {"phone": "refused"}
    mine.edit(person, {"phone": "122"})
    assert mine.shown(person).data == {"name": "a", "phone": "122"}
    assert "missing" not in mine.shown(person).body


def test_a_form_is_saved_on_the_version_that_was_opened() -> None:
    """What came while the form was open is not in what is saved."""
    mine = tablet()
    person = mine.create(CELL, "person", {"name": "a"})
    opened = mine.shown(person).rev
    mine.edit(person, {"phone": "121"})
    saved = mine.edit(person, {"name": "b"}, opened=opened)
    version = mine.replicas[CELL].at(person, saved)
    assert version.data == {"name": "b"}
    assert version.body["meta"]["opened"] == opened


def test_a_tablet_that_is_not_enrolled_cannot_sync() -> None:
    """The message says what to do."""
    with pytest.raises(RuntimeError, match="enrol it first"):
        tablet().pull()
