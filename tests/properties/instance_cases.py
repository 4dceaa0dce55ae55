"""Forms, documents and instances that Hypothesis makes up, for the laws of JSON and XForm instances."""

from typing import Any

from hypothesis import strategies as st
from lxml import etree

from forms_spec.instance import Layout, Node
from forms_spec.spec import Field, FormSpec, Section

TYPES = (
    "text",
    "integer",
    "decimal",
    "range",
    "select_one",
    "select_multiple",
    "rank",
    "date",
    "geopoint",
    "image",
    "acknowledge",
    "calculate",
    "note",
)
_TEXTS = st.text(max_size=8)
_SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    _SCALARS | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
_NUMERALS = st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{1,3})?", fullmatch=True)
_XML_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=8)
_NAMES = st.from_regex(r"[a-z_][a-z0-9._-]{0,4}", fullmatch=True)
_UNKNOWN = _NAMES | st.text(max_size=3) | st.sampled_from(["meta", "data", "g0"])

Kind = str | list[Any]
"""A question by its type, or a section: `group` or `repeat` with what is inside."""


@st.composite
def forms(draw: st.DrawFn) -> FormSpec:
    """Make a form of up to three levels of groups and repeats, every name once."""
    sections: list[Section] = []
    numbers = iter(range(1000))

    def inside(path: str, section: str | None, depth: int) -> tuple[Field, ...]:
        fields: list[Field] = []
        for _ in range(draw(st.integers(0 if depth else 1, 4))):
            kind = draw(st.sampled_from((*TYPES, "group", "repeat") if depth < 3 else TYPES))
            name = f"{kind[0]}{next(numbers)}"
            here = f"{path}/{name}"
            if kind == "group":
                sections.append(Section(name=name, path=here, parent=section))
                fields += inside(here, here, depth + 1)
            else:
                members = inside(here, None, depth + 1) if kind == "repeat" else ()
                fields.append(Field(name=name, type=kind, path=here, section=section, fields=members))
        return tuple(fields)

    fields = inside("/data", None, 0)
    return FormSpec(
        id="f", version="1", title={}, languages=("default",), fields=fields, choices={}, sections=tuple(sections)
    )


def data_of(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Make a document's data: answers of their type and others, gaps, and answers to nothing the form asks."""
    known = {field.name: _answers(field) for field in fields}
    unknown = st.dictionaries(_UNKNOWN.filter(lambda name: name not in known), JSON, max_size=2)
    return st.tuples(unknown, st.fixed_dictionaries({}, optional=known)).map(lambda parts: parts[0] | parts[1])


def _answers(field: Field) -> st.SearchStrategy[Any]:
    if field.type == "repeat":
        return st.lists(data_of(field.fields), max_size=2) | JSON
    return _TEXTS | _NUMERALS | st.lists(_NAMES, max_size=3) | st.integers() | JSON


@st.composite
def instances(draw: st.DrawFn, layout: Layout) -> bytes:
    """Make an instance as a tablet writes it: every element of the form, any text, members, foreign elements."""
    namespace = draw(st.sampled_from(["", "{http://www.w3.org/2002/xforms}", "{https://other.example}"]))
    root = etree.Element(namespace + layout.root.name, id=layout.form, version="0")
    _grow(draw, root, layout.root, namespace)
    if draw(st.booleans()):
        block = draw(st.sampled_from([namespace, "{http://openrosa.org/xforms}"]))
        meta = etree.SubElement(root, f"{block}meta")
        etree.SubElement(meta, f"{block}instanceID").text = draw(_XML_TEXTS) or None
    return bytes(etree.tostring(root))


def _grow(draw: st.DrawFn, element: etree._Element, node: Node, namespace: str) -> None:
    for name, inner in node.children.items():
        for _ in range(draw(st.integers(0, 2)) if inner.is_repeat else 1):
            child = etree.SubElement(element, namespace + name)
            if inner.question is None or inner.is_repeat:
                _grow(draw, child, inner, namespace)
            else:
                child.text = (
                    draw(_XML_TEXTS | _NUMERALS | st.sampled_from(["a  b", "OK", "007", "1e5", "5.50"])) or None
                )
    if draw(st.integers(0, 5)) == 0:
        element.set(draw(st.sampled_from(["lang", "{http://openrosa.org/javarosa}x"])), draw(_XML_TEXTS))
    if draw(st.integers(0, 5)) == 0:
        foreign = etree.SubElement(element, draw(st.sampled_from([namespace, "{https://foreign.example}"])) + "extra")
        etree.SubElement(foreign, "deep", a="1").text = draw(_XML_TEXTS) or None
