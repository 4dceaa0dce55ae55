"""How likely two persons are one: the levels of their items, weighed. Pure.

Each level of each item has two probabilities: that it is met between two records of one person (m), and between those
of two persons at random (u). The weight of a level is log2(m/u); weights add up to the odds that the pair is one.
Source: I. Fellegi, A. Sunter, A theory for record linkage, 1969. The probabilities are ours, from the sample district
and from how often slips of the kind are met; `fieldsync bench duplicates` measures what they come to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldsync.matching.likeness import levels
from fieldsync.matching.profile import Profile

Level = tuple[str, str]
CHANCES: Final[Mapping[Level, tuple[float, float]]] = {
    ("identity", "same"): (0.95, 1e-8),
    ("identity", "slipped"): (0.04, 1e-6),
    ("identity", "different"): (0.01, 1.0),
    ("name", "same"): (0.85, 2e-4),
    ("name", "sounds_alike"): (0.06, 8e-4),
    ("name", "heard_alike"): (0.03, 1e-3),
    ("name", "slipped"): (0.04, 8e-3),
    ("name", "family"): (0.01, 0.05),
    ("name", "different"): (0.01, 0.94),
    ("birth", "same"): (0.9, 4e-5),
    ("birth", "slipped"): (0.08, 1e-3),
    ("birth", "year"): (0.01, 0.013),
    ("birth", "different"): (0.01, 0.98),
    ("sex", "same"): (0.99, 0.5),
    ("sex", "different"): (0.01, 0.5),
    ("phone", "same"): (0.5, 0.02),
    ("phone", "different"): (0.5, 0.98),
}
"""By item and level: how often it is met in one person's records, and in two persons'. A family shares a phone."""
BEFORE: Final = -17.0
"""log2 of the odds before anything was compared: few of the pairs that are looked at are one person."""
LIKELY: Final = 0.5
"""From this probability on a person should look at the pair."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one item says: its level, and its weight in bits: above 0 for one person, below 0 against."""

    item: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two persons are one, and what speaks for and against, the weightiest first."""

    probability: float
    evidence: tuple[Evidence, ...]

    @property
    def speaks_for(self) -> list[Evidence]:
        """Return what makes one person likelier."""
        return [one for one in self.evidence if one.weight > 0]

    @property
    def speaks_against(self) -> list[Evidence]:
        """Return what makes it less likely."""
        return [one for one in self.evidence if one.weight < 0]


def compare(one: Profile, other: Profile) -> Likeness:
    """Weigh what two persons have in common; the order of the two does not matter."""
    found = [Evidence(item, level, weight_of(item, level)) for item, level in levels(one, other)]
    bits = BEFORE + sum(evidence.weight for evidence in found)
    ordered = sorted(found, key=lambda e: (-abs(e.weight), e.item))
    return Likeness(1 / (1 + 2.0**-bits) if bits > -1000 else 0.0, tuple(ordered))


def weight_of(item: str, level: str) -> float:
    """Return the weight of a level in bits."""
    met, by_chance = CHANCES[item, level]
    return math.log2(met / by_chance)
