"""JSON and XForm instance: whichever way first, and back, nothing is lost."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from forms_spec.instance import Instance, Layout
from forms_spec.instance_reading import read_instance
from forms_spec.instance_writing import write_instance
from forms_spec.lexical import from_text, needs_json, to_text
from tests.properties.instance_cases import JSON, TYPES, data_of, forms, instances


def exactly(value: Any) -> str:
    """Return a value so that 1, 1.0 and true differ, and the order of names does not count."""
    return json.dumps(value, sort_keys=True)


@given(st.sampled_from(TYPES), st.text() | st.from_regex(r"-?[0-9 ]{1,20}(\.[0-9]+)?", fullmatch=True))
def test_every_text_is_written_as_it_was_read(kind: str, text: str) -> None:
    """What a tablet wrote stays as it wrote it: leading zeros, blanks, long numbers."""
    value = from_text(kind, text)
    assert to_text(kind, value) == text
    assert not needs_json(kind, value)


@given(st.sampled_from(TYPES), JSON)
def test_a_text_tells_its_value_or_is_known_not_to(kind: str, value: Any) -> None:
    """`needs_json` is false only where the text alone brings the value back."""
    is_back = exactly(from_text(kind, to_text(kind, value))) == exactly(value)
    assert is_back != needs_json(kind, value)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_document_survives_as_an_instance(data: st.DataObject) -> None:
    """JSON to instance to JSON is the identity, ill-typed answers and answers to unknown questions among them."""
    spec = data.draw(forms())
    layout = Layout.of(spec)
    answers, missing = (
        data.draw(data_of(spec.fields)),
        data.draw(st.dictionaries(st.text(max_size=3), JSON, max_size=2)),
    )
    written = write_instance(Instance(form="f", version="1", data=answers, missing=missing), layout)
    read = read_instance(written, layout)
    assert exactly(read.data) == exactly(answers)
    assert exactly(read.missing) == exactly(missing)
    assert (read.rest, read.attributes) == ((), {})


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_instance_survives_as_json(data: st.DataObject) -> None:
    """Instance to JSON to instance is the identity but for where foreign elements stand among the form's own."""
    layout = Layout.of(data.draw(forms()))
    xml = data.draw(instances(layout))
    read = read_instance(xml, layout)
    written = write_instance(read, layout)
    assert flat(etree.fromstring(written)) == flat(etree.fromstring(xml))
    assert exactly(read_instance(written, layout).data) == exactly(read.data)


def flat(root: etree._Element) -> list[tuple[str, str, dict[str, str]]]:
    """List a tree's elements as path with counts, text and attributes, in no order."""
    tree = root.getroottree()
    return sorted((tree.getelementpath(element), element.text or "", dict(element.attrib)) for element in root.iter())
