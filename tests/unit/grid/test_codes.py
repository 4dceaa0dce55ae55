"""Cell codes and the areas they lie in."""

import pytest

from grid import CodePattern, GridError, area_of, is_within, level_of, parse_code, parse_pattern

CODE = "510107001004002"


def test_a_code_of_fifteen_digits_is_accepted() -> None:
    """The default pattern is 6 + 3 + 3 + 3 digits."""
    assert parse_code(CODE) == CODE


@pytest.mark.parametrize(
    "text", ["", "51010700100400", CODE + "1", "51010700100400x", "５１０１０７００１００４００２", " " + CODE[1:]]
)
def test_anything_else_is_refused_with_what_where_and_how_to_mend(text: str) -> None:
    """Short, long, non-digit, full-width and padded texts are no codes, and the message says so in one line."""
    with pytest.raises(GridError) as caught:
        parse_code(text, where="row 3")
    assert caught.value.where == "row 3"
    assert repr(text) in caught.value.what
    assert "15 digits" in caught.value.mend
    assert "15 位数字" in caught.value.told
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("level", "area"),
    [("district", "510107"), ("street", "510107001"), ("community", "510107001004"), ("cell", CODE)],
)
def test_each_level_has_its_prefix(level: str, area: str) -> None:
    """Prefixes of 6, 9, 12 and 15 digits are a district, a street, a community and a cell."""
    assert area_of(CODE, level) == area
    assert level_of(area) == level
    assert is_within(CODE, area)


def test_an_area_lies_in_a_wider_one_but_not_the_other_way_round() -> None:
    """A street lies in its district; the district lies in no street."""
    assert is_within("510107001", "510107")
    assert not is_within("510107", "510107001")
    assert not is_within(CODE, "510107002")
    assert area_of("510107001", "district") == "510107"
    with pytest.raises(GridError, match="lies in no single street"):
        area_of("510107", "street")


@pytest.mark.parametrize("prefix", ["", "5", "51010", "5101070", "51010a", CODE + "0"])
def test_a_prefix_that_ends_inside_a_level_is_no_area(prefix: str) -> None:
    """Such a prefix would silently widen an authority, so it is an error and never a match."""
    with pytest.raises(GridError, match="names no area"):
        level_of(prefix)
    with pytest.raises(GridError, match="names no area"):
        is_within(CODE, prefix)


def test_an_unknown_level_is_refused() -> None:
    """The message lists the levels there are."""
    with pytest.raises(GridError, match="district, street, community, cell"):
        area_of(CODE, "province")


def test_another_pattern_moves_the_levels() -> None:
    """The pattern is a setting: everything follows the widths given."""
    pattern = parse_pattern("2-2-2-4")
    assert pattern == CodePattern((2, 2, 2, 4))
    assert parse_code("1122334444", pattern) == "1122334444"
    assert area_of("1122334444", "community", pattern) == "112233"
    with pytest.raises(GridError):
        parse_code(CODE, pattern)


@pytest.mark.parametrize("text", ["", "6-3-3", "6-3-3-0", "6-3-3-3-3", "6,3,3,3", "-6-3-3-3"])
def test_a_pattern_that_is_not_four_widths_is_refused(text: str) -> None:
    """Every level needs at least one digit."""
    with pytest.raises(GridError, match="6-3-3-3"):
        parse_pattern(text)
