"""An invented city's files to measure an import with: a plan of squares and CSV files, the same at every run."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldsync.bench.people import FAMILIES, GIVEN
from fieldsync.documents import derived_id
from fieldsync.importing.staging import Staged

PER_CELL, PER_HOUSEHOLD, PER_BUILDING = 1_300, 3, 10
ONE_IN = 211
"""One person in so many has left, one dwelling in so many is vacant."""
_COLUMNS = {
    "buildings": ("id", "cell", "name", "address", "point"),
    "dwellings": ("id", "building", "stairwell", "floor", "room", "use", "occupancy"),
    "households": ("id", "dwelling", "type", "contact_name", "phone"),
    "persons": ("id", "name", "sex", "birth_date", "ethnic_group", "id_type", "id_number", "phone"),
    "stays": ("id", "person", "household", "kind", "relation", "since", "until"),
}
_STEPS = {"buildings": PER_HOUSEHOLD * PER_BUILDING, "dwellings": PER_HOUSEHOLD, "households": PER_HOUSEHOLD}
_REFERENCES = {"building", "dwelling", "household", "person"}


@dataclass(frozen=True, slots=True)
class Person:
    """A row of persons, as it is searched for."""

    name: str
    birth_date: str
    id_number: str
    phone: str


def person(number: int) -> Person:
    """Return the invented person of a number."""
    chance = random.Random(number)
    born = f"{chance.randint(1930, 2024)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    name = chance.choice(FAMILIES) + "".join(chance.choices(GIVEN, k=chance.randint(1, 2)))
    return Person(name, born, f"999999{born.replace('-', '')}{number % 10_000:04}", f"12{number:09}")


def cell_code(number: int) -> str:
    """Return the code of a cell of a number."""
    return f"510107{number // 900 + 1:03}{number // 30 % 30 + 1:03}{number % 30 + 1:03}"


def plan(persons: int) -> bytes:
    """Return a plan with enough cells for so many persons, as GeoJSON."""
    cells = -(-persons // PER_CELL)
    return json.dumps({"type": "FeatureCollection", "features": [_square(number) for number in range(cells)]}).encode()


def write_files(folder: Path, persons: int) -> None:
    """Write the five files of a city of so many persons."""
    for name, columns in _COLUMNS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as text:
            out = csv.writer(text)
            out.writerow(columns)
            out.writerows(_rows(name, persons))


def documents(persons: int) -> Iterator[Staged]:
    """Yield the documents of a city of so many persons as an import has them once its rows are checked."""
    for name, columns in _COLUMNS.items():
        kind = name.removesuffix("s")
        for number in range(0, persons, _STEPS.get(name, 1)):
            answers = dict(zip(columns, _row(name, number), strict=True))
            named = {field: f"{field}:{answers[field]}" for field in _REFERENCES & answers.keys()}
            data = {n: v for n, v in {**answers, **named}.items() if n not in ("id", "cell") and v != ""}
            yield Staged(f"{kind}:{answers['id']}", kind, data, [cell_code(number // PER_CELL)])


def _rows(name: str, persons: int) -> Iterator[Sequence[Any]]:
    for number in range(0, persons, _STEPS.get(name, 1)):
        yield _row(name, number)


def _row(name: str, number: int) -> Sequence[Any]:
    home, house = number // PER_HOUSEHOLD, number // (PER_HOUSEHOLD * PER_BUILDING)
    own = person(number)
    if name == "buildings":
        point = f"{30.6 + house % 100 / 10_000} {104 + house % 97 / 10_000} 0 0"
        return _id("b", house), cell_code(number // PER_CELL), f"{house}栋", f"成都市武侯区测街道{house}号", point
    if name == "dwellings":
        occupancy = "vacant" if home % ONE_IN == 0 else "occupied"
        return _id("d", home), _id("b", house), "1", home % 10 // 2 + 1, f"{home % 10}01", "residential", occupancy
    if name == "households":
        return _id("h", home), _id("d", home), "family", own.name, own.phone
    if name == "persons":
        columns = (own.name, str(number % 2 + 1), own.birth_date, "01", "111", own.id_number, own.phone)
        return _id("p", number), *columns
    until = "2024-05-01" if number % ONE_IN == 0 else ""
    return _id("s", number), _id("p", number), _id("h", home), "usual", "77", "2019-05-01", until


def _id(kind: str, number: int) -> str:
    return derived_id("bench", kind, str(number))


def _square(number: int) -> dict[str, Any]:
    west, south = 104 + number % 50 * 0.01, 30.6 + number // 50 * 0.01
    ring = [[west, south], [west + 0.01, south], [west + 0.01, south + 0.01], [west, south + 0.01], [west, south]]
    code = cell_code(number)
    geometry = {"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]]}
    return {"type": "Feature", "properties": {"code": code, "name": code}, "geometry": geometry}
