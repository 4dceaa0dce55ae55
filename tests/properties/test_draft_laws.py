"""Drafts move up from version to version, and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forms_spec.drafts import Draft, carry
from forms_spec.spec import Choice, Field, FormSpec

NAMES = ("a", "b", "c", "d", "e")
TYPES = {"a": "text", "b": "integer", "c": "select_one", "d": "select_multiple", "e": "repeat"}
ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "a": st.text(max_size=3),
    "b": st.integers(0, 9) | st.just("seven"),
    "c": st.sampled_from(["x", "y", "z"]),
    "d": st.lists(st.sampled_from(["x", "y", "z"]), max_size=2),
    "e": st.lists(st.dictionaries(st.sampled_from("pq"), st.integers(0, 3), max_size=2), max_size=2),
}


@st.composite
def forms(draw: st.DrawFn, version: str) -> FormSpec:
    """Some of the questions, in some order, each of its one type, with some of the choices."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    values = draw(st.sets(st.sampled_from(["x", "y", "z"]), min_size=1))
    fields = tuple(
        Field(name=name, type=TYPES[name], path=f"/f/{name}", choices="l" if name in "cd" else None) for name in names
    )
    choices = {"l": tuple(Choice(value) for value in sorted(values))}
    return FormSpec(id="f", version=version, title={}, languages=(), fields=fields, choices=choices)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Answers and reasons to questions of any version, and to one that no version asks."""
    names = draw(st.sets(st.sampled_from(NAMES)))
    data = {name: draw(ANSWERS[name]) for name in sorted(names)}
    if draw(st.booleans()):
        data["stranger"] = "?"
    return Draft(version="1", data=data, missing={name: "refused" for name in NAMES if name not in names})


@given(drafts(), forms("1"), forms("2"))
def test_nothing_is_lost(draft: Draft, old: FormSpec, new: FormSpec) -> None:
    """Every answer and every reason is there unchanged; what the new version does not ask is told under the old one."""
    carried = carry(draft, old, new)
    assert (carried.draft.version, carried.draft.data, carried.draft.missing) == ("2", draft.data, draft.missing)
    asked, now_asked = ({field.name for field in spec.fields} for spec in (old, new))
    gone = {name for name in asked - now_asked if name in draft.data or name in draft.missing}
    assert set(carried.draft.former.get("1", ())) == gone
    assert set(carried.to_ask) <= now_asked


@given(drafts(), forms("1"), forms("2"))
def test_carrying_twice_is_carrying_once(draft: Draft, old: FormSpec, new: FormSpec) -> None:
    """A tablet that is interrupted begins again, to the same effect."""
    once = carry(draft, old, new).draft
    assert carry(once, new, new).draft == once


@given(drafts(), forms("1"), forms("2"), forms("3"))
def test_the_way_over_a_version_between_leads_to_the_same(
    draft: Draft, first: FormSpec, second: FormSpec, third: FormSpec
) -> None:
    """The answers are the same, and so are those that no question stands for."""
    between = carry(carry(draft, first, second).draft, second, third).draft
    straight = carry(draft, first, third).draft
    assert (between.data, between.missing) == (straight.data, straight.missing)
    known = {name for names in between.former.values() for name in names}
    assert {name for names in straight.former.values() for name in names} <= known


@given(drafts(), forms("1"), forms("2"))
def test_a_tablet_is_told_what_to_ask(draft: Draft, old: FormSpec, new: FormSpec) -> None:
    """A new question without answer or reason, and an answer that is no choice any more."""
    to_ask = carry(draft, old, new).to_ask
    before = {field.name for field in old.fields}
    for field in new.fields:
        answer = draft.data.get(field.name)
        if answer in (None, "", []) or (isinstance(answer, str) and not answer.strip()):
            is_new = field.name not in before and field.name not in draft.missing
            assert (to_ask.get(field.name) == "new") == is_new
        elif field.name == "c":
            values = {choice.value for choice in new.choices["l"]}
            assert (to_ask.get("c") == "choice") == (answer not in values)
