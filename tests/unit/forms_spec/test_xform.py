"""XForms read as XML: what is refused, and languages."""

import pytest

from forms_spec.spec import FormSpec
from forms_spec.xform import UnreadableFormError, read_xform
from forms_spec.xform_texts import language_code
from tests.unit.forms_spec.workbooks import YES_NO, question, spec_of

HEAD = '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
TAIL = "</model></h:head><h:body/></h:html>"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("English (en)", "en"),
        ("中文 (zh)", "zh"),
        ("中文 (zh-Hant)", "zh-Hant"),
        ("french", "french"),
        ("default", "default"),
    ],
)
def test_a_language_is_its_code(name: str, code: str) -> None:
    """XLSForm writes the code in brackets; a name without one stays."""
    assert language_code(name) == code


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<not closed",
        b"<html/>",
        (HEAD + TAIL).encode(),
        b'<!DOCTYPE x [<!ENTITY a "x">]>' + (HEAD + '<instance><data id="&a;"/></instance>' + TAIL).encode(),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
    ],
)
def test_xml_that_is_no_form_is_refused(xml: bytes) -> None:
    """Malformed XML, document types and entities, and documents without a form are refused alike."""
    with pytest.raises(UnreadableFormError):
        read_xform(xml)


def test_a_form_without_translations_has_one_language() -> None:
    """Labels that stand in the form itself are kept under `default`."""
    spec = spec_of([question("text", "a")])
    assert spec.languages == ("default",)
    assert spec.label("a", "zh") == "A"


def test_choices_of_a_form_keep_their_other_columns() -> None:
    """Columns of the choices sheet that filters use are kept with each choice."""
    choices = [{**row, "area": row["name"][:1]} for row in YES_NO]
    spec = spec_of([question("text", "a"), question("select_one yes_no", "b", choice_filter="area = ${a}")], choices)
    assert [choice.columns for choice in spec.choices["yes_no"]] == [{"area": "y"}, {"area": "n"}]
    field = spec.field("b")
    assert field is not None
    assert field.choice_filter is not None


def test_a_spec_survives_its_json() -> None:
    """Encoding and decoding is the identity, and the same form gives the same bytes."""
    survey = [question("text", "a", fs_key="yes", fs_admit="street"), question("select_one yes_no", "b")]
    spec = spec_of(survey, YES_NO)
    assert FormSpec.decode(spec.encode()) == spec
    assert FormSpec.decode(spec.encode()).encode() == spec.encode() == spec_of(survey, YES_NO).encode()
