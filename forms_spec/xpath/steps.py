"""Steps of paths: from nodes along an axis to nodes, those that a name and predicates let through.

Source: XPath 1.0, sections 2.1 to 2.4.
"""

from collections.abc import Callable, Iterable, Iterator

from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Context, Run

Nodes = list[Node]
Take = Callable[[Nodes, Context], Nodes]
"""A step compiled."""

Keep = Callable[[Nodes, Context], Nodes]
"""A predicate compiled: from the nodes of one origin to those it lets through."""


def child_step(name: str) -> Take:
    """Compile the step that most paths are made of: to the children of a name."""

    def take(nodes: Nodes, context: Context) -> Nodes:
        if len(nodes) == 1:
            found = nodes[0].children.get(name) or []
        else:
            found = [child for node in nodes for child in node.children.get(name, ())]
        context.run.spend(len(nodes) + len(found))
        return found

    return take


def axis_step(axis: str, test: str, keeps: list[Keep]) -> Take:
    """Compile a step along any axis; nodes come out once, in the order of the tree."""
    along = _AXES[axis]

    def take(nodes: Nodes, context: Context) -> Nodes:
        found: Nodes = []
        for node in nodes:
            alike = _passing(along(node), test, context.run)
            for keep in keeps:
                alike = keep(alike, context)
            found += alike
        return in_order(found) if axis not in ("child", "self") and len(found) > 1 else found

    return take


def _passing(nodes: Iterable[Node], test: str, run: Run) -> Nodes:
    found = []
    for node in nodes:
        run.spend(1)
        if node.name == test or test == "node()" or (test == "*" and node.name):
            found.append(node)
    return found


def in_order(nodes: Nodes) -> Nodes:
    """Return each node once, in the order of the tree."""
    unique = {id(node): node for node in nodes}
    return sorted(unique.values(), key=lambda node: node.order)


def is_below(node: Node, ancestor: Node) -> bool:
    """Tell whether a node lies inside another."""
    around = node.parent
    while around is not None and around is not ancestor:
        around = around.parent
    return around is not None


def _self(node: Node) -> Iterator[Node]:
    yield node


def _parent(node: Node) -> Iterator[Node]:
    if node.parent is not None:
        yield node.parent


def _ancestors(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node


def _and_self(axis: Callable[[Node], Iterable[Node]]) -> Callable[[Node], Iterator[Node]]:
    def along(node: Node) -> Iterator[Node]:
        yield node
        yield from axis(node)

    return along


def _siblings(node: Node) -> Nodes:
    return list(node.parent.elements()) if node.parent is not None else [node]


def _place_among(node: Node, siblings: Nodes) -> int:
    return next(at for at, sibling in enumerate(siblings) if sibling.order == node.order)


def _following_siblings(node: Node) -> Iterable[Node]:
    siblings = _siblings(node)
    return siblings[_place_among(node, siblings) + 1 :]


def _preceding_siblings(node: Node) -> Iterable[Node]:
    siblings = _siblings(node)
    return siblings[: _place_among(node, siblings)][::-1]


def _following(node: Node) -> Iterator[Node]:
    for origin in (node, *_ancestors(node)):
        for sibling in _following_siblings(origin):
            yield sibling
            yield from sibling.descendants()


def _preceding(node: Node) -> Iterator[Node]:
    for origin in (node, *_ancestors(node)):
        for sibling in _preceding_siblings(origin):
            yield from reversed([sibling, *sibling.descendants()])


def _none(_node: Node) -> Iterator[Node]:
    return iter(())


_AXES: dict[str, Callable[[Node], Iterable[Node]]] = {
    "self": _self,
    "child": Node.elements,
    "parent": _parent,
    "descendant": Node.descendants,
    "descendant-or-self": _and_self(Node.descendants),
    "ancestor": _ancestors,
    "ancestor-or-self": _and_self(_ancestors),
    "following-sibling": _following_siblings,
    "preceding-sibling": _preceding_siblings,
    "following": _following,
    "preceding": _preceding,
    # A tree of answers has no attributes.
    "attribute": _none,
}
