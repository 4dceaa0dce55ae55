"""JSON Schema of a form's documents: what the server takes it takes, and what is of no type it refuses."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from forms_spec.answers import is_absent, is_of_type
from forms_spec.json_schema import json_schema
from forms_spec.records import read_records
from forms_spec.spec import FormSpec
from forms_spec.xlsform import read_form
from tests.unit.forms_spec.workbooks import YES_NO, question, spec_of

SAMPLE = Path(__file__).parents[3] / "fieldsync" / "sample" / "wuhou"
EVERY_TYPE = (Path(__file__).parent / "every_type.md").read_bytes()
RECORDS = 200

ANSWERS: list[Any] = [
    *(None, "", " ", [], "x", "0", "007", "-5", "1.5", "1e3", 3, -1, 2.5, 4.0, True, False, {}, {"a": 1}, [1], [{}]),
    *(["apple"], ["apple", "pear"], "apple", "apple pear", "kiwi", ["kiwi"], "other", "OK", "ok"),
    *("2026-11-23", "2026-1-2", "08:30", "08:30:00.000+08:00", "2026-11-23T08:30:00+08:00", "2026-11-23 08:30"),
    *("30.6 104.1", "30.6 104.1 0 5", "30.6", "30.6 104.1; 30.7 104.2", "30.6 104.1;30.7 104.2;", "photo.jpg"),
]


@pytest.fixture(scope="module")
def every_type() -> FormSpec:
    """Return the form with every type."""
    spec = read_form(EVERY_TYPE, "every_type.md").spec
    assert spec is not None
    return spec


def accepts(schema: dict[str, Any], data: dict[str, Any], **others: Any) -> bool:
    """Tell whether a document with this data is valid."""
    return jsonschema_rs.validator_for(schema).is_valid(
        {"form": schema["properties"]["form"]["const"], "data": data} | others
    )


def test_the_schema_is_one(every_type: FormSpec) -> None:
    """It is valid by the metaschema of its dialect."""
    assert jsonschema_rs.meta.is_valid(json_schema(every_type))


@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
def test_no_answer_of_its_type_is_refused(every_type: FormSpec, answer: Any) -> None:
    """Whatever the server takes for each question of the form, the schema takes; ill-typed values it mostly refuses."""
    schema = json_schema(every_type)
    for field in every_type.fields:
        if field.type == "note" or field.name == "name":
            continue
        known = {choice.value for choice in every_type.choices.get(field.choices or "", ())}
        chosen = answer if isinstance(answer, list) else [answer]
        listed = (
            field.type not in ("select_one", "select_multiple", "rank")
            or not known
            or known.issuperset(map(str, chosen))
        )
        if is_absent(answer) or (is_of_type(field, answer) and listed):
            assert accepts(schema, {"name": "A", field.name: answer}), field.name


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("age", ["x", "1.5", 2.5, True, [3], {}]),
        ("weight", ["x", "1e3", True, [1]]),
        ("share", ["x", False]),
        ("one", ["kiwi", ["apple"], 1]),
        ("many", [["kiwi"], [1], 1, {}]),
        ("born", ["2026-1-2", "yesterday", 20261123]),
        ("at", ["8:30", "noon"]),
        ("moment", ["2026-11-23", "2026-11-23 08:30"]),
        ("point", ["30.6", "north", [30.6, 104.1]]),
        ("trace", ["30.6 104.1; x"]),
        ("agreed", ["ok", False]),
        ("member", ["x", {}, ["x"], [{"pet": [1]}]]),
        ("photo", [1, ["a.jpg"]]),
    ],
)
def test_what_is_of_no_type_is_refused(every_type: FormSpec, name: str, wrong: list[Any]) -> None:
    """Each of these is refused, and nothing else about the document is."""
    schema = json_schema(every_type)
    assert accepts(schema, {"name": "A"})
    assert [answer for answer in wrong if accepts(schema, {"name": "A", name: answer})] == []


def test_an_answer_that_is_always_required_needs_a_reason_to_be_missing() -> None:
    """Only what no condition governs is required; the server's own fields are not."""
    survey = [
        question("text", "a", required="yes"),
        question("text", "b", required="yes", relevant="${a} = 'x'"),
        question("text", "c", required="yes", fs_owner="server"),
        question("begin group", "g", relevant="${a} = 'y'"),
        question("text", "d", required="yes"),
        question("end group", ""),
    ]
    schema = json_schema(spec_of(survey))
    assert accepts(schema, {"a": "x"})
    assert not accepts(schema, {})
    assert not accepts(schema, {"a": " "})
    assert accepts(schema, {}, missing={"a": "refused"})
    assert not accepts(schema, {}, missing={"b": "refused"})


def test_titles_and_rules_are_told() -> None:
    """Programs that make screens of a schema have labels, and whoever reads it the conditions."""
    survey = [question("select_one yes_no", "a", fs_sensitive="yes"), question("integer", "b", constraint=". < 9")]
    schema = json_schema(spec_of(survey, YES_NO))
    properties = schema["properties"]["data"]["properties"]
    assert (properties["a"]["title"], properties["a"]["x-fs-sensitive"]) == ("A", True)
    assert properties["b"]["x-constraint"] == ". < 9"
    assert schema["$defs"]["yes_no"]["oneOf"][0] == {"const": "yes", "title": "Yes"}


@pytest.mark.parametrize("kind", ["building", "dwelling", "household", "person", "stay"])
def test_the_documents_of_the_sample_are_valid(kind: str) -> None:
    """The records of the sample district are documents of its forms."""
    spec = read_form((SAMPLE / "forms" / f"{kind}.xlsx").read_bytes(), f"{kind}.xlsx").spec
    assert spec is not None
    references = {field.name: field.ref for field in spec.fields if field.ref}
    validator = jsonschema_rs.validator_for(json_schema(spec))
    file = SAMPLE / "registry" / f"{kind}s.csv"
    lines = file.read_bytes().splitlines(keepends=True)[: RECORDS + 1]
    records = list(read_records(b"".join(lines), file.name))
    for record in records:
        data = {
            name: f"{references[name]}:{text}" if name in references else text for name, text in record.data.items()
        }
        errors = [error.message for error in validator.iter_errors({"form": kind, "data": data})]
        assert errors == [], record.number
    assert len(records) > RECORDS / 2
