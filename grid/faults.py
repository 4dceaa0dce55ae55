"""What can be wrong with a division of the city into cells, and what a check allows for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from shapely.geometry.base import BaseGeometry

from grid.codes import DEFAULT_PATTERN, CodePattern

Kind = Literal["invalid", "overlap", "gap", "sliver", "parts", "outside", "duplicate", "code", "name", "order", "hole"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WARNINGS: frozenset[Kind] = frozenset({"order", "hole"})
"""Kinds that somebody should look at, and that keep no plan from being used."""

KIND_ZH: dict[Kind, str] = {
    "invalid": "无效面",
    "overlap": "重叠",
    "gap": "空隙",
    "sliver": "细缝",
    "parts": "多部件",
    "outside": "越界",
    "duplicate": "代码重复",
    "code": "代码格式",
    "name": "区域名称",
    "order": "编号顺序",
    "hole": "空洞",
}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a coverage: the codes of the cells concerned, its size and its place."""

    kind: Kind
    cells: tuple[str, ...]
    area_m2: float
    geometry: BaseGeometry
    reason: str
    zh: str = ""
    """The reason in Chinese."""

    @property
    def is_warning(self) -> bool:
        """Tell whether the plan can be used nevertheless."""
        return self.kind in WARNINGS


@dataclass(frozen=True)
class Tolerances:
    """What a check allows for."""

    pattern: CodePattern | None = DEFAULT_PATTERN
    """None: the cells are somebody else's, whose codes may be anything that is there once."""
    sliver_width_m: float = 1.0
    outline_width_m: float = 0.02
    """A border that follows the outline may leave it by the rounding of its coordinates (7 decimals: 1 cm)."""
    gap_width_m: float | None = None
    """A hole that is wider may be meant (a lake, another city's land): a warning. None: every hole is a gap."""
