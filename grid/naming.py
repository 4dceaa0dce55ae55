"""Whether cells are named as they should be: codes well formed and there once, areas known and called alike, numbered
from west to east and from north to south.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from grid.areas import Areas, area_lengths
from grid.cells import Cell
from grid.codes import CodePattern, is_code
from grid.faults import Fault
from grid.metres import area_m2, metres_per_degree

_TIE = 0.25
"""Cells whose places differ by less than this share of a cell's side are in one column, or in one row."""
_NAME_FIELDS = ("district_name", "street_name", "community_name")


def codes_faults(cells: Sequence[Cell], mended: Sequence[BaseGeometry], pattern: CodePattern | None) -> Iterator[Fault]:
    """Yield codes that are missing, not of the pattern, or there more than once."""
    same: dict[str, list[int]] = defaultdict(list)
    for number, cell in enumerate(cells):
        same[cell.code].append(number)
        if not (is_code(cell.code, pattern) if pattern else cell.code):
            size = area_m2(mended[number])
            codes = (cell.code,) if cell.code else ()
            yield Fault("code", codes, size, cell.geometry, *_code_reason(cell.code, pattern))
    for code, twins in same.items():
        if code and len(twins) > 1:
            together = shapely.union_all([mended[number] for number in twins])
            reason, zh = f"{len(twins)} cells have this code", f"{len(twins)} 个网格使用同一代码"
            yield Fault("duplicate", (code,), area_m2(together), together, reason, zh)


def name_faults(cells: Sequence[Cell], areas: Areas, pattern: CodePattern | None) -> Iterator[Fault]:
    """Yield cells in areas that are not known, or that call an area by another name than is known.

    What cells call their areas is in their properties `district_name`, `street_name` and `community_name`; known is
    what the file of areas says, or else what most cells of the file call it.
    """
    if pattern is None:
        return
    lengths = tuple(reversed(area_lengths(pattern)))
    known = {**_common_names(cells, lengths), **areas.names}
    levels = {len(code) for code in areas.names} if areas.complete else set()
    for cell in cells:
        if not is_code(cell.code, pattern):
            continue
        for field, length in zip(_NAME_FIELDS, lengths, strict=True):
            code, said = cell.code[:length], cell.properties.get(field)
            if length in levels and code not in areas.names:
                reason, zh = f"its area {code} is not known", f"所属区域 {code} 不在区域名单中"
                yield Fault("name", (cell.code,), area_m2(cell.geometry), cell.geometry, reason, zh)
                break
            if isinstance(said, str) and said.strip() and said.strip() != known.get(code, said.strip()):
                reason = f"calls its area {code} {said.strip()!r:.60}, which is {known[code]!r:.60}"
                zh = f"把区域 {code} 称为“{said.strip():.30}”，应为“{known[code]:.30}”"
                yield Fault("name", (cell.code,), area_m2(cell.geometry), cell.geometry, reason, zh)


def order_warnings(
    cells: Sequence[Cell], mended: Sequence[BaseGeometry], pattern: CodePattern | None
) -> Iterator[Fault]:
    """Yield, for each community, the cells that are not numbered from west to east and from north to south.

    Columns first or rows first will both do, as long as a community keeps to one of them.
    """
    if pattern is None:
        return
    length = pattern.lengths["community"]
    communities: dict[str, dict[str, BaseGeometry]] = defaultdict(dict)
    for cell, polygon in zip(cells, mended, strict=True):
        if is_code(cell.code, pattern) and not polygon.is_empty:
            communities[cell.code[:length]][cell.code] = polygon
    for polygons in communities.values():
        astray = _astray(dict(sorted(polygons.items())))
        if astray:
            ground = shapely.union_all([polygons[code] for code in astray])
            reason, zh = "are not numbered west to east, north to south", "未按自西向东、自北向南编号"
            yield Fault("order", astray, area_m2(ground), ground, reason, zh)


def _code_reason(code: str, pattern: CodePattern | None) -> tuple[str, str]:
    if not code:
        return "has no code", "缺少代码"
    length = pattern.length if pattern else 0
    return f"{code!r} is not a code of {length} digits ({pattern})", f"代码不是 {length} 位数字（{pattern}）"


def _common_names(cells: Sequence[Cell], lengths: Sequence[int]) -> dict[str, str]:
    said: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell in cells:
        for field, length in zip(_NAME_FIELDS, lengths, strict=True):
            name = cell.properties.get(field)
            if isinstance(name, str) and name.strip():
                said[cell.code[:length]][name.strip()] += 1
    return {code: min(names, key=lambda name: (-names[name], name)) for code, names in said.items()}


def _astray(polygons: dict[str, BaseGeometry]) -> tuple[str, ...]:
    """Return the codes at which the numbering of a community leaves both ways of counting, the fewer of the two."""
    drawn = np.array(list(polygons.values()), dtype=object)
    scale = metres_per_degree(float(drawn[0].bounds[1]))
    points = shapely.get_coordinates(shapely.point_on_surface(drawn)) * scale
    tie_m = _TIE * float(np.sqrt(np.median(shapely.area(drawn)) * scale[0] * scale[1]))
    steps = list(zip(pairwise(polygons), pairwise(points.tolist()), strict=True))
    columns = [codes for codes, (a, b) in steps if not _is_next_in_columns(a, b, tie_m)]
    rows = [codes for codes, (a, b) in steps if not _is_next_in_rows(a, b, tie_m)]
    if not columns or not rows:
        return ()
    return tuple(sorted({code for codes in min(columns, rows, key=len) for code in codes}))


def _is_next_in_columns(a: Sequence[float], b: Sequence[float], tie_m: float) -> bool:
    return b[0] > a[0] or (a[0] - b[0] <= tie_m and b[1] <= a[1])


def _is_next_in_rows(a: Sequence[float], b: Sequence[float], tie_m: float) -> bool:
    return a[1] - b[1] > tie_m or (abs(a[1] - b[1]) <= tie_m and b[0] >= a[0])
