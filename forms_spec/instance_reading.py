"""Read an XForm instance as a document's answers; see `instance` for what stands where."""

import json
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from forms_spec.instance import META, Instance, Layout, Node, Rest, UnreadableInstanceError
from forms_spec.instance_writing import xml_text
from forms_spec.lexical import from_text, to_json, to_text
from forms_spec.namespaces import FS, JR, ORX

_JSON = f"{FS}json"
_ANSWERS = f"{FS}answers"
_MISSING = f"{FS}missing"


def read_instance(xml: bytes, layout: Layout) -> Instance:
    """Read an instance of a form, in whatever version it names.

    Raises UnreadableInstanceError for malformed XML, a document type, or an instance of another form.
    """
    root = _parse(xml)
    name = etree.QName(root)
    if name.localname != layout.root.name or root.get("id") != layout.form:
        said = root.get("id") or name.localname
        raise UnreadableInstanceError(f"The XML is no instance of the form '{layout.form}', but of '{said}'.")
    reading = _Reading(f"{{{name.namespace}}}" if name.namespace else "")
    data = reading.container(root, layout.root, layout.root.path)
    return Instance(
        form=layout.form,
        version=root.get("version", ""),
        data=data,
        missing=reading.missing,
        meta=reading.meta,
        namespace=name.namespace or "",
        attributes=reading.attributes,
        rest=tuple(reading.rest),
    )


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableInstanceError(f"The XML cannot be read: {error}.") from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableInstanceError("The XML declares a document type, which instances do not need.")
    return root


@dataclass(slots=True)
class _Reading:
    """One instance being read; places are paths with members counted from 1."""

    namespace: str
    missing: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    rest: list[Rest] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def container(self, element: etree._Element, node: Node, place: str) -> dict[str, Any]:
        """Return the flat data of the root or of a repeat's member."""
        data: dict[str, Any] = {}
        self._children(element, node, place, data)
        for aside in element.iterfind(_ANSWERS):
            self._take_aside(aside, place, data)
        return data

    def _children(self, element: etree._Element, node: Node, place: str, data: dict[str, Any]) -> None:
        self._note(element, place)
        for child in element:
            if child.get(f"{JR}template") is not None or child.tag == _ANSWERS:
                continue
            inner = node.children.get(self._name(child))
            if inner is not None and inner.is_repeat:
                members = data.setdefault(inner.name, [])
                members.append(self.container(child, inner, f"{place}/{inner.name}[{len(members) + 1}]"))
            elif inner is None or f"{place}/{inner.name}" in self.seen:
                self._unknown(child, node, place, data)
            elif inner.question is None:
                self._children(child, inner, f"{place}/{inner.name}", data)
            else:
                self._leaf(child, inner, place, data)

    def _leaf(self, element: etree._Element, node: Node, place: str, data: dict[str, Any]) -> None:
        if len(element) or node.question is None:
            self._keep(element, place)
            return
        self._note(element, f"{place}/{node.name}")
        if element.text or element.get(_JSON) is not None:
            data[node.name] = _answer(element, node.question.type)

    def _unknown(self, element: etree._Element, node: Node, place: str, data: dict[str, Any]) -> None:
        name = self._name(element)
        is_root = place.count("/") == 1
        if is_root and element.tag == _MISSING:
            self.missing = _object(element)
        elif is_root and element.tag in (self.namespace + META, ORX + META) and f"{place}/{META}" not in self.seen:
            self._meta(element, f"{place}/{META}")
        elif (is_root or node.is_repeat) and node.may_add(name) and name not in data and _is_plain(element):
            data[name] = _answer(element, "")
        else:
            self._keep(element, place)

    def _meta(self, block: etree._Element, place: str) -> None:
        self._note(block, place)
        for entry in block:
            own = entry.tag.removeprefix(self.namespace)
            name = "orx:" + entry.tag.removeprefix(ORX) if entry.tag.startswith(ORX) else own
            if "{" in name or name in self.meta or len(entry) or entry.attrib:
                self._keep(entry, place)
            else:
                self.meta[name] = entry.text or ""

    def _take_aside(self, element: etree._Element, place: str, data: dict[str, Any]) -> None:
        told = _object(element)
        doubled = {name: value for name, value in told.items() if name in data}
        data.update((name, value) for name, value in told.items() if name not in data)
        if doubled:
            element.text = to_json(doubled)
            self._keep(element, place)

    def _name(self, element: etree._Element) -> str:
        """Return the name of an element of the form's own namespace; of any other, the empty text."""
        own = element.tag.removeprefix(self.namespace)
        return "" if own.startswith("{") else own

    def _note(self, element: etree._Element, place: str) -> None:
        self.seen.add(place)
        names = (str(name) for name in element.attrib if name != _JSON)
        is_root = place.count("/") == 1
        told = {name: element.get(name, "") for name in names if not (is_root and name in ("id", "version"))}
        if told:
            self.attributes[place] = told

    def _keep(self, element: etree._Element, place: str) -> None:
        self.rest.append(Rest(place, etree.tostring(element, encoding="unicode", with_tail=False)))


def _answer(element: etree._Element, kind: str) -> Any:
    """Return an element's answer: the JSON beside it as long as its text is the one written with it."""
    text = element.text or ""
    noted = element.get(_JSON)
    if noted is not None:
        try:
            value = json.loads(noted)
            if xml_text(to_text(kind, value)) == text:
                return value
        except (ValueError, RecursionError):
            pass  # not ours, or changed by hand: the text counts
    return from_text(kind, text)


def _is_plain(element: etree._Element) -> bool:
    noted = element.get(_JSON)
    return not len(element) and len(element.attrib) == (noted is not None) and bool(element.text or noted)


def _object(element: etree._Element) -> dict[str, Any]:
    try:
        told = json.loads(element.text or "")
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise UnreadableInstanceError(f"{etree.QName(element).localname} in the instance is no JSON object.")
    return told
