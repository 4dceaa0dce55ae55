"""The words of an expression: numbers, texts, names, signs, and which names and stars are operators.

Source: XPath 1.0, section 3.7.
"""

import re
from typing import NamedTuple

from forms_spec.expression_errors import not_an_expression, too_long

MAX_LENGTH = 16_000

_NAME = r"[^\W\d][\w.\-]*(?::(?!:)[^\W\d][\w.\-]*)?"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<name>{_NAME})
    | (?P<sign>::|//|\.\.|<=|>=|!=|[=<>+\-*/()\[\],.@|])
    )""",
    re.VERBOSE,
)
_OPERATOR_NAMES = frozenset({"and", "or", "div", "mod"})
_BEFORE_OPERANDS = frozenset({"@", "::", "(", "[", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">="})
"""Signs after which no operator can stand."""


class Token(NamedTuple):
    """A word of an expression; `at` counts characters from its start."""

    kind: str
    text: str
    at: int


def tokenize(text: str) -> list[Token]:
    """Split an expression into words; the last has the kind `end`.

    Raises ExpressionError at a sign that no expression has, or when the text is too long.
    """
    if len(text) > MAX_LENGTH:
        raise too_long(len(text), MAX_LENGTH)
    tokens: list[Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        kind = match.lastgroup or ""
        tokens.append(_as_operator(Token(kind, match[kind], match.start(kind)), tokens))
        at = match.end()
    rest = text[at:].strip()
    if rest:
        raise not_an_expression(text, len(text) - len(text[at:].lstrip()), rest[:20])
    return [*tokens, Token("end", "", len(text))]


def _as_operator(token: Token, before: list[Token]) -> Token:
    """Tell operators from names and from wildcards: they follow an operand."""
    is_candidate = token.text == "*" or (token.kind == "name" and token.text in _OPERATOR_NAMES)
    if not is_candidate or not before:
        return token
    last = before[-1]
    follows_operand = last.kind != "operator" and not (last.kind == "sign" and last.text in _BEFORE_OPERANDS)
    return token._replace(kind="operator") if follows_operand else token
