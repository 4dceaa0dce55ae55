"""What speaks for and against two persons being one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsync.matching.compare import CHANCES, LIKELY, compare
from fieldsync.matching.keys import keys_of, wanted_prefixes
from fieldsync.matching.profile import Profile, profile_of
from fieldsync.matching.wording import WORDS, told

SECRET = b"s" * 32
FANG = Profile("a", "王晓芳", "2", date(1980, 2, 3), "111", "999999198002030029", "12812345678")


def levels(one: Profile, other: Profile) -> dict[str, str]:
    """Return the level of each item that was compared."""
    return {evidence.item: evidence.level for evidence in compare(one, other).evidence}


@pytest.mark.parametrize(
    ("changes", "item", "level"),
    [
        ({}, "name", "same"),
        ({"name": "王曉芳"}, "name", "same"),
        ({"name": "王小方"}, "name", "sounds_alike"),
        ({"name": "Xiaofang Wang"}, "name", "different"),
        ({"name": "Wang Xiao Fang"}, "name", "sounds_alike"),
        ({"name": "王晓凡"}, "name", "heard_alike"),
        ({"name": "王晓芬"}, "name", "slipped"),
        ({"name": "王芳"}, "name", "slipped"),
        ({"name": "王丽"}, "name", "family"),
        ({"name": "李娜"}, "name", "different"),
        ({"birth": date(1980, 3, 2)}, "birth", "slipped"),
        ({"birth": date(1981, 2, 3)}, "birth", "slipped"),
        ({"birth": date(1980, 2, 13)}, "birth", "slipped"),
        ({"birth": date(1980, 11, 29)}, "birth", "year"),
        ({"birth": date(1967, 11, 29)}, "birth", "different"),
        ({"id_number": "999999198002030092"}, "identity", "slipped"),
        ({"id_number": "510107199911112222"}, "identity", "different"),
        ({"sex": "1"}, "sex", "different"),
        ({"phone": "12800000000"}, "phone", "different"),
    ],
)
def test_each_item_is_put_at_its_level(changes: dict[str, Any], item: str, level: str) -> None:
    """The same, nearly so as people slip, or different."""
    assert levels(FANG, replace(FANG, id="b", **changes))[item] == level


def test_documents_of_two_kinds_and_what_is_unknown_say_nothing() -> None:
    """A passport beside an identity card is no contradiction, nor is what nobody has answered."""
    assert "identity" not in levels(FANG, replace(FANG, id_type="414", id_number="E12345678"))
    assert set(levels(FANG, Profile("b", name="王晓芳"))) == {"name"}
    assert compare(FANG, Profile("b")).evidence == ()
    assert levels(FANG, replace(FANG, id_type="113"))["identity"] == "same"


@pytest.mark.parametrize(
    ("changes", "is_likely"),
    [
        ({"id_number": None, "phone": None}, True),
        ({"name": "王小方", "id_number": None, "phone": None}, True),
        ({"birth": date(1980, 3, 2), "id_number": None, "phone": None}, True),
        ({"name": "王晓明", "sex": "1", "id_number": None}, False),
        ({"name": "李娜", "id_number": None, "phone": None}, False),
        ({"id_number": "510107198002034444"}, True),
        ({"name": "王晓芬", "id_number": "999999198002030045"}, False),
    ],
    ids=["no number", "sounds alike", "date turned", "a twin brother", "a neighbour", "two numbers", "a twin sister"],
)
def test_a_person_looks_at_what_is_likely(changes: dict[str, Any], is_likely: bool) -> None:
    """Slips do not hide a person; twins and neighbours are not named."""
    assert (compare(FANG, replace(FANG, id="b", **changes)).probability >= LIKELY) is is_likely


def test_evidence_is_for_and_against_and_has_words() -> None:
    """The weightiest comes first, each in both languages."""
    likeness = compare(FANG, replace(FANG, id="b", sex="1"))
    assert [e.item for e in likeness.speaks_against] == ["sex"]
    assert likeness.speaks_for[0].item == "identity"
    assert told(likeness.speaks_against[0]) == {"en": "another sex", "zh": "性别不同"}
    assert set(WORDS) == set(CHANCES)


_PROFILES = st.builds(
    Profile,
    id=st.just("x"),
    name=st.none() | st.text("王汪芳方fang 張张", min_size=1, max_size=5),
    sex=st.sampled_from([None, "1", "2"]),
    birth=st.none() | st.dates(date(1979, 1, 1), date(1981, 1, 1)),
    id_type=st.sampled_from(["111", "414"]),
    id_number=st.none() | st.text("0123", min_size=7, max_size=9),
    phone=st.none() | st.text("01", min_size=2, max_size=2),
)


@given(_PROFILES, _PROFILES)
def test_the_order_of_two_persons_does_not_matter(one: Profile, other: Profile) -> None:
    """A law: likeness is symmetric."""
    assert compare(one, other) == compare(other, one)


@given(_PROFILES)
def test_whoever_is_filed_finds_himself(profile: Profile) -> None:
    """A law: what leads to a person begins the keys they are filed under, where anything is known."""
    filed = [f"{key}|" for key in keys_of(profile, SECRET)]
    wanted = wanted_prefixes(profile, SECRET)
    known = profile.id_number or profile.phone or profile.birth or profile.name
    assert any(key.startswith(prefix) for key in filed for prefix in wanted) is bool(known)


def test_numbers_are_filed_as_keyed_hashes() -> None:
    """Neither the number nor a hash that anybody could compute stands in a key."""
    keys = " ".join(keys_of(FANG, SECRET))
    assert "999999198002030029" not in keys
    assert "12812345678" not in keys
    assert keys_of(FANG, SECRET) != keys_of(FANG, b"t" * 32)


def test_answers_become_a_profile() -> None:
    """Full-width digits, blanks and dashes go; what is no answer is not known."""
    answers = {"name": " 王芳 ", "sex": "9", "birth_date": "soon", "id_number": "e１２３", "phone": "028-8555 1234"}
    assert profile_of("p", answers) == Profile("p", "王芳", id_number="E123", phone="02885551234")
    assert profile_of("p", {"name": ["x"], "birth_date": 3}) == Profile("p")
