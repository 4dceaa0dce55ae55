"""The rules across the documents of a household: each with what breaks it, and with what nearly does."""

from __future__ import annotations

import re
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fieldsync.checking.family import Family
from fieldsync.checking.finding import errors_of
from fieldsync.checking.rules import RULES, check_family
from fieldsync.checking.wording import WORDS
from fieldsync.units import Document, Unit

CELL = "510107001004001"
TODAY = date(2026, 11, 28)
Answers = dict[str, Any]


def named(kind: str, name: str) -> str:
    """Return an identifier by a name."""
    return f"{kind}:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


HOUSEHOLD, DWELLING = named("household", "h"), named("dwelling", "d")
HEAD: Answers = {"name": "王芳", "sex": "2", "birth_date": "1980-02-03", "relation": "02"}


def document(doc_id: str, **data: Any) -> Document:
    """Return a document with these answers."""
    return Document(doc_id, "1-" + "a" * 32, {"kind": doc_id.partition(":")[0], "data": data})


def family(*members: Answers, household: Answers | None = None, result: str = "complete", **more: Any) -> Family:
    """Return a household with members; an answer of theirs that a stay has goes there."""
    home = document(HOUSEHOLD, dwelling=DWELLING, **{"type": "family", **(household or {})})
    subjects = [home, document(DWELLING, room="301", occupancy=more.pop("occupancy", "occupied"))]
    for number, answers in enumerate(members):
        person = named("person", str(answers.pop("who", number)))
        of_stay = {k: v for k, v in answers.items() if k in STAY}
        stay = {"person": person, "household": HOUSEHOLD, "kind": "usual", "since": "2010-01-01", **of_stay}
        subjects.append(document(person, **{k: v for k, v in answers.items() if k not in STAY}))
        subjects.append(document(f"stay:{number}", **stay))
    submission = document(named("submission", "s"), household=HOUSEHOLD, result=result)
    unit = Unit(HOUSEHOLD, CELL, {d.id: d for d in subjects}, (submission,))
    return Family.of(unit, more.pop("elsewhere", ()), TODAY, more.pop("events", ()))


STAY = {"relation", "kind", "since", "until", "registration_valid_until"}


def codes(found: Family) -> list[str]:
    """Return the codes of what is found."""
    return [finding["code"] for finding in check_family(found)]


def child(born: str, **more: Any) -> Answers:
    """Return a son of the head."""
    return {"name": "王小明", "sex": "1", "birth_date": born, "relation": "20", "since": born, **more}


def test_an_ordinary_family_has_no_findings() -> None:
    """A head, a husband, a child and a grandmother, all in order."""
    husband = {"name": "李刚", "sex": "1", "birth_date": "1979-05-05", "relation": "11"}
    mother = {"name": "张兰", "sex": "2", "birth_date": "1955-05-05", "relation": "52"}
    assert codes(family(HEAD, husband, mother, child("2012-03-04"))) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], ["no_members"]),
        ([child("2012-03-04")], ["no_head"]),
        ([HEAD, {**HEAD, "name": "李芳"}], ["several_heads", "several_heads"]),
        ([HEAD, child("1992-02-02")], ["parent_too_young"]),
        ([HEAD, {"sex": "2", "birth_date": "1968-02-04", "relation": "52"}], ["parent_too_young"]),
        ([HEAD, child("2012-03-04", sex="2")], ["relation_contradicts_sex"]),
        ([HEAD, child("2012-03-04", since="2012-03-03")], ["stay_before_birth"]),
        (
            [HEAD, child("2012-03-04", death_date="2020-01-01", since="2021-01-01", until="2022-01-01")],
            ["stay_after_death", "stay_outlives_person"],
        ),
        ([HEAD, child("2012-03-04", death_date="2020-01-01")], ["stay_outlives_person"]),
        ([HEAD, child("2012-03-04", registration_valid_until="2011-01-01")], ["valid_before_since"]),
    ],
)
def test_what_is_wrong_is_named(members: list[Answers], expected: list[str]) -> None:
    """Each rule finds what breaks it, and nothing else does."""
    assert codes(family(*map(dict, members))) == expected


@pytest.mark.parametrize(
    "members",
    [
        [HEAD, child("1992-02-03")],
        [HEAD, {**child("1990-01-01"), "relation": "27"}],
        [HEAD, {"sex": "1", "relation": "20", "birth_date": "soon"}],
        [HEAD, child("2012-03-04", death_date="2020-01-01", until="2020-01-01")],
        [{**HEAD, "until": "2020-01-01"}],
        [{**HEAD, "relation": None}, child("2012-03-04")],
    ],
    ids=["twelve to the day", "stepson", "no date", "died here", "all have left", "a relation not known"],
)
def test_what_is_allowed_is_not_named(members: list[Answers]) -> None:
    """What is possible, or not known, is no finding."""
    assert codes(family(*map(dict, members))) == []


def test_a_collective_household_needs_no_head_and_one_that_refused_no_members() -> None:
    """The rules for families are for families whose members were asked."""
    assert codes(family(household={"type": "collective"})) == []
    assert codes(family(child("2001-01-01"), household={"type": "collective"})) == []
    assert codes(family(result="refused")) == []


def test_stays_of_one_person_must_not_overlap() -> None:
    """In one household an error, a usual stay elsewhere a warning, the day of the move neither."""
    first, again = {**HEAD, "who": "w"}, {**HEAD, "who": "w", "since": "2020-01-01"}
    assert codes(family(dict(first), dict(again))) == ["stays_overlap"]
    assert codes(family({**first, "until": "2020-01-01"}, dict(again))) == []
    away = {"person": named("person", "w"), "household": named("household", "other"), "kind": "usual"}
    elsewhere = [document("stay:other", **away, since="2015-01-01")]
    assert codes(family(dict(first), elsewhere=elsewhere)) == ["usual_stays_overlap"]
    ended = [document("stay:other", **away, since="2005-01-01", until="2010-01-01")]
    assert codes(family(dict(first), elsewhere=ended)) == []
    registered = [document("stay:other", **{**away, "kind": "registered_only"})]
    assert codes(family(dict(first), elsewhere=registered)) == []


def test_a_vacant_dwelling_has_nobody_in_it() -> None:
    """Vacant, demolished or not residential contradicts a household that lives there, not one that has left."""
    (found,) = check_family(family(dict(HEAD), occupancy="vacant"))
    assert (found["code"], found["document"], found["item"]) == ("vacant_but_lived_in", DWELLING, "occupancy")
    assert codes(family({**HEAD, "until": "2020-01-01"}, occupancy="demolished")) == []
    assert codes(family({**HEAD, "kind": "registered_only"}, occupancy="vacant")) == []


def test_findings_speak_both_languages_and_name_who() -> None:
    """The message names the persons; without a name it says so in words."""
    (found,) = check_family(family(dict(HEAD), child("1992-01-01")))
    assert "王芳" in found["message"]["en"]
    assert "王小明" in found["message"]["zh"]
    nameless = check_family(family({**HEAD, "name": " "}, child("1992-01-01")))[0]
    assert "this person" in nameless["message"]["en"]
    assert "此人" in nameless["message"]["zh"]


def test_an_error_may_be_insisted_on_as_a_whole_or_at_one_place() -> None:
    """By its code for the household, or by code, document and item for one finding; warnings hold nothing back."""
    found = check_family(family(HEAD, {**HEAD, "name": "李芳"}))
    assert len(errors_of(found, {})) == 2
    assert errors_of(found, {"several_heads": "two families"}) == []
    left = errors_of(found, {f"several_heads@{found[0]['document']}#relation": "she says so"})
    assert [finding["document"] for finding in left] == [found[1]["document"]]
    assert errors_of(check_family(family(dict(HEAD), child("1992-01-01"))), {}) == []


def test_every_rule_has_words_and_a_row_in_the_documentation() -> None:
    """docs/checks.md has each code with its severity; no code is without words."""
    page = (Path(__file__).parents[3] / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (error|warning) \|", page, re.M))
    elsewhere = {"retired_form", *(code for code in rows if code.endswith("_cell"))}
    assert {rule.code: rule.severity for rule in RULES} == {k: v for k, v in rows.items() if k not in elsewhere}
    assert set(rows) == set(WORDS)
