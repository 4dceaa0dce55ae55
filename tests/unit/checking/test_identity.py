"""Identity numbers: digit, date, form; the area is not looked at."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.checking.identity import check_character, doubts


def codes(kind: str, number: str, **more: Any) -> list[str]:
    """Return what is doubtful about a number."""
    return [d.code for d in doubts({"id_type": kind, "id_number": number, **more})]


def citizen(first: str) -> str:
    """Return a number with its check character."""
    return first + check_character(first)


def test_the_check_character_is_that_of_the_standard() -> None:
    """The two examples of GB 11643-1999."""
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


@pytest.mark.parametrize(
    ("number", "more", "expected"),
    [
        ("11010519491231002X", {"birth_date": "1949-12-31", "sex": "2"}, []),
        ("11010519491231002x", {}, []),
        (" １１０１０５１９４９１２３１００２Ｘ ", {}, []),
        ("110105194912310021", {}, ["identity_digit"]),
        ("110105194912310", {}, ["identity_form"]),
        (citizen("11010519490231002"), {}, ["identity_date"]),
        ("11010519491231002X", {"birth_date": "1949-12-30"}, ["identity_birth_differs"]),
        ("11010519491231002X", {"sex": "1"}, ["identity_sex_differs"]),
        ("11010519491231002X", {"sex": "9"}, []),
        (citizen("51290119800203002"), {"birth_date": "1980-02-03"}, []),
        (citizen("81000019800203002"), {}, []),
    ],
)
def test_a_citizens_number(number: str, more: dict[str, Any], expected: list[str]) -> None:
    """An abolished area (512901) is no fault, nor is that of a Hong Kong resident (810000)."""
    assert codes("111", number, **more) == expected


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        ("117", "P510123456", []),
        ("117", "510123456", ["identity_form"]),
        ("414", "E12345678", []),
        ("414", "PASSPORT", ["identity_form"]),
        ("511", "01234567", []),
        ("511", "0123456", ["identity_form"]),
        ("516", "H01234567", []),
        ("516", "M0123456701", []),
        ("516", "X01234567", ["identity_form"]),
        ("553", "CHN110000112233", []),
        ("553", citizen("91184019800203002"), []),
        ("113", "004512", []),
        ("990", "anything", []),
        ("none", "anything", []),
    ],
)
def test_other_documents_by_their_own_form(kind: str, number: str, expected: list[str]) -> None:
    """Certificates of birth, passports, permits and residents' cards; what has no form may be anything."""
    assert codes(kind, number) == expected


@pytest.mark.parametrize("number", [None, "", 110105194912310, ["x"], {"a": 1}])
def test_what_is_no_text_is_the_forms_matter(number: Any) -> None:
    """A number that is not there, or of the wrong type, is not judged here."""
    assert list(doubts({"id_type": "111", "id_number": number})) == []
    assert list(doubts({"id_type": ["111"], "id_number": "1"})) == []
