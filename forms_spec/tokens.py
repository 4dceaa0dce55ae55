"""The words of an expression: numbers, texts, paths to questions, names, signs."""

import re
from typing import NamedTuple

from forms_spec.expression_errors import ExpressionError, not_an_expression

MAX_LENGTH = 16_000

_NAME = r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<path>/{_NAME}(?:/{_NAME})*|\.\.(?:/(?:\.\.|{_NAME}))*|\./{_NAME}(?:/{_NAME})*|\$\{{\s*{_NAME}\s*\}})
    | (?P<name>{_NAME})
    | (?P<sign><=|>=|!=|[=<>+\-*(),.])
    )""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A word of an expression; `at` counts characters from its start."""

    kind: str
    text: str
    at: int


def tokenize(text: str) -> list[Token]:
    """Split an expression into words; the last has the kind `end`.

    Raises ExpressionError at a sign that no supported expression has, or when the text is too long.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            code="expression-budget",
            message=f"The expression has {len(text):,} characters; the limit is {MAX_LENGTH:,}.",
            message_zh=f"表达式有 {len(text):,} 个字符，上限为 {MAX_LENGTH:,}。",
        )
    tokens, at = [], 0
    while match := _TOKEN.match(text, at):
        kind = match.lastgroup or ""
        tokens.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    rest = text[at:].strip()
    if rest:
        raise not_an_expression(text, len(text) - len(text[at:].lstrip()), rest[:20])
    return [*tokens, Token("end", "", len(text))]
