"""Expressions: what they mean, and what is refused when a form is checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_spec.expression_errors import ExpressionError
from forms_spec.expressions import Scope, compile_expression
from forms_spec.references import Places

PLACES = Places(
    {"/f/a": (), "/f/b": (), "/f/g/c": (), "/f/r": (), "/f/r/x": ("/f/r",), "/f/r/y": ("/f/r",)},
    {"a": "/f/a", "b": "/f/b", "c": "/f/g/c", "x": "/f/r/x"},
)
TODAY = "2026-11-23"


def evaluate(text: str, context: str = "/f/a", **answers: object) -> object:
    values = {PLACES.by_name[name]: value for name, value in answers.items()}
    return compile_expression(text, context, PLACES).evaluate(Scope(values, TODAY))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("7 div 2", 3.5),
        ("7 mod 4", 3),
        ("-7 mod 4", -3),
        ("- - 2", 2),
        ("1 = 1 and 2 > 1 or false()", True),
        ("false() and true() or true()", True),
        ("not('')", True),
        ("'a' != 'b'", True),
        ("if(1 > 2, 'x', 'y')", "y"),
        ("coalesce('', 'z')", "z"),
        ("string-length('武侯')", 2),
        ("count-selected('a b  c')", 3),
        ("concat('a', 1 + 1)", "a2"),
        ("contains('abc', 'b') and starts-with('abc', 'a')", True),
        ("number('x') = number('x')", False),
        ("string(3 div 2)", "1.5"),
        ("int(-2.7)", -2),
        ("today() - date('2026-11-20')", 3),
        ("date('2026-11-23') = today()", True),
        ("'2026-12-01' > today()", True),
        ('"it\'s" = "it\'s"', True),
    ],
)
def test_expressions_mean_what_xpath_says(text: str, value: object) -> None:
    """Precedence, conversions and functions are XPath's, dates are comparable."""
    assert evaluate(text) == value


def test_division_by_zero_has_a_value() -> None:
    """XPath knows infinity and NaN, not exceptions."""
    assert evaluate("string(1 div 0)") == "Infinity"
    assert evaluate("string(0 div 0)") == "NaN"
    assert evaluate("string(1 mod 0)") == "NaN"


def test_paths_find_questions_from_where_they_stand() -> None:
    """Absolute, relative, dotted and named references reach the same answer."""
    for text in ("/f/g/c = 'v'", "../g/c = 'v'", "${c} = 'v'", " /f/g/c  = 'v'"):
        assert evaluate(text, "/f/b", c="v") is True
    assert evaluate(". = 'v'", "/f/g/c", c="v") is True


def test_members_of_a_repeat_see_each_other_and_the_document() -> None:
    """Inside a repeat, siblings and questions around it can be referred to."""
    compiled = compile_expression("../y = 2 and /f/a = 1", "/f/r/x", PLACES)
    assert compiled.references == {"/f/r/y", "/f/a"}
    assert compiled.evaluate(Scope({"/f/r/y": 2.0, "/f/a": 1.0}, TODAY)) is True


def test_a_blank_answer_fails_every_order_comparison() -> None:
    """A missing number is NaN: neither smaller nor larger than anything."""
    assert evaluate("${b} < 1 or ${b} >= 1", b="") is False


def test_selected_looks_at_whole_choices() -> None:
    """A choice is found by its whole name, not by a part of it."""
    assert evaluate("selected(${a}, 'ab')", a="x ab") is True
    assert evaluate("selected(${a}, 'a')", a="x ab") is False


def test_regex_matches_the_whole_answer() -> None:
    """As in ODK, the pattern has to cover the answer from end to end."""
    assert evaluate("regex(., '[0-9]{3}')", a="123") is True
    assert evaluate("regex(., '[0-9]{3}')", a="1234") is False


def test_a_pattern_that_explodes_elsewhere_ends() -> None:
    """Nested quantifiers take linear time, since RE2 does not backtrack; backtracking would outlast the test."""
    assert evaluate("regex(., '(a+)+$')", a="a" * 5000 + "!") is False


def test_a_lone_surrogate_does_not_stop_a_match() -> None:
    """Half a surrogate pair, which JSON may hold, simply does not match."""
    assert evaluate("regex(., '[a-z]+')", a="a\ud800") is False


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("position(..)", "expression-unsupported", "position()"),
        ("pulldata('a', 'b', 'c', 'd')", "expression-unsupported", "pulldata()"),
        ("${x} = 1", "expression-unsupported", "repeat"),
        ("/f/zz = 1", "expression-reference", "/f/zz"),
        ("${zz} = 1", "expression-reference", "${zz}"),
        ("1 +", "expression-syntax", "the end"),
        ("1 2", "expression-syntax", "'2'"),
        ("1 end", "expression-syntax", "'end'"),
        ("(1", "expression-syntax", "the end"),
        ("'open", "expression-syntax", "character 1"),
        ("a = 1", "expression-syntax", "'a'"),
        ("/f/a[1] = 1", "expression-syntax", "'[1] = 1'"),
        ("", "expression-syntax", "the end"),
        ("today(1)", "expression-syntax", "0 argument"),
        ("if(1, 2)", "expression-syntax", "3 argument"),
        ("regex(., ${b})", "expression-pattern", "in quotes"),
        ("regex(., '(?=a)')", "expression-pattern", "(?="),
        ("regex(., '(')", "expression-pattern", "("),
        ("regex(., '(a{1000}){1000}')", "expression-pattern", "repetition"),
        ("(" * 200, "expression-budget", "nested brackets"),
        ("+".join("1" * 2500), "expression-budget", "2000 parts"),
        ("1" * 20_000, "expression-budget", "20,000 characters"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(text: str, code: str, said: str) -> None:
    """The error says which function, reference or character, in both languages."""
    with pytest.raises(ExpressionError) as raised:
        compile_expression(text, "/f/a", PLACES)
    assert raised.value.code == code
    assert said in raised.value.message
    assert raised.value.message_zh
    assert raised.value.remedy


def test_long_chains_are_evaluated_without_deep_recursion() -> None:
    """A condition of a thousand parts is within the budget and evaluates."""
    assert evaluate(" or ".join(["${b} = 'x'"] * 900), b="y") is False
    assert evaluate(" + ".join(["1"] * 1500)) == 1500


@given(st.text(alphabet="ab.${}/()'\"<>=!+-*, 1divmodandornot", max_size=60))
def test_any_text_is_compiled_or_refused(text: str) -> None:
    """No text whatsoever raises anything but the one error, or fails when evaluated."""
    try:
        compiled = compile_expression(text, "/f/a", PLACES)
    except ExpressionError:
        return
    assert isinstance(compiled.evaluate(Scope({"/f/a": "3", "/f/b": ""}, TODAY)), str | float | bool)
