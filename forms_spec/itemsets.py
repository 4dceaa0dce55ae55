"""Which choices a question offers: the nodes of its itemset, such as `instance('streets')/root/item[district = ../d]`.

An order by chance (`randomize`) changes nothing about what is offered. To ask for one choice of a long list
its rows are looked up by their value first, where no filter counts positions.
"""

from dataclasses import dataclass, replace

from forms_spec.expressions import Expression, Expressions
from forms_spec.places import Place
from forms_spec.spec import Field
from forms_spec.xpath.parser import parse
from forms_spec.xpath.run import Context
from forms_spec.xpath.syntax import Binary, Call, Constant, Negation, Path, Step, Syntax, parts_of

_POSITIONAL = frozenset({"position", "last"})
_NUMERIC = frozenset({"+", "-", "*", "div", "mod"})


@dataclass(frozen=True, slots=True)
class Itemset:
    """The choices a question offers, as far as they depend on other answers."""

    offered: Expression
    chosen: Expression
    value_column: str

    def offers(self, answer: str, context: Context) -> bool:
        """Tell whether the question that `context` stands at offers its one answer."""
        return answer in self._values(self.chosen, context)

    def all_values(self, context: Context) -> set[str]:
        """Return the values of all choices that are offered."""
        return self._values(self.offered, context)

    def _values(self, expression: Expression, context: Context) -> set[str]:
        nodes = expression.evaluate(context)
        if not isinstance(nodes, list):
            return set()
        return {cell.text for node in nodes for cell in node.children.get(self.value_column, ())}


def compile_itemset(field: Field, place: Place, expressions: Expressions) -> Itemset | None:
    """Compile what a question offers; None where it offers its whole list, always.

    Raises ExpressionError.
    """
    text = itemset_of(field)
    if text is None:
        return None
    syntax = _unshuffled(parse(text))
    offered = expressions.compile_parsed(syntax, text, place)
    chosen = expressions.compile_parsed(_narrowed(syntax, field.value_column), text, place)
    return Itemset(offered, chosen, field.value_column)


def itemset_of(field: Field) -> str | None:
    """Return the itemset of a question that offers only some choices of its list, or answers of a repeat."""
    if field.itemset is not None:
        return field.itemset
    if field.choice_filter is not None and field.choices is not None:
        return f"instance('{field.choices}')/root/item[{field.choice_filter}]"
    return None


def _unshuffled(syntax: Syntax) -> Syntax:
    if isinstance(syntax, Call) and syntax.name == "randomize" and syntax.arguments:
        return _unshuffled(syntax.arguments[0])
    return syntax


def _narrowed(syntax: Syntax, value_column: str) -> Syntax:
    """Put `[value = current()]` before the filters of a path's last step, where their order does not matter."""
    if not isinstance(syntax, Path) or not syntax.steps or any(map(_counts, syntax.steps[-1].predicates)):
        return syntax
    *steps, last = syntax.steps
    asked = Binary("=", Path("here", (Step("child", value_column),)), Call("current", (), 0))
    return replace(syntax, steps=(*steps, replace(last, predicates=(asked, *last.predicates))))


def _counts(predicate: Syntax) -> bool:
    """Tell whether a predicate may depend on the position of what it is asked of."""
    is_number = (
        (isinstance(predicate, Constant) and not isinstance(predicate.value, str))
        or isinstance(predicate, Negation)
        or (isinstance(predicate, Binary) and predicate.operator in _NUMERIC)
        or (isinstance(predicate, Call) and predicate.name not in ("selected", "contains", "starts-with", "not"))
    )
    return is_number or _mentions_position(predicate)


def _mentions_position(syntax: Syntax) -> bool:
    is_position = isinstance(syntax, Call) and syntax.name in _POSITIONAL
    return is_position or any(map(_mentions_position, parts_of(syntax)))
