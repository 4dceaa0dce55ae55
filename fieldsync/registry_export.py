"""Export: records of an area and a kind into a file, now or as they were known, sensitive values covered or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from fieldsync.errors import BadInput
from fieldsync.exporting.columns import Sensitive, columns_of, row_of
from fieldsync.exporting.walking import Extent, Walk
from fieldsync.exporting.writers import WRITERS
from fieldsync.kinds import Kinds
from fieldsync.registry import Record, Registry

BATCH = 500
POINTED = ("building", "dwelling")
"""Kinds that have a point, of their own or their building's."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be exported, in which format (`csv`, `xlsx`, `parquet`, `geojson`), sensitive values how."""

    extent: Extent
    format: str
    sensitive: Sensitive = "masked"

    def __post_init__(self) -> None:
        """Check what goes together. Raises BadInput."""
        if self.format not in WRITERS:
            raise BadInput(
                f"The format is one of {', '.join(WRITERS)}, not {self.format!r:.40}. / 不支持这种格式。",
                field="format",
            )
        if self.format == "geojson" and self.extent.kind not in POINTED:
            raise BadInput(
                f"Only {' and '.join(POINTED)} have a point for GeoJSON: take csv. / 只有建筑和住房有坐标；请用 csv。",
                field="format",
            )


class Exporter:
    """Writes exports."""

    def __init__(
        self,
        registry: Registry,
        kinds: Kinds,
        answers: Callable[[Record], Mapping[str, Any]],
        cells: Callable[[str], Iterable[str]],
    ) -> None:
        self._registry, self._kinds, self._answers = registry, kinds, answers
        self._walk = Walk(registry, cells)

    def write(self, wish: Wish, out: BinaryIO, progress: Callable[[int], None] = lambda _: None) -> int:
        """Write an export and return how many records it has. Raises BadInput."""
        kind = wish.extent.kind
        spec = self._kinds.lineage(kind)
        if spec is None:
            raise BadInput(
                f"There is no published form {kind!r}: nothing says what its columns are. / 未发布表单 {kind}。"
            )
        columns = columns_of(spec, wish.sensitive)
        writer, count = WRITERS[wish.format](out, columns), 0
        for batch in _batches(self._walk.records(wish.extent)):
            answers = [self._answers(record) for record in batch]
            points = self._points(kind, answers) if wish.format == "geojson" else [None] * len(batch)
            for record, answered, point in zip(batch, answers, points, strict=True):
                writer.write(row_of(record.id, record.cell, answered, columns), point)
            count += len(batch)
            progress(len(batch))
        writer.close()
        return count

    def _points(self, kind: str, answers: list[Mapping[str, Any]]) -> list[tuple[float, float] | None]:
        """Return where records are: buildings by their point, dwellings by their building's."""
        if kind == "building":
            return [_point(answered.get("point")) for answered in answers]
        names = sorted({str(answered.get("building")) for answered in answers})
        buildings = self._registry.read(names, Record)
        known = {name: _point(self._answers(record).get("point")) for name, record in buildings.items()}
        return [known.get(str(answered.get("building"))) for answered in answers]


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, BATCH)):
        yield batch


def _point(answered: Any) -> tuple[float, float] | None:
    """Return longitude and latitude of a geopoint (`latitude longitude altitude accuracy`); None for none."""
    parts = answered.split() if isinstance(answered, str) else []
    try:
        return (float(parts[1]), float(parts[0])) if len(parts) >= 2 else None
    except ValueError:
        return None
