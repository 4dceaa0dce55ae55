"""Progress as a map, drawn as SVG: how much of each cell is done. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import shapely
from shapely.geometry import shape

from fieldsync.progress.report import Row

WIDTH = 1000.0
_MARGIN = 20.0
_LEGEND = 92.0
_SHADES = ("#f2f0e9", "#d9ead3", "#a9d8b8", "#6dbd9b", "#2f9e7e", "#0b6b57")
"""From nothing done to all of it: light to dark, so that it reads in grey, too."""
_UNKNOWN, _RETURNED = "#dddddd", "#b3261e"
_FONTS = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
_SIMPLER = 0.3
"""Borders are drawn to this part of a unit."""
_WORDS = {
    "done": {"en": "dwellings done", "zh": "已完成住房"},
    "nothing": {"en": "no dwelling known", "zh": "无已知住房"},
    "returned": {"en": "something came back", "zh": "有退回"},
}


@dataclass(frozen=True, slots=True)
class View:
    """A window on the city in degrees, drawn `WIDTH` units wide, north up, squeezed at its middle latitude."""

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> float:
        """Return how many units a degree of longitude takes."""
        return (WIDTH - 2 * _MARGIN) / max(self.east - self.west, 1e-9)

    @property
    def stretch(self) -> float:
        """Return how many units a degree of latitude takes."""
        return self.scale / math.cos(math.radians((self.south + self.north) / 2))

    @property
    def height(self) -> float:
        """Return how high the drawing is, the legend included."""
        return (self.north - self.south) * self.stretch + 2 * _MARGIN + _LEGEND


def progress_map(
    geometries: Mapping[str, Mapping[str, Any]], rows: Sequence[Row], title: str, language: str = "en"
) -> str:
    """Return the map of some cells, by code (GeoJSON), with the rows of a report by cell."""
    shapes = {code: shape(geometry) for code, geometry in geometries.items()}
    bounds = shapely.total_bounds(list(shapes.values())) if shapes else (0.0, 0.0, 1.0, 1.0)
    view = View(*(float(bound) for bound in bounds))
    by_code = {row.key: row for row in rows}
    drawn = [_cell(view, one, by_code.get(code, Row(code))) for code, one in shapes.items()]
    size = f'width="{WIDTH:.0f}" height="{view.height:.0f}" viewBox="0 0 {WIDTH:.0f} {view.height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONTS}" font-size="15">'
    back = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join([head, back, f"<title>{escape(title)}</title>", *drawn, *_legend(title, language), "</svg>\n"])


def _cell(view: View, geometry: Any, row: Row) -> str:
    share = row.done / row.dwellings if row.dwellings else None
    told = f"{row.key}: {row.done} / {row.dwellings}"
    edge = f'stroke="{_RETURNED}" stroke-width="2"' if row.returned else 'stroke="#8a8a80" stroke-width="0.5"'
    return f'<path d="{_path(view, geometry)}" fill="{_shade(share)}" {edge}><title>{escape(told)}</title></path>'


def _shade(share: float | None) -> str:
    if share is None:
        return _UNKNOWN
    # Only all is all: the darkest shade is for cells with nothing left.
    return _SHADES[min(math.ceil(share * (len(_SHADES) - 2)), len(_SHADES) - 2) if share < 1 else -1]


def _path(view: View, geometry: Any) -> str:
    placed = shapely.transform(
        geometry,
        lambda degrees: (
            (degrees - (view.west, view.north)) * (view.scale, -view.stretch) + (_MARGIN, _MARGIN + _LEGEND)
        ),
    )
    rings = [ring for part in shapely.get_parts(placed) for ring in (part.exterior, *part.interiors)]
    return "".join(f"M{' '.join(_points(ring))}Z" for ring in rings)


def _points(ring: Any) -> list[str]:
    return [f"{x:.1f},{y:.1f}" for x, y in ring.simplify(_SIMPLER).coords[:-1]]


def _legend(title: str, language: str) -> list[str]:
    words = {name: texts["zh" if language == "zh" else "en"] for name, texts in _WORDS.items()}
    steps = len(_SHADES) - 2
    labels = ["0 %", *(f"≤ {100 * step // steps} %" for step in range(1, steps)), "< 100 %", "100 %"]
    shades = [(shade, "#8a8a80", label) for shade, label in zip(_SHADES, labels, strict=True)]
    others = [(_UNKNOWN, "#8a8a80", words["nothing"]), ("#ffffff", _RETURNED, words["returned"])]
    return [
        f'<text x="{_MARGIN}" y="32" font-size="20">{escape(title)}</text>',
        f'<text x="{_MARGIN}" y="64">{words["done"]}</text>',
        *_keys(shades, 64, 104),
        *_keys(others, 92, 208),
    ]


def _keys(entries: Sequence[tuple[str, str, str]], y: int, apart: int) -> list[str]:
    """Return a line of the legend: squares of a fill and an edge, each with its words."""
    drawn = []
    for x, (fill, edge, label) in zip(range(150, int(WIDTH), apart), entries, strict=False):
        drawn.append(f'<rect x="{x}" y="{y - 14}" width="18" height="18" fill="{fill}" stroke="{edge}"/>')
        drawn.append(f'<text x="{x + 24}" y="{y}">{escape(label)}</text>')
    return drawn
