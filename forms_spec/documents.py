"""A document's answers as a tree for expressions: the form's groups, one element a question, one a repeat's member."""

from collections.abc import Mapping
from typing import Any

from forms_spec.answers import recorded_text
from forms_spec.places import Place, Places
from forms_spec.xpath.nodes import Node


class Tree:
    """The tree of one document; `watched` has the nodes of the places that rules settle, by path."""

    def __init__(self, places: Places, data: Mapping[str, Any], watched: frozenset[str]) -> None:
        """Lay the answers out; what is absent or of no use to expressions has the empty text."""
        self.watched: dict[str, list[Node]] = {path: [] for path in watched}
        self._count = 0
        self.top = Node("", None, place=places.top)
        self.root = self._node(places.root, self.top)
        self.top.children = {places.root.name: [self.root]}
        self._grow(self.root, data)

    def _node(self, place: Place, parent: Node, text: str = "") -> Node:
        node = Node(place.name, parent, text, place)
        self._count += 1
        node.order = self._count
        if (alike := self.watched.get(place.path)) is not None:
            alike.append(node)
        return node

    def _grow(self, node: Node, data: Mapping[str, Any]) -> None:
        children: dict[str, list[Node]] = {}
        for name, place in node.place.children.items():
            if place.asked is None:
                section = self._node(place, node)
                self._grow(section, data)
                children[name] = [section]
            elif place.is_repeat:
                children[name] = self._members(place, node, data.get(name))
            else:
                answer = data.get(name)
                leaf = self._node(place, node, "" if answer is None else recorded_text(place.asked, answer))
                leaf.answer = answer
                children[name] = [leaf]
        node.children = children

    def _members(self, place: Place, parent: Node, answer: Any) -> list[Node]:
        members = []
        for number, member in enumerate(answer if isinstance(answer, list) else ()):
            node = self._node(place, parent)
            node.number, node.answer = number, member
            self._grow(node, member if isinstance(member, Mapping) else {})
            members.append(node)
        return members


def field_path(node: Node) -> str:
    """Return where a node's answer stands in the data, as `members[0].age`; groups have no place there."""
    parts: list[str] = []
    around: Node | None = node
    while around is not None:
        place = around.place
        if place.asked is not None:
            parts.append(f"{place.name}[{around.number}]" if place.is_repeat else place.name)
        around = around.parent
    return ".".join(reversed(parts))
