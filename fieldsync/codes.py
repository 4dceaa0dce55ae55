"""Codes: the pattern of an installation's cell codes, and which prefixes of them are areas. Pure.

The first four digits of a district's code name the city (GB/T 2260); every level below adds some digits to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import grid
from fieldsync.errors import BadInput

SETTING = "FIELDSYNC_CELL_CODE_PATTERN"
CITY_DIGITS = 4
LONGEST = 64
"""Digits of the longest codes: a cell's database is named by its code."""


def read_pattern(text: str) -> grid.CodePattern:
    """Read the digits of district, street, community and cell, as the setting gives them. Raises BadInput."""
    try:
        pattern = grid.parse_pattern(text)
    except grid.GridError as error:
        raise BadInput(f"{SETTING} is {text!r:.60}: {error.mend}. / {error.zh}。") from error
    if pattern.widths[0] <= CITY_DIGITS or pattern.length > LONGEST:
        raise BadInput(
            f"{SETTING} is {text!r:.60}: a district has more digits than the {CITY_DIGITS} of its city, and a code has"
            f" {LONGEST} at most. / 区级代码须多于 {CITY_DIGITS} 位，全部代码不超过 {LONGEST} 位。"
        )
    return pattern


def area_lengths(pattern: grid.CodePattern) -> Mapping[str, int]:
    """Return how many digits name an area of each level, from the city down to the cell."""
    return {"city": CITY_DIGITS} | {str(level): length for level, length in pattern.lengths.items()}


def checked_area(area: str, pattern: grid.CodePattern) -> str:
    """Return the code of an area. Raises BadInput for what ends inside a level, and would be wider than was meant."""
    *wider, cell = area_lengths(pattern).values()
    if len(area) not in (*wider, cell) or not (area.isascii() and area.isdigit()):
        widths = ", ".join(str(length) for length in wider[:-1])
        raise BadInput(
            f"{area[:20]!r} is no area: write the first {widths} or {wider[-1]} digits of its cells' codes, or all"
            f" {cell}."
            f" / 不是区域代码：请填写网格代码的前 {widths} 或 {wider[-1]} 位，或全部 {cell} 位。",
            field="areas",
        )
    return area
