"""A coverage and its faults as a picture (SVG): north is up, every fault has a number, and the list beside it says what
it is, in Chinese and English.

Drawn in an equirectangular projection around the middle of the cells, good enough for a city. A fault too small to be
seen is shown by the circle around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grid.cells import Cell
from grid.faults import KIND_ZH, Fault, Kind
from grid.metres import metres_per_degree

_MAP, _LIST, _MARGIN, _LINE = 900.0, 420.0, 24.0, 34.0
_LEAST_HEIGHT = 480.0
_LISTED = 200
_CODES_SHOWN = 3
_COLOURS: dict[Kind, str] = {
    "invalid": "#7b1fa2",
    "overlap": "#d32f2f",
    "gap": "#1565c0",
    "sliver": "#ef6c00",
    "parts": "#00838f",
    "outside": "#ad1457",
    "duplicate": "#5d4037",
    "code": "#455a64",
    "name": "#6a7b00",
    "order": "#9e9d24",
    "hole": "#5c9ded",
}


def draw_faults(cells: Sequence[Cell], faults: Sequence[Fault], title: str = "") -> str:
    """Return the picture as SVG; what cannot be drawn is in the list all the same."""
    view = _View.around([*(cell.geometry for cell in cells), *(fault.geometry for fault in faults)])
    listed = faults[:_LISTED]
    height = max(view.height, _LEAST_HEIGHT, _MARGIN * 3 + _LINE * (len(listed) + 1))
    width = _MAP + _LIST
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title or 'Faults of the coverage')}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        *_cells(cells, view),
        *_faults(listed, view),
        *_list(faults, len(cells), title),
        "</svg>\n",
    ]
    return "\n".join(parts)


@dataclass(frozen=True)
class _View:
    """A window: its western and northern end in degrees, and how many units a degree takes."""

    west: float
    north: float
    scale: tuple[float, float]
    height: float

    @classmethod
    def around(cls, geometries: Sequence[BaseGeometry]) -> _View:
        corners = shapely.bounds(np.array(geometries, dtype=object)).reshape(-1, 4)
        corners = corners[np.isfinite(corners).all(axis=1)]
        if not len(corners):
            return cls(0.0, 0.0, (1.0, 1.0), 0.0)
        (west, south), (east, north) = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
        metres = metres_per_degree(max(-89.0, min(89.0, float(south + north) / 2)))
        unit = (_MAP - 2 * _MARGIN) / max((east - west) * metres[0], (north - south) * metres[1], 1e-9)
        height = float((north - south) * metres[1] * unit) + 2 * _MARGIN
        return cls(float(west), float(north), (metres[0] * unit, metres[1] * unit), height)

    def placed(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        east = (lonlat[:, 0] - self.west) * self.scale[0] + _MARGIN
        south = (self.north - lonlat[:, 1]) * self.scale[1] + _MARGIN
        return np.column_stack((east, south))


def _cells(cells: Sequence[Cell], view: _View) -> Iterator[str]:
    yield '<g fill="#eef1f4" stroke="#8a97a5" stroke-width="0.6" fill-rule="evenodd">'
    for cell in cells:
        if path := _path(cell.geometry, view):
            yield f'<path d="{path}"><title>{escape(f"{cell.code} {cell.name}")}</title></path>'
    yield "</g>"


def _faults(faults: Sequence[Fault], view: _View) -> Iterator[str]:
    for number, fault in enumerate(faults, 1):
        if not (path := _path(fault.geometry, view)):
            continue
        colour = _COLOURS[fault.kind]
        filled = colour if fault.geometry.geom_type in ("Polygon", "MultiPolygon") else "none"
        dashed = ' stroke-dasharray="4 3"' if fault.is_warning else ""
        yield (
            f'<path d="{path}" fill="{filled}" fill-opacity="0.35" stroke="{colour}" stroke-width="1.4"'
            f'{dashed} fill-rule="evenodd"><title>{escape(_sentence(fault))}</title></path>'
        )
        yield from _mark(number, fault, view)


def _mark(number: int, fault: Fault, view: _View) -> Iterator[str]:
    placed = view.placed(shapely.get_coordinates(fault.geometry))
    placed = placed[np.isfinite(placed).all(axis=1)]
    (x, y), extent = (placed.min(axis=0) + placed.max(axis=0)) / 2, (placed.max(axis=0) - placed.min(axis=0)).max()
    colour = _COLOURS[fault.kind]
    if extent < 2 * _MARGIN / 3:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        y -= 13
    yield (
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-weight="bold" fill="{colour}" '
        f'stroke="#fff" stroke-width="3" paint-order="stroke">{number}</text>'
    )


def _list(faults: Sequence[Fault], count: int, title: str) -> Iterator[str]:
    x = _MAP + _MARGIN / 2
    warnings = sum(fault.is_warning for fault in faults)
    summary = f"{count} cells, {len(faults) - warnings} faults, {warnings} warnings"
    zh = f"{count} 个网格，{len(faults) - warnings} 处错误，{warnings} 处提醒"
    yield f'<text x="{x}" y="{_MARGIN:.0f}" font-size="14" font-weight="bold">{escape(title)}</text>'
    yield f'<text x="{x}" y="{_MARGIN + 18:.0f}">{summary} · {zh}</text>'
    for number, fault in enumerate(faults[:_LISTED], 1):
        y = _MARGIN * 2 + _LINE * number - 10
        codes = " ".join(fault.cells[:_CODES_SHOWN]) + (" …" if len(fault.cells) > _CODES_SHOWN else "")
        size = f"{fault.area_m2:,.1f} m²"
        yield (
            f'<text x="{x}" y="{y:.0f}" fill="{_COLOURS[fault.kind]}"><tspan font-weight="bold">{number} '
            f"{KIND_ZH[fault.kind]} {fault.kind}</tspan> {size}</text>"
            f'<text x="{x}" y="{y + 14:.0f}" font-size="10" fill="#333">{escape(codes)}'
            f" {escape(fault.zh or fault.reason):.80}</text>"
        )
    if len(faults) > _LISTED:
        y = _MARGIN * 2 + _LINE * (_LISTED + 1) - 10
        yield f'<text x="{x}" y="{y:.0f}">and {len(faults) - _LISTED} more · 另有 {len(faults) - _LISTED} 处</text>'


def _sentence(fault: Fault) -> str:
    return f"{KIND_ZH[fault.kind]} {fault.kind}: {' '.join(fault.cells)} {fault.reason} ({fault.area_m2:,.1f} m²)"


def _path(geometry: BaseGeometry, view: _View) -> str:
    """Return a geometry as the steps of a pen; empty where it has no place."""
    if geometry.is_empty or not np.isfinite(shapely.get_coordinates(geometry)).all():
        return ""
    lines = []
    for part in shapely.get_parts(geometry):
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in view.placed(shapely.get_coordinates(ring)).tolist())
            lines.append(f"M{steps}" + ("Z" if part.geom_type == "Polygon" else ""))
    return "".join(lines)
