"""Query parameters as CouchDB reads them: `true` and `false`, whole numbers, JSON or bare strings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from fieldsync.errors import BadInput

Query = Mapping[str, str]
T = TypeVar("T")


def flag(query: Query, name: str, default: bool = False) -> bool:
    """Read a parameter that is `true` or `false`. Raises BadInput."""
    given = query.get(name)
    if given in {None, ""}:
        return default
    if given not in {"true", "false"}:
        raise BadInput(f"The parameter {name} must be true or false.")
    return given == "true"


def number(query: Query, name: str) -> int | None:
    """Read a parameter that is a whole number of at least 0; None where it is absent. Raises BadInput."""
    given = query.get(name)
    if given in {None, ""}:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise BadInput(f"The parameter {name} must be a whole number of at least 0.")
    return int(given)


def text(query: Query, name: str) -> str | None:
    """Read a string, bare or as JSON; None where it is absent. Raises BadInput."""
    given = query.get(name)
    if given is not None and given.startswith('"'):
        return json_value(query, name, str)
    return given


def json_value(query: Query, name: str, kind: type[T]) -> T | None:
    """Read a parameter that is JSON of the given type; None where it is absent. Raises BadInput."""
    given = query.get(name)
    if given is None:
        return None
    value: T = decoded(given.encode(errors="replace"), kind, f"The parameter {name}")
    return value


def decoded(raw: bytes, kind: Any, what: str) -> Any:
    """Read JSON as a type. Raises BadInput, also for what is nested too deep to be read."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except RecursionError as error:
        raise BadInput(f"{what} is nested too deep.") from error
    except msgspec.ValidationError as error:
        raise BadInput(f"{what} is not of the right form: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{what} is not valid JSON: {error}.") from error


def check_text(body: bytes) -> None:
    """Make sure that a body is UTF-8, before parts of it are kept as they came. Raises BadInput."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"The body is not UTF-8 at byte {error.start}.") from error
