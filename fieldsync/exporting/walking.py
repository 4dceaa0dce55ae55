"""Which records an export has: those of a kind that an area's cells hold, each once, read page by page.

A person is held by every cell where they have a stay; who is at home elsewhere is found by the stays. Doubles that
staff joined are left out: what they knew, the record that is kept knows. So is what says nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fieldsync.record_views import as_known_at
from fieldsync.registry import Record, Registry


@dataclass(frozen=True, slots=True)
class Extent:
    """What an export covers: `kind`, the `areas` whose cells count (empty: everything), and a moment, or now."""

    kind: str
    areas: tuple[str, ...] = ()
    moment: str | None = None


class Walk:
    """Goes through the registry for an export."""

    def __init__(self, registry: Registry, cells: Callable[[str], Iterable[str]]) -> None:
        self._registry, self._cells = registry, cells

    def records(self, extent: Extent) -> Iterator[Record]:
        """Yield the records of an extent, as they are now or were known then."""
        for record in self._all(extent.kind) if not extent.areas else self._within(extent):
            known = as_known_at(record, extent.moment) if extent.moment else record
            if known is not None and not record.alias_of and known.says_something:
                yield known

    def _all(self, kind: str) -> Iterator[Record]:
        return self._registry.records(f"{kind}:", end=f"{kind};")

    def _within(self, extent: Extent) -> Iterator[Record]:
        guests: set[str] = set()
        for cell in sorted({cell for area in extent.areas for cell in self._cells(area)}):
            own: set[str] = set()
            for record in self._registry.within(cell, extent.kind):
                own.add(record.id)
                yield record
            if extent.kind == "person":
                yield from self._guests(cell, extent.areas, own, guests)

    def _guests(self, cell: str, areas: tuple[str, ...], own: set[str], met: set[str]) -> Iterator[Record]:
        """Yield persons with a stay in a cell whose own cell lies outside of the areas."""
        named = set(self._registry.owners(cell, "stay")) - own - met
        for record in self._registry.read(sorted(named), Record).values():
            if not record.cell.startswith(areas):
                met.add(record.id)
                yield record
