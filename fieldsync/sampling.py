"""Sampling: how many cases of a lot are looked at, which, and how often a lot with faults would pass. Pure.

The plan is that of ISO 2859-1 for single sampling under normal inspection, general level II, at an acceptance quality
limit of 1.0 % faulty cases (tables 1, 2-A). It holds for lots that are alike: one area, one round, values of one sort.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

PLANS = ((150, 13, 0), (500, 50, 1), (1200, 80, 2))
"""Up to this many cases in a lot: how many are looked at, and how many of these may be faulty."""
RATES = (0.01, 0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many cases of a lot are looked at, and how many of them may be faulty for it to be accepted."""

    size: int
    looked_at: int
    may_be_faulty: int

    def passes(self, faulty: int) -> float:
        """Return the probability that a lot with so many faulty cases is accepted (hypergeometric)."""
        ways = math.comb(self.size, self.looked_at)
        most = min(self.may_be_faulty, faulty, self.looked_at)
        good = (math.comb(faulty, k) * math.comb(self.size - faulty, self.looked_at - k) for k in range(most + 1))
        return sum(good) / ways

    def risks(self) -> dict[str, float]:
        """Return that probability for shares of faulty cases, rounded up to whole cases."""
        return {f"{rate:.0%}": round(self.passes(math.ceil(self.size * rate)), 3) for rate in RATES}


def plan_of(size: int) -> Plan:
    """Return the plan for a lot; one that is not larger than its sample is looked at whole, and none may be faulty."""
    looked_at, may_be_faulty = next((n, c) for most, n, c in PLANS if size <= most)
    return Plan(size, min(looked_at, size), may_be_faulty if size > looked_at else 0)


def drawn(cases: Iterable[str], seed: str, count: int) -> list[str]:
    """Return the sample: the cases whose SHA-256 of `seed:case` is lowest. Anybody can draw it again."""
    ranked = sorted(cases, key=lambda case: hashlib.sha256(f"{seed}:{case}".encode()).hexdigest())
    return sorted(ranked[:count])
