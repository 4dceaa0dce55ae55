"""The functions an expression may call: how many arguments each takes, and what it returns.

Regular expressions are RE2's, whose time is linear in the text. `regex` asks whether the whole text
matches, as ODK does. Source: ODK XForms, "XPath functions".
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import re2

from forms_spec.expression_errors import bad_pattern
from forms_spec.values import Value, date_of, to_boolean, to_number, to_text


class Function(NamedTuple):
    """A function of the language: the fewest and the most arguments, and its meaning."""

    fewest: int
    most: int
    call: Callable[..., Value]


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Compile a regular expression to a test of whole texts.

    Raises ExpressionError when RE2 does not accept it.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "not a regular expression"
        raise bad_pattern(pattern, reason.decode() if isinstance(reason, bytes) else str(reason)) from None
    # Encoded here, for half a surrogate pair, which JSON may hold, has no UTF-8 of its own.
    return lambda text: compiled.fullmatch(text.encode("utf-8", "replace")) is not None


def _coalesce(first: Value, second: Value) -> Value:
    return first if to_text(first) else second


def _choose(condition: Value, then: Value, otherwise: Value) -> Value:
    return then if to_boolean(condition) else otherwise


def _whole(value: Value) -> Value:
    number = to_number(value)
    return float(math.trunc(number)) if math.isfinite(number) else number


FUNCTIONS: dict[str, Function] = {
    "true": Function(0, 0, lambda: True),
    "false": Function(0, 0, lambda: False),
    "not": Function(1, 1, lambda value: not to_boolean(value)),
    "boolean": Function(1, 1, to_boolean),
    "number": Function(1, 1, to_number),
    "string": Function(1, 1, to_text),
    "int": Function(1, 1, _whole),
    "string-length": Function(1, 1, lambda value: float(len(to_text(value)))),
    "concat": Function(1, 50, lambda *values: "".join(map(to_text, values))),
    "contains": Function(2, 2, lambda text, part: to_text(part) in to_text(text)),
    "starts-with": Function(2, 2, lambda text, start: to_text(text).startswith(to_text(start))),
    "selected": Function(2, 2, lambda answer, choice: to_text(choice).strip() in to_text(answer).split()),
    "count-selected": Function(1, 1, lambda answer: float(len(to_text(answer).split()))),
    "coalesce": Function(2, 2, _coalesce),
    "if": Function(3, 3, _choose),
    "date": Function(1, 1, date_of),
}
"""Functions of values alone; `today` and `regex` are compiled by the parser."""
