"""Values of expressions: conversions and comparisons."""

import math

import pytest

from forms_spec.values import date_of, is_equal, to_boolean, to_number, to_text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("3", 3),
        (" -2.5 ", -2.5),
        (".5", 0.5),
        (True, 1),
        ("1970-01-02", 1),
        ("1970-01-01T12:00:00Z", 0.5),
        ("06:00", 0.25),
    ],
)
def test_texts_dates_and_booleans_become_numbers(value: object, number: float) -> None:
    """Dates count days since 1970, times of day are parts of a day."""
    assert to_number(value) == number


@pytest.mark.parametrize("text", ["", "abc", "1e5", "2026-02-30", "24:00", "٣", "--1"])
def test_what_is_no_number_is_not_a_number(text: str) -> None:
    """A text that is neither number nor date becomes NaN, not zero and not an error."""
    assert math.isnan(to_number(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e21, "1000000000000000000000"),
        (math.nan, "NaN"),
        (True, "true"),
    ],
)
def test_numbers_become_texts_without_exponent(value: object, text: str) -> None:
    """A whole number has no decimal point, and no number an exponent, as XPath says."""
    assert to_text(value) == text


def test_only_blank_zero_and_nan_are_false() -> None:
    """The text "0" is true, the number 0 is not."""
    assert [to_boolean(value) for value in ("", 0.0, math.nan, "0", 2.0, "false")] == [False] * 3 + [True] * 3


def test_the_same_moment_is_equal_however_it_is_written() -> None:
    """A date and time with another offset is the same moment; texts that are no dates compare as texts."""
    assert is_equal("2026-11-23T08:00:00+08:00", "2026-11-23T00:00:00Z")
    assert not is_equal("01", "1")
    assert is_equal("01", 1.0)
    assert not is_equal("", "0")


def test_nothing_equals_not_a_number() -> None:
    """A blank answer is not equal to any number."""
    assert not is_equal("", 0.0)
    assert not is_equal(math.nan, math.nan)


@pytest.mark.parametrize(
    ("value", "date"),
    [("2026-11-23", "2026-11-23"), ("2026-11-23T10:00:00Z", "2026-11-23"), (1.0, "1970-01-02"), ("x", ""), (1e300, "")],
)
def test_dates_are_made_from_texts_and_days(value: object, date: str) -> None:
    """What names no day makes the blank text."""
    assert date_of(value) == date
