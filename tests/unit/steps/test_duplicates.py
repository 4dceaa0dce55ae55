"""Persons entered twice: found, decided, joined, and parted again; late edits find their way."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.decisions import Verdict
from fieldsync.errors import BadInput, Conflict, Forbidden
from fieldsync.matching.profile import Profile
from fieldsync.telling.phrases import LANGUAGES

from .conftest import DWELLING, HOUSEHOLD, PERSON, STAY, Field, Tablet, uid

AGAIN, AGAIN_STAY = f"person:{uid('again')}", f"stay:{uid('again')}"
NEXT_DOOR = f"household:{uid('next door')}"
ANSWERS = {"name": "王方", "sex": "2", "birth_date": "1980-02-03", "occupation": "裁缝"}


def enter(
    field_: Field, tablet: Tablet, *, household: str = HOUSEHOLD, kind: str = "usual", answers: dict[str, Any] = ANSWERS
) -> None:
    """Enter a person once more in a household, and hand both in."""
    if household != HOUSEHOLD:
        tablet.write(household, {"kind": "household", "data": {"dwelling": DWELLING, "type": "family"}})
    relation = "77" if household == HOUSEHOLD else "02"
    stay = {"person": AGAIN, "household": household, "kind": kind, "relation": relation, "since": "2020-05-01"}
    person = tablet.write(AGAIN, {"kind": "person", "data": dict(answers)})
    stayed = tablet.write(AGAIN_STAY, {"kind": "stay", "data": stay})
    covers = {AGAIN: person, AGAIN_STAY: stayed}
    submission = {"household": household, "round": "2026", "result": "complete", "covers": covers}
    tablet.write(f"submission:{uid('entered')}", {"kind": "submission", "data": submission})
    field_.run()


def verdict(action: str, reason: str | None = "They look alike", area: str = "510107") -> Verdict:
    """Return what the reviewer says."""
    return Verdict("wu.min", (area,), action, reason)


def stay_of(field_: Field, stay: str) -> dict[str, Any]:
    """Return a stay as the registry has it."""
    record = field_.pipeline.registry.get(stay)
    assert record is not None
    return {name: item.value.get("value") for name, item in record.items.items()}


def test_a_person_entered_twice_becomes_one_case(field_: Field) -> None:
    """The name is spelt by its sound: the case names both records, what speaks for it and what against, in words."""
    enter(field_, field_.tablet("li.na"))
    (case,) = field_.open_cases("duplicate")
    assert (case.document, case.other, case.level) == (AGAIN, PERSON, "community")
    assert {e["item"]: e["level"] for e in case.evidence} == {"name": "sounds_alike", "birth": "same", "sex": "same"}
    assert all(set(e["text"]) == set(LANGUAGES) and all(e["text"].values()) for e in case.evidence)
    field_.run()
    field_.pipeline.steps.look_for_duplicates()
    assert [c.id for c in field_.open_cases("duplicate")] == [case.id]
    assert field_.books()["adds_up"]


def test_strangers_and_imported_persons_open_no_case(field_: Field) -> None:
    """Another name and date is another person; what the city handed over is not looked at by itself."""
    enter(field_, field_.tablet("li.na"), answers={"name": "李强", "sex": "1", "birth_date": "1991-12-30"})
    assert field_.open_cases("duplicate") == []


def test_a_mended_date_closes_the_case_by_itself(field_: Field) -> None:
    """The second person was born in another year after all."""
    tablet = field_.tablet("li.na")
    enter(field_, tablet)
    (case,) = field_.open_cases("duplicate")
    field_.later()
    tablet.edit(AGAIN, birth_date="1955-10-21", name="王纺")
    covers = {AGAIN: field_.live(AGAIN)[0]}
    data = {"household": HOUSEHOLD, "round": "2026", "result": "complete", "covers": covers}
    tablet.write(f"submission:{uid('mended')}", {"kind": "submission", "data": data})
    field_.run()
    for admission in field_.open_cases("admission"):
        field_.decide(admission.id, "admit")
    field_.run()
    closed = field_.pipeline.cases.find(case.id)
    assert closed is not None
    assert (closed.state, closed.closed_because) == ("closed", "they are no longer alike")


def test_a_persons_file_has_the_case_about_doubles_once(field_: Field) -> None:
    """The case names both records, and both are in the file of who was found to be one person."""
    tablet = field_.tablet("li.na")
    enter(field_, tablet)
    (case,) = field_.open_cases("duplicate")
    field_.decide(case.id, "same")
    assert [one["id"] for one in field_.pipeline.files.of(PERSON)["cases"]] == [case.id]


def test_different_is_remembered(field_: Field) -> None:
    """Two sisters: decided once, they are not asked about again, whatever changes."""
    tablet = field_.tablet("li.na")
    enter(field_, tablet)
    (case,) = field_.open_cases("duplicate")
    field_.decide(case.id, "different")
    field_.later()
    tablet.edit(AGAIN, occupation="教师")
    field_.submit(tablet, name="later")
    field_.run()
    assert field_.open_cases("duplicate") == []
    assert field_.known(AGAIN).alias_of is None


def test_the_same_person_becomes_one_record(field_: Field) -> None:
    """The record that was there first gains what only the other knew; the stay told twice is closed where it began."""
    enter(field_, field_.tablet("li.na"))
    (case,) = field_.open_cases("duplicate")
    field_.decide(case.id, "same")
    assert field_.registry(PERSON, "name") == {"value": "王芳"}
    assert field_.registry(PERSON, "occupation") == {"value": "裁缝"}
    assert field_.data(PERSON)["occupation"] == "裁缝"
    kept, alias = field_.pipeline.registry.get(PERSON), field_.pipeline.registry.get(AGAIN)
    assert kept is not None
    assert alias is not None
    assert (kept.aliases, alias.alias_of) == ([AGAIN], PERSON)
    assert stay_of(field_, AGAIN_STAY)["person"] == PERSON
    assert field_.data(AGAIN_STAY)["person"] == PERSON
    assert field_.data(AGAIN_STAY)["until"] == "2020-05-01"
    assert "until" not in field_.data(STAY)
    assert field_.books()["adds_up"], field_.books()["faults"]


def test_one_person_with_two_stays_keeps_both(field_: Field) -> None:
    """Registered here, living next door: one person, and both stays go on."""
    enter(field_, field_.tablet("li.na"), household=NEXT_DOOR, kind="temporary")
    (case,) = field_.open_cases("duplicate")
    field_.decide(case.id, "two_stays")
    assert stay_of(field_, AGAIN_STAY)["person"] == PERSON
    assert "until" not in field_.data(AGAIN_STAY)
    assert field_.books()["adds_up"]


def test_a_late_edit_of_the_other_record_finds_its_way(field_: Field) -> None:
    """A tablet that has not seen the decision edits the record that became an alias: the value reaches the kept one."""
    tablet, other = field_.tablet("li.na"), field_.tablet("zhang.wei")
    enter(field_, tablet)
    other.pull(AGAIN)
    (case,) = field_.open_cases("duplicate")
    field_.decide(case.id, "same")
    field_.later()
    rev = other.edit(AGAIN, education="20")
    data = {"household": HOUSEHOLD, "round": "2026", "result": "complete", "covers": {AGAIN: rev}}
    other.write(f"submission:{uid('late')}", {"kind": "submission", "data": data})
    field_.run()
    assert field_.registry(PERSON, "education") == {"value": "20"}
    assert field_.data(PERSON)["education"] == "20"
    assert field_.outcomes(AGAIN)[rev, "education"] == "admitted"
    assert field_.books()["adds_up"], field_.books()["faults"]


def test_a_decision_is_taken_back(field_: Field) -> None:
    """Undone, both are persons again with their own stays, what was gained goes, the case waits with its history."""
    enter(field_, field_.tablet("li.na"))
    (case,) = field_.open_cases("duplicate")
    field_.decide(case.id, "same")
    undone = field_.pipeline.steps.undo(case.id, verdict("undo", "Her sister came to the office"))
    assert (undone.state, undone.decision) == ("open", None)
    assert [d["undoes"]["action"] for d in undone.undone] == ["same"]
    alias, kept = field_.pipeline.registry.get(AGAIN), field_.pipeline.registry.get(PERSON)
    assert alias is not None
    assert kept is not None
    assert (alias.alias_of, kept.aliases) == (None, [])
    assert field_.registry(PERSON, "occupation") == {}
    assert "occupation" not in field_.data(PERSON)
    assert stay_of(field_, AGAIN_STAY)["person"] == AGAIN
    assert field_.data(AGAIN_STAY)["person"] == AGAIN
    assert "until" not in field_.data(AGAIN_STAY)
    field_.decide(case.id, "two_stays")
    assert stay_of(field_, AGAIN_STAY)["person"] == PERSON
    assert field_.books()["adds_up"], field_.books()["faults"]


def test_what_cannot_be_undone_or_is_not_allowed_is_said(field_: Field) -> None:
    """An open case, no reason, another area, a kind of case that has no way back."""
    enter(field_, field_.tablet("li.na"))
    (case,) = field_.open_cases("duplicate")
    undo = field_.pipeline.steps.undo
    with pytest.raises(Conflict, match="no decision to undo"):
        undo(case.id, verdict("undo"))
    field_.decide(case.id, "different")
    with pytest.raises(BadInput, match="reason"):
        undo(case.id, verdict("undo", None))
    with pytest.raises(Forbidden):
        undo(case.id, verdict("undo", area="510108"))
    with pytest.raises(BadInput, match="does not fit"):
        field_.decide(undo(case.id, verdict("undo")).id, "admit")


def test_whoever_entered_a_person_does_not_decide_about_them(field_: Field) -> None:
    """A collector who is a supervisor too is asked to leave it to a colleague."""
    enter(field_, field_.tablet("li.na"))
    (case,) = field_.open_cases("duplicate")
    with pytest.raises(Forbidden, match="colleague"):
        field_.decide(case.id, "same", by="li.na")


def test_a_new_person_can_be_looked_up_before_they_are_entered(field_: Field) -> None:
    """What a form has so far is enough to be told who it may be."""
    field_.pipeline.steps.look_for_duplicates()
    found = field_.pipeline.steps.duplicates.of(Profile("new", name="Wang Fang", id_number="999999198002030029"))
    assert [suspect.record.id for suspect in found] == [PERSON]
    assert found[0].likeness.probability > 0.9
