"""Cell codes: digits that name a place by its levels, from the district down to the cell.

A code is the concatenation of one run of digits per level. By default 15 digits: 6 of the district (GB/T 2260),
3 of the street, 3 of the community, 3 of the cell's sequence in it. A prefix that ends where a level ends is an
area; authority over an area is authority over every code that begins with it. So a prefix that ends anywhere else
is an error here and never a wider area: `is_within` would otherwise let `51` see half a province.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NewType, get_args

from grid.errors import GridError

CellCode = NewType("CellCode", str)
Level = Literal["district", "street", "community", "cell"]
LEVELS: tuple[Level, ...] = get_args(Level)

_PATTERN_TEXT = re.compile(r"[1-9][0-9]?(?:-[1-9][0-9]?){3}")


@dataclass(frozen=True)
class CodePattern:
    """How many digits each level adds to a code, from the district down."""

    widths: tuple[int, int, int, int] = (6, 3, 3, 3)

    def __post_init__(self) -> None:
        """Refuse levels without digits: two levels would share one prefix."""
        if len(self.widths) != len(LEVELS) or any(width < 1 for width in self.widths):
            raise GridError(
                f"{self.widths} is not a pattern",
                "code pattern",
                "give four widths of at least one digit",
                "须为四段，每段至少一位",
            )

    def __str__(self) -> str:
        """Return the pattern as a setting gives it, such as `6-3-3-3`."""
        return "-".join(str(width) for width in self.widths)

    @property
    def lengths(self) -> dict[Level, int]:
        """Return the length of the prefix that names an area of each level."""
        return dict(zip(LEVELS, accumulate(self.widths), strict=True))

    @property
    def length(self) -> int:
        """Return the number of digits of a whole code."""
        return sum(self.widths)


DEFAULT_PATTERN = CodePattern()


def parse_pattern(text: str) -> CodePattern:
    """Read a pattern as a setting gives it, such as `6-3-3-3`.

    Raises: GridError when the text is not four widths joined by hyphens.
    """
    if not _PATTERN_TEXT.fullmatch(text):
        raise GridError(
            f"{text!r} is not a code pattern",
            "code pattern",
            "write four widths such as 6-3-3-3",
            "代码格式应写作四段位数，如 6-3-3-3",
        )
    district, street, community, cell = (int(part) for part in text.split("-"))
    return CodePattern((district, street, community, cell))


def is_code(text: str, pattern: CodePattern = DEFAULT_PATTERN) -> bool:
    """Tell whether a text is a whole cell code of this pattern."""
    return len(text) == pattern.length and _is_digits(text)


def parse_code(text: str, pattern: CodePattern = DEFAULT_PATTERN, where: str = "cell code") -> CellCode:
    """Return a text as a cell code.

    Raises: GridError, naming `where`, when it is not of the pattern.
    """
    if not is_code(text, pattern):
        raise GridError(
            f"{text!r} is not a cell code",
            where,
            f"write {pattern.length} digits, by the pattern {pattern} ({', '.join(LEVELS)})",
            f"网格代码应为 {pattern.length} 位数字（格式 {pattern}）",
        )
    return CellCode(text)


def level_of(prefix: str, pattern: CodePattern = DEFAULT_PATTERN) -> Level:
    """Return the level that a prefix of a code names.

    Raises: GridError when the prefix ends inside a level or is not of digits.
    """
    for level, length in pattern.lengths.items():
        if len(prefix) == length and _is_digits(prefix):
            return level
    lengths = ", ".join(f"{length} ({level})" for level, length in pattern.lengths.items())
    numbers = "、".join(str(length) for length in pattern.lengths.values())
    raise GridError(
        f"{prefix!r} names no area",
        "area code",
        f"write one of these numbers of digits: {lengths}",
        f"区域代码位数须为 {numbers} 之一",
    )


def area_of(code: str, level: Level, pattern: CodePattern = DEFAULT_PATTERN) -> str:
    """Return the area of a level that a code, or a narrower area, lies in.

    Raises: GridError when the code is malformed, ends above the level, or the level is unknown.
    """
    if level not in pattern.lengths:
        raise GridError(f"{level!r} is not a level", "area level", f"write one of {', '.join(LEVELS)}", "没有该级别")
    if LEVELS.index(level_of(code, pattern)) < LEVELS.index(level):
        raise GridError(
            f"{code!r} lies in no single {level}",
            "area code",
            f"give a code of a {level} or below",
            "请给出该级别或更低级别的代码",
        )
    return code[: pattern.lengths[level]]


def is_within(code: str, area: str, pattern: CodePattern = DEFAULT_PATTERN) -> bool:
    """Tell whether a cell, or an area, lies in an area; an area lies in itself.

    Raises: GridError when either ends inside a level.
    """
    level_of(code, pattern)
    level_of(area, pattern)
    return code.startswith(area)


def _is_digits(text: str) -> bool:
    # Not str.isdigit alone: full-width and other scripts' digits would name the same place twice.
    return text.isascii() and text.isdigit()
