"""Names as they are written, sounded and heard."""

from __future__ import annotations

import pytest

from fieldsync.matching.names import heard, sounded, written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("張偉強", "张伟强"),
        ("买买提·艾力", "买买提 艾力"),
        (" 王芳 ", "王芳"),
        ("Ｗａｎｇ Fang", "wang fang"),
        ("O'Neil", "ONeil"),
    ],
)
def test_dress_and_script_do_not_matter(one: str, other: str) -> None:
    """Traditional and simplified, dots, blanks and capitals are one name as it is written."""
    assert written(one) == written(other)


@pytest.mark.parametrize(("name", "expected"), [("张伟", ("zhang", "wei")), ("Zhang Wei", ("zhang", "wei")), ("", ())])
def test_a_name_sounds_the_same_in_characters_and_in_pinyin(name: str, expected: tuple[str, ...]) -> None:
    """Syllables without tones."""
    assert sounded(name) == expected


@pytest.mark.parametrize(
    ("one", "other"), [("李娜", "李拉"), ("张三", "章珊"), ("陈静", "成金"), ("胡兰", "伏男"), ("任红", "冷红")]
)
def test_what_an_accent_makes_one_is_heard_alike(one: str, other: str) -> None:
    """n and l, zh and z, in and ing, hu and f, r and l."""
    assert heard(one) == heard(other)


@pytest.mark.parametrize(("one", "other"), [("王芳", "李芳"), ("张伟", "张磊"), ("陈静", "陈艳")])
def test_other_names_are_not_heard_alike(one: str, other: str) -> None:
    """A blur is not so great that everybody is one."""
    assert heard(one) != heard(other)
