"""What befell a person or a household, as their history tells it: each event with where it is from.

Told of a person under every identifier they were known by: of doubles that staff joined, and of the other end of a move
that stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from fieldsync.events.reading import event_of, standing
from fieldsync.filing import Filing
from fieldsync.kinds import Kinds
from fieldsync.record_views import as_known_at, masked_value, values_of
from fieldsync.registry import Record, Registry

_TOLD = ("source", "at", "by", "tablet", "edit", "admitted_by", "admitted_at", "case")
_ELSEWHERE = ("id", "type", "date")


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the registry: its record, the answers that it has or, taken back, had, and what corrects it."""

    record: Record
    answers: Mapping[str, Any]
    corrected_by: str | None = None

    @property
    def is_taken_back(self) -> bool:
        """Tell whether what let it in was taken back."""
        return not self.record.says_something


class Happenings:
    """Finds what befell whom."""

    def __init__(
        self,
        registry: Registry,
        filing: Filing,
        answers: Callable[[Record], Mapping[str, Any]],
        also_known_as: Callable[[str], Iterable[str]],
    ) -> None:
        self._registry, self._filing = registry, filing
        self._answers, self._also_known_as = answers, also_known_as

    def of(self, record: Record, moment: str | None = None) -> list[Happened]:
        """Return the events of a person or a household, the earliest first, as they were known at a moment, or are."""
        if record.kind not in ("person", "household"):
            return []
        names = {record.id, *record.aliases, *(self._also_known_as(record.id) if record.kind == "person" else ())}
        found = self._registry.read(self._filing.events_of(sorted(names)), Record).values()
        known = [one for r in found if (one := as_known_at(r, moment) if moment else r) and one.items]
        told = sorted((self._happened(one) for one in known), key=lambda h: (str(h.answers.get("date")), h.record.id))
        events = [event_of(h.record.id, h.answers) for h in told if not h.is_taken_back]
        stand = {event.id for event in standing(events)}
        by = {event.corrects: event.id for event in events if event.id in stand}
        return [replace(h, corrected_by=by.get(h.record.id)) for h in told]

    def _happened(self, record: Record) -> Happened:
        if record.says_something:
            return Happened(record, self._answers(record))
        before = {name: msgspec.convert(values[1], type(item)) for name, item in record.items.items()
                  if len(values := list(values_of(item))) > 1 and not item.value}  # fmt: skip
        return Happened(record, self._answers(msgspec.structs.replace(record, items={**record.items, **before})))


def happened_view(happened: Happened, kinds: Kinds, covers: Callable[[str], bool]) -> dict[str, Any]:
    """Return an event for whoever sees the cells that `covers` tells; of one elsewhere only what and when. Pure."""
    record = happened.record
    view: dict[str, Any] = {"id": record.id, **happened.answers}
    for name in happened.answers:
        view[name] = masked_value(record.kind, name, {"value": view[name]}, kinds)["value"]
    if not covers(record.cell):
        return {name: view[name] for name in _ELSEWHERE if name in view}
    held = msgspec.to_builtins(record.items["type"])
    view |= {"cell": record.cell, **{name: held[name] for name in _TOLD if held.get(name)}}
    if happened.is_taken_back:
        view["taken_back"] = True
    if happened.corrected_by:
        view["corrected_by"] = happened.corrected_by
    return view
