"""One spelling of a JSON value, so that equal values have equal hashes.

Pure. The spelling is RFC 8785 (JSON Canonicalization Scheme). Most bodies take a fast road: a sorted encoding is
canonical already, unless it holds a number that JavaScript may spell differently, or a character outside the basic
plane, where RFC 8785 sorts names differently (in UTF-16 units).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
import rfc8785

from fieldsync.errors import BadInput

_LARGEST_EXACT = 2**53 - 1
_SURE_INTEGER = 10**15
_LONGEST_SURE = 16
_BEYOND_BASIC_PLANE = re.compile(rb"[\xf0-\xf4]")
"""The first byte of a character that takes four in UTF-8."""
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Any) -> bytes:
    """Return the canonical JSON of a value: the same bytes wherever and whenever it is written.

    Numbers are read as JavaScript reads them: integers beyond 2^53 become the nearest double, and what no double holds
    becomes null. Raises BadInput for what JSON cannot hold. Source: RFC 8785.
    """
    try:
        quick = _encode_sorted(value)
    except (TypeError, ValueError, RecursionError):
        return _slow(value)
    is_sure = _is_sure(value) and (quick.isascii() or not _BEYOND_BASIC_PLANE.search(quick))
    return quick if is_sure else _slow(value)


def _is_sure(value: Any) -> bool:
    """Tell whether every number in a value is spelled here as in JavaScript, as nearly all are."""
    nested: list[Iterable[Any]] = [(value,)]
    for parts in nested:  # grows while it is walked
        for part in parts:
            kind = type(part)
            if kind is str or kind is bool or part is None:  # nearly all: asked first
                continue
            if kind is dict:
                nested.append(part.values())
            elif kind is list or kind is tuple:
                nested.append(part)
            elif not (_is_sure_integer(part) if kind is int else kind is float and _is_sure_float(part)):
                return False
    return True


def _is_sure_integer(number: int) -> bool:
    return -_SURE_INTEGER < number < _SURE_INTEGER


def _is_sure_float(number: float) -> bool:
    """Tell whether a number has a few digits before and after a point: no exponent, no zero at the end."""
    text = repr(number)
    return "." in text and "e" not in text and text[-1] != "0" and len(text) <= _LONGEST_SURE


def _slow(value: Any) -> bytes:
    try:
        return rfc8785.dumps(_as_doubles(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise BadInput(f"This value has no canonical JSON ({error}); send plain JSON, not too deep.") from error


def _as_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_doubles(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_as_doubles(held) for held in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST_EXACT:
        return _as_doubles(_nearest_double(value))
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def _nearest_double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")
