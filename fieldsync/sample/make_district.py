"""Make the sample district: the real outline of Wuhou, divided into invented streets, communities and cells.

Run as `python -m fieldsync.sample.make_district`; the same sources always give the same files, byte for byte.

Real are the outline and the names and codes of streets and communities (see SOURCES.md beside them). Invented are
all borders inside the outline, the place of each community in its street, and the cells. Cells of a community are
numbered west to east, and north to south where two lie equally far west, by their representative point.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from fieldsync.sample.drawing import draw, tidy
from fieldsync.sample.partition import Division, Ground, Plot, PlotKey, divide
from fieldsync.sample.streetspace import Points, lay_flat, to_plane, to_streets
from grid import Cell, Level, area_of, read_outline, sequence_key, to_geojson

FOLDER = Path(__file__).parent / "wuhou"
NOTE = (
    "Only the outline and the names and codes of streets and communities are real. "
    "The borders of streets, communities and cells are invented."
)
NOTE_ZH = "只有区界轮廓以及街道、社区的名称和代码是真实的；街道、社区和网格的边界均为虚构。"

PLACES = {
    "510107001": (104.050, 30.645),
    "510107004": (104.079, 30.634),
    "510107005": (104.066, 30.630),
    "510107007": (104.072, 30.612),
    "510107009": (104.006, 30.640),
    "510107010": (104.022, 30.630),
    "510107011": (103.996, 30.622),
    "510107012": (103.978, 30.645),
    "510107013": (103.972, 30.605),
    "510107014": (104.016, 30.612),
    "510107015": (103.996, 30.598),
    "510107061": (104.054, 30.617),
    "510107062": (104.040, 30.622),
    "510107063": (104.045, 30.575),
    "510107064": (104.062, 30.565),
}
"""About where each street is put, by hand and without a source: lon, lat."""

_SEED = 50
"""Chosen by looking: the map of streets is the most like a city's."""
_CELL_COUNTS, _COUNT_CHANCES = (1, 2, 3, 4), (0.06, 0.38, 0.40, 0.16)
"""How many cells a community has, and how often."""
_SPACING_M = 60.0
"""The distance between the points that carry the weight."""
_SPREAD_M = 1_500.0
"""How far around its place a street's weight lies: the standard deviation."""
_EVEN_WEIGHT = 2.0
"""What lies everywhere, in the weight of a cell at its street's place."""


@dataclass(frozen=True)
class Sources:
    """What is real: the outline in WGS 84, and the names of streets and communities by code."""

    outline: BaseGeometry
    streets: Mapping[str, str]
    communities: Mapping[str, str]


def main() -> None:
    """Write cells.geojson and areas.geojson beside their sources."""
    for name, text in make().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def make() -> dict[str, str]:
    """Return the text of each file by its name."""
    sources = read_sources()
    cells = make_cells(sources)
    return {
        "cells.geojson": _text(to_geojson(cells)["features"]),
        "areas.geojson": _text(
            [*_areas(cells, sources.streets, "street"), *_areas(cells, sources.communities, "community")]
        ),
    }


def read_sources() -> Sources:
    """Read the outline and the names."""
    folder = FOLDER / "source"
    outline = read_outline(json.loads((folder / "outline.geojson").read_text(encoding="utf-8")))
    return Sources(outline, _names(folder / "streets.csv"), _names(folder / "communities.csv"))


def make_cells(sources: Sources) -> list[Cell]:
    """Return the cells, by code: a coverage of the outline."""
    division = _divide(sources)
    polygons = draw(sources.outline, division)
    cells = []
    for community in sources.communities:
        own = sorted((polygons[key] for key in polygons if key.startswith(community)), key=sequence_key)
        cells += [_cell(f"{community}{number:03}", polygon, sources) for number, polygon in enumerate(own, start=1)]
    return cells


def _names(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def _divide(sources: Sources) -> Division:
    """Divide the outline into streets, those into communities, those into cells.

    The key of a cell's plot is its community's code and a number that only tells it from the others.
    """
    rng = np.random.default_rng(_SEED)
    counts = rng.choice(_CELL_COUNTS, len(sources.communities), p=_COUNT_CHANCES).tolist()
    cells = [
        Plot(PlotKey(f"{c}{n:03}"), 1.0)
        for c, count in zip(sources.communities, counts, strict=True)
        for n in range(count)
    ]
    communities = _above(cells, "community")
    streets = _above(communities, "street")
    whole = Division({PlotKey(""): _ground(sources.outline, streets)})
    for plots in (streets, communities, cells):
        whole = _divide_each(whole, plots, rng)
    return whole


def _above(plots: Iterable[Plot], level: Level) -> list[Plot]:
    """Return the plots of a level that hold these."""
    shares: dict[str, float] = {}
    for plot in plots:
        area = area_of(plot.key, level)
        shares[area] = shares.get(area, 0.0) + plot.share
    return [Plot(PlotKey(area), share, _place(area)) for area, share in shares.items()]


def _divide_each(whole: Division, plots: Iterable[Plot], rng: np.random.Generator) -> Division:
    """Divide each piece of ground among the plots whose codes begin with its own."""
    grounds: dict[PlotKey, Ground] = {}
    cuts = whole.cuts
    for area, ground in whole.grounds.items():
        part = divide(ground, [plot for plot in plots if plot.key.startswith(area)], rng)
        grounds |= part.grounds
        cuts += part.cuts
    return Division(grounds, cuts)


def _place(area: str) -> tuple[float, float] | None:
    if area not in PLACES:
        return None
    x, y = to_streets(to_plane(np.array([PLACES[area]])))[0].tolist()
    return x, y


def _ground(outline: BaseGeometry, streets: Iterable[Plot]) -> Ground:
    """Return the whole ground; its weight lies where the streets are put."""
    plane = shapely.transform(outline, to_plane)
    points = _points(plane)
    weights = np.full(len(points), _EVEN_WEIGHT)
    for street in streets:
        squares = ((points - to_plane(np.array([PLACES[street.key]]))) ** 2).sum(axis=1)
        weights += street.share * np.exp(-squares / (2.0 * _SPREAD_M**2))
    return Ground(lay_flat(plane), to_streets(points), weights)


def _points(plane: BaseGeometry) -> Points:
    west, south, east, north = plane.bounds
    xs, ys = np.meshgrid(np.arange(west, east, _SPACING_M), np.arange(south, north, _SPACING_M))
    points = np.column_stack((xs.ravel(), ys.ravel()))
    return np.asarray(points[shapely.contains_xy(plane, points)])


def _cell(code: str, polygon: BaseGeometry, sources: Sources) -> Cell:
    street, community = area_of(code, "street"), area_of(code, "community")
    community_name = sources.communities[community]
    name = f"{community_name.removesuffix('居委会')}第{int(code[len(community) :])}网格"
    properties = {
        "code": code,
        "name": name,
        "street": street,
        "street_name": sources.streets[street],
        "community": community,
        "community_name": community_name,
        "invented": True,
    }
    return Cell(code, name, polygon, properties)


def _areas(cells: Iterable[Cell], names: Mapping[str, str], level: Level) -> list[dict[str, Any]]:
    """Return each area of a level as a feature: its cells, dissolved."""
    features = []
    for code, name in names.items():
        whole = shapely.coverage_union_all([cell.geometry for cell in cells if cell.code.startswith(code)])
        properties = {"code": code, "name": name, "level": level, "invented_border": True}
        features.append({"type": "Feature", "properties": properties, "geometry": mapping(tidy(whole))})
    return features


def _text(features: Iterable[Mapping[str, Any]]) -> str:
    """Return a FeatureCollection with a feature on each line, so that a change shows where it is."""
    head = json.dumps({"type": "FeatureCollection", "note": NOTE, "note_zh": NOTE_ZH}, ensure_ascii=False)
    lines = [json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features]
    return head.removesuffix("}") + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"


if __name__ == "__main__":
    main()
