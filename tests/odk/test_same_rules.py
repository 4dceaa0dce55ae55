"""Whole forms put to both engines, with answers drawn by chance: what is asked, required, refused, offered."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from forms_spec.documents import Tree, field_path
from forms_spec.external_files import with_files
from forms_spec.instance import Instance, Layout
from forms_spec.instance_writing import write_instance
from forms_spec.lists import lists_of
from forms_spec.rules import Rules, compile_rules
from forms_spec.settling import settle
from forms_spec.spec import FormSpec
from forms_spec.validate import Validator
from forms_spec.xform import read_xform
from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Circumstances, Context, Run
from tests.odk.engine import Asked, ask, install
from tests.unit.forms_spec.workbooks import YES_NO, question
from tests.unit.forms_spec.xforms import xform_of

Draw = Callable[[random.Random], dict[str, Any]]
NOW = Circumstances(datetime(2026, 11, 23, 12, tzinfo=UTC))
DOCUMENTS = 15
"""How many documents of each form are drawn."""

END = question("end group", "")
END_REPEAT = question("end repeat", "")
TOWNS = [{"list_name": "county", "name": name, "label": name.title()} for name in ("north", "south")] + [
    {"list_name": "town", "name": name, "label": name.title(), "county": county, "size": size}
    for name, county, size in [("a", "north", "1"), ("b", "north", "2"), ("c", "south", "1"), ("d", "south", "9")]
]


OTHER_COUNTY = "county != instance('town')/root/item[name = current()/../place]/county"


def _maybe(draw: random.Random, *values: Any) -> Any:
    return draw.choice([None, *values])


def _conditions(draw: random.Random) -> dict[str, Any]:
    yes_no = ("yes", "no")
    return {"a": _maybe(draw, *yes_no), "b": _maybe(draw, *yes_no), "c": _maybe(draw, *yes_no), "d": _maybe(draw, "x")}


def _limits(draw: random.Random) -> dict[str, Any]:
    return {
        "age": _maybe(draw, -1, 0, 7, 30, 121),
        "born": _maybe(draw, "2019-11-23", "2026-11-23", "2026-11-24", "1900-01-01"),
        "weight": _maybe(draw, 0.5, 60, 500.25),
        "code": _maybe(draw, "A1", "a1", "A1B", "中1"),
        "tags": _maybe(draw, ["yes"], ["no"], ["yes", "no"]),
    }


def _members(draw: random.Random) -> dict[str, Any]:
    members = [
        {"name": _maybe(draw, "Wang", "Li"), "age": _maybe(draw, 3, 17, 18, 70), "head": _maybe(draw, "yes", "no")}
        | {"jobs": [{"job": _maybe(draw, "a", "b"), "pay": _maybe(draw, 0, 10)} for _ in range(draw.randint(1, 2))]}
        for _ in range(draw.randint(1, 4))
    ]
    return {"rich": _maybe(draw, "yes", "no"), "members": members}


def _towns(draw: random.Random) -> dict[str, Any]:
    county = draw.choice(["north", "south"])
    near, far = (("a", "b"), ("c", "d")) if county == "north" else (("c", "d"), ("a", "b"))
    return {
        "county": county,
        "least": _maybe(draw, 1, 2, 9),
        "home": _maybe(draw, *near),
        "visits": [_visit(draw, near, far) for _ in range(draw.randint(1, 2))],
    }


def _visit(draw: random.Random, near: tuple[str, ...], far: tuple[str, ...]) -> dict[str, Any]:
    return {"place": draw.choice(near), "seen": _maybe(draw, [far[0]], list(far))}


def _looked_up(draw: random.Random) -> dict[str, Any]:
    county = draw.choice(["north", "south"])
    return {
        "county": county,
        "town": _maybe(draw, *(("a", "b") if county == "north" else ("c",))),
        "seen": _maybe(draw, ["p1"], ["p2", "p1"]),
        "floors": _maybe(draw, 3, 4, 9, 10),
    }


def _place(name: str, title: str, at: list[float]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": at}
    return {"type": "Feature", "id": name, "properties": {"title": title}, "geometry": geometry}


PLACES = [_place("p1", "Gate", [104.05, 30.64]), _place("p2", "Yard", [104.15, 30.64])]
BESIDE = {
    "towns.csv": "code,title,county,size\na,An,north,1\nb,Bo,north,2\nc,Ci,south,1\n",
    "rates.csv": "size,rate\n1,10\n2,25.5\n",
    "rules.xml": "<root><item><name>north</name><limit>3</limit></item>"
    "<item><name>south</name><limit>9</limit></item></root>",
    "places.geojson": json.dumps({"type": "FeatureCollection", "features": PLACES}),
}
"""The files beside the forms, by name."""

FORMS: dict[str, tuple[list[dict[str, str]], list[dict[str, str]], Draw]] = {
    "conditions": (
        [
            question("select_one yes_no", "a"),
            question("begin group", "g", relevant="${a} = 'yes'"),
            question("select_one yes_no", "b", required="yes"),
            question("begin group", "h", relevant="${b} != 'no'"),
            question("select_one yes_no", "c", required="${b} = 'yes'", relevant="${a} != ''"),
            question("text", "d", constraint="${c} = 'yes'"),
            END,
            END,
            question("calculate", "all", calculation="concat(${a}, '/', ${b}, '/', ${c}, '/', ${d})"),
            question("calculate", "both", calculation="if(${b} = 'yes' and ${c} = 'yes', 1, 0)"),
            question("text", "last", relevant="${both} = 1 or ${d} = ''", required="not(selected(${c}, 'yes'))"),
        ],
        YES_NO,
        _conditions,
    ),
    "limits": (
        [
            question("integer", "age", constraint=". >= 0 and . <= 120", required="yes"),
            question("date", "born", constraint=". <= date('2026-11-23') and . > date('1900-01-01')"),
            question("calculate", "years", calculation="int((date('2026-11-23') - ${born}) div 365.25)"),
            question("decimal", "weight", constraint=". > 1 and . < 400 or ${age} < 1"),
            question("text", "code", constraint="regex(., '^[A-Z][0-9]$')", required="${weight} > 100"),
            question("select_multiple yes_no", "tags", constraint="not(selected(., 'no') and count-selected(.) > 1)"),
            question("calculate", "sum", calculation="${age} + ${weight}"),
            question("calculate", "mean", calculation="round((${age} + ${weight}) div 2, 1)"),
            question("calculate", "is_old", calculation="coalesce(${age}, 0) > 20"),
            question("calculate", "word", calculation="concat(substr(${code}, 0, 1), string-length(${code}))"),
        ],
        YES_NO,
        _limits,
    ),
    "members": (
        [
            question("select_one yes_no", "rich"),
            question("begin repeat", "members"),
            question("text", "name", required="yes"),
            question("integer", "age"),
            question("select_one yes_no", "head", relevant="${age} >= 18", constraint="${heads} <= 1"),
            question("calculate", "place", calculation="position(..)"),
            question("calculate", "adult", calculation="if(${age} >= 18, 1, 0)"),
            question("begin repeat", "jobs", relevant="${age} > 16"),
            question("text", "job", required="${pay} > 0"),
            question("integer", "pay", relevant="${rich} != 'yes'", constraint=". > 0 or ${name} = 'Li'"),
            question("calculate", "who", calculation="concat(${name}, ':', position(../..), '.', position(..))"),
            END_REPEAT,
            question("calculate", "earned", calculation="sum(../jobs[pay != '']/pay)"),
            END_REPEAT,
            question("calculate", "count", calculation="count(${members})"),
            question("calculate", "adults", calculation="sum(${adult})"),
            question("calculate", "heads", calculation="count(${members}[head = 'yes'])"),
            question("calculate", "names", calculation="join(', ', ${name})"),
            question("calculate", "oldest", calculation="max(${members}[age != '']/age)"),
            question("calculate", "second", calculation="indexed-repeat(${name}, ${members}, 2)"),
            question("calculate", "jobs_2", calculation="count(${members}[2]/jobs[job != ''])"),
            question("text", "why", relevant="${heads} = 0", required="${count} > 2"),
        ],
        YES_NO,
        _members,
    ),
    "files": (
        [
            question("text", "county"),
            question(
                "select_one_from_file towns.csv",
                "town",
                choice_filter="county = ${county}",
                parameters="value=code label=title",
            ),
            question("csv-external", "rates"),
            question("xml-external", "rules"),
            question("select_multiple_from_file places.geojson", "seen"),
            question("integer", "floors", constraint=". <= instance('rules')/root/item[name = ${county}]/limit"),
            question("calculate", "size", calculation="pulldata('towns', 'size', 'code', ${town})"),
            question("calculate", "name", calculation="jr:choice-name(${town}, '${town}')"),
            question("calculate", "rate", calculation="pulldata('rates', 'rate', 'size', ${size})"),
            question("calculate", "none", calculation="pulldata('rates', 'rate', 'size', '77')"),
            question("calculate", "spot", calculation="instance('places')/root/item[id = 'p1']/geometry"),
            question(
                "calculate", "title", calculation="instance('places')/root/item[id = selected-at(${seen}, 0)]/title"
            ),
            question("calculate", "left", calculation="count(instance('towns')/root/item[county = ${county}])"),
        ],
        [],
        _looked_up,
    ),
    "towns": (
        [
            question("select_one county", "county"),
            question("integer", "least"),
            question("select_one town", "home", choice_filter="county = ${county} and size >= ${least}"),
            question("calculate", "name", calculation="instance('town')/root/item[name = ${home}]/label"),
            question("calculate", "label", calculation="jr:choice-name(${home}, '${home}')"),
            question("begin repeat", "visits"),
            question("select_one town", "place", choice_filter="county = ${county}"),
            question(
                "select_multiple town",
                "seen",
                choice_filter=OTHER_COUNTY,
            ),
            END_REPEAT,
            question("calculate", "left", calculation="count(instance('town')/root/item[county = ${county}])"),
        ],
        TOWNS,
        _towns,
    ),
}


@pytest.fixture(scope="module", autouse=True)
def odk() -> None:
    """Have ODK's engine."""
    install()


def _path(node: Node) -> str:
    parts: list[str] = []
    around: Node | None = node
    while around is not None and around.name:
        parts.append(f"{around.name}[{around.number + 1}]" if around.place.is_repeat else around.name)
        around = around.parent
    return "/" + "/".join(reversed(parts))


def _ours(spec: FormSpec, data: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return of every question whether it is asked, what it says, what is wrong with it, and what it offers."""
    rules, validator = compile_rules(spec), Validator(spec)
    tree = Tree(rules.places, data, frozenset(rules.by_path))
    run = Run(NOW, tree.top, lists_of(spec))
    for _ in settle(rules, tree, run):
        pass
    found = validator.findings(data, {}, NOW)
    wrong = {one.field: one.code for one in found if one.code in ("required", "constraint")}
    nodes = [node for alike in tree.watched.values() for node in alike if not node.place.children]
    return {
        _path(node): (node.relevant, node.text, wrong.get(field_path(node)), _offered(rules, node, run))
        for node in nodes
    }


def _offered(rules: Rules, node: Node, run: Run) -> set[str] | None:
    rule = rules.by_path[node.place.path]
    if rule.itemset is not None:
        return rule.itemset.all_values(Context(run, node, node))
    return set(rule.choices) if rule.choices is not None else None


def _theirs(said: dict[str, Any], asked: set[str]) -> dict[str, tuple[Any, ...]]:
    assert "error" not in said, said
    return {
        path: (
            state["relevant"],
            state["value"],
            state["violation"],
            None if state["choices"] is None else set(state["choices"]),
        )
        for path, state in said.items()
        if path in asked
    }


def _is_offered(spec: FormSpec, data: dict[str, Any]) -> bool:
    """Tell whether all choices are offered: tablets drop others, which the server keeps and flags."""
    return all(finding.code != "choice_filter" for finding in Validator(spec).findings(data, {}, NOW))


@pytest.mark.parametrize("name", FORMS)
def test_forms_are_filled_in_alike(name: str) -> None:
    """Relevance of groups and repeats, blanks, members of members, filters: the same in every document drawn."""
    survey, choices, drawn = FORMS[name]
    form = xform_of(survey, choices)
    spec, _ = with_files(read_xform(form.encode()), {name: text.encode() for name, text in BESIDE.items()})
    draw = random.Random(name)
    tried = [{key: value for key, value in drawn(draw).items() if value is not None} for _ in range(DOCUMENTS * 4)]
    documents = [document for document in tried if _is_offered(spec, document)][:DOCUMENTS]
    assert len(documents) == DOCUMENTS
    layout = Layout.of(spec)
    instances = [write_instance(Instance(form="data", version="1", data=data), layout).decode() for data in documents]
    answers = ask([Asked(form, instance, BESIDE) for instance in instances], "UTC")
    for data, said in zip(documents, answers, strict=True):
        ours = _ours(spec, data)
        assert _theirs(said, set(ours)) == ours, data
