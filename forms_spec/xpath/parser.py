"""From an expression's text to its tree: XPath 1.0, by recursive descent.

From the loosest operator to the tightest:

    or := and {"or" and}             sum     := product {("+" | "-") product}
    and := equality {"and" equality} product := minus {("*" | "div" | "mod") minus}
    equality := order {("=" | "!=") order}
    order := sum {("<" | "<=" | ">" | ">=") sum}
    minus := {"-"} path {"|" path}
    path := ["/" | "//"] step {("/" | "//") step}  or  operand {"[" or "]"} {("/" | "//") step}
    step := ("." | ".." | [axis "::" | "@"] (name | "*" | "node()" | "text()")) {"[" or "]"}
    operand := number | text | "(" or ")" | name "(" [or {"," or}] ")"

The tree's size and depth are bounded, and with them the recursion of all that goes through it.
Source: XPath 1.0, sections 2 and 3.
"""

from dataclasses import dataclass

from forms_spec.expression_errors import not_an_expression, over_budget
from forms_spec.xpath.syntax import Binary, Call, Constant, Filter, Negation, Path, Start, Step, Syntax, Union, depth_of
from forms_spec.xpath.tokens import Token, tokenize

MAX_NODES = 2000
MAX_DEPTH = 40
_MAX_TREE = 250
"""How deep the tree may be: a chain of operators leans to the left, and is as deep as it is long."""

AXES = frozenset(
    {
        "ancestor",
        "ancestor-or-self",
        "attribute",
        "child",
        "descendant",
        "descendant-or-self",
        "following",
        "following-sibling",
        "parent",
        "preceding",
        "preceding-sibling",
        "self",
    }
)
_LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))
_TIGHTNESS = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_DESCENT = Step("descendant-or-self", "node()")
_NODE_TESTS = frozenset({"node", "text"})


def parse(text: str) -> Syntax:
    """Read an expression.

    Raises ExpressionError when it is malformed, too long, too deep or of too many parts.
    """
    parser = _Parser(text, tokenize(text))
    syntax = parser.expression()
    parser.finish()
    if depth_of(syntax) > _MAX_TREE:
        raise over_budget("operators in a row", "连续运算符", _MAX_TREE)
    return syntax


@dataclass(slots=True)
class _Parser:
    text: str
    tokens: list[Token]
    at: int = 0
    depth: int = 0
    nodes: int = 0

    def expression(self) -> Syntax:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise over_budget("nested brackets", "括号层数", MAX_DEPTH)
        syntax = self._binary(0)
        self.depth -= 1
        return syntax

    def finish(self) -> None:
        if self.tokens[self.at].kind != "end":
            raise self._unexpected(self.tokens[self.at])

    def _binary(self, loosest: int) -> Syntax:
        left = self._minus()
        while (operator := self._operator(loosest)) is not None:
            self._count()
            left = Binary(operator, left, self._binary(_TIGHTNESS[operator] + 1))
        return left

    def _minus(self) -> Syntax:
        signs = 0
        while self._accept("-"):
            signs += 1
        operand = self._union()
        if not signs:
            return operand
        return Negation(operand) if signs % 2 else Negation(Negation(operand))

    def _union(self) -> Syntax:
        parts = [self._path()]
        while self._accept("|"):
            parts.append(self._path())
        return parts[0] if len(parts) == 1 else Union(tuple(parts))

    def _path(self) -> Syntax:
        self._count()
        token = self.tokens[self.at]
        if token.text in ("/", "//") and token.kind == "sign":
            return self._absolute()
        if self._begins_step(token):
            return Path("here", tuple(self._steps([self._step()])))
        operand: Syntax = self._operand()
        if predicates := self._predicates():
            operand = Filter(operand, predicates)
        if self.tokens[self.at].text in ("/", "//") and self.tokens[self.at].kind == "sign":
            return Path(operand, tuple(self._steps([])))
        return operand

    def _absolute(self) -> Syntax:
        start: Start = "root"
        if self._accept("//"):
            return Path(start, tuple(self._steps([_DESCENT, self._step()])))
        self._accept("/")
        if not self._begins_step(self.tokens[self.at]):
            return Path(start, ())
        return Path(start, tuple(self._steps([self._step()])))

    def _steps(self, steps: list[Step]) -> list[Step]:
        while separator := self._accept("/", "//"):
            if separator == "//":
                steps.append(_DESCENT)
            steps.append(self._step())
            self._count()
        return steps

    def _begins_step(self, token: Token) -> bool:
        if token.kind == "sign":
            return token.text in (".", "..", "@", "*")
        following = self.tokens[min(self.at + 1, len(self.tokens) - 1)].text
        return token.kind == "name" and (following != "(" or token.text in _NODE_TESTS)

    def _step(self) -> Step:
        token = self._take()
        if token.kind == "sign" and token.text in (".", ".."):
            return Step("self" if token.text == "." else "parent", "node()", self._predicates())
        axis = "child"
        if token.text == "@" and token.kind == "sign":
            axis, token = "attribute", self._take()
        elif token.kind == "name" and self.tokens[self.at].text == "::":
            axis, _, token = token.text, self._take(), self._take()
            if axis not in AXES:
                raise self._unexpected(token)
        return Step(axis, self._test(token), self._predicates())

    def _test(self, token: Token) -> str:
        if token.kind == "name" and token.text in _NODE_TESTS and self._accept("("):
            self._expect(")")
            return f"{token.text}()"
        if token.kind == "name" or token.text == "*":
            return token.text.rpartition(":")[2]
        raise self._unexpected(token)

    def _predicates(self) -> tuple[Syntax, ...]:
        predicates = []
        while self._accept("["):
            predicates.append(self.expression())
            self._expect("]")
        return tuple(predicates)

    def _operand(self) -> Syntax:
        token = self._take()
        if token.kind == "number":
            return Constant(float(token.text))
        if token.kind == "text":
            return Constant(token.text[1:-1])
        if token.kind == "name" and self._accept("("):
            return Call(token.text, self._arguments(), token.at)
        if token.kind == "sign" and token.text == "(":
            inner = self.expression()
            self._expect(")")
            return inner
        raise self._unexpected(token)

    def _arguments(self) -> tuple[Syntax, ...]:
        if self._accept(")"):
            return ()
        arguments = [self.expression()]
        while self._accept(","):
            arguments.append(self.expression())
        self._expect(")")
        return tuple(arguments)

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise over_budget("parts", "组成部分", MAX_NODES)

    def _operator(self, loosest: int) -> str | None:
        token = self.tokens[self.at]
        if token.kind not in ("sign", "operator") or _TIGHTNESS.get(token.text, -1) < loosest:
            return None
        self.at += 1
        return token.text

    def _accept(self, *signs: str) -> str:
        token = self.tokens[self.at]
        if token.kind != "sign" or token.text not in signs:
            return ""
        self.at += 1
        return token.text

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token.kind != "sign" or token.text != sign:
            raise self._unexpected(token)

    def _take(self) -> Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _unexpected(self, token: Token) -> Exception:
        return not_an_expression(self.text, token.at, token.text)
