"""Which values of which databases can be looked up: dotted paths into the winners' bodies."""

from __future__ import annotations

CELL_INDEXES = ("data.household", "data.dwelling", "data.person", "data.building")

INDEXES: dict[str, tuple[str, ...]] = {
    "accounts": ("type", "collector", "family"),
    "cases": ("state", "cell", "household", "document", "other", "tablet"),
    "forms": ("form",),
    "grid": ("type", "cell", "collector"),
    "ledger": ("tablet", "arrived"),
    "registry": ("cell",),
    "sightings": ("cell",),
    "moves": ("person", "identity", "likeness", "departure.stay", "arrival.stay"),
    "audit": ("subject",),
}


def indexes_of(database: str) -> tuple[str, ...]:
    """Return the indexed paths of a database, by its name."""
    if database.startswith("cell-"):
        return CELL_INDEXES
    return INDEXES.get(database, ())
