"""Functions that look at their arguments unevaluated, at the node in question, or at the form.

Source: ODK XForms, "if", "coalesce", "once", "position", "indexed-repeat", "regex", "jr:choice-name".
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import re2

from forms_spec.expression_errors import ExpressionError, bad_pattern, choice_name_path, wrong_arguments
from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Context
from forms_spec.xpath.steps import Nodes, is_below
from forms_spec.xpath.syntax import Constant, Syntax
from forms_spec.xpath.values import Value, to_boolean, to_number, to_text

Evaluate = Callable[[Context], Value]
Labels = Callable[[str], Mapping[str, str]]
"""From the path of a question, as the expression has it, to the labels of its choices."""


class Compiling(Protocol):
    """What these functions need of the compiler."""

    @property
    def labels(self) -> Labels:
        """The labels of a question's choices."""

    def compile(self, syntax: Syntax) -> Evaluate:
        """Compile an argument."""

    def nodes(self, syntax: Syntax, function: str) -> Callable[[Context], Nodes]:
        """Compile an argument that has to be nodes."""


class Special(NamedTuple):
    """A function compiled from its arguments: the fewest and the most of them."""

    fewest: int
    most: int
    compile: Callable[[Any, Sequence[Syntax]], Evaluate]

    def expected(self) -> str:
        """Say how many arguments the function takes."""
        return str(self.fewest) if self.fewest == self.most else f"{self.fewest} to {self.most}"


def _if(compiler: Compiling, arguments: Sequence[Syntax]) -> Evaluate:
    condition, then, otherwise = map(compiler.compile, arguments)
    return lambda context: then(context) if to_boolean(condition(context)) else otherwise(context)


def _coalesce(compiler: Compiling, arguments: Sequence[Syntax]) -> Evaluate:
    choices = [compiler.compile(argument) for argument in arguments]

    def evaluate(context: Context) -> Value:
        return next((text for choice in choices if (text := to_text(choice(context)))), "")

    return evaluate


def _once(compiler: Compiling, arguments: Sequence[Syntax]) -> Evaluate:
    value = compiler.compile(arguments[0])
    return lambda context: context.node.text or to_text(value(context))


def _current(_compiler: Compiling, _arguments: Sequence[Syntax]) -> Evaluate:
    return lambda context: [context.current]


def _last(_compiler: Compiling, _arguments: Sequence[Syntax]) -> Evaluate:
    return lambda context: float(context.size)


def _position(compiler: Compiling, arguments: Sequence[Syntax]) -> Evaluate:
    """Without an argument, of the node among those looked at; of a node, among its neighbours of the same name."""
    if not arguments:
        return lambda context: float(context.position)
    nodes = compiler.nodes(arguments[0], "position")

    def evaluate(context: Context) -> Value:
        found = nodes(context)
        return float(found[0].number + 1) if found else math.nan

    return evaluate


def _indexed_repeat(compiler: Compiling, arguments: Sequence[Syntax]) -> Evaluate:
    if len(arguments) % 2 == 0:
        raise wrong_arguments("indexed-repeat", "3, 5 or 7", len(arguments))
    target, *others = arguments
    targets = compiler.nodes(target, "indexed-repeat")
    repeats = [compiler.nodes(repeat, "indexed-repeat") for repeat in others[::2]]
    positions = [compiler.compile(position) for position in others[1::2]]

    def evaluate(context: Context) -> Value:
        zone = context.run.zone
        around: Node | None = None
        for repeat, position in zip(repeats, positions, strict=True):
            around = _member(repeat(context), to_number(position(context), zone), around, context)
            if around is None:
                return []
        found = targets(context)
        context.run.spend(len(found))
        return [node for node in found if around is not None and is_below(node, around)]

    return evaluate


def _member(repeats: Nodes, position: float, around: Node | None, context: Context) -> Node | None:
    context.run.spend(len(repeats))
    inside = repeats if around is None else [repeat for repeat in repeats if is_below(repeat, around)]
    return inside[int(position) - 1] if position.is_integer() and 1 <= position <= len(inside) else None


def _regex(compiler: Compiling, arguments: Sequence[Syntax]) -> Evaluate:
    """Tell whether the whole text matches; a pattern in quotes is compiled with the form."""
    subject = compiler.compile(arguments[0])
    if isinstance(arguments[1], Constant):
        pattern = str(arguments[1].value)
        matches = compile_pattern(pattern)
        return lambda context: matches(to_text(subject(context)))
    pattern_of = compiler.compile(arguments[1])
    return lambda context: _matches(to_text(pattern_of(context)), to_text(subject(context)))


def _matches(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern)(text)
    except ExpressionError:
        return False


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Compile a regular expression, in RE2's syntax and linear time, to a test of whole texts.

    Raises ExpressionError when RE2 does not accept it.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern.encode("utf-8", "replace"), options)
    except re2.error as error:
        reason = error.args[0] if error.args else "not a regular expression"
        raise bad_pattern(pattern, reason.decode() if isinstance(reason, bytes) else str(reason)) from None
    # Encoded here, for half a surrogate pair, which JSON may hold, has no UTF-8 of its own.
    return lambda text: compiled.fullmatch(text.encode("utf-8", "replace")) is not None


def _choice_name(compiler: Compiling, arguments: Sequence[Syntax]) -> Evaluate:
    value, path = compiler.compile(arguments[0]), arguments[1]
    if not isinstance(path, Constant) or not isinstance(path.value, str):
        raise choice_name_path()
    labels = compiler.labels(path.value.strip())
    return lambda context: labels.get(to_text(value(context)), "")


SPECIAL: dict[str, Special] = {
    "if": Special(3, 3, _if),
    "coalesce": Special(2, 50, _coalesce),
    "once": Special(1, 1, _once),
    "current": Special(0, 0, _current),
    "last": Special(0, 0, _last),
    "position": Special(0, 1, _position),
    "indexed-repeat": Special(3, 7, _indexed_repeat),
    "regex": Special(2, 2, _regex),
    "jr:choice-name": Special(2, 2, _choice_name),
}
"""By the name that forms call them by."""
