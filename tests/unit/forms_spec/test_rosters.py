"""Repeats that merge member by member: what tells members apart, which marks can be followed, who admits what."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict import Rules
from forms_spec.evolution import compare
from forms_spec.faults import Fault
from forms_spec.items import admission, is_sensitive, place_of
from forms_spec.rosters import check_rosters
from forms_spec.spec import STRATEGIES, Field, FormSpec
from tests.unit.forms_spec.workbooks import checked, question, spec_of

Row = dict[str, str]


def roster(*rows: Row, name: str = "pets", **marks: str) -> list[Row]:
    """Return the rows of a repeat that merges by member."""
    return [question("begin_repeat", name, **{"fs_merge": "roster", **marks}), *rows, question("end_repeat", "")]


ID = question("text", "id", required="yes")
TAG = question("text", "tag", required="yes", fs_key="yes")
PETS = roster(
    ID,
    question("text", "called", fs_key="yes", fs_admit="district"),
    question("integer", "age", fs_merge="max"),
    question("text", "chip", fs_sensitive="yes"),
    question("text", "street", fs_group="home"),
    question("text", "number", fs_group="home", fs_admit="street", fs_admit_first="community"),
    *roster(question("date", "on", fs_key="yes", required="yes"), question("text", "vet"), name="shots"),
    fs_key="id",
    fs_admit="community",
)


def test_a_roster_by_the_question_it_names() -> None:
    """Then the questions inside that are marked are key items, which are contested; a roster inside goes by its own."""
    rules = spec_of(PETS).merge_rules()
    inner = rules["pets"]["fields"]
    assert (rules["pets"]["merge"], rules["pets"]["key"]) == ("roster", "id")
    assert (inner["called"], inner["age"]) == ({"key": True}, {"merge": "max"})
    assert inner["shots"] == {"merge": "roster", "fields": {"on": {"key": True}, "vet": {}}}
    assert Rules.of(rules).strategy_of("pets[7].called") == "review"
    assert Rules.of(rules).fields_of("pets[7].shots[J]") == ("pets[7].shots[J].on",)


def test_a_roster_by_the_questions_that_are_marked() -> None:
    """Without a name on the repeat, they tell its members apart, jointly; and that nobody admits them is no fault."""
    rows = roster(TAG, question("integer", "size", required="yes", fs_key="yes"), question("text", "note"))
    found = checked(rows)
    assert (found.errors, found.warnings) == ((), ())
    assert found.spec is not None
    assert Rules.of(found.spec.merge_rules()).fields_of("pets[a,1]") == ("pets[a,1].tag", "pets[a,1].size")


@pytest.mark.parametrize(
    ("rows", "code", "column", "said"),
    [
        (roster(question("text", "called")), "roster-key", "bind::fs:key", "nothing tells its members apart"),
        (roster(ID, fs_key="chip"), "roster-key", "bind::fs:key", "no question 'chip'"),
        (roster(question("geopoint", "id", required="yes")), "roster-key", "bind::fs:key", "type geopoint"),
        (roster({**ID, "bind::fs:sensitive": "yes"}), "roster-key-sensitive", "bind::fs:sensitive", "sensitive"),
        (roster(ID, fs_merge="", fs_key="id"), "column-place", "bind::fs:key", "the whole list is one item"),
        (roster(ID, question("text", "x", fs_owner="server")), "column-place", "bind::fs:owner", "server's"),
        (roster(ID, question("text", "x", fs_merge="append"), fs_merge=""), "column-place", "bind::fs:merge", "pets"),
        (
            [question("text", "x", fs_group="g"), *roster(ID, question("text", "y", fs_group="g"))],
            "group-name",
            "bind::fs:group",
            "outside of pets",
        ),
        (roster(ID, *roster(TAG, name="shots"), fs_merge=""), "column-place", "bind::fs:merge", "pets around it"),
    ],
)
def test_what_cannot_be_followed_is_named_with_its_place(rows: list[Row], code: str, column: str, said: str) -> None:
    """Sheet, row and column, in both languages, with the remedy."""
    found = checked(rows)
    (fault,) = [fault for fault in found.errors if fault.code == code]
    assert (fault.sheet, fault.column) == ("survey", column)
    assert fault.row is not None
    assert said in fault.message
    assert all((fault.message_zh, fault.remedy, fault.remedy_zh))


def test_a_key_that_may_stay_empty_is_a_warning() -> None:
    """Members without one are known by their whole value, which its author should know."""
    (fault,) = checked(roster(question("text", "id"))).warnings
    assert (fault.code, fault.row, fault.column) == ("roster-key-optional", 3, "required")


@pytest.mark.parametrize(
    ("item", "change", "first"),
    [
        ("pets[7].called", "district", "auto"),
        ("pets[7].age", "community", "auto"),
        ("pets[7].home", "street", "community"),
        ("pets[7].shots[J].vet", "community", "auto"),
        ("pets[7]", "district", "auto"),
        ("pets[=1f]", "district", "community"),
        ("pets[]", "community", "auto"),
        ("pets", "district", "auto"),
        ("guests[1].age", "auto", "auto"),
    ],
)
def test_what_stands_in_a_roster_is_admitted_by_its_own_level_and_those_around(
    item: str, change: str, first: str
) -> None:
    """A member that goes takes all its answers with it, so the strictest of them counts."""
    found = admission(spec_of(PETS), item)
    assert (found.admit, found.admit_first) == (change, first)


def test_a_list_that_is_one_item_is_admitted_and_covered_by_what_is_in_it() -> None:
    """It is chosen, shown and returned whole."""
    rows = [*roster(ID, question("text", "chip", fs_sensitive="yes", fs_admit="city"), fs_merge="")]
    spec = spec_of(rows)
    assert (admission(spec, "pets").admit, is_sensitive(spec, "pets")) == ("city", True)


@pytest.mark.parametrize(
    ("item", "hidden"),
    [
        ("pets[7].chip", True),
        ("pets[7].age", False),
        ("pets[=1f]", True),
        ("pets[]", False),
        ("pets", True),
        ("pets[7].shots[J].vet", False),
        ("guests[1].chip", False),
    ],
)
def test_what_is_sensitive_in_a_roster(item: str, hidden: bool) -> None:
    """A field by its own mark, what holds it with it."""
    assert is_sensitive(spec_of(PETS), item) == hidden


def test_a_place_names_the_repeats_around() -> None:
    """Outermost first, by whatever key."""
    place = place_of(spec_of(PETS), 'pets["7"#2].shots[2026-05-01%5B].vet')
    assert [field.name for field in (*place.around, *place.fields)] == ["pets", "shots", "vet"]
    assert not place.is_member


@pytest.mark.parametrize(
    "rows",
    [
        roster(ID, TAG, fs_key="tag"),
        roster(ID, question("text", "tag", required="yes"), fs_merge=""),
    ],
)
def test_a_version_may_not_tell_members_apart_otherwise(rows: list[Row]) -> None:
    """What waits in the books is named by the old key."""
    old = spec_of(roster(ID, question("text", "tag", required="yes"), fs_key="id"))
    errors = [change for change in compare(old, spec_of(rows, version="2")) if change.severity == "error"]
    assert [(change.kind, change.field) for change in errors] == [("roster", "pets")]
    assert "new name" in errors[0].message["en"]


NAMES = st.sampled_from(["a", "b", "id"])


def fields(depth: int) -> st.SearchStrategy[tuple[Field, ...]]:
    """Return questions with any marks, in repeats as deep as this."""
    plain = st.builds(
        Field,
        name=NAMES,
        type=st.just("text"),
        path=st.just("/x"),
        merge=st.sampled_from([None, "latest", "review", "append", "max"]),
        group=st.sampled_from([None, None, "a", "g", "h"]),
        key=st.booleans(),
    )
    repeat = st.builds(
        Field,
        name=NAMES,
        type=st.just("repeat"),
        path=st.just("/x"),
        merge=st.sampled_from([None, "roster"]),
        member_key=st.none() | NAMES,
        fields=fields(depth - 1) if depth else st.just(()),
    )
    one = st.one_of(plain, repeat) if depth else plain
    return st.lists(one, max_size=3, unique_by=lambda field: field.name).map(tuple)


@given(fields(2))
def test_rules_of_a_form_without_errors_can_be_followed(found: tuple[Field, ...]) -> None:
    """Whatever a form says, either its check names an error or its rules merge."""
    from forms_spec.checks import _groups, _strategy
    from forms_spec.items import within

    spec = FormSpec(id="f", version="1", title={}, languages=("en",), fields=found)
    faults: Iterable[Fault] = [
        *_groups(spec.fields, lambda _path: 1),
        *(fault for field in within(found) for fault in _strategy(field, 1)),
        *check_rosters(spec, lambda _path: 1),
    ]
    if not faults:
        Rules.of(spec.merge_rules())
    assert set(STRATEGIES) >= {field.merge for field in within(found) if field.merge}
