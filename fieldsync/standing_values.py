"""Standing values: what an item of the registry is built of, without what was taken back. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldsync.registry import Item


class Written(msgspec.Struct, frozen=True):
    """A value of an item as it was written: by whose edits, in which case, admitted by whom and when."""

    value: dict[str, Any]
    edits: list[str] = []
    case: str | None = None
    cell: str | None = None
    by: str | None = None
    tablet: str | None = None
    at: str | None = None
    admitted_by: str | None = None
    admitted_at: str | None = None

    @property
    def is_reversal(self) -> bool:
        """Tell whether this took back the value before it."""
        return (self.case or "").startswith("reversal:")


def standing_values(item: Item) -> list[Written]:
    """Return an item's values that nobody took back, newest first: a reversal, and what it took back, are neither."""
    standing: list[Written] = []
    taken = 0
    for one in [msgspec.to_builtins(item), *item.before]:
        written = msgspec.convert(one, Written)
        if written.is_reversal:
            taken += 1
        elif taken:
            taken -= 1
        else:
            standing.append(written)
    return standing
