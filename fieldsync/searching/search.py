"""Search of the registry: a page of records that answer what is asked, with their status and the stays of persons.

A record that staff found to be another's double leads to the one that is kept. A page ends when it is full, or when
so many records were looked at that the asker should not wait longer; `next` goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from fieldsync.cursors import read_cursor, write_cursor
from fieldsync.errors import BadInput
from fieldsync.events.history import Happened, Happenings
from fieldsync.filing import Filing
from fieldsync.filing_keys import places_of
from fieldsync.record_views import as_known_at
from fieldsync.registry import Record, Registry
from fieldsync.searching.criteria import Criteria
from fieldsync.searching.residence import Stay, status_of, stay_of
from fieldsync.searching.sources import Position, Row, Sources

MOST_LOOKED_AT = 200
BATCH = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was searched for; `found_as` is the double that led to it, `events` of one that is looked at."""

    record: Record
    answers: Mapping[str, Any]
    status: str | None
    stays: tuple[Stay, ...] = ()
    found_as: str | None = None
    events: tuple[Happened, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What was found, and the cursor of the next page; None where there is no more."""

    found: list[Found]
    next: str | None


@dataclass
class _Page:
    """A page in the making."""

    limit: int
    moment: str | None
    found: list[Found] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def take(self, one: Found) -> None:
        if one.record.id not in self.names:
            self.names.add(one.record.id)
            self.found.append(one)


class Search:
    """Finds records, and where persons are."""

    def __init__(
        self,
        registry: Registry,
        filing: Filing,
        answers: Callable[[Record], Mapping[str, Any]],
        secret: bytes,
        cells: Callable[[str], Iterable[str]],
        happenings: Happenings,
    ) -> None:
        self._happenings = happenings
        self._registry, self._filing, self._answers = registry, filing, answers
        self._sources = Sources(registry, filing, answers, secret, cells)

    def page(self, wanted: Criteria, cursor: str | None, limit: int, moment: str | None = None) -> FoundPage:
        """Return a page of what is wanted, as it is known now or was known at a moment. Raises BadInput."""
        after = read_cursor([wanted.question(), moment], cursor)
        page, position, looked_at = _Page(limit, moment), after, 0
        rows = self._rows(wanted, after, moment)
        while batch := list(islice(rows, min(BATCH, 2 * limit))):
            for place, one in zip(batch, self._read(batch, wanted, moment), strict=True):
                position, looked_at = place[0], looked_at + 1
                if one is not None:
                    page.take(one)
                if len(page.found) == limit or looked_at == MOST_LOOKED_AT:
                    return FoundPage(page.found, write_cursor([wanted.question(), moment], position or ()))
        return FoundPage(page.found, None)

    def each(self, wanted: Criteria, moment: str | None = None) -> Iterator[Found]:
        """Yield all that is wanted, reading in batches."""
        rows = self._rows(wanted, None, moment)
        while batch := list(islice(rows, BATCH)):
            yield from (one for one in self._read(batch, wanted, moment) if one is not None)

    def of(self, record: Record, moment: str | None = None) -> Found:
        """Return a record with its status, and the stays and events that belong to it."""
        answers = self._answers(record)
        stays = tuple(self._stays([record.id], moment)[record.id]) if record.kind in ("person", "household") else ()
        events = tuple(self._happenings.of(record, moment))
        return Found(record, answers, status_of(record.kind, answers, stays), stays, events=events)

    def _rows(self, wanted: Criteria, after: Position | None, moment: str | None) -> Iterator[Row]:
        try:
            yield from self._sources.rows(wanted, after, moment)
        except IndexError:
            raise BadInput(
                "The cursor cannot be used: begin without one.", zh="翻页标记无效：请从头开始。", field="cursor"
            ) from None

    def _read(self, rows: Sequence[Row], wanted: Criteria, moment: str | None) -> list[Found | None]:
        """Return for each row the record it leads to, where that is wanted and within sight."""
        records = self._registry.read(list(dict.fromkeys(name for _, name in rows)), Record)
        kept = self._registry.read([r.alias_of for r in records.values() if r.alias_of], Record)
        chosen: list[tuple[Record, Mapping[str, Any], str | None] | None] = []
        for position, name in rows:
            record = records.get(name)
            chosen.append(self._chosen(record, kept, wanted, moment, position) if record else None)
        stays = self._stays([one[0].id for one in chosen if one and one[0].kind in ("person", "household")], moment)
        return [self._found(one, wanted, stays) if one else None for one in chosen]

    def _chosen(
        self, record: Record, kept: Mapping[str, Record], wanted: Criteria, moment: str | None, position: Position
    ) -> tuple[Record, Mapping[str, Any], str | None] | None:
        if not wanted.answered_by(record.kind, self._answers(record)):
            return None
        target = kept.get(record.alias_of or "", record)
        cells = [cell for cell in places_of(target) if wanted.within(cell)]
        if not cells or (position[0] in cells and position[0] != min(cells)):
            return None  # out of sight, or told where it stands first
        known = as_known_at(target, moment) if moment else target
        if known is None:
            return None
        return known, self._answers(known), record.id if target is not record else None

    def _found(
        self,
        one: tuple[Record, Mapping[str, Any], str | None],
        wanted: Criteria,
        stays: Mapping[str, Sequence[Stay]],
    ) -> Found | None:
        record, answers, found_as = one
        own = tuple(stays.get(record.id, ()))
        status = status_of(record.kind, answers, own)
        return None if wanted.status not in (None, status) else Found(record, answers, status, own, found_as)

    def _stays(self, of: Sequence[str], moment: str | None) -> dict[str, list[Stay]]:
        """Return the stays of persons and households, as they were known at a moment, in order of their beginning."""
        named = self._filing.referring(of)
        names = sorted({name for names in named.values() for name in names if name.startswith("stay:")})
        read = self._registry.read(names, Record).values()
        known = [one for r in read if (one := as_known_at(r, moment) if moment else r)]
        stays = {r.id: stay_of(r.id, r.cell, self._answers(r)) for r in known}
        return {
            one: sorted((stays[n] for n in names if n in stays), key=lambda stay: (stay.since or "", stay.id))
            for one, names in named.items()
        }
