"""The population as text: six CSV files, and the table of counts in the README."""

import csv
from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from io import StringIO
from typing import Any

from fieldsync.sample.people.rows import Building, Dwelling, Event, Household, Person, Population, Stay

COUNTS = "<!-- counts -->"
"""Encloses the table that the generator writes into the README."""


def to_csv(row_type: type, rows: Iterable[Any]) -> str:
    """Return rows as CSV with a header; an absent value is an empty cell."""
    columns = [column.name for column in fields(row_type)]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(getattr(row, column)) for column in columns] for row in rows)
    return text.getvalue()


def csv_files(population: Population) -> dict[str, str]:
    """Return the text of each CSV file by its name."""
    return {
        "buildings.csv": to_csv(Building, population.buildings.values()),
        "dwellings.csv": to_csv(Dwelling, population.dwellings.values()),
        "households.csv": to_csv(Household, population.households.values()),
        "persons.csv": to_csv(Person, population.persons.values()),
        "stays.csv": to_csv(Stay, population.stays.values()),
        "events.csv": to_csv(Event, population.events.values()),
    }


def with_counts(readme: str, counts: dict[str, int]) -> str:
    """Return the README with its table of counts written anew.

    Raises:
        ValueError: the two marks that enclose the table are not there.
    """
    parts = readme.split(COUNTS)
    if len(parts) != 3:
        raise ValueError(f"README.md: {len(parts) - 1} marks {COUNTS} found, 2 needed around the table of counts")
    rows = "".join(f"| {what} | {count} |\n" for what, count in counts.items())
    return f"{parts[0]}{COUNTS}\n| what / 项目 | count / 数量 |\n|---|---:|\n{rows}{COUNTS}{parts[2]}"


def _cell(value: str | int | date | None) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
