"""Masking: sensitive values as those see them who need not know them.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

KEPT = 3
MASK = "•"


def masked(value: Any) -> Any:
    """Return a value with all but a few of its characters covered."""
    if isinstance(value, dict):
        return {k: masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [masked(v) for v in value]
    text = str(value)
    kept = text[:KEPT] if len(text) > 2 * KEPT else ""
    return kept + MASK * (len(text) - len(kept))


def masked_stored(
    stored: dict[str, Any], item: str, fields: Collection[str], is_sensitive: Callable[[str], bool]
) -> dict[str, Any]:
    """Return an item's value (as the ledger and the registry keep it) with its sensitive fields masked."""
    if "value" not in stored or not any(map(is_sensitive, (item, *fields))):
        return stored
    value = stored["value"]
    if isinstance(value, dict) and tuple(fields) != (item,):
        return {**stored, "value": {k: masked(v) if is_sensitive(k) else v for k, v in value.items()}}
    return {**stored, "value": masked(value)}
