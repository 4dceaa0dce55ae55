"""Cells of a city: their codes, their coverage, which of them a point lies in; `grid.assign`: who works them. Pure."""

from grid.areas import Areas, areas_of, outside_areas
from grid.cells import (
    Cell,
    Fields,
    bounds,
    drawn_cells,
    outline_of,
    read_as_drawn,
    read_cells,
    read_outline,
    sequence_key,
    sound_cells,
    to_geojson,
)
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
from grid.coverage import check, survey
from grid.datum import Datum, datum_from_wgs84, datum_to_wgs84, parse_datum
from grid.drawings import Drawings, drawings_in_wgs84, read_geojson, read_wkb
from grid.errors import GridError
from grid.faults import KIND_ZH, Fault, Tolerances
from grid.locate import FixPlaced, Located, Locator, Places
from grid.repair import Change, Repaired, repair
from grid.systems import System, parse_system

__all__ = [
    "DEFAULT_PATTERN",
    "KIND_ZH",
    "LEVELS",
    "Areas",
    "Cell",
    "CellCode",
    "Change",
    "CodePattern",
    "Datum",
    "Drawings",
    "Fault",
    "Fields",
    "FixPlaced",
    "GridError",
    "Level",
    "Located",
    "Locator",
    "Places",
    "Repaired",
    "System",
    "Tolerances",
    "area_of",
    "areas_of",
    "bounds",
    "check",
    "datum_from_wgs84",
    "datum_to_wgs84",
    "drawings_in_wgs84",
    "drawn_cells",
    "is_code",
    "is_within",
    "level_of",
    "outline_of",
    "outside_areas",
    "parse_code",
    "parse_datum",
    "parse_pattern",
    "parse_system",
    "read_as_drawn",
    "read_cells",
    "read_geojson",
    "read_outline",
    "read_wkb",
    "repair",
    "sequence_key",
    "sound_cells",
    "survey",
    "to_geojson",
]
