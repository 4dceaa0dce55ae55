"""An expression as a tree, as the parser reads it and the compiler and the analysis go through it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Start: TypeAlias = "Literal['root', 'here'] | Syntax"
"""Where a path begins: at the root of the instance, at the node in question, or at an expression's nodes."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or a text."""

    value: float | str


@dataclass(frozen=True, slots=True)
class Negation:
    """A minus before an operand."""

    operand: "Syntax"


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands; `and` and `or` look at the second only where they must."""

    operator: str
    left: "Syntax"
    right: "Syntax"


@dataclass(frozen=True, slots=True)
class Union:
    """Node-sets put together with `|`."""

    parts: tuple["Syntax", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function called; `at` is where its name stands in the text."""

    name: str
    arguments: tuple["Syntax", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a path: an axis, a name (`*` for any element, `node()` for any node), and predicates."""

    axis: str
    test: str
    predicates: tuple["Syntax", ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A location path."""

    start: "Start"
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression's nodes, filtered by predicates."""

    nodes: "Syntax"
    predicates: tuple["Syntax", ...]


Syntax = Constant | Negation | Binary | Union | Call | Path | Filter


def parts_of(syntax: Syntax) -> Iterator[Syntax]:
    """Yield the expressions directly inside an expression, predicates included."""
    match syntax:
        case Negation(operand):
            yield operand
        case Binary(_, left, right):
            yield from (left, right)
        case Union(parts):
            yield from parts
        case Call(_, arguments, _):
            yield from arguments
        case Filter(nodes, predicates):
            yield from (nodes, *predicates)
        case Path(start, steps):
            if not isinstance(start, str):
                yield start
            for step in steps:
                yield from step.predicates
        case Constant():
            return


def depth_of(syntax: Syntax) -> int:
    """Measure how deep an expression is, without recursion."""
    deepest, waiting = 0, [(syntax, 1)]
    while waiting:
        inner, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(part, depth + 1) for part in parts_of(inner)]
    return deepest


def size_of(syntax: Syntax) -> int:
    """Count the parts of an expression, itself included: what one evaluation of it costs at least."""
    return 1 + sum(map(size_of, parts_of(syntax))) + (len(syntax.steps) if isinstance(syntax, Path) else 0)
