"""The geometry of a city, measured: points located among cells, a coverage checked, and a broken one mended."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry import MultiPoint, box
from shapely.geometry.base import BaseGeometry

from fieldsync.bench.work import Watch, Work
from grid import Cell, Locator, repair, survey

_WEST, _SOUTH, _SIDE = 104.0, 30.0, 0.5
_SEED = 7
_STEP_DEG = 0.001
_SHIFT_DEG = 0.0001
_IN_COMMUNITY, _IN_STREET = 30, 900


def measure_points(points: int, cells: int) -> Work:
    """Locate points, spread evenly, among the cells of an invented city; making the locator counts, too."""
    city = drawn_city(cells)
    lonlat = np.random.default_rng(_SEED).uniform((_WEST, _SOUTH), (_WEST + _SIDE, _SOUTH + _SIDE), (points, 2))
    watch = Watch()
    places = Locator(city).places_of(lonlat)
    return watch.work("points", points, "points", cells=len(city), outside=int((places.cell < 0).sum()))


def measure_coverage(cells: int) -> Work:
    """Check the clean coverage of an invented city."""
    city = drawn_city(cells)
    watch = Watch()
    faults = sum(not fault.is_warning for fault in survey(city))
    vertices = int(shapely.get_num_coordinates([cell.geometry for cell in city]).sum())
    return watch.work("coverage", len(city), "cells", faults=faults, vertices=vertices)


def measure_repair(cells: int) -> Work:
    """Mend the coverage of an invented city in which every tenth cell lies some ten metres from its place."""
    city = [
        replace(cell, geometry=affinity.translate(cell.geometry, _SHIFT_DEG, _SHIFT_DEG)) if number % 10 == 0 else cell
        for number, cell in enumerate(drawn_city(cells))
    ]
    watch = Watch()
    mended = repair(city)
    left = sum(not fault.is_warning for fault in mended.left)
    return watch.work("repair", len(city), "cells", changed=len(mended.changes), left=left)


def drawn_city(count: int) -> list[Cell]:
    """Return a city of cells with some twenty vertices each, which neighbours share, the same on every run."""
    ground = box(_WEST, _SOUTH, _WEST + _SIDE, _SOUTH + _SIDE)
    seeds = np.random.default_rng(_SEED).uniform((_WEST, _SOUTH), (_WEST + _SIDE, _SOUTH + _SIDE), (count, 2))
    lines = shapely.voronoi_polygons(MultiPoint(seeds), extend_to=ground, only_edges=True)
    network = _rounded(shapely.union_all([ground.boundary, lines.intersection(ground)]))
    network = _rounded(shapely.transform(shapely.segmentize(network, _STEP_DEG), lambda degrees: np.round(degrees, 7)))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    return [Cell(_code(number), "", face, {}) for number, face in enumerate(_west_to_east(faces))]


def _rounded(network: BaseGeometry) -> BaseGeometry:
    return shapely.union_all([network], grid_size=1e-7)


def _west_to_east(faces: NDArray[np.object_]) -> NDArray[np.object_]:
    places = shapely.get_coordinates(shapely.point_on_surface(faces))
    ordered: NDArray[np.object_] = faces[np.lexsort((-places[:, 1], places[:, 0]))]
    return ordered


def _code(number: int) -> str:
    street, community = number // _IN_STREET, number // _IN_COMMUNITY % (_IN_STREET // _IN_COMMUNITY)
    return f"510107{street + 1:03}{community + 1:03}{number % _IN_COMMUNITY + 1:03}"
