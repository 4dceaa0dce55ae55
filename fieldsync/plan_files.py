"""Plans as they are handed in: a file of cells with a name and a date, and whether it is a plan of this city.

What is read here is refused whole for the first thing that is wrong, before anything is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from shapely.geometry import box

import grid
from fieldsync.codes import CITY_DIGITS, SETTING
from fieldsync.errors import BadInput
from fieldsync.geofiles import FileChoice, GeoFile, read_drawings
from grid.naming import name_faults
from grid.place import CHINA, Bounds, check_place

NEAR_DEG = 2.0
"""Cells that are further than this (some 200 km) from those that are known belong to another city."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as it is handed in: a file of cells, a name and a date, and how the file is to be read."""

    content: bytes
    name: str
    date: date
    choice: FileChoice = field(default_factory=FileChoice)
    fields: grid.Fields = field(default_factory=grid.Fields)
    areas: grid.Areas | None = None
    """The areas that cells must lie in, and call by their names."""


@dataclass(frozen=True, slots=True)
class City:
    """What is known of the city before: where it may lie, its cells' codes, and what they lie within."""

    bounds: Bounds = CHINA
    codes: Sequence[str] = ()
    ground: Bounds | None = None
    pattern: grid.CodePattern = grid.DEFAULT_PATTERN


def read_plan(file: PlanFile, city: City) -> tuple[list[grid.Cell], tuple[str, ...]]:
    """Return the cells of a plan, and what should be known of its file.

    Raises BadInput for a file that cannot be read, cells that cannot be used, and cells of another city.
    """
    _check_pattern(city)
    try:
        drawings = read_drawings(GeoFile(file.content, "", file.choice))
        drawn = grid.drawn_cells(drawings, file.fields)
        ground = box(*city.ground) if city.ground else None
        # Place before shape: in another coordinate system nearly everything is wrong.
        check_place([cell.geometry for cell in drawn], bounds=city.bounds)
        check_place([cell.geometry for cell in drawn], ground, near_deg=NEAR_DEG)
        cells = grid.sound_cells(drawn, city.pattern)
    except grid.GridError as error:
        raise BadInput(f"The plan cannot be used: {error}. / 网格方案不可用：{error.zh}。") from error
    if not cells:
        raise BadInput("The plan has no cell: give a file with one polygon per cell. / 文件中没有网格。")
    _check_city([cell.code for cell in cells], city.codes)
    _check_areas(cells, file.areas, city.pattern)
    return cells, drawings.notes


def named_areas(names: Mapping[str, Mapping[str, str]]) -> grid.Areas:
    """Return the areas whose Chinese names an installation knows, by code; there may be others."""
    known = {code: texts["zh"] for code, texts in names.items() if texts.get("zh")}
    return grid.Areas(known, complete=False)


def parse_bounds(text: str) -> Bounds:
    """Read west, south, east, north in degrees, as a setting gives them. Raises BadInput."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError("no such ground")
    except ValueError as error:
        raise BadInput(
            f"FIELDSYNC_GRID_BOUNDS is {text!r:.60}: write west,south,east,north in degrees, such as 73,3,136,54."
            " / 请按“西,南,东,北”填写经纬度，如 73,3,136,54。"
        ) from error
    return west, south, east, north


def faults_of(
    cells: Sequence[grid.Cell], areas: grid.Areas | None, pattern: grid.CodePattern = grid.DEFAULT_PATTERN
) -> dict[str, int]:
    """Return how many faults and warnings of each kind the cells have, as `grid check` finds them."""
    return dict(Counter(fault.kind for fault in grid.survey(cells, None, grid.Tolerances(pattern=pattern), areas)))


def _check_pattern(city: City) -> None:
    """Refuse any plan while the cells that are there have codes of another pattern than is set."""
    other = next((code for code in city.codes if not grid.is_code(code, city.pattern)), None)
    if other:
        raise BadInput(
            f"{SETTING} is {city.pattern}, and the cells that are known have other codes, such as {other}: set the"
            f" pattern that they were imported with. / 已有网格代码（如 {other}）与所设格式 {city.pattern} 不符；"
            "请改回导入时的格式。"
        )


def _check_city(codes: Sequence[str], known: Sequence[str]) -> None:
    cities = Counter(code[:CITY_DIGITS] for code in (known or codes))
    city = cities.most_common(1)[0][0]
    foreign = sorted(code for code in codes if not code.startswith(tuple(cities) if known else city))
    if foreign:
        shown = ", ".join(foreign[:_SHOWN]) + (f" and {len(foreign) - _SHOWN} more" if foreign[_SHOWN:] else "")
        raise BadInput(
            f"Cells of another city than {city} are in the plan ({shown}): leave them out, or mend their codes."
            f" / 含有其他城市的网格代码（本市为 {city}）；请删除或更正。"
        )


def _check_areas(cells: Sequence[grid.Cell], areas: grid.Areas | None, pattern: grid.CodePattern) -> None:
    named = name_faults(cells, areas or grid.Areas(), pattern)
    beyond = grid.outside_areas(
        cells, [cell.geometry for cell in cells], areas or grid.Areas(), grid.Tolerances(pattern=pattern)
    )
    faults = [*named, *beyond]
    if faults:
        first = faults[0]
        more = f" ({len(faults) - 1} more: see fieldsync grid check)" if faults[1:] else ""
        raise BadInput(
            f"The plan cannot be used: cell {first.cells[0]} {first.reason}{more}; mend the cell, or the areas."
            f" / 网格 {first.cells[0]}：{first.zh}。"
        )
