"""One spelling of a JSON value, so that equal values have equal hashes.

Pure. The spelling is RFC 8785 (JSON Canonicalization Scheme). Most bodies take a fast road: a sorted encoding is
canonical already, unless it holds a number that JavaScript may spell differently, or a character outside the basic
plane, where RFC 8785 sorts names differently (in UTF-16 units).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import rfc8785

from fieldsync.errors import BadInput

_LARGEST_EXACT = 2**53 - 1
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_UNSURE_NUMBER = re.compile(rb"\d{16}|\d[eE]|\.\d*0(?!\d)")
_MAY_BE_UNSURE = re.compile(rb"(?:^|[:,\[])-?[\d.]*(?:\d{16}|\d[eE]|\.\d*0(?!\d))")
"""The same where a value may begin: outside strings, and now and then in one."""
_BEYOND_BASIC_PLANE = re.compile(rb"[\xf0-\xf4]")
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
    is_unsure = _MAY_BE_UNSURE.search(quick) and _UNSURE_NUMBER.search(_STRING.sub(b"", quick))
    return _slow(value) if is_unsure or _BEYOND_BASIC_PLANE.search(quick) else quick


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
