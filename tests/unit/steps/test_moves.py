"""Moves of people: both ends brought together in any order, one record, tasks, cases, and taking back."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.decisions import Verdict
from fieldsync.documents import DocId, decode_body
from fieldsync.moves.households import ended_together, moved_together
from fieldsync.moves.matching import Move
from tests.unit.steps.conftest import CELL, HOUSEHOLD, OTHER_CELL, PERSON, STAY, Field, Tablet, uid

NEW_HOUSEHOLD = f"household:{uid('new home')}"
NEW_PERSON, NEW_STAY = f"person:{uid('arrived')}", DocId(f"stay:{uid('arrived')}")
KNOWN = {"name": "王芳", "sex": "2", "birth_date": "1980-02-03"}
NUMBER = {"id_type": "990", "id_number": "999999198002030029"}


def leaves(field_: Field) -> None:
    """The collector of the old cell reports that the person has left."""
    field_.tablet("li.na").edit(STAY, until="2026-11-10", left_for="Jinniu", reason="moved")
    field_.run()


def arrives(field_: Field, person: str = NEW_PERSON, **answers: Any) -> Tablet:
    """The collector of the new cell reports a newcomer."""
    tablet = Tablet(field_, "zhao.min", cell=OTHER_CELL)
    if person == NEW_PERSON:
        tablet.write(person, {"kind": "person", "data": {**KNOWN, **answers}})
    stay = {"person": person, "household": NEW_HOUSEHOLD, "kind": "usual", "since": "2026-11-11", "came_from": "Wuhou"}
    tablet.write(NEW_STAY, {"kind": "stay", "data": stay})
    field_.pipeline.steps.catch_up(OTHER_CELL)
    return tablet


def moves(field_: Field) -> list[Move]:
    return list(field_.pipeline.steps.decisions.moves.all())


def tasks(field_: Field, cell: str) -> list[dict[str, Any]]:
    rows = field_.services.store.database(f"cell-{cell}").documents("task:", "task;")
    return [decode_body(row.body)["data"] for row in rows]


def has_record(field_: Field, cell: str) -> bool:
    found = field_.services.store.database(f"cell-{cell}").get(PERSON)
    return found is not None and not found.deleted


@pytest.mark.parametrize("order", [(leaves, arrives), (arrives, leaves)])
def test_both_ends_of_a_move_are_brought_together_in_any_order(field_: Field, order: Any) -> None:
    """By the identity number: the record comes into the new cell, and the collector there is asked to go on with it."""
    for report in order:
        report(field_, **(NUMBER if report is arrives else {}))
    (move,) = moves(field_)
    assert (move.state, move.how, move.departure.stay, move.arrival.stay) == ("matched", "identity", STAY, NEW_STAY)
    assert has_record(field_, OTHER_CELL)
    (task,) = tasks(field_, OTHER_CELL)
    assert (task["type"], task["person"], task["instead"]) == ("newcomer_matched", PERSON, NEW_PERSON)
    assert task["text"]["zh"]
    assert field_.data(STAY)["until"] == "2026-11-10"
    assert field_.books()["faults"] == []


def test_finding_a_move_again_writes_nothing(field_: Field) -> None:
    """The step may run over everything again; nothing changes, in any database."""
    leaves(field_)
    arrives(field_, **NUMBER)
    names = [n for n in field_.services.store.names() if n != "sightings"]
    before = {name: field_.services.store.database(name).info().update_seq for name in names}
    for cell in (CELL, OTHER_CELL):
        rows = field_.services.store.database(f"cell-{cell}").documents()
        field_.pipeline.steps.run(cell, [row.id for row in rows])
    after = {name: field_.services.store.database(name).info().update_seq for name in names}
    assert before == after


def test_who_arrives_under_their_own_record_leaves_a_question_where_they_lived(field_: Field) -> None:
    """The old cell is asked whether the stay there has ended, without being told where they went; then it is a move."""
    arrives(field_, PERSON)
    (task,) = tasks(field_, CELL)
    assert (task["type"], task["stay"], task["household"]) == ("verify_departure", STAY, HOUSEHOLD)
    assert OTHER_CELL not in str(task)
    leaves(field_)
    (move,) = moves(field_)
    assert (move.state, move.how) == ("matched", "identifier")
    (task,) = tasks(field_, CELL)
    assert (task["closed"]["because"], bool(task["closed"]["text"]["zh"])) == ("settled", True)
    assert tasks(field_, OTHER_CELL) == []


def test_who_is_only_likely_the_same_is_for_a_person_to_say(field_: Field) -> None:
    """Name and birth alone open a case; found to be one person it is a move, found to be two it never comes back."""
    leaves(field_)
    arrives(field_, phone="12812345678")
    (move,) = moves(field_)
    assert (move.state, move.how) == ("likely", "likeness")
    assert not has_record(field_, OTHER_CELL)
    (case,) = field_.open_cases("move")
    assert case.base["person"] == PERSON
    decided = field_.pipeline.steps.decide(case.id, Verdict("wu.min", (OTHER_CELL[:9],), "moved"))
    assert decided.state == "closed"
    assert moves(field_)[0].state == "matched"
    assert has_record(field_, OTHER_CELL)
    assert len(tasks(field_, OTHER_CELL)) == 1


def test_who_was_found_to_be_somebody_else_is_not_asked_about_again(field_: Field) -> None:
    """A decision that they are two stands, however often the ends are reported."""
    leaves(field_)
    tablet = arrives(field_, phone="12812345678")
    (case,) = field_.open_cases("move")
    field_.pipeline.steps.decide(case.id, Verdict("wu.min", (OTHER_CELL[:9],), "different"))
    tablet.write(NEW_PERSON, {"kind": "person", "data": {**KNOWN, "phone": "12812345678", "note": "seen"}})
    field_.pipeline.steps.catch_up(OTHER_CELL)
    assert [m.state for m in moves(field_)] == ["different"]
    assert field_.open_cases("move") == []


def test_a_move_is_taken_back(field_: Field) -> None:
    """Its task goes, the stays and the record stay as they are, and it is not found again."""
    leaves(field_)
    arrives(field_, **NUMBER)
    found = field_.pipeline.steps.decisions.moves
    found.undo(moves(field_)[0].id, "wu.min")
    assert tasks(field_, OTHER_CELL) == []
    field_.pipeline.steps.run(OTHER_CELL, [NEW_STAY])
    assert [m.state for m in moves(field_)] == ["undone"]
    assert field_.data(STAY)["until"] == "2026-11-10"


def test_a_departure_that_is_mended_takes_its_move_along(field_: Field) -> None:
    """Where the stay goes on after all, the move is withdrawn; reported once more, it stands once more."""
    leaves(field_)
    arrives(field_, **NUMBER)
    again = field_.tablet("li.na")
    again.edit(STAY, drop=("until", "left_for"))
    field_.run()
    assert [m.state for m in moves(field_)] == ["withdrawn"]
    assert tasks(field_, OTHER_CELL) == []
    again.pull(STAY)
    again.edit(STAY, until="2026-11-10")
    field_.run()
    assert [m.state for m in moves(field_)] == ["matched"]


def test_a_departure_event_is_an_end_too(field_: Field) -> None:
    """The day may come from the event, where nobody has closed the stay yet."""
    event = {"type": "departure", "person": PERSON, "household": HOUSEHOLD, "date": "2026-11-10"}
    field_.tablet("li.na").write(f"event:{uid('left')}", {"kind": "event", "data": event})
    field_.run()
    arrives(field_, **NUMBER)
    (move,) = moves(field_)
    assert (move.state, move.departure.day) == ("matched", "2026-11-10")


def test_a_departure_event_that_another_corrects_is_no_end(field_: Field) -> None:
    """Reported by mistake, and taken back by an event that names nobody: the move goes with it."""
    left, back = f"event:{uid('left')}", f"event:{uid('back')}"
    event = {"type": "departure", "person": PERSON, "household": HOUSEHOLD, "date": "2026-11-10"}
    tablet = field_.tablet("li.na")
    tablet.write(left, {"kind": "event", "data": event})
    field_.run()
    arrives(field_, **NUMBER)
    mistake = {"type": "mistake", "household": HOUSEHOLD, "date": "2026-11-10", "corrects": left}
    tablet.write(back, {"kind": "event", "data": mistake})
    field_.run()
    assert [m.state for m in moves(field_)] == ["withdrawn"]
    assert {e.kind for e in field_.pipeline.steps.decisions.moves.unmatched()} == {"arrival"}


def test_who_leaves_the_city_is_an_end_without_another(field_: Field) -> None:
    """The departure is listed as not matched; somebody else of the same name, born otherwise, is no match."""
    leaves(field_)
    arrives(field_, birth_date="1955-07-08", sex="2", name="李秀英")
    assert moves(field_) == []
    assert {e.kind for e in field_.pipeline.steps.decisions.moves.unmatched()} == {"departure", "arrival"}


def test_who_died_has_not_moved(field_: Field) -> None:
    """A stay that ends by a death is no end of a move."""
    field_.tablet("li.na").edit(STAY, until="2026-11-10", reason="death")
    field_.run()
    assert list(field_.pipeline.steps.decisions.moves.unmatched()) == []


CHILD, CHILD_STAY = f"person:{uid('child')}", f"stay:{uid('child')}"
NEW_CHILD, NEW_CHILD_STAY = f"person:{uid('child there')}", f"stay:{uid('child there')}"
CHILDS = {"name": "王小明", "sex": "1", "birth_date": "2019-05-06"}


def child(field_: Field, cell: str, ids: tuple[str, str, str], **stay: Any) -> None:
    """A collector writes of a child without a number."""
    person, at, household = ids
    tablet = Tablet(field_, "li.na" if cell == CELL else "zhao.min", cell=cell)
    tablet.write(person, {"kind": "person", "data": CHILDS})
    data = {"person": person, "household": household, "kind": "usual", **stay}
    tablet.write(at, {"kind": "stay", "data": data})
    field_.pipeline.steps.catch_up(cell)


def child_moves(field_: Field) -> None:
    child(field_, CELL, (CHILD, CHILD_STAY, HOUSEHOLD), since="2019-05-06", until="2026-11-10", reason="moved")
    child(field_, OTHER_CELL, (NEW_CHILD, NEW_CHILD_STAY, NEW_HOUSEHOLD), since="2026-11-11")


def mother_moves(field_: Field) -> None:
    leaves(field_)
    arrives(field_, **NUMBER)


@pytest.mark.parametrize("order", [(child_moves, mother_moves), (mother_moves, child_moves)])
def test_who_is_only_likely_goes_along_with_the_household(field_: Field, order: Any) -> None:
    """A child known by name and birth has moved where its mother has; the case about it, if there was one, closes."""
    for report in order:
        report(field_)
    found = {move.departure.stay: (move.state, move.how) for move in moves(field_)}
    assert found == {STAY: ("matched", "identity"), CHILD_STAY: ("matched", "household")}
    assert field_.open_cases("move") == []
    assert len(tasks(field_, OTHER_CELL)) == 2
    (together,) = moved_together(moves(field_))
    assert len(together.moves) == 2
    assert field_.books()["faults"] == []


def test_a_household_that_leaves_the_city_is_told_as_one(field_: Field) -> None:
    """Of both the other end is not known."""
    leaves(field_)
    child(field_, CELL, (CHILD, CHILD_STAY, HOUSEHOLD), since="2019-05-06", until="2026-11-10", reason="moved")
    ends = [end for end in field_.pipeline.moves.unmatched() if end.kind == "departure"]
    (one,) = ended_together(ends)
    assert (one.household, one.day, set(one.stays)) == (HOUSEHOLD, "2026-11-10", {STAY, CHILD_STAY})
