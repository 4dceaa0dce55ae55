"""Work out, in order of dependency, what of a document is relevant and what its calculations say.

An irrelevant answer counts as blank for the other rules, and so does all that is inside an irrelevant group
or repeat, as on tablets. A calculation is worked out anew, unless it depends on the clock, on chance or on a
language: then what the document says stands.
"""

import math
from collections.abc import Iterator

from forms_spec.documents import Tree
from forms_spec.rules import Rule, Rules
from forms_spec.spec import Field
from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Context, Run
from forms_spec.xpath.values import to_text


def settle(rules: Rules, tree: Tree, run: Run) -> Iterator[tuple[Rule, Node, str]]:
    """Settle relevance and calculations; yield where a calculation says another than the document does.

    Raises TooCostlyError.
    """
    for rule in rules.dependent:
        for node in tree.watched[rule.place.path]:
            yield from _settle_node(rule, node, Context(run, node, node))


def _settle_node(rule: Rule, node: Node, context: Context) -> Iterator[tuple[Rule, Node, str]]:
    if not node.relevant:
        return
    if rule.relevant is not None and not rule.relevant.holds(context):
        _make_irrelevant(node)
        return
    if rule.calculation is None or rule.place.asked is None:
        return
    if not rule.is_steady and node.text:
        return
    reckoned = text_in_type(rule.place.asked, to_text(rule.calculation.evaluate(context)))
    recorded, is_own = node.text, is_calculated_only(rule.place.asked)
    if is_own or not recorded:
        node.text = reckoned
    if recorded and is_own and not is_same(recorded, reckoned):
        yield rule, node, reckoned


def _make_irrelevant(node: Node) -> None:
    node.relevant = False
    node.text = ""
    for inner in node.descendants():
        inner.relevant = False
        inner.text = ""


def is_calculated_only(field: Field) -> bool:
    """Tell whether nobody can have written another answer than the calculation's."""
    return field.type == "calculate" or field.read_only


def text_in_type(field: Field, text: str) -> str:
    """Write what a calculation says as an answer of its question's type."""
    if field.type == "integer":
        number = _number(text)
        return str(math.trunc(number)) if number is not None else ""
    return text[:10] if field.type == "date" else text


def is_same(recorded: str, reckoned: str) -> bool:
    """Tell whether two texts say the same: as texts, or as numbers up to what a tablet rounds."""
    if recorded.strip() == reckoned.strip():
        return True
    one, other = _number(recorded), _number(reckoned)
    return one is not None and other is not None and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
