"""Expressions: what they mean, and what is refused when a form is checked.

That they mean the same on tablets is shown in `tests/odk`.
"""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_spec.documents import Tree
from forms_spec.expression_errors import ExpressionError, TooCostlyError
from forms_spec.expressions import Expressions
from forms_spec.lists import lists_of
from forms_spec.xpath.run import Circumstances, Context, Run
from forms_spec.xpath.values import Value
from tests.unit.forms_spec.workbooks import question, spec_of

CHOICES = [
    {"list_name": "fruit", "name": name, "label": name.title(), "tree": tree}
    for name, tree in [("apple", "yes"), ("pear", "yes"), ("melon", "no")]
]
SPEC = spec_of(
    [
        question("text", "a"),
        question("text", "b"),
        question("begin group", "g"),
        question("text", "c"),
        question("end group", ""),
        question("select_one fruit", "fruit"),
        question("begin repeat", "r"),
        question("text", "x"),
        question("begin repeat", "s"),
        question("text", "y"),
        question("end repeat", ""),
        question("end repeat", ""),
    ],
    CHOICES,
)
EXPRESSIONS = Expressions.of(SPEC)
ROOT = EXPRESSIONS.places.root.path
NOON = datetime(2026, 11, 23, 12, 30, tzinfo=timezone(timedelta(hours=8)))


def evaluate(text: str, context: str = "a", seed: str = "", **answers: object) -> Value:
    expression = EXPRESSIONS.compile(text.replace("/f/", f"{ROOT}/"), EXPRESSIONS.places.by_path[f"{ROOT}/{context}"])
    tree = Tree(EXPRESSIONS.places, answers, frozenset([f"{ROOT}/{context}"]))
    node = tree.watched[f"{ROOT}/{context}"][-1]
    run = Run(Circumstances(NOON, seed), tree.top, lists_of(SPEC))
    return expression.evaluate(Context(run, node, node))


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        EXPRESSIONS.compile(text.replace("/f/", f"{ROOT}/"), EXPRESSIONS.places.by_path[f"{ROOT}/a"])
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("10 - 2 - 3", 5),
        ("2 * (3 + 4) mod 5", 4),
        ("-7 mod 4", -3),
        ("- - 2", 2),
        ("1 = 1 and 2 > 1 or false()", True),
        ("false() and true() or true()", True),
        ("1 < 2 = true()", True),
        ("string(1 div 0)", "Infinity"),
        ("string(0 div 0)", ""),
        ("string(0.00001)", "0.00001"),
        ("string(0.0000001)", "1e-7"),
        ("string-length('武侯')", 2),
        ("'2026-12-01' > today()", True),
        ("string(today())", "2026-11-23"),
        ("string(now())", "2026-11-23T12:30:00.000+08:00"),
        ('"it\'s" = "it\'s"', True),
        ("count(instance('fruit')/root/item[tree = 'yes'])", 2),
        ("string(instance('fruit')/root/item[name = 'pear']/label)", "Pear"),
        ("pulldata('fruit', 'tree', 'name', 'melon')", "no"),
        ("jr:choice-name('pear', '/f/fruit')", "Pear"),
    ],
)
def test_expressions_mean_what_the_specification_says(text: str, value: object) -> None:
    """Precedence, conversions and functions are those of ODK XForms, dates are comparable."""
    assert evaluate(text) == value


def test_what_is_drawn_depends_on_the_seed_alone() -> None:
    """The same document gives the same numbers again, another one gives others."""
    assert evaluate("random()", seed="1") == evaluate("random()", seed="1") != evaluate("random()", seed="2")
    assert evaluate("uuid()", seed="1") == evaluate("uuid()", seed="1") != evaluate("uuid()", seed="2")


def test_paths_go_into_repeats_and_out_of_them() -> None:
    """Absolute and relative paths, predicates and positions reach members, nested ones included."""
    data = {"a": "1", "r": [{"x": "p", "s": [{"y": "1"}, {"y": "2"}]}, {"x": "q", "s": [{"y": "3"}]}]}
    assert evaluate("sum(/f/r/s/y)", **data) == 6
    assert evaluate("concat(../x, position(..), count(../s))", "r/x", **data) == "q21"
    assert evaluate("string(../../x)", "r/s/y", **data) == "q"
    assert evaluate("string(../../../r[position() = position(current()/../..) - 1]/x)", "r/s/y", **data) == "p"
    assert evaluate("string(indexed-repeat(/f/r/s/y, /f/r, 1, /f/r/s, 2))", **data) == "2"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 +", "expression-syntax"),
        ("(1", "expression-syntax"),
        ("1 ~ 2", "expression-syntax"),
        ("child::", "expression-syntax"),
        ("nonsense::x", "expression-syntax"),
        ("true(1)", "expression-syntax"),
        ("if(1, 2)", "expression-syntax"),
        ("count('a')", "expression-syntax"),
        ("indexed-repeat(/f/r/x, /f/r, 1, /f/r/s)", "expression-syntax"),
        ("jr:choice-name('a', /f/fruit)", "expression-syntax"),
        ("nonsense()", "expression-unsupported"),
        ("/f/nothing", "expression-reference"),
        ("../nothing", "expression-reference"),
        ("jr:choice-name('a', '/f/nothing')", "expression-reference"),
        ("regex(., '(')", "expression-pattern"),
        ("regex(., '(?=a)')", "expression-pattern"),
        ("1" * 20_000, "expression-budget"),
        ("(" * 60 + "1" + ")" * 60, "expression-budget"),
        ("[".join(["/f/r"] * 60) + "]" * 59, "expression-budget"),
        (" + ".join("1" * 2_500), "expression-budget"),
        (" or ".join(["1"] * 400), "expression-budget"),
    ],
)
def test_what_has_no_meaning_is_refused(text: str, code: str) -> None:
    """Every error has a code, says what in both languages, and how to mend it."""
    error = refused(text)
    assert error.code == code
    assert error.message
    assert error.message_zh
    assert error.remedy
    assert error.remedy_zh


@pytest.mark.parametrize(
    "text",
    [
        "count(//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0])",
        "join('', /f/r/x, //x, //x)",
        "uuid(1000000000)",
        "string-length(join(/f/r/x, //x))",
        "count(/f/r/following::*/preceding::*/following::*)",
    ],
)
def test_what_never_ends_or_blows_up_is_stopped(text: str) -> None:
    """An evaluation has a budget of steps and of characters; it is stopped, not waited for."""
    members = [{"x": "0123456789" * 10}] * 2_000
    with pytest.raises(TooCostlyError):
        evaluate(text, r=members)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pow(10, pow(10, pow(10, 10)))", float("inf")),
        ("string(substr('abc', -1000000000000, 1000000000000))", "abc"),
        ("string(substring('abc', -1 div 0, 1 div 0))", ""),
        ("string(selected-at('a b', 1000000000000000000000))", ""),
        ("string(round(1, 1000))", ""),
        ("string(date(100000000000000))", ""),
        ("string(date(1 div 0))", ""),
        (f"regex('{'a' * 5_000}', '(a+)+$')", True),
    ],
)
def test_towers_and_abysses_have_a_value(text: str, value: object) -> None:
    """What is too large for its type is no exception and takes no time."""
    assert evaluate(text) == value


answer = st.text(max_size=12) | st.sampled_from(["", "12", "-1.5", "2026-02-28", "2026-02-28T10:00:00+08:00", "a b c"])
argument = st.sampled_from(["/f/a", "/f/b", "/f/r/x", "3", "-1", "1 div 0", "'%Y-%m'", "'a b'", "''", "//*", "true()"])
NAMES = """
sum min max count join concat round int pow log date format-date decimal-time decimal-date-time selected selected-at
substr substring substring-after translate distance area geofence checklist weighted-checklist digest base64-decode
coalesce randomize number position once regex pulldata boolean-from-string
"""
functions = st.sampled_from(NAMES.split())


@given(functions, st.lists(argument, max_size=4), answer, answer)
def test_no_answer_makes_a_function_fail(name: str, arguments: list[str], first: str, second: str) -> None:
    """Whatever a tablet sent: a function says something, or its call was refused when the form was checked."""
    try:
        value = evaluate(f"{name}({', '.join(arguments)})", "b", a=first, r=[{"x": second}, {}])
    except ExpressionError:
        return
    assert isinstance(value, str | float | bool | list)
