"""A small town: a row of square cells, and in each a building with a dwelling, a household and its two members.

Written as the files that a city hands over: a plan (GeoJSON) and a registry (CSV).
"""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIZE = 0.002
"""The side of a cell, in degrees."""
WEST, SOUTH = 104.0, 30.6
Rows = dict[str, list[dict[str, str]]]


@dataclass(frozen=True)
class Home:
    """The documents that every cell begins with."""

    building: str
    dwelling: str
    household: str
    mother: str
    son: str
    mothers_stay: str
    sons_stay: str

    @classmethod
    def of(cls, cell: str) -> Home:
        """Return the identifiers in a cell."""
        return cls(
            building=named("building", cell),
            dwelling=named("dwelling", cell),
            household=named("household", cell),
            mother=named("person", cell, "mother"),
            son=named("person", cell, "son"),
            mothers_stay=named("stay", cell, "mother"),
            sons_stay=named("stay", cell, "son"),
        )


def named(kind: str, *names: str) -> str:
    """Return the identifier of a document by names that read well in a test."""
    return f"{kind}:{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(names))}"


def codes(count: int) -> list[str]:
    """Return the codes of the town's cells, from west to east."""
    return [f"510107001001{number:03}" for number in range(1, count + 1)]


def write_plan(file: Path, cells: Sequence[str]) -> None:
    """Write the cells as GeoJSON."""
    features = [_square(cell, WEST + number * SIZE) for number, cell in enumerate(cells)]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _square(cell: str, west: float) -> dict[str, Any]:
    east, north = west + SIZE, SOUTH + SIZE
    ring = [[west, SOUTH], [east, SOUTH], [east, north], [west, north], [west, SOUTH]]
    properties = {"code": cell, "name": f"Cell {cell[-3:]}"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def write_registry(folder: Path, cells: Sequence[str]) -> None:
    """Write a CSV file for each kind."""
    folder.mkdir()
    homes = [_rows_of(cell, Home.of(cell)) for cell in cells]
    for kind in homes[0]:
        rows = [row for home in homes for row in home[kind]]
        with (folder / f"{kind}s.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def _rows_of(cell: str, home: Home) -> Rows:
    dwelling, household, mother, son = map(_bare, (home.dwelling, home.household, home.mother, home.son))
    member = {"household": household, "kind": "usual", "since": "2019-05-01"}
    room = {"building": _bare(home.building), "room": "301", "use": "residential", "occupancy": "occupied"}
    return {
        "building": [{"id": _bare(home.building), "cell": cell, "name": "锦里3栋"}],
        "dwelling": [{"id": dwelling, **room}],
        "household": [{"id": household, "dwelling": dwelling, "type": "family", "languages": "zh"}],
        "person": [
            {"id": mother, "name": "王芳", "sex": "2", "birth_date": "1980-02-03", "phone": "12800000001"},
            {"id": son, "name": "李强", "sex": "1", "birth_date": "2005-06-07", "phone": "12800000002"},
        ],
        "stay": [
            {"id": _bare(home.mothers_stay), "person": mother, "relation": "02", **member},
            {"id": _bare(home.sons_stay), "person": son, "relation": "20", **member},
        ],
    }


def _bare(identifier: str) -> str:
    return identifier.partition(":")[2]
