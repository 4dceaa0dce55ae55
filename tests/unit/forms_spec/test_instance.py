"""A document's answers as an XForm instance: what stands where, and what is refused."""

import pytest
from lxml import etree

from forms_spec.instance import Instance, Layout, UnreadableInstanceError, attachment_names
from forms_spec.instance_reading import read_instance
from forms_spec.instance_writing import write_instance
from tests.unit.forms_spec.workbooks import YES_NO, question, spec_of

LAYOUT = Layout.of(
    spec_of(
        [
            question("text", "name"),
            question("begin group", "home"),
            question("geopoint", "place"),
            question("image", "photo"),
            question("end group", ""),
            question("begin repeat", "member"),
            question("begin group", "who"),
            question("integer", "age"),
            question("select_multiple yes_no", "ticks"),
            question("file", "paper"),
            question("end group", ""),
            question("begin repeat", "job"),
            question("text", "title"),
            question("end repeat", ""),
            question("end repeat", ""),
        ],
        YES_NO,
    )
)
COLLECT = b"""<?xml version='1.0' ?>
<data id="test" version="1" xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa">
  <name>Wang</name>
  <home><place>30.64 104.05 0 6</place><photo>1732.jpg</photo></home>
  <member><who><age>41</age><ticks>yes no</ticks><paper>a.pdf</paper></who><job><title>Cook</title></job><job/></member>
  <member><who><age>007</age></who></member>
  <meta><instanceID>uuid:85cb9aff</instanceID><instanceName>Wang</instanceName><audit>audit.csv</audit></meta>
</data>"""


def test_a_submission_becomes_flat_data() -> None:
    """Groups vanish, members become objects, values take their question's type where they are of it."""
    instance = read_instance(COLLECT, LAYOUT)
    assert instance.data == {
        "name": "Wang",
        "place": "30.64 104.05 0 6",
        "photo": "1732.jpg",
        "member": [
            {"age": 41, "ticks": ["yes", "no"], "paper": "a.pdf", "job": [{"title": "Cook"}, {}]},
            {"age": "007"},
        ],
    }
    assert instance.meta == {"instanceID": "uuid:85cb9aff", "instanceName": "Wang", "audit": "audit.csv"}
    assert attachment_names(LAYOUT, instance) == ["1732.jpg", "a.pdf", "audit.csv"]


def test_an_instance_has_every_element_of_its_form() -> None:
    """Groups stand around their questions; what has no answer is an empty element, a repeat without members none."""
    written = etree.fromstring(write_instance(Instance(form="test", version="1", data={"name": "Li"}), LAYOUT))
    assert [element.tag for element in written.iter()] == ["data", "name", "home", "place", "photo"]
    assert written.attrib == {"id": "test", "version": "1"}


def test_a_changed_text_counts_before_the_json_beside_it() -> None:
    """A tablet that keeps attributes it does not know cannot bring an old value back."""
    written = write_instance(Instance(form="test", version="1", data={"name": True}), LAYOUT)
    assert read_instance(written, LAYOUT).data == {"name": True}
    assert read_instance(written.replace(b">true<", b">false<"), LAYOUT).data == {"name": "false"}


def test_members_added_beside_an_answer_laid_aside_keep_both() -> None:
    """A repeat that was no list is not lost when a tablet adds members."""
    written = write_instance(Instance(form="test", version="1", data={"member": "none"}), LAYOUT)
    read = read_instance(written.replace(b"<fs:answers>", b"<member/><fs:answers>"), LAYOUT)
    assert read.data == {"member": [{}]}
    assert '{"member":"none"}' in read.rest[0].xml
    assert read_instance(write_instance(read, LAYOUT), LAYOUT) == read


def test_the_form_and_its_namespace_may_be_named_in_any_way() -> None:
    """Engines differ in the namespace of elements and of the meta block; both come back as they were."""
    xml = (
        b'<data xmlns="http://www.w3.org/2002/xforms" xmlns:orx="http://openrosa.org/xforms" id="test" version="0">'
        b"<name>Li</name><orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>"
    )
    read = read_instance(xml, LAYOUT)
    assert (read.version, read.data, read.meta) == ("0", {"name": "Li"}, {"orx:instanceID": "uuid:1"})
    assert read_instance(write_instance(read, LAYOUT), LAYOUT) == read


@pytest.mark.parametrize(
    ("xml", "word"),
    [
        (b"", "cannot be read"),
        (b"<data id='test'", "cannot be read"),
        (b"<data id='other'/>", "'other'"),
        (b"<form id='test'/>", "'test'"),
        (b"<!DOCTYPE data [<!ENTITY a 'x'>]><data id='test'><name>&a;</name></data>", "document type"),
        (b"<data id='test'>" + b"<a>" * 400 + b"</a>" * 400 + b"</data>", "cannot be read"),
        (b"<data id='test' xmlns:fs='https://fieldsync.example/ns'><fs:answers>[</fs:answers></data>", "answers"),
    ],
)
def test_what_is_no_instance_of_the_form_is_refused(xml: bytes, word: str) -> None:
    """The error says whether the XML is broken or belongs to another form."""
    with pytest.raises(UnreadableInstanceError, match=word):
        read_instance(xml, LAYOUT)
