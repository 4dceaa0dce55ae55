"""Cells of a city: their codes, their coverage, which of them a point lies in; `grid.assign`: who works them. Pure."""

from grid.cells import Cell, bounds, read_as_drawn, read_cells, read_outline, sequence_key, to_geojson
from grid.codes import (
    DEFAULT_PATTERN,
    LEVELS,
    CellCode,
    CodePattern,
    Level,
    area_of,
    is_code,
    is_within,
    level_of,
    parse_code,
    parse_pattern,
)
from grid.coverage import Fault, Tolerances, check
from grid.errors import GridError
from grid.locate import Located, Locator

__all__ = [
    "DEFAULT_PATTERN",
    "LEVELS",
    "Cell",
    "CellCode",
    "CodePattern",
    "Fault",
    "GridError",
    "Level",
    "Located",
    "Locator",
    "Tolerances",
    "area_of",
    "bounds",
    "check",
    "is_code",
    "is_within",
    "level_of",
    "parse_code",
    "parse_pattern",
    "read_as_drawn",
    "read_cells",
    "read_outline",
    "sequence_key",
    "to_geojson",
]
