"""The columns of an export: what of a record stands in which, and what is covered or left out. Pure.

They are called as the form's fields, and identifiers are bare: an export without covered values can be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from fieldsync.masking import masked
from forms_spec import FormSpec, is_sensitive

Sensitive = Literal["masked", "omitted", "revealed"]
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its field, how its values are shown, and what they are: text, integer or decimal."""

    name: str
    shown: Callable[[Any], Cell]
    type: str = "text"


def columns_of(spec: FormSpec, sensitive: Sensitive) -> list[Column]:
    """Return the columns of a kind's records, `id` and `cell` before its fields."""
    found = [Column("id", _bare), Column("cell", _text)]
    for field in spec.fields:
        is_covered = is_sensitive(spec, field.name) and sensitive != "revealed"
        if is_covered and sensitive == "omitted":
            continue
        if is_covered:
            found.append(Column(field.name, _covered))
        elif field.type in ("integer", "decimal"):
            found.append(Column(field.name, _number, field.type))
        else:
            found.append(Column(field.name, _bare if field.ref else _text))
    return found


def row_of(record_id: str, cell: str, answers: Mapping[str, Any], columns: list[Column]) -> list[Cell]:
    """Return a record as a row."""
    row: list[Cell] = [columns[0].shown(record_id), cell]
    return row + [None if (v := answers.get(column.name)) is None else column.shown(v) for column in columns[2:]]


def _bare(value: Any) -> Cell:
    return value.partition(":")[2] if isinstance(value, str) else _text(value)


def _covered(value: Any) -> Cell:
    return _text(masked(value))


def _number(value: Any) -> Cell:
    """Return a number as it was written: 74 where a decimal has nothing behind its point."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _text(value: Any) -> Cell:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
