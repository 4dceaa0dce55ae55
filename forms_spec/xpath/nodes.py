"""The nodes that expressions go along: a document's answers as a tree, and lists of choices as trees.

A tree has elements only. A leaf's `text` is its answer; where its question is irrelevant the text is
empty, as on tablets. What is inside an element stands by name, in the form's order: a repeat's members
are several elements of one name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

NO_CHILDREN: dict[str, list["Node"]] = {}


class Node:
    """An element; `number` is its place among the members of its repeat, from 0, `order` its place in the tree."""

    __slots__ = ("answer", "children", "name", "number", "order", "parent", "place", "relevant", "text")

    children: Mapping[str, list["Node"]]

    def __init__(self, name: str, parent: "Node | None", text: str = "", place: Any = None) -> None:
        """Make an element; what is inside is set afterwards."""
        self.name = name
        self.parent = parent
        self.text = text
        self.place = place
        self.children = NO_CHILDREN
        self.relevant = True
        self.answer: Any = None
        self.number = 0
        self.order = 0

    def elements(self) -> Iterator["Node"]:
        """Yield the elements inside, in their order."""
        for alike in self.children.values():
            yield from alike

    def descendants(self) -> Iterator["Node"]:
        """Yield all elements below, in their order."""
        for alike in self.children.values():
            for node in alike:
                yield node
                if node.children:
                    yield from node.descendants()


class Item(Node):
    """A row of a choice list. Its cells become elements when they are looked at: lists may be long."""

    __slots__ = ("cells",)

    def __init__(self, parent: Node, cells: Mapping[str, str], order: int) -> None:
        """Make a row of its cells by column."""
        self.name = "item"
        self.parent = parent
        self.text = ""
        self.place = None
        self.relevant = True
        self.answer = None
        self.number = self.order = order
        self.cells = cells

    @property
    def children(self) -> Mapping[str, list[Node]]:  # type: ignore[override]
        """The cells as elements."""
        return {column: [Node(column, self, text)] for column, text in self.cells.items()}
