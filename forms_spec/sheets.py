"""The sheets of an XLSForm as pyxform reads them, and which row each question comes from."""

from collections.abc import Iterator
from typing import Any, NamedTuple

Row = dict[str, Any]

FIRST_ROW = 2
"""The row of a sheet that follows its headers."""


class SurveyRow(NamedTuple):
    """A row of the survey sheet: its number, its cells by header, and the path of what it defines."""

    number: int
    cells: Row
    path: str
    type: str


def survey_rows(survey: list[Row]) -> Iterator[SurveyRow]:
    """Yield the rows that define something, with paths from below the form's root, such as `address/street`."""
    around: list[str] = []
    for number, cells in enumerate(survey, FIRST_ROW):
        kind = " ".join(str(cells.get("type", "")).split()).replace("begin ", "begin_").replace("end ", "end_")
        name = str(cells.get("name", "")).strip()
        if kind.startswith("end_"):
            around = around[:-1]
        elif kind:
            yield SurveyRow(number, cells, "/".join([*around, name]), kind)
            if kind.startswith("begin_"):
                around.append(name)
