"""Expressions of forms (relevant, required, constraint, calculation), compiled once into closures.

A subset of the XPath of ODK XForms: comparisons, `and`, `or`, arithmetic, paths to questions, and
the functions of `forms_spec.functions`. What lies outside is refused when the form is checked, not
when a document is. The grammar, from the loosest operator to the tightest:

    or := and {"or" and}            sum     := product {("+" | "-") product}
    and := equality {"and" equality} product := minus {("*" | "div" | "mod") minus}
    equality := order {("=" | "!=") order}
    order := sum {("<" | "<=" | ">" | ">=") sum}
    minus := {"-"} (number | text | "." | path | name "(" [or {"," or}] ")" | "(" or ")")

Evaluation has no clock, no I/O and no loop: its cost is bounded by the number of nodes, which is
bounded in turn. Source: XPath 1.0, section 3.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from forms_spec.expression_errors import (
    bad_pattern,
    not_an_expression,
    over_budget,
    unsupported_function,
    wrong_arguments,
)
from forms_spec.functions import FUNCTIONS, compile_pattern
from forms_spec.references import Places
from forms_spec.tokens import Token, tokenize
from forms_spec.values import Value, is_equal, to_boolean, to_number, to_text

MAX_NODES = 2000
MAX_DEPTH = 40


class Scope(NamedTuple):
    """What an expression may look at: the answers by the path of their question, and the date of today."""

    values: Mapping[str, Value]
    today: str


Evaluate = Callable[[Scope], Value]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; `references` are the paths of the questions it looks at."""

    text: str
    references: frozenset[str]
    evaluate: Evaluate

    def holds(self, scope: Scope) -> bool:
        """Evaluate as a condition."""
        return to_boolean(self.evaluate(scope))


def compile_expression(text: str, context: str, places: Places) -> Expression:
    """Compile an expression of the question at the path `context`.

    Raises ExpressionError when it is malformed, outside the subset, over the budget, or refers to no question.
    """
    parser = _Parser(text, context, places, tokenize(text))
    evaluate = parser.alternatives()
    parser.finish()
    return Expression(text, frozenset(parser.references), evaluate)


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


def _differs(left: Value, right: Value) -> bool:
    return not is_equal(left, right)


_SUM: dict[str, Callable[[float, float], float]] = {"+": lambda a, b: a + b, "-": lambda a, b: a - b}
_PRODUCT: dict[str, Callable[[float, float], float]] = {"*": lambda a, b: a * b, "div": _divide, "mod": _remainder}
_EQUALITY: dict[str, Callable[[Value, Value], bool]] = {"=": is_equal, "!=": _differs}
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _reckon(left: Evaluate, steps: list[tuple[Callable[[float, float], Value], Evaluate]]) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        result = left(scope)
        for combine, right in steps:
            result = combine(to_number(result), to_number(right(scope)))
        return result

    return evaluate


def _compare(left: Evaluate, steps: list[tuple[Callable[[Value, Value], bool], Evaluate]]) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        result = left(scope)
        for combine, right in steps:
            result = combine(result, right(scope))
        return result

    return evaluate


@dataclass(slots=True)
class _Parser:
    """Recursive descent over the words; every method reads one rule of the grammar and returns its closure."""

    text: str
    context: str
    places: Places
    tokens: list[Token]
    at: int = 0
    depth: int = 0
    nodes: int = 0
    references: set[str] = field(default_factory=set)

    def alternatives(self) -> Evaluate:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise over_budget("nested brackets", "括号层数", MAX_DEPTH)
        parts = [self._conditions()]
        while self._accept("or"):
            parts.append(self._conditions())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else lambda scope: any(to_boolean(part(scope)) for part in parts)

    def _conditions(self) -> Evaluate:
        parts = [self._equality()]
        while self._accept("and"):
            parts.append(self._equality())
        return parts[0] if len(parts) == 1 else lambda scope: all(to_boolean(part(scope)) for part in parts)

    def _equality(self) -> Evaluate:
        left, steps = self._order(), []
        while operator := self._accept(*_EQUALITY):
            steps.append((_EQUALITY[operator], self._order()))
        return _compare(left, steps) if steps else left

    def _order(self) -> Evaluate:
        left, steps = self._sum(), []
        while operator := self._accept(*_ORDER):
            steps.append((_ORDER[operator], self._sum()))
        return _reckon(left, list(steps)) if steps else left

    def _sum(self) -> Evaluate:
        left, steps = self._product(), []
        while operator := self._accept(*_SUM):
            steps.append((_SUM[operator], self._product()))
        return _reckon(left, list(steps)) if steps else left

    def _product(self) -> Evaluate:
        left, steps = self._minus(), []
        while operator := self._accept(*_PRODUCT):
            steps.append((_PRODUCT[operator], self._minus()))
        return _reckon(left, list(steps)) if steps else left

    def _minus(self) -> Evaluate:
        signs = 0
        while self._accept("-"):
            signs += 1
        operand = self._operand()
        if not signs:
            return operand
        return lambda scope: -to_number(operand(scope)) if signs % 2 else to_number(operand(scope))

    def _operand(self) -> Evaluate:
        token = self._take()
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise over_budget("parts", "组成部分", MAX_NODES)
        if token.kind == "number":
            return _constant(float(token.text))
        if token.kind == "text":
            return _constant(token.text[1:-1])
        if token.kind == "path" or token.text == ".":
            return self._reference(token.text)
        if token.kind == "name" and self.tokens[self.at].text == "(":
            return self._call(token)
        if token.text == "(":
            inner = self.alternatives()
            self._expect(")")
            return inner
        raise not_an_expression(self.text, token.at, token.text)

    def _reference(self, reference: str) -> Evaluate:
        path = self.context if reference == "." else self.places.resolve(reference, self.context)
        self.references.add(path)
        return lambda scope: scope.values.get(path, "")

    def _call(self, name: Token) -> Evaluate:
        if name.text == "regex":
            return self._regex()
        if name.text != "today" and name.text not in FUNCTIONS:
            raise unsupported_function(name.text)
        arguments = self._arguments()
        if name.text == "today":
            self._check_count("today", len(arguments), 0, 0)
            return lambda scope: scope.today
        function = FUNCTIONS[name.text]
        self._check_count(name.text, len(arguments), function.fewest, function.most)
        return lambda scope: function.call(*[argument(scope) for argument in arguments])

    def _arguments(self) -> list[Evaluate]:
        self._expect("(")
        if self._accept(")"):
            return []
        arguments = [self.alternatives()]
        while self._accept(","):
            arguments.append(self.alternatives())
        self._expect(")")
        return arguments

    def _regex(self) -> Evaluate:
        self._expect("(")
        subject = self.alternatives()
        self._expect(",")
        pattern = self._take()
        if pattern.kind != "text":
            raise bad_pattern(pattern.text, "it must be a text in quotes, the same for every document")
        self._expect(")")
        matches = compile_pattern(pattern.text[1:-1])
        return lambda scope: matches(to_text(subject(scope)))

    def _check_count(self, name: str, given: int, fewest: int, most: int) -> None:
        if not fewest <= given <= most:
            raise wrong_arguments(name, str(fewest) if fewest == most else f"{fewest} to {most}", given)

    def finish(self) -> None:
        token = self.tokens[self.at]
        if token.kind != "end":
            raise not_an_expression(self.text, token.at, token.text)

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token.text != sign:
            raise not_an_expression(self.text, token.at, token.text)

    def _take(self) -> Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _accept(self, *operators: str) -> str:
        token = self.tokens[self.at]
        if token.kind not in ("sign", "name") or token.text not in operators:
            return ""
        self.at += 1
        return token.text


def _constant(value: Value) -> Evaluate:
    return lambda _scope: value
