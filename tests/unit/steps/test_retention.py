"""Retention: what runs out and when, that it is listed before it goes, what keeps it, and what is left of it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldsync.erased import read_list
from fieldsync.errors import Conflict
from fieldsync.pipeline import Pipeline
from fieldsync.retention import Coming
from fieldsync.services import Services

from .conftest import CELL, DWELLING, HOUSEHOLD, OTHER_CELL, PERSON, START, STAY, Field, uid
from .crashes import Died, Fuse, FusedStore
from .retained import let_days_pass, publish
from .sealed_room import ROOM, TOLD, Sender, told_in

VISIT, EVENT = f"visit:{uid('visit')}", f"event:{uid('event')}"
SECRET = "植入zq77123"


def visit(field_: Field) -> None:
    """Send a visit whose informant is a planted value."""
    tablet = field_.tablet("li.na")
    told = {"household": HOUSEHOLD, "dwelling": DWELLING, "round": "2026", "result": "complete", "informant": SECRET}
    tablet.write(VISIT, {"kind": "visit", "data": told})
    field_.run()


def coming(field_: Field, days: int = 0) -> dict[str, Coming]:
    until = (field_.moment + timedelta(days=days)).date()
    return {one.one.document: one for one in field_.pipeline.retention.coming([CELL], until)}


def test_a_visit_runs_out_by_itself_after_it_was_listed(field_: Field, tmp_path: Path) -> None:
    """Listed on its day, erased when the days of grace are over; its household stays, and the books balance."""
    publish(field_, visit="P90D")
    visit(field_)
    assert let_days_pass(field_, 89) == 0
    assert coming(field_) == {}
    assert coming(field_, 1)[VISIT].one.due == date(2027, 2, 21)
    assert let_days_pass(field_, 1) == 0
    assert (coming(field_)[VISIT].listed, coming(field_)[VISIT].goes) == (date(2027, 2, 21), date(2027, 3, 23))
    assert let_days_pass(field_, 29) == 0
    assert field_.live(VISIT)
    assert let_days_pass(field_, 1) == 1
    assert (field_.live(VISIT), coming(field_, 400)) == ([], {})
    assert field_.live(HOUSEHOLD)
    assert set(field_.outcomes(VISIT).values()) == {"erased"}
    books = field_.books()
    assert (books["unaccounted"], books["adds_up"], books["outcomes"]["erased"]) == (0, True, 1)
    noted = [(t.by, t.subject, t.reason) for t in field_.services.trail.entries() if t.action == "retention.erase"]
    assert noted == [("schedule", VISIT, "retention P90D of form visit, counted from 2026-11-23")]
    assert [(one.record, one.reason) for one in read_list(tmp_path / "store" / "erased.jsonl")] == [
        (VISIT, "retention")
    ]
    field_.services.store.close()
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir())


def test_what_ran_out_cannot_be_opened_though_its_household_can(field_: Field) -> None:
    """The visit's key is gone; the household's is there, and a visit that came later is readable."""
    publish(field_, visit="P90D")
    visit(field_)
    let_days_pass(field_, 90)
    later = f"visit:{uid('later')}"
    field_.tablet("li.na").write(later, {"kind": "visit", "data": {"household": HOUSEHOLD, "informant": SECRET}})
    assert let_days_pass(field_, 30) == 1
    ledger = field_.services.ledger
    gone, kept = (next(iter(ledger.document(CELL, one).entries.values())) for one in (VISIT, later))
    assert (gone.erased, gone.body) == (True, {})
    assert kept.body is not None
    assert kept.body["data"]["informant"] == SECRET


def test_who_is_confirmed_never_runs_out(field_: Field) -> None:
    """Each round confirms the person and the household; the last one counts."""
    publish(field_, person="P1Y", household="P1Y")
    for number in range(3):
        field_.submit(field_.tablet("li.na"), name=f"submission {number}")
        field_.run()
        assert let_days_pass(field_, 300) == 0
        assert coming(field_) == {}
    assert coming(field_, 66)[PERSON].one.since == date(2028, 7, 15)


def test_who_has_left_runs_out_though_the_household_is_confirmed(field_: Field) -> None:
    """It counts from the end of the last stay, or from what was told later; then the person goes, with the stay."""
    publish(field_, person="P1Y")
    tablet = field_.tablet("li.na")
    tablet.edit(STAY, until="2026-11-20")
    field_.submit(tablet)
    field_.run()
    field_.moment += timedelta(days=200)
    field_.submit(field_.tablet("li.na"), name="next round")
    field_.run()
    assert coming(field_, 165)[PERSON].one.since == date(2026, 11, 23)
    assert let_days_pass(field_, 165) == 0
    assert let_days_pass(field_, 30) == 1
    assert (field_.live(PERSON), field_.live(STAY), len(field_.live(HOUSEHOLD))) == ([], [], 1)
    record = field_.pipeline.registry.get(PERSON)
    assert record
    assert (record.items, record.erased and record.erased["by"]) == ({}, "schedule")
    assert field_.books()["adds_up"]


def test_a_household_that_is_lived_in_does_not_run_out(field_: Field) -> None:
    """Not before the last stay in it has ended."""
    publish(field_, household="P1Y")
    field_.moment += timedelta(days=500)
    assert coming(field_) == {}
    tablet = field_.tablet("li.na")
    tablet.edit(STAY, until="2027-01-01")
    field_.run()
    assert coming(field_)[HOUSEHOLD].one.due == date(2027, 11, 23)


@pytest.mark.parametrize("subject", [PERSON, HOUSEHOLD, "person"])
def test_a_hold_keeps_who_ran_out_also_from_an_erasure(field_: Field, subject: str) -> None:
    """By person, by the household lived in, or by form; once it ends the person goes."""
    publish(field_, person="P90D")
    hold = field_.pipeline.holds.place(subject, "case 114 at court", "chen.jie")
    let_days_pass(field_, 100)
    assert let_days_pass(field_, 31) == 0
    (told,) = coming(field_)[PERSON].obstacles
    assert (told.code, hold.id in told.en, "保全" in told.zh) == ("hold", True, True)
    if subject != "person":
        with pytest.raises(Conflict, match=f"hold {hold.id}: end the hold first"):
            field_.pipeline.erasing.erase(PERSON, "chen.jie", "request")
    field_.pipeline.holds.end(hold.id, "chen.jie")
    assert let_days_pass(field_, 1) == 1
    actions = [trace.action for trace in field_.services.trail.entries()]
    assert actions == ["retention.hold", "retention.hold.end", "retention.erase"]


@pytest.mark.parametrize("subject", ["visit", "health", PERSON])
def test_a_household_does_not_take_with_it_what_is_held(field_: Field, subject: str) -> None:
    """A hold of a form, or of the person who answered, keeps the household that visits and answers would go with."""
    publish(field_, household="P90D")
    visit(field_)
    answer = Sender(field_).answer("one")
    field_.tablet("li.na").edit(STAY, until="2026-11-20")
    field_.run()
    field_.pipeline.holds.place(subject, "case 114 at court", "chen.jie")
    let_days_pass(field_, 95)
    assert let_days_pass(field_, 31) == 0
    assert [told.code for told in coming(field_)[HOUSEHOLD].obstacles] == ["hold"]
    assert field_.live(VISIT)
    assert told_in(field_, answer)["data"]["long_term"] == TOLD


def test_a_case_about_an_answer_under_seal_keeps_the_person(field_: Field) -> None:
    """What was set aside under seal is closed by the person's key: not before somebody has dealt with it."""
    publish(field_, person="P90D")
    field_.tablet("li.na").edit(STAY, until="2026-11-20")
    Sender(field_).answer("file", _attachments={"x.txt": {"content_type": "text/plain", "data": "eA=="}})
    field_.run()
    let_days_pass(field_, 95)
    assert let_days_pass(field_, 31) == 0
    assert [told.code for told in coming(field_)[PERSON].obstacles] == ["case"]


def test_a_hold_with_a_last_day_ends_by_itself(field_: Field) -> None:
    """That day counts; on the next one the person may go."""
    publish(field_, person="P90D")
    field_.pipeline.holds.place(PERSON, "complaint", "chen.jie", date(2027, 4, 1))
    let_days_pass(field_, 95)
    assert let_days_pass(field_, 34) == 0
    assert let_days_pass(field_, 1) == 1


def test_what_waits_for_a_person_stays_until_that_is_closed(field_: Field) -> None:
    """A contest about the phone keeps the person; decided, it is news of its own, and the term begins anew."""
    publish(field_, person="P90D")
    one, other = field_.tablet("li.na"), field_.tablet("wang.fang")
    one.edit(PERSON, id_number="110101198002030021")
    other.edit(PERSON, id_number="110101198002030048")
    field_.run()
    (case,) = field_.open_cases("contest")
    let_days_pass(field_, 91)
    assert let_days_pass(field_, 31) == 0
    assert [told.code for told in coming(field_)[PERSON].obstacles] == ["case"]
    assert case.id in coming(field_)[PERSON].obstacles[0].en


def test_news_takes_a_document_from_the_list(field_: Field) -> None:
    """An edit in the days of grace is something told: the person is not listed any more."""
    publish(field_, person="P90D")
    let_days_pass(field_, 95)
    assert coming(field_)[PERSON].listed
    field_.tablet("li.na").edit(PERSON, phone="12800000001")
    field_.run()
    assert let_days_pass(field_, 31) == 0
    assert list(field_.pipeline.retention.listed()) == []
    assert field_.live(PERSON)


def test_a_longer_retention_takes_everything_from_the_list(field_: Field) -> None:
    """What the form in use says counts, for what is there already too."""
    publish(field_, person="P90D")
    let_days_pass(field_, 95)
    publish(field_, person="P5Y")
    assert let_days_pass(field_, 31) == 0
    assert list(field_.pipeline.retention.listed()) == []


def test_an_event_runs_out_by_itself_though_its_person_stays(field_: Field) -> None:
    """It has a key of its own beside the person's."""
    publish(field_, event="P30D")
    tablet = field_.tablet("li.na")
    tablet.write(EVENT, {"kind": "event", "data": {"kind": "arrival", "person": PERSON, "note": SECRET}})
    field_.run()
    let_days_pass(field_, 31)
    assert let_days_pass(field_, 31) == 1
    assert (field_.live(EVENT), len(field_.live(PERSON))) == ([], 1)
    assert field_.books()["adds_up"]


def test_what_ran_out_does_not_come_back_from_a_tablet(field_: Field) -> None:
    """A tablet that was away sends the visit again, and another about nothing else: the first is known, not anew."""
    publish(field_, visit="P90D")
    tablet = field_.tablet("li.na")
    body = {"kind": "visit", "data": {"household": HOUSEHOLD, "result": "complete", "informant": SECRET}}
    rev = tablet.write(VISIT, body)
    field_.run()
    let_days_pass(field_, 90)
    let_days_pass(field_, 30)
    tablet.heads.pop(VISIT)
    assert tablet.write(VISIT, body, at=START) == rev
    field_.run()
    assert field_.live(VISIT) == []
    assert SECRET not in json.dumps(field_.books(), ensure_ascii=False)


def test_a_person_in_two_cells_counts_by_the_news_of_both(field_: Field) -> None:
    """An edit in the other cell, where the person lives now, keeps the record here."""
    publish(field_, person="P90D")
    field_.pipeline.registry.reconcile(PERSON, OTHER_CELL, {"name": "王芳"})
    field_.moment += timedelta(days=60)
    there = field_.tablet("wang.fang")
    there.cell = OTHER_CELL
    there.heads.clear()
    there.write(PERSON, {"kind": "person", "data": {"name": "王芳", "phone": "12800000001"}})
    field_.pipeline.steps.catch_up(OTHER_CELL)
    field_.moment += timedelta(days=60)
    assert coming(field_) == {}
    assert coming(field_, 31)[PERSON].one.since == date(2027, 1, 22)


def test_a_run_that_is_killed_anywhere_is_ended_by_the_next(field_: Field) -> None:
    """Before each write of the store in turn: the next pass ends it, and the outcome is the same."""
    publish(field_, visit="P90D", person="P90D")
    visit(field_)
    let_days_pass(field_, 95)
    field_.moment += timedelta(days=31)
    fuse, deaths = Fuse(), 0
    fused: Any = FusedStore(field_.services.store, fuse)
    services = Services.of(fused, field_.services.keys, field_.services.settings, lambda: field_.moment)
    retention = Pipeline.of(services).retention
    for fuse.left in range(1, 200):
        try:
            retention.go_on([CELL], 1000.0)
        except Died:
            deaths += 1
            continue
        break
    assert deaths > 5
    assert (field_.live(VISIT), field_.live(PERSON), field_.live(STAY)) == ([], [], [])
    assert list(field_.pipeline.retention.listed()) == []
    field_.services.vault.keys.forget()
    assert set(field_.services.vault.keys.known([VISIT, PERSON]).values()) == {None}
    books = field_.books()
    assert (books["unaccounted"], books["adds_up"]) == (0, True)


def test_a_sealed_answer_runs_out_by_its_own_form(field_: Field, tmp_path: Path) -> None:
    """Not by that of answers; a hold of the form keeps it; then the stub goes, and what was told opens no more."""
    publish(field_, health="P30D", answer="P5Y")
    answer = Sender(field_).answer("one")
    field_.run()
    hold = field_.pipeline.holds.place("health", "complaint", "chen.jie")
    let_days_pass(field_, 31)
    assert let_days_pass(field_, 31) == 0
    assert (coming(field_)[answer].one.form, told_in(field_, answer)["data"]["long_term"]) == ("health", TOLD)
    field_.pipeline.holds.end(hold.id, "chen.jie")
    assert let_days_pass(field_, 1) == 1
    assert (field_.live(answer), told_in(field_, answer)) == ([], {})
    assert TOLD not in str([entry.body for entry in field_.services.ledger.document(ROOM, answer).entries.values()])
    books = field_.books()
    assert (books["outcomes"], books["adds_up"]) == ({"erased": 1}, True)
