"""Try a form's rules on an empty document, one member in each repeat: what costs too much here is refused."""

from collections.abc import Iterator, Mapping
from typing import Any

from forms_spec.documents import Tree
from forms_spec.expression_errors import ExpressionError
from forms_spec.lists import lists_of
from forms_spec.places import Place
from forms_spec.rules import Fault, Rules
from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Circumstances, Context, Indexes, Run

_STEPS = 1_000_000
"""What one rule may cost: half of what a document's rules may cost together."""


def trial(rules: Rules) -> Iterator[Fault]:
    """Yield the rules that take too many steps, or make too long a text, on an empty document."""
    lists, indexes = lists_of(rules.spec), Indexes()
    tree = Tree(rules.places, _one_of_each(rules.places.root), frozenset(rules.by_path))
    for path, rule in rules.by_path.items():
        node = next(iter(tree.watched[path]), None)
        for column, expression in rule.expressions():
            run = Run(Circumstances.on("2026-01-01"), tree.top, lists, left=_STEPS, indexes=indexes)
            fault = _tried(run, node, expression.evaluate) if node is not None else None
            if fault is not None:
                yield path, column, fault


def _tried(run: Run, node: Node, evaluate: Any) -> ExpressionError | None:
    try:
        evaluate(Context(run, node, node))
    except ExpressionError as error:
        return error
    return None


def _one_of_each(place: Place) -> Mapping[str, Any]:
    """Return data with one empty member in each repeat."""
    data: dict[str, Any] = {}
    for child in place.children.values():
        if child.is_repeat:
            data[child.name] = [_one_of_each(child)]
        elif child.asked is None:
            data |= _one_of_each(child)
    return data
