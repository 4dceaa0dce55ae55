"""The map of the day, drawn as SVG: which cells were worked, and where edits met, were contested or set aside.

Coordinates are WGS 84, drawn in an equirectangular projection around the middle of what is shown: good enough for a
district, and north is up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from shapely.geometry import shape

from fieldsync.simulate.ledger_reading import CellDay

WIDTH = 1000.0
MARGIN = 0.06
"""How much of the extent is added around what is shown."""
MANY_EDITS = 35
Ring = list[list[float]]


@dataclass(frozen=True, slots=True)
class View:
    """A window on the district: from west, south to east, north, drawn `width` units wide."""

    west: float
    south: float
    east: float
    north: float
    width: float = WIDTH

    @classmethod
    def around(cls, cells: Iterable[Mapping[str, Any]], width: float = WIDTH) -> View:
        """Return the window that shows these features with a margin."""
        bounds = [shape(cell["geometry"]).bounds for cell in cells]
        west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
        east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
        pad = MARGIN * max(east - west, north - south)
        return cls(west - pad, south - pad, east + pad, north + pad, width)

    @property
    def scale(self) -> float:
        """Return how many units a degree of longitude takes."""
        return self.width / (self.east - self.west)

    @property
    def height(self) -> float:
        """Return how many units high the window is."""
        return (self.north - self.south) * self.scale / self._squeeze

    @property
    def _squeeze(self) -> float:
        return math.cos(math.radians((self.north + self.south) / 2))

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a place is drawn."""
        return (lon - self.west) * self.scale, (self.north - lat) * self.scale / self._squeeze

    def path(self, geometry: Mapping[str, Any]) -> str:
        """Return a polygon's outline as path data."""
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        return "".join(self._ring(ring) for polygon in polygons for ring in polygon)

    def _ring(self, ring: Ring) -> str:
        points = (self.at(lon, lat) for lon, lat, *_ in ring)
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def day_map(cells: Mapping[str, Any], days: Mapping[str, CellDay]) -> str:
    """Return the map of the worked cells and what lies around them."""
    worked = _worked(cells, days)
    view = View.around(worked)
    shapes = "".join(_cell(view, cell, days.get(cell["properties"]["code"])) for cell in cells["features"])
    marks = "".join(_marks(view, cell, days[cell["properties"]["code"]]) for cell in worked)
    return (
        f'<svg class="map" viewBox="0 0 {view.width:.0f} {view.height:.0f}" role="img" aria-labelledby="map-title">'
        '<title id="map-title">The cells that were worked, shaded by the number of edits; '
        "marks show where edits met, were contested or set aside</title>"
        f"{shapes}{marks}</svg>"
    )


def locator(cells: Mapping[str, Any], outline: Mapping[str, Any], days: Mapping[str, CellDay]) -> str:
    """Return a small map of the whole district with a frame around what the map of the day shows."""
    worked = _worked(cells, days)
    shown, view = View.around(worked), View.around(outline["features"], width=240)
    district = "".join(f'<path class="district" d="{view.path(one["geometry"])}"/>' for one in outline["features"])
    drawn = "".join(f'<path class="busy" d="{view.path(cell["geometry"])}"/>' for cell in worked)
    (left, top), (right, bottom) = view.at(shown.west, shown.north), view.at(shown.east, shown.south)
    frame = f'<rect class="frame" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"/>'
    return (
        f'<svg class="locator" viewBox="0 0 {view.width:.0f} {view.height:.0f}" role="img" '
        f'aria-label="Where in Wuhou District the map lies">{district}{drawn}{frame}</svg>'
    )


def _worked(cells: Mapping[str, Any], days: Mapping[str, CellDay]) -> list[Mapping[str, Any]]:
    return [cell for cell in cells["features"] if cell["properties"]["code"] in days]


def _cell(view: View, cell: Mapping[str, Any], day: CellDay | None) -> str:
    code, name = cell["properties"]["code"], cell["properties"].get("name", "")
    kind = "idle" if day is None else "busy" if day.edits >= MANY_EDITS else "worked"
    said = f"{code} {name}" + (f": {day.edits} edits, {day.met} documents merged" if day else ": not worked today")
    return f'<path class="{kind}" d="{view.path(cell["geometry"])}"><title>{escape(said)}</title></path>'


def _marks(view: View, cell: Mapping[str, Any], day: CellDay) -> str:
    """Draw the number of edits, and a mark of its own shape for each thing that happened."""
    point = shape(cell["geometry"]).representative_point()
    x, y = view.at(point.x, point.y)
    shapes: list[tuple[int, Callable[[float], str]]] = [
        (day.met, lambda left: f'<circle class="met" cx="{left:.1f}" cy="{y + 14:.1f}" r="7"/>'),
        (day.contests, lambda left: _diamond(left, y + 14)),
        (
            day.quarantined,
            lambda left: f'<rect class="aside" x="{left - 6:.1f}" y="{y + 8:.1f}" width="12" height="12"/>',
        ),
    ]
    drawn = [draw for count, draw in shapes if count]
    left = x - 9 * (len(drawn) - 1)
    text = f'<text x="{x:.1f}" y="{y:.1f}">{day.edits}</text>'
    return text + "".join(draw(left + 18 * number) for number, draw in enumerate(drawn))


def _diamond(x: float, y: float) -> str:
    return f'<path class="contest" d="M{x:.1f} {y - 9:.1f}l9 9l-9 9l-9 -9Z"/>'
