"""A document's answers as an XForm instance: what tablets' form engines and ODK's tools read and write.

A document's `data` is flat, an instance has the groups of its form; a repeat is a list of objects there
and a row of elements here. `Layout` is the form's tree; `instance_reading` and `instance_writing` go along
it. Nothing is lost on either way:

- a value that its text does not tell whole (null, a boolean, the text "5" of a number) stands in the
  attribute `fs:json` beside it, and counts as long as the text is still the one it was written with;
- answers that have no element (a name that is none in XML, a repeat that is no list of objects) stand as
  JSON in an element `fs:answers` of the root or of the repeat's member;
- elements and attributes that the form does not know are kept in `Instance.rest` and `.attributes`.

An element left out and an empty one say the same: no answer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from forms_spec.spec import Field, FormSpec

ATTACHED = frozenset({"image", "audio", "video", "file"})
"""The types whose answer is the name of an attachment."""

META = "meta"

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
"""The names that an element may have which the form does not know."""


class UnreadableInstanceError(ValueError):
    """XML that is no instance of the form; the message says why."""


class Rest(msgspec.Struct, frozen=True):
    """An element that the form does not know: the path of the element around it, members counted, and its XML."""

    parent: str
    xml: str


class Instance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An instance as JSON holds it.

    `data` and `missing` are those of a document; `meta` has the entries of the instance's meta block by
    name (`instanceID`, `instanceName`, …; `orx:` before those of OpenRosa's namespace); `namespace` is
    that of the form's elements, in most instances none.
    """

    form: str
    version: str
    data: dict[str, Any]
    missing: dict[str, Any] = {}
    meta: dict[str, str] = {}
    namespace: str = ""
    attributes: dict[str, dict[str, str]] = {}
    rest: tuple[Rest, ...] = ()


@dataclass(slots=True)
class Node:
    """An element of a form's instances: a question, a repeat, or a group (and the root) where `question` is None.

    `answers` has the nodes of what the flat data of this element holds, through groups; only the root and
    repeats have any.
    """

    name: str
    path: str
    question: Field | None = None
    children: dict[str, "Node"] = field(default_factory=dict)
    answers: dict[str, "Node"] = field(default_factory=dict)

    @property
    def is_repeat(self) -> bool:
        """Whether this stands for the members of a repeat."""
        return self.question is not None and self.question.type == "repeat"

    def may_add(self, name: str) -> bool:
        """Tell whether an element that the form does not know may have this name here."""
        return not (name in self.answers or name in self.children or name == META) and NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Layout:
    """The tree of a form's instances; make it once for each form version."""

    form: str
    version: str
    root: Node

    @classmethod
    def of(cls, spec: FormSpec) -> "Layout":
        """Lay out the instances of a form, in the form's order."""
        paths = [*(entry.path for entry in spec.fields), *(section.path for section in spec.sections)]
        name = paths[0].split("/")[1] if paths else "data"
        root = Node(name, f"/{name}")
        _grow(root, spec.fields)
        for section in spec.sections:  # groups without a question
            _walk(root, section.path)
        return cls(spec.id, spec.version, root)


def attachment_names(layout: Layout, instance: Instance) -> list[str]:
    """List the attachments that an instance names, each once, in the form's order; the audit log last."""
    names = list(_attached(layout.root, instance.data))
    names += [instance.meta[key] for key in ("audit", "orx:audit") if instance.meta.get(key)]
    return list(dict.fromkeys(names))


def members_of(answer: Any) -> list[dict[str, Any]] | None:
    """Return the members of a repeat's answer; None where it is no list of objects, or an empty one."""
    if isinstance(answer, list) and answer and all(isinstance(member, dict) for member in answer):
        return answer
    return None


def _grow(node: Node, fields: tuple[Field, ...]) -> None:
    for entry in fields:
        inner = node.answers[entry.name] = _walk(node, entry.path)
        inner.question = entry
        if inner.is_repeat:
            _grow(inner, entry.fields)


def _walk(node: Node, path: str) -> Node:
    for step in path.removeprefix(f"{node.path}/").split("/"):
        node = node.children.setdefault(step, Node(step, f"{node.path}/{step}"))
    return node


def _attached(node: Node, data: Mapping[str, Any]) -> Iterator[str]:
    for name, inner in node.children.items():
        if inner.question is None:
            yield from _attached(inner, data)
        elif inner.is_repeat:
            for member in members_of(data.get(name)) or ():
                yield from _attached(inner, member)
        elif inner.question.type in ATTACHED and isinstance(data.get(name), str) and data[name].strip():
            yield data[name]
