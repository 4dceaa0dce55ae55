"""Write a document's answers as an XForm instance; see `instance` for what stands where."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from forms_spec.instance import META, Instance, Layout, Node, members_of
from forms_spec.lexical import needs_json, to_json, to_text
from forms_spec.namespaces import FS, JR, ODK, ORX

_PREFIXES: dict[str | None, str] = {
    "orx": ORX[1:-1],
    "jr": JR[1:-1],
    "odk": ODK[1:-1],
    "fs": FS[1:-1],
}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_instance(instance: Instance, layout: Layout) -> bytes:
    """Write an instance as XML in UTF-8: every element of the form, in its order, then what the form does not know."""
    root = instance_tree(instance, layout)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def instance_tree(instance: Instance, layout: Layout) -> etree._Element:
    """Build the elements of an instance, groups and repeats' members around the answers."""
    prefixes = dict(_PREFIXES)
    if instance.namespace:
        # As the default namespace it would swallow elements without one among the rest.
        prefixes["xf" if instance.rest else None] = instance.namespace
    writing = _Writing(f"{{{instance.namespace}}}" if instance.namespace else "", instance.attributes)
    root = etree.Element(writing.namespace + layout.root.name, nsmap=prefixes)
    root.set("id", instance.form)
    root.set("version", instance.version)
    writing.container(root, layout.root, layout.root.path, instance.data)
    if instance.missing:
        etree.SubElement(root, f"{FS}missing").text = to_json(instance.missing)
    if instance.meta:
        writing.meta(root, instance.meta, layout.root.path)
    for rest in instance.rest:
        parent = writing.written.get(rest.parent)
        (parent if parent is not None else root).append(etree.fromstring(rest.xml))
    return root


def xml_text(text: str) -> str:
    """Return a text as XML can hold it: what is no character there becomes U+FFFD."""
    return _NO_XML.sub("\ufffd", text)


def fill(element: etree._Element, kind: str, value: Any) -> None:
    """Write a value into an element, with its JSON beside it where the text does not tell it whole."""
    text = to_text(kind, value)
    safe = xml_text(text)
    if safe != text or value == "" or needs_json(kind, value):
        element.set(f"{FS}json", to_json(value))
    element.text = safe or None


@dataclass(slots=True)
class _Writing:
    """One instance being written; `written` finds elements by their path, members counted from 1."""

    namespace: str
    attributes: Mapping[str, Mapping[str, str]]
    written: dict[str, etree._Element] = field(default_factory=dict)

    def container(self, element: etree._Element, node: Node, place: str, data: Mapping[str, Any]) -> None:
        """Write the root or a repeat's member: the form's elements, then the answers that have none."""
        self._children(element, node, place, data)
        aside = {}
        for name, value in data.items():
            if not _has_element(name, value, node):
                aside[name] = value
            elif name not in node.answers:
                fill(etree.SubElement(element, self.namespace + name), "", value)
        if aside:
            etree.SubElement(element, f"{FS}answers").text = to_json(aside)

    def _children(self, element: etree._Element, node: Node, place: str, data: Mapping[str, Any]) -> None:
        self._note(element, place)
        for name, inner in node.children.items():
            if inner.is_repeat:
                self._members(element, inner, f"{place}/{name}", data)
                continue
            child = etree.SubElement(element, self.namespace + name)
            if inner.question is None:
                self._children(child, inner, f"{place}/{name}", data)
            else:
                self._note(child, f"{place}/{name}")
                if name in data:
                    fill(child, inner.question.type, data[name])

    def _members(self, element: etree._Element, node: Node, place: str, data: Mapping[str, Any]) -> None:
        for number, member in enumerate(members_of(data.get(node.name)) or (), 1):
            child = etree.SubElement(element, self.namespace + node.name)
            self.container(child, node, f"{place}[{number}]", member)

    def meta(self, root: etree._Element, entries: Mapping[str, str], place: str) -> None:
        """Write the meta block, in OpenRosa's namespace where its entries are."""
        is_openrosa = all(name.startswith("orx:") for name in entries)
        block = etree.SubElement(root, (ORX if is_openrosa else self.namespace) + META)
        self._note(block, f"{place}/{META}")
        for name, text in entries.items():
            tag = ORX + name[4:] if name.startswith("orx:") else self.namespace + name
            etree.SubElement(block, tag).text = xml_text(text) or None

    def _note(self, element: etree._Element, place: str) -> None:
        self.written[place] = element
        for name, value in self.attributes.get(place, {}).items():
            element.set(name, value)


def _has_element(name: str, value: Any, node: Node) -> bool:
    inner = node.answers.get(name)
    if inner is not None:
        return not inner.is_repeat or members_of(value) is not None
    return node.may_add(name)
