"""From an expression's tree to closures, made once and evaluated for many documents.

What depends on arguments that are not looked at first (`if`, `coalesce`, `once`, `position(node)`, …) is
compiled here or in `special.py`; everything else is called with the values of its arguments.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from forms_spec.expression_errors import no_nodes, unsupported_function, wrong_arguments
from forms_spec.xpath.functions import FUNCTIONS, Function
from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Context
from forms_spec.xpath.special import SPECIAL, Labels
from forms_spec.xpath.steps import Keep, Nodes, Take, axis_step, child_step, in_order
from forms_spec.xpath.syntax import Binary, Call, Constant, Filter, Negation, Path, Step, Syntax, Union, size_of
from forms_spec.xpath.values import Value, is_different, is_equal, is_in_order, to_boolean, to_number, to_text

Evaluate = Callable[[Context], Value]

_INDEXED_FROM = 16
"""From how many rows on a look-up by the text of a cell makes an index."""


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": _divide,
    "mod": _remainder,
}
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles the expressions of a form; `labels` finds the labels of the choices of a question by its path."""

    labels: Labels

    def compile(self, syntax: Syntax) -> Evaluate:
        """Return the closure of an expression. Raises ExpressionError for what has no meaning."""
        match syntax:
            case Constant(value):
                return lambda _context: value
            case Negation(operand):
                return self._negation(operand)
            case Binary():
                return self._binary(syntax)
            case Union(parts):
                return self._union([self.nodes(part, "|") for part in parts])
            case Call():
                return self._call(syntax)
            case Path():
                return self._path(syntax)
            case Filter(nodes, predicates):
                return self._filter(self.nodes(nodes, "[]"), [self._keep(predicate) for predicate in predicates])

    def nodes(self, syntax: Syntax, function: str) -> Callable[[Context], Nodes]:
        """Compile what has to be nodes. Raises ExpressionError where it never is."""
        if isinstance(syntax, Constant | Negation | Binary):
            raise no_nodes(function)
        evaluate = self.compile(syntax)

        def found(context: Context) -> Nodes:
            value = evaluate(context)
            return value if isinstance(value, list) else []

        return found

    def _negation(self, operand: Syntax) -> Evaluate:
        evaluate = self.compile(operand)
        return lambda context: -to_number(evaluate(context), context.run.zone)

    def _binary(self, syntax: Binary) -> Evaluate:
        left, right = self.compile(syntax.left), self.compile(syntax.right)
        match syntax.operator:
            case "and":
                return lambda context: to_boolean(left(context)) and to_boolean(right(context))
            case "or":
                return lambda context: to_boolean(left(context)) or to_boolean(right(context))
            case "=":
                return _equality(left, right, syntax)
            case "!=":
                return lambda context: is_different(left(context), right(context), context.run.zone)
        if holds := _ORDER.get(syntax.operator):
            return lambda context: is_in_order(left(context), right(context), context.run.zone, holds)
        return _reckoning(left, right, _ARITHMETIC[syntax.operator])

    def _union(self, parts: list[Callable[[Context], Nodes]]) -> Evaluate:
        return lambda context: in_order([node for part in parts for node in part(context)])

    def _filter(self, nodes: Callable[[Context], Nodes], keeps: list[Keep]) -> Evaluate:
        def evaluate(context: Context) -> Value:
            found = nodes(context)
            for keep in keeps:
                found = keep(found, context)
            return found

        return evaluate

    def _path(self, path: Path) -> Evaluate:
        if path == Path("here", (Step("self", "node()"),)):
            return lambda context: [context.node]
        takes = [self._step(step) for step in path.steps]
        if path.start == "root":
            return lambda context: _along(takes, [context.run.root], context)
        if path.start == "here":
            return lambda context: _along(takes, [context.node], context)
        start = self.nodes(path.start, "/")
        return lambda context: _along(takes, start(context), context)

    def _step(self, step: Step) -> Take:
        if step.axis == "child" and step.test not in ("*", "node()"):
            take = child_step(step.test)
            return (
                _filtered(take, [self._keep(predicate) for predicate in step.predicates]) if step.predicates else take
            )
        return axis_step(step.axis, step.test, [self._keep(predicate) for predicate in step.predicates])

    def _keep(self, predicate: Syntax) -> Keep:
        evaluate, cost = self.compile(predicate), size_of(predicate)

        def keep(nodes: Nodes, context: Context) -> Nodes:
            run, kept = context.run, []
            inner = Context(run, context.node, context.current, size=len(nodes))
            for position, node in enumerate(nodes, 1):
                run.spend(cost)
                inner.node, inner.position = node, position
                value = evaluate(inner)
                if value == position if type(value) is float else to_boolean(value):
                    kept.append(node)
            return kept

        indexed = self._indexed(predicate)
        return (lambda nodes, context: indexed(nodes, context, keep)) if indexed else keep

    def _indexed(self, predicate: Syntax) -> "Callable[[Nodes, Context, Keep], Nodes] | None":
        """Compile `[column = value]` over the rows of a list to a look-up, where the value is the same for all rows."""
        lookup = _lookup_of(predicate)
        if lookup is None:
            return None
        column, wanted = lookup[0], self.compile(lookup[1])

        def keep(nodes: Nodes, context: Context, otherwise: Keep) -> Nodes:
            if len(nodes) < _INDEXED_FROM or not context.run.is_whole_list(nodes):
                return otherwise(nodes, context)
            value = wanted(context)
            if isinstance(value, list) and len(value) == 1:
                value = value[0].text
            return context.run.rows_with(nodes, column, value) if isinstance(value, str) else otherwise(nodes, context)

        return keep

    def _call(self, call: Call) -> Evaluate:
        if special := SPECIAL.get(call.name):
            if not special.fewest <= len(call.arguments) <= special.most:
                raise wrong_arguments(call.name, special.expected(), len(call.arguments))
            return special.compile(self, call.arguments)
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise unsupported_function(call.name)
        if not function.fits(len(call.arguments)):
            raise wrong_arguments(call.name, function.expected(), len(call.arguments))
        arguments = [self._argument(call, position, function) for position in range(len(call.arguments))]
        return _calling(function, arguments)

    def _argument(self, call: Call, position: int, function: Function) -> Evaluate:
        syntax = call.arguments[position]
        match function.kind_of(position):
            case "nodes":
                return self.nodes(syntax, call.name)
            case "text":
                text = self.compile(syntax)
                return lambda context: to_text(text(context))
            case "number":
                number = self.compile(syntax)
                return lambda context: to_number(number(context), context.run.zone)
            case "boolean":
                condition = self.compile(syntax)
                return lambda context: to_boolean(condition(context))
            case _:
                return self.compile(syntax)


def _along(takes: list[Take], nodes: Nodes, context: Context) -> Value:
    for take in takes:
        nodes = take(nodes, context)
    return nodes


def _filtered(take: Take, keeps: list[Keep]) -> Take:
    def filtered(nodes: Nodes, context: Context) -> Nodes:
        found: Nodes = []
        for node in nodes:
            alike = take([node], context)
            for keep in keeps:
                alike = keep(alike, context)
            found += alike
        return found

    return filtered


def _equality(left: Evaluate, right: Evaluate, syntax: Binary) -> Evaluate:
    if isinstance(syntax.right, Constant) and isinstance(syntax.right.value, str) and isinstance(syntax.left, Path):
        text = syntax.right.value
        return lambda context: any(node.text == text for node in cast("list[Node]", left(context)))
    return lambda context: is_equal(left(context), right(context), context.run.zone)


def _reckoning(left: Evaluate, right: Evaluate, reckon: Callable[[float, float], float]) -> Evaluate:
    def evaluate(context: Context) -> Value:
        zone = context.run.zone
        try:
            return float(reckon(to_number(left(context), zone), to_number(right(context), zone)))
        except OverflowError:
            return math.inf

    return evaluate


def _calling(function: Function, arguments: list[Evaluate]) -> Evaluate:
    call = function.call
    if function.needs_run:
        return lambda context: call(context.run, *[argument(context) for argument in arguments])
    if len(arguments) == 1:
        (only,) = arguments
        return lambda context: call(only(context))
    if len(arguments) == 2:
        first, second = arguments
        return lambda context: call(first(context), second(context))
    return lambda context: call(*[argument(context) for argument in arguments])


def _lookup_of(predicate: Syntax) -> tuple[str, Syntax] | None:
    if not isinstance(predicate, Binary) or predicate.operator != "=":
        return None
    for column, value in ((predicate.left, predicate.right), (predicate.right, predicate.left)):
        match column:
            case Path("here", (Step("child", name, ()),)) if name not in ("*", "node()") and _is_the_same(value):
                return name, value
    return None


def _is_the_same(value: Syntax) -> bool:
    """Tell whether a value does not depend on the row that is looked at."""
    match value:
        case Constant():
            return True
        case Path("root", steps) | Path(Call("current", ()), steps):
            return not any(step.predicates for step in steps)
    return False
