"""One form with every type of the XLSForm reference: all that its author says is in the FormSpec."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from forms_spec.faults import Checked
from forms_spec.spec import ExternalFile, Field, FormSpec
from forms_spec.xform import read_xform
from forms_spec.xlsform import read_form

FORM = (Path(__file__).parent / "every_type.md").read_bytes()
TOWNS = "code,title,county\nt1,镇一,north\nt2,镇二,south\n".encode()
PLACES = b"""{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "p1",
  "properties": {"title": "Gate", "floors": 2}, "geometry": {"type": "Point", "coordinates": [104.05, 30.64]}}]}"""
RULES = b"<root><item><name>a</name><label>A</label><limit>3</limit></item></root>"
FILES = {"towns.csv": TOWNS, "places.geojson": PLACES, "rules.xml": RULES}


@pytest.fixture(scope="module")
def read() -> Checked:
    """Return the form, read with three of the four files it names."""
    return read_form(FORM, "every_type.md", FILES)


@pytest.fixture(scope="module")
def spec(read: Checked) -> FormSpec:
    """Return the form as data."""
    assert read.spec is not None
    return read.spec


def told(field: Field | None) -> dict[str, Any]:
    """Return what a field says beside its name, path, place and texts."""
    built: dict[str, Any] = msgspec.to_builtins(field)
    return {key: value for key, value in built.items() if key not in ("name", "path", "labels", "row", "section")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("began", {"type": "dateTime", "question": "start"}),
        ("day", {"type": "date", "question": "today"}),
        ("device", {"type": "hidden", "question": "deviceid"}),
        ("where", {"type": "geopoint", "question": "start-geopoint"}),
        ("sound", {"type": "file", "question": "background-audio"}),
        (
            "name",
            {
                "type": "text",
                "required": "true()",
                "default": "nobody",
                "hints": {"en": "Of ${age}"},
                "guidance": {"en": "Ask twice"},
                "media": {"image": {"en": "face.jpg"}},
                "appearance": "multiline",
                "parameters": {"rows": "3"},
            },
        ),
        (
            "age",
            {
                "type": "integer",
                "relevant": "/data/name  != ''",
                "constraint": ". > 0",
                "constraint_messages": {"en": "Above 0"},
            },
        ),
        ("weight", {"type": "decimal", "read_only": True, "read_only_if": "/data/age  > 3"}),
        (
            "score",
            {"type": "integer", "question": "range", "parameters": {"start": "0", "end": "10", "step": "2"}},
        ),
        (
            "share",
            {"type": "decimal", "question": "range", "parameters": {"start": "0", "end": "1", "step": "0.1"}},
        ),
        (
            "one",
            {
                "type": "select_one",
                "choices": "fruit",
                "choice_filter": "colour= /data/name ",
                "itemset": "instance('fruit')/root/item[colour= /data/name ]",
                "appearance": "minimal",
            },
        ),
        ("another", {"type": "select_one", "choices": "fruit", "or_other": True}),
        ("another_other", {"type": "text", "relevant": "selected(../another, 'other')"}),
        (
            "many",
            {
                "type": "select_multiple",
                "choices": "fruit",
                "itemset": "randomize(instance('fruit')/root/item, /data/age)",
            },
        ),
        ("order", {"type": "rank", "choices": "fruit"}),
        (
            "town",
            {
                "type": "select_one",
                "question": "select_one_from_file",
                "choices": "towns",
                "choice_filter": "county= /data/name ",
                "itemset": "instance('towns')/root/item[county= /data/name ]",
                "value_column": "code",
                "label_column": "title",
            },
        ),
        (
            "places",
            {
                "type": "select_multiple",
                "question": "select_multiple_from_file",
                "choices": "places",
                "value_column": "id",
                "label_column": "title",
            },
        ),
        (
            "village",
            {
                "type": "select_one",
                "question": "select_one_external",
                "choices": "external:village",
                "choice_filter": "county= /data/name ",
                "itemset": "instance('village')/root/item[county= /data/name ]",
            },
        ),
        ("sum", {"type": "calculate", "calculation": "/data/age  + 1"}),
        ("touched", {"type": "calculate", "trigger": ("/data/age",), "trigger_value": "now()"}),
        ("greeting", {"type": "text", "dynamic_default": "concat('Mr ',  /data/name )"}),
        ("shown", {"type": "text", "read_only": True}),
        ("told", {"type": "note", "read_only": True}),
        ("secret", {"type": "hidden", "default": "x"}),
        ("photo", {"type": "image", "appearance": "annotate", "parameters": {"max-pixels": "640"}}),
        ("voice", {"type": "audio"}),
        ("film", {"type": "video"}),
        ("paper", {"type": "file"}),
        ("code", {"type": "barcode"}),
        ("agreed", {"type": "acknowledge"}),
        ("point", {"type": "geopoint"}),
        ("trace", {"type": "geotrace"}),
        ("shape", {"type": "geoshape"}),
        ("born", {"type": "date", "appearance": "month-year", "dynamic_default": "today()"}),
        ("at", {"type": "time"}),
        ("moment", {"type": "dateTime"}),
        (
            "eldest",
            {
                "type": "select_one",
                "choice_filter": "./called != ''",
                "itemset": "/data/home/member/who[./called != '']",
                "value_column": "called",
                "label_column": "called",
            },
        ),
    ],
)
def test_a_question_is_as_its_row_says(spec: FormSpec, name: str, expected: dict[str, Any]) -> None:
    """Type, rules, choices, defaults, triggers, parameters: nothing is dropped, nothing added."""
    assert told(spec.field(name)) == expected


def test_repeats_nest_and_keep_their_count_and_groups(spec: FormSpec) -> None:
    """A repeat inside a group inside a repeat: fields inside fields, sections by path, rows of the sheet."""
    member = spec.field("member")
    assert member is not None
    assert (member.repeat_count, member.section, member.row) == ("/data/age", "/data/home", 41)
    called, pet = member.fields
    assert (called.path, called.dynamic_default, called.row) == ("/data/home/member/who/called", "once(uuid())", 43)
    assert [field.name for field in pet.fields] == ["pet_name"]
    assert [(section.name, section.relevant, section.row) for section in spec.sections] == [
        ("home", "/data/age  > 3", 40),
        ("who", None, 42),
    ]


def test_choices_come_from_the_sheets_and_from_files(spec: FormSpec) -> None:
    """Each list has value, labels, the columns filters look at, and pictures; files give their whole rows."""
    apple, _, other = spec.choices["fruit"]
    assert (apple.labels, apple.columns) == ({"en": "Apple", "zh": "苹果"}, {"colour": "red"})
    assert apple.media == {"image": {"en": "apple.png"}}
    assert other.value == "other"
    town = spec.choices["towns"][1]
    assert (town.value, town.labels, town.columns["county"]) == ("t2", {"default": "镇二"}, "south")
    (place,) = spec.choices["places"]
    assert place.columns == {"title": "Gate", "floors": "2", "id": "p1", "geometry": "30.64 104.05 0 0"}
    assert [choice.columns["limit"] for choice in spec.choices["rules"]] == ["3"]
    assert [(choice.value, choice.labels) for choice in spec.choices["external:village"]] == [
        ("v1", {"en": "Upper"}),
        ("v2", {"en": "Lower"}),
    ]


def test_the_form_names_its_files_and_what_is_not_there(read: Checked, spec: FormSpec) -> None:
    """A file that is not beside the form is a warning that names it."""
    assert spec.files["rates"] == ExternalFile("rates.csv", "jr://file-csv/rates.csv")
    missing = [fault.message for fault in read.warnings if fault.code == "file-missing"]
    assert [message.split()[2] for message in missing] == ["rates.csv"]


def test_the_settings_are_kept(spec: FormSpec) -> None:
    """The name of an instance, the pages on the screen and the audit log."""
    assert (spec.instance_name, spec.style) == ("/data/name", "pages")
    assert spec.audit == {
        "location-priority": "balanced",
        "location-min-interval": "60",
        "location-max-age": "120",
    }


def test_the_form_survives_its_json(spec: FormSpec) -> None:
    """All of it is in the JSON that tablets get, and comes back equal."""
    assert FormSpec.decode(spec.encode()) == spec


def test_the_xform_is_handed_on(read: Checked, spec: FormSpec) -> None:
    """Engines on tablets run the XForm itself; it is that of the same form."""
    assert read.xform is not None
    assert read_xform(read.xform.encode()).version == spec.version


def test_a_form_published_by_an_earlier_version_still_decodes() -> None:
    """What is stored names fewer attributes; the others have their defaults."""
    stored = (
        b'{"id":"f","version":"1","title":{"en":"F"},"languages":["en"],"fields":[{"name":"a","type":"text",'
        b'"path":"/data/a","merge":"append"}],"choices":{"c":[{"value":"x","labels":{"en":"X"}}]},"sections":[]}'
    )
    spec = FormSpec.decode(stored)
    assert (spec.fields[0].row, spec.fields[0].value_column, spec.files) == (None, "name", {})


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("towns.csv", "code,title\nt1,镇\n".encode("gb18030"), "GB18030"),
        ("towns.csv", b"code,title\nt1,\0\n", "NUL"),
        ("towns.csv", b'code,title\n"t1\n', "no CSV"),
        ("rules.xml", b"<root><item>", "no XML"),
        ("rules.xml", b"<!DOCTYPE r [<!ENTITY a 'x'>]><root><item><name>&a;</name></item></root>", "document type"),
        ("places.geojson", b"[1]", "GeoJSON"),
        ("places.geojson", b'{"features": [{"geometry": {"type": "Point", "coordinates": [1]}}]}', "GeoJSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_warning(name: str, content: bytes, word: str) -> None:
    """It names the file and what is wrong with it; the form itself is read."""
    found = read_form(FORM, "every_type.md", {**FILES, name: content})
    (fault,) = [fault for fault in found.warnings if fault.code == "file-unreadable"]
    assert name in fault.message
    assert word in fault.message
    assert found.spec is not None
