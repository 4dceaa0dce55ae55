"""Read an XForm, as pyxform writes it, into a FormSpec.

The primary instance gives the tree and its order, the binds the types and rules, the body the
controls with their labels. Groups are flattened to sections, since a document's data is flat; a
repeat is one field with fields of its own. XML is read without network, DTD or entities.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from forms_spec.spec import ADMIT_LEVELS, Choice, Field, FormSpec, Section
from forms_spec.xform_texts import JR, XF, FormTexts

NAMESPACE = "https://fieldsync.example/ns"
FS = f"{{{NAMESPACE}}}"
_XHTML = "http://www.w3.org/1999/xhtml"

_BIND_TYPES = {"int": "integer", "binary": "file", "string": "text", "odk:rank": "rank", "boolean": "text"}
_CONTROL_TYPES = {"select1": "select_one", "select": "select_multiple", "trigger": "acknowledge", "rank": "rank"}
_CONTROLS = frozenset({"input", "select", "select1", "rank", "trigger", "upload", "range", "group"})
_YES = frozenset({"yes", "true", "true()", "1"})
BOOLEANS = _YES | {"no", "false", "false()", "0"}
"""How XLSForm authors write a boolean mark."""
_MARKS = ("merge", "group", "owner", "code", "ref")


class UnreadableFormError(ValueError):
    """XML that is no XForm, or not one this reader accepts."""


def read_xform(xml: bytes) -> FormSpec:
    """Read an XForm.

    Raises UnreadableFormError when the XML is malformed, declares a document type, or has no primary instance.
    """
    root = _parse(xml)
    model = root.find(f".//{XF}model")
    instance = model.find(f"{XF}instance") if model is not None else None
    if model is None or instance is None or not len(instance):
        raise UnreadableFormError("The XML is no XForm: it has no model with a primary instance.")
    return _Reader(root, model, instance[0]).spec()


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableFormError(f"The XML cannot be read: {error}.") from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableFormError("The XML declares a document type, which forms do not need; remove the DOCTYPE.")
    return root


@dataclass(slots=True)
class _Reader:
    """One pass over the primary instance; the dictionaries find what binds and body say of a path."""

    root: etree._Element
    model: etree._Element
    primary: etree._Element
    texts: FormTexts = field(init=False)
    binds: dict[str, etree._Element] = field(init=False)
    controls: dict[str, etree._Element] = field(init=False)
    repeats: dict[str, etree._Element] = field(init=False)
    sections: list[Section] = field(default_factory=list)
    inline_choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        body = self.root.find(f".//{{{_XHTML}}}body")
        elements = list(body.iter()) if body is not None else []
        self.texts = FormTexts(self.model)
        self.binds = {bind.get("nodeset", ""): bind for bind in self.model.iterfind(f"{XF}bind")}
        self.controls = {element.get("ref", ""): element for element in elements if _is_control(element)}
        self.repeats = {element.get("nodeset", ""): element for element in elements if element.tag == f"{XF}repeat"}

    def spec(self) -> FormSpec:
        fields = tuple(self._fields(self.primary, f"/{_name(self.primary)}", None))
        return FormSpec(
            id=self.primary.get("id", ""),
            version=self.primary.get("version", ""),
            title=self._title(),
            languages=self.texts.languages or ("default",),
            fields=fields,
            choices=self._listed_choices() | self.inline_choices,
            sections=tuple(self.sections),
        )

    def _title(self) -> dict[str, str]:
        own = {
            key.removeprefix(f"{FS}title-"): value
            for key, value in self.primary.attrib.items()
            if key.startswith(f"{FS}title-")
        }
        title = self.root.findtext(f".//{{{_XHTML}}}title") or self.primary.get("id", "")
        return dict.fromkeys(self.texts.languages or ("default",), title) | own

    def _fields(self, parent: etree._Element, parent_path: str, section: str | None) -> Iterator[Field]:
        seen = set()
        for element in parent:
            path = f"{parent_path}/{_name(element)}"
            if path in seen or _is_meta(element):
                continue
            seen.add(path)
            if path in self.repeats:
                yield self._field(element, path, section, tuple(self._fields(element, path, None)))
            elif len(element) or self._is_group(path):
                self.sections.append(self._section(path, section))
                yield from self._fields(element, path, path)
            else:
                yield self._field(element, path, section, ())

    def _is_group(self, path: str) -> bool:
        control = self.controls.get(path)
        return control is not None and control.tag == f"{XF}group"

    def _section(self, path: str, parent: str | None) -> Section:
        control, bind = self.controls.get(path), self.binds.get(path)
        return Section(
            name=path.rsplit("/", 1)[-1],
            path=path,
            labels=self.texts.of_child(control, "label"),
            relevant=_expression(bind, "relevant"),
            appearance=control.get("appearance") if control is not None else None,
            parent=parent,
        )

    def _field(self, element: etree._Element, path: str, section: str | None, fields: tuple[Field, ...]) -> Field:
        bind, control = self.binds.get(path), self.controls.get(path)
        return Field(
            name=_name(element),
            type="repeat" if path in self.repeats else self._type(element, bind, control),
            path=path,
            section=section,
            fields=fields,
            default=(element.text or "").strip() or None if not fields else None,
            appearance=control.get("appearance") if control is not None else None,
            **self._words(bind, control),
            **self._choice_list(path, control),
            **_rules(bind),
            **_marks(bind, is_repeat=path in self.repeats),
        )

    def _type(self, element: etree._Element, bind: etree._Element | None, control: etree._Element | None) -> str:
        declared = bind.get("type", "string") if bind is not None else "string"
        kind = _name(control) if control is not None else ""
        if kind in _CONTROL_TYPES:
            return _CONTROL_TYPES[kind]
        if kind == "upload" and control is not None:
            return str(control.get("mediatype", "file/*")).split("/")[0].replace("application", "file")
        if declared != "string":
            return _BIND_TYPES.get(declared, declared)
        if control is None:
            return "calculate" if _expression(bind, "calculate") else "hidden"
        return "note" if _shows_only(element, bind) else "text"

    def _words(self, bind: etree._Element | None, control: etree._Element | None) -> dict[str, Any]:
        return {
            "labels": self.texts.of_child(control, "label"),
            "hints": self.texts.of_child(control, "hint"),
            "required_messages": self.texts.of_reference(_attribute(bind, f"{JR}requiredMsg")),
            "constraint_messages": self.texts.of_reference(_attribute(bind, f"{JR}constraintMsg")),
        }

    def _choice_list(self, path: str, control: etree._Element | None) -> dict[str, Any]:
        itemset = control.find(f"{XF}itemset") if control is not None else None
        if itemset is not None:
            nodeset = itemset.get("nodeset", "")
            name = nodeset.partition("instance('")[2].partition("'")[0]
            return {"choices": name or None, "choice_filter": nodeset.partition("[")[2].rpartition("]")[0] or None}
        items = control.findall(f"{XF}item") if control is not None else []
        if not items:
            return {}
        self.inline_choices[path] = tuple(
            Choice(item.findtext(f"{XF}value") or "", self.texts.of_child(item, "label")) for item in items
        )
        return {"choices": path}

    def _listed_choices(self) -> dict[str, tuple[Choice, ...]]:
        instances = self.model.findall(f"{XF}instance")[1:]
        return {
            instance.get("id", ""): tuple(self._choice(item) for item in instance.iterfind(f"{XF}root/{XF}item"))
            for instance in instances
            if instance.get("src") is None
        }

    def _choice(self, item: etree._Element) -> Choice:
        columns = {_name(cell): cell.text or "" for cell in item}
        value, text_id, label = columns.pop("name", ""), columns.pop("itextId", ""), columns.pop("label", "")
        return Choice(value, self.texts.by_id(text_id) if text_id else self.texts.of_reference(label), columns)


def _is_control(element: etree._Element) -> bool:
    return element.get("ref") is not None and _name(element) in _CONTROLS


def _is_meta(element: etree._Element) -> bool:
    return _name(element) == "meta" and any(_name(child).startswith("instance") for child in element)


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _attribute(bind: etree._Element | None, name: str) -> str | None:
    return bind.get(name) if bind is not None else None


def _expression(bind: etree._Element | None, name: str) -> str | None:
    text = (_attribute(bind, name) or "").strip()
    return None if text in ("", "false()") else text


def _shows_only(element: etree._Element, bind: etree._Element | None) -> bool:
    if bind is None or not _expression(bind, "readonly"):
        return False
    answers = _expression(bind, "calculate") or (element.text or "").strip()
    return not answers and not any(name.startswith(FS) for name in bind.attrib)


def _rules(bind: etree._Element | None) -> dict[str, Any]:
    return {
        "required": _expression(bind, "required"),
        "relevant": _expression(bind, "relevant"),
        "constraint": _expression(bind, "constraint"),
        "calculation": _expression(bind, "calculate"),
        "read_only": _expression(bind, "readonly") is not None,
    }


def is_yes(text: str | None) -> bool:
    """Read a boolean mark as XLSForm authors write it: yes, true, 1."""
    return (text or "").strip().lower() in _YES


def _marks(bind: etree._Element | None, *, is_repeat: bool) -> dict[str, Any]:
    marks: dict[str, Any] = {name: (_attribute(bind, FS + name) or "").strip() or None for name in _MARKS}
    key = (_attribute(bind, f"{FS}key") or "").strip()
    marks["key"] = is_yes(key)
    if is_repeat and key.lower() not in BOOLEANS:
        marks["member_key"] = key or None
    marks["sensitive"] = is_yes(_attribute(bind, f"{FS}sensitive"))
    return marks | _levels(bind)


def _levels(bind: etree._Element | None) -> dict[str, Any]:
    given = {"admit": _attribute(bind, f"{FS}admit"), "admit_first": _attribute(bind, f"{FS}admit-first")}
    return {name: level.strip() for name, level in given.items() if level and level.strip() != ADMIT_LEVELS[0]}
