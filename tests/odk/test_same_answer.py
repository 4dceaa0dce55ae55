"""The server's answer is the tablet's answer: expressions put to this engine and to ODK's own, in two time zones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from forms_spec.documents import Tree
from forms_spec.expression_errors import ExpressionError
from forms_spec.instance import Instance, Layout
from forms_spec.instance_writing import write_instance
from forms_spec.lists import lists_of
from forms_spec.rules import compile_rules
from forms_spec.settling import settle
from forms_spec.spec import FormSpec
from forms_spec.xform import read_xform
from forms_spec.xpath.run import Circumstances, Run
from tests.odk.engine import Asked, ask, install
from tests.unit.forms_spec.workbooks import question
from tests.unit.forms_spec.xforms import xform_of

ZONES = ("UTC", "Asia/Shanghai")
LINES = (Path(__file__).parent / "expressions.txt").read_text(encoding="utf-8").splitlines()
AGREED = [line for line in LINES if line.strip() and not line.startswith("#")]
EACH = 12
"""How many expressions are put into one form."""

SURVEY = [
    question("text", "name"),
    question("integer", "age"),
    question("decimal", "income"),
    question("integer", "zero"),
    question("integer", "neg"),
    question("select_one yn", "consent"),
    question("text", "spaced"),
    question("select_multiple sv", "services"),
    question("text", "blank"),
    question("date", "born"),
    question("dateTime", "stamp"),
    question("time", "time"),
    question("geopoint", "point"),
    question("geotrace", "trace"),
    question("geoshape", "shape"),
    question("text", "off", relevant="false()"),
    question("begin repeat", "members"),
    question("text", "n"),
    question("integer", "a"),
    question("end repeat", ""),
    question("select_one sv", "anysv"),
]
CHOICES = [
    {"list_name": "yn", "name": "yes", "label": "Yes", "k": "1"},
    {"list_name": "yn", "name": "no", "label": "No", "k": "2"},
    {"list_name": "sv", "name": "water", "label": "Water", "k": "a"},
    {"list_name": "sv", "name": "power", "label": "Power", "k": "b"},
    {"list_name": "sv", "name": "gas", "label": "Gas", "k": "a"},
]
DATA: dict[str, Any] = {
    "name": "Maria da Silva",
    "age": 42,
    "income": 1500.5,
    "zero": 0,
    "neg": -7,
    "consent": "yes",
    "spaced": "  padded  x ",
    "services": ["water", "power"],
    "born": "2019-02-28",
    "stamp": "2026-08-07T06:31:13.834-03:00",
    "time": "06:31:13.500+08:00",
    "point": "-23.5505 -46.6333 760 5",
    "trace": "-23.5505 -46.6333 760 5;-23.5605 -46.6433 762 5;-23.5705 -46.6333 758 5",
    "shape": "-23.5505 -46.6333 0 0;-23.5505 -46.6233 0 0;-23.5605 -46.6233 0 0;-23.5605 -46.6333 0 0;"
    "-23.5505 -46.6333 0 0",
    "off": "x",
    "members": [{"n": "Ana", "a": 34}, {"n": "Bia", "a": 7}, {"n": "Caio", "a": 19}, {"n": "Dea"}],
}

DIFFERENT = {
    # What is no date is nothing here, the word of JavaScript there.
    "date('nonsense')": ("", "Invalid Date"),
    # A day that there is not stops a form there.
    "date('2020-02-30')": ("", "error"),
    # There the text begins one character behind the start of the part.
    "substring-after('a::b', '::')": ("b", ":b"),
    # Collect and the documentation match the whole text, web forms any part of it.
    "regex('xabcx', 'a.c')": ("false", "true"),
    # Sunday has no name there.
    "format-date('2026-11-29', '%a')": ("Sun", ""),
    # XPath 1.0: `and` and `or` say true or false; there one of the operands.
    "1 or 0": ("true", "1"),
    "'a' and 'b'": ("true", "b"),
    # In the specification or in XPath 1.0, but not there.
    "base64-encode('hello')": ("aGVsbG8=", "error"),
    "count(${age} | ${name} | ${age})": ("2", "error"),
    "count(${members}[2]/preceding-sibling::*)": ("17", "error"),
    # No way stops a form here while it is filled in.
    "distance(${point})": ("", "error"),
    # What has no meaning is an error when the form is checked, there when it is filled in, or never.
    "upper-case('a')": ("refused", "error"),
    "0 and nonexistent()": ("refused", "0"),
    "1 | 2": ("refused", "error"),
    ". = ''": ("refused", "false"),
}
"""Where the engines differ: this one's answer, and the other's."""


@pytest.fixture(scope="module", autouse=True)
def odk() -> None:
    """Have ODK's engine."""
    install()


def xform_asking(expressions: list[str]) -> str:
    """Return a form with a calculation for each expression, `e0` and so on."""
    asked = [question("calculate", f"e{number}", calculation=text) for number, text in enumerate(expressions)]
    return xform_of([*SURVEY, *asked], CHOICES)


def instance_of(spec: FormSpec) -> str:
    """Return the answers that the expressions look at."""
    return write_instance(Instance(form=spec.id, version=spec.version, data=DATA), Layout.of(spec)).decode()


def answers_here(spec: FormSpec, zone: str) -> dict[str, str]:
    """Return what this engine makes of the calculations."""
    rules = compile_rules(spec)
    tree = Tree(rules.places, DATA, frozenset(rules.by_path))
    now = datetime.now(ZoneInfo(zone))
    for _ in settle(rules, tree, Run(Circumstances(now), tree.top, lists_of(spec))):
        pass
    return {path.rpartition("/")[2]: nodes[0].text for path, nodes in tree.watched.items() if nodes}


def _put(groups: list[list[str]], zone: str) -> Iterator[tuple[str, str, str]]:
    """Yield each expression with this engine's answer and with the other's."""
    forms = [xform_asking(group) for group in groups]
    specs = [read_xform(form.encode()) for form in forms]
    asked = [Asked(form, instance_of(spec), {}) for form, spec in zip(forms, specs, strict=True)]
    for group, spec, said in zip(groups, specs, ask(asked, zone), strict=True):
        try:
            ours = answers_here(spec, zone)
        except ExpressionError:
            ours = {}
        for number, text in enumerate(group):
            theirs = "error" if "error" in said else said[f"/data/e{number}"]["value"]
            yield text, ours.get(f"e{number}", "refused"), theirs


@pytest.mark.parametrize("zone", ZONES)
def test_expressions_have_the_same_answer(zone: str) -> None:
    """Every function, every operator, blanks, dates, numbers as text, repeats and lists."""
    alone = [text for text in AGREED if "/*" in text]  # beside others it would refer to what refers to it
    together = [text for text in AGREED if "/*" not in text]
    groups = [together[start : start + EACH] for start in range(0, len(together), EACH)]
    different = [each for each in _put([*groups, *([text] for text in alone)], zone) if each[1] != each[2]]
    assert different == []


def test_what_differs_is_known() -> None:
    """A difference that goes away, or another one, is noticed."""
    found = {text: (ours, theirs) for text, ours, theirs in _put([[text] for text in DIFFERENT], "UTC")}
    assert found == DIFFERENT
