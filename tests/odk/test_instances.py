"""Instances as this package writes them, loaded by ODK's own engine; what that would send, read back."""

from __future__ import annotations

from typing import Any

import pytest

from forms_spec.instance import Instance, Layout
from forms_spec.instance_reading import read_instance
from forms_spec.instance_writing import write_instance
from forms_spec.spec import FormSpec
from forms_spec.xform import read_xform
from tests.odk.engine import Asked, install, written
from tests.unit.forms_spec.workbooks import YES_NO, question
from tests.unit.forms_spec.xforms import xform_of

ANSWERS: dict[str, list[tuple[Any, Any]]] = {
    # A type, and its answers: as given, and as they come back.
    "text": [(text, text) for text in ("王 <&> \"x\" 'y'\n second", "007", " a  b ", "😀")],
    "integer": [(-7, -7), (0, 0), ("007", 7)],
    "decimal": [(5.25, 5.25), ("5.50", 5.5)],
    "range": [(4, 4)],
    "select_one yes_no": [("yes", "yes")],
    "select_multiple yes_no": [(["yes", "no"], ["yes", "no"])],
    "rank yes_no": [(["no", "yes"], ["no", "yes"])],
    "date": [("2026-11-23", "2026-11-23")],
    # A time without seconds is none there.
    "time": [("08:30:00.000+08:00", "08:30:00.000+08:00"), ("08:30", None)],
    "dateTime": [(moment, moment) for moment in ("2026-11-23T08:30:00.000+08:00", "2026-11-23T08:30:00+08:00")],
    # Where altitude and accuracy are given they get a decimal.
    "geopoint": [("30.6 104.1", "30.6 104.1"), ("30.6 104.1 500 5", "30.6 104.1 500.0 5.0")],
    "geotrace": [("30.6 104.1 500 5;30.7 104.1 500 5", "30.6 104.1 500.0 5.0;30.7 104.1 500.0 5.0")],
    "geoshape": [
        (
            "30.6 104.1 0 0;30.7 104.1 0 0;30.7 104.2 0 0;30.6 104.1 0 0",
            "30.6 104.1 0.0 0.0;30.7 104.1 0.0 0.0;30.7 104.2 0.0 0.0;30.6 104.1 0.0 0.0",
        )
    ],
    "barcode": [("6901234567892", "6901234567892")],
    "acknowledge": [("OK", "OK")],
    "hidden": [("h", "h")],
    "image": [("a.jpg", "a.jpg")],
    "audio": [("a.m4a", "a.m4a")],
    "video": [("a.mp4", "a.mp4")],
    "file": [("a.pdf", "a.pdf")],
}
SURVEY = [question(type_, type_.split()[0].lower()) for type_ in ANSWERS if type_ != "range"] + [
    question("range", "range", parameters="start=0 end=10 step=2"),
    question("begin repeat", "members"),
    question("begin group", "g"),
    question("text", "first_name"),
    question("end group", ""),
    question("begin repeat", "jobs"),
    question("text", "job"),
    question("end repeat", ""),
    question("end repeat", ""),
]
MEMBERS = [{"first_name": "王", "jobs": [{"job": "a"}, {"job": "b"}]}, {"first_name": "Li", "jobs": [{"job": "c"}]}]


@pytest.fixture(scope="module", autouse=True)
def odk() -> None:
    """Have ODK's engine."""
    install()


@pytest.fixture(scope="module")
def form() -> str:
    """Return a form with every type that is answered, and a repeat in a repeat."""
    return xform_of(SURVEY, YES_NO)


def _read_back(form: str, spec: FormSpec, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    layout = Layout.of(spec)
    instances = [write_instance(Instance(form=spec.id, version="1", data=data), layout) for data in documents]
    sent = written([Asked(form, instance.decode(), {}) for instance in instances], "UTC")
    return [dict(read_instance(instance.encode(), layout).data) for instance in sent]


def test_answers_of_every_type_come_back(form: str) -> None:
    """Numbers lose zeros, points get decimals, a time without seconds is lost there: nothing else changes."""
    given = [(type_.split()[0].lower(), *answer) for type_, answers in ANSWERS.items() for answer in answers]
    found = _read_back(form, read_xform(form.encode()), [{name: answer} for name, answer, _ in given])
    back = [answers.get(name) for (name, _, _), answers in zip(given, found, strict=True)]
    assert back == [expected for _, _, expected in given]


def test_members_of_members_come_back(form: str) -> None:
    """In their order, with what is in groups."""
    (found,) = _read_back(form, read_xform(form.encode()), [{"members": MEMBERS}])
    assert found == {"members": MEMBERS}
