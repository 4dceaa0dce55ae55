"""Selectors: what a document must have. Pure.

Values compare as in CouchDB: null, false, true, numbers, strings, arrays, objects, in this order; but strings by their
code points, not by the rules of a language. A comparison never holds for a field that is absent, but for `$exists`.

Source: CouchDB documentation, "/{db}/_find", "Selector Syntax".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fieldsync.errors import BadInput
from mobile_api.bare.errors import InvalidOperator

Document = Mapping[str, Any]
Test = Callable[[Document], bool]
Comparison = Callable[[Any, Any], bool]
DEEPEST = 64
"""How many levels a selector may have."""
_DOT = re.compile(r"(?<!\\)\.")
_ABSENT = object()


def path_of(field: str) -> tuple[str, ...]:
    """Return the names along a dotted path; a dot that is part of a name has a backslash before it."""
    return tuple(name.replace("\\.", ".") for name in _DOT.split(field))


def value_at(document: Document, path: Sequence[str]) -> Any:
    """Return the value at a path; `absent` says when there is none."""
    value: Any = document
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return _ABSENT
        value = value[name]
    return value


def is_absent(value: Any) -> bool:
    """Tell whether `value_at` found nothing."""
    return value is _ABSENT


def collation_key(value: Any) -> tuple[Any, ...]:
    """Return what values of any type are ordered by."""
    if value is None:
        return (0,)
    if isinstance(value, bool):
        return (2 if value else 1,)
    if isinstance(value, int | float):
        return (3, value)
    if isinstance(value, str):
        return (4, value)
    if isinstance(value, list):
        return (5, [collation_key(one) for one in value])
    return (6, [(name, collation_key(one)) for name, one in value.items()])


def _same(left: Any, right: Any) -> bool:
    """Compare two values: unlike in Python, true is not 1; an object's members have no order."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(value, right[name]) for name, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _among(value: Any, listed: Any) -> bool:
    """Tell whether a value, or for an array one of its elements, is listed."""
    mine = [value, *value] if isinstance(value, list) else [value]
    return any(_same(one, other) for one in mine for other in listed)


_COMPARISONS: dict[str, Comparison] = {
    "$eq": _same,
    "$ne": lambda value, given: not _same(value, given),
    "$lt": lambda value, given: collation_key(value) < collation_key(given),
    "$lte": lambda value, given: collation_key(value) <= collation_key(given),
    "$gt": lambda value, given: collation_key(value) > collation_key(given),
    "$gte": lambda value, given: collation_key(value) >= collation_key(given),
    "$in": _among,
    "$nin": lambda value, given: not _among(value, given),
}
_LISTS = frozenset({"$in", "$nin"})


def compile_selector(selector: Any) -> Test:
    """Return the test that a selector makes. Raises BadInput, InvalidOperator."""
    return _selector(selector, (), 0)


def _selector(selector: Any, path: tuple[str, ...], depth: int) -> Test:
    if depth > DEEPEST:
        raise BadInput(f"The selector has more than {DEEPEST} levels.")
    if not isinstance(selector, dict):
        raise BadInput("Selector must be a JSON object")
    tests = [_part(name, given, path, depth + 1) for name, given in selector.items()]
    return lambda document: all(test(document) for test in tests)


def _part(name: str, given: Any, path: tuple[str, ...], depth: int) -> Test:
    if not name.startswith("$"):
        return _field(given, path + path_of(name), depth)
    if name in {"$and", "$or", "$nor"}:
        return _combination(name, given, path, depth)
    if name == "$not":
        inner = _field(given, path, depth)
        return lambda document: not inner(document)
    return _comparison(name, given, path)


def _field(given: Any, path: tuple[str, ...], depth: int) -> Test:
    if isinstance(given, dict) and given:
        return _selector(given, path, depth)
    return _comparison("$eq", given, path)


def _combination(name: str, given: Any, path: tuple[str, ...], depth: int) -> Test:
    if not isinstance(given, list):
        raise BadInput(f"Bad argument for operator {name}: a list of selectors is expected.")
    tests = [_field(one, path, depth) for one in given]
    if name == "$and":
        return lambda document: all(test(document) for test in tests)
    wanted = name == "$or"
    return lambda document: any(test(document) for test in tests) is wanted


def _comparison(name: str, given: Any, path: tuple[str, ...]) -> Test:
    if name == "$exists":
        return lambda document: is_absent(value_at(document, path)) is not bool(given)
    compare = _COMPARISONS.get(name)
    if compare is None:
        known = ", ".join([*_COMPARISONS, "$exists", "$and", "$or", "$nor", "$not"])
        raise InvalidOperator(f"Invalid operator: {name}; known here are {known}.")
    if name in _LISTS and not isinstance(given, list):
        raise BadInput(f"Bad argument for operator {name}: a list is expected.")

    def holds(document: Document) -> bool:
        value = value_at(document, path)
        return not is_absent(value) and compare(value, given)

    return holds


def conditions(selector: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Yield the comparisons that hold for every document that a valid selector finds: path, operator, value."""
    for name, given in selector.items():
        if name == "$and":
            for one in given:
                if isinstance(one, dict):
                    yield from conditions(one, path)
        elif name.startswith("$"):
            yield path, name, given
        elif isinstance(given, dict) and given:
            yield from conditions(given, path + path_of(name))
        else:
            yield path + path_of(name), "$eq", given
