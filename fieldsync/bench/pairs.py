"""How many duplicates are found, and how many pairs are named that are none: labelled pairs from slips, counted.

Each person of a crowd is written once more with slips (`fieldsync.sample.slips`) and looked for in the crowd as a new
person is: by the keys, then compared with whom they lead to. Pairs of the crowd itself are different persons.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from fieldsync.bench.work import Watch, Work
from fieldsync.matching.compare import LIKELY, compare
from fieldsync.matching.keys import keys_of, wanted_prefixes
from fieldsync.matching.profile import Profile, profile_of
from fieldsync.sample.slips import Row, Slips

_SECRET = b"measured".ljust(32)


@dataclass(slots=True)
class Found:
    """What became of labelled pairs: found, missed, and pairs named that are two persons; misses by slip."""

    found: int = 0
    missed: int = 0
    wrong: int = 0
    candidates: int = 0
    missed_by_slip: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        """Return the share of right pairs among those that were named."""
        return self.found / max(self.found + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Return the share of right pairs that were named."""
        return self.found / max(self.found + self.missed, 1)


class Crowd:
    """Persons filed by their keys, in memory."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._profiles = {profile.id: profile for profile in profiles}
        filed: dict[str, list[str]] = defaultdict(list)
        for profile in self._profiles.values():
            for key in keys_of(profile, _SECRET):
                filed[f"{key}|"].append(profile.id)
        self._filed, self._order = filed, sorted(filed)

    def candidates(self, profile: Profile) -> set[str]:
        """Return whom a person is compared with."""
        return {one for prefix in wanted_prefixes(profile, _SECRET) for one in self._below(prefix)}

    def likely(self, profile: Profile, candidates: Iterable[str]) -> set[str]:
        """Return those of the candidates who are likely the same person."""
        return {one for one in candidates if compare(profile, self._profiles[one]).probability >= LIKELY}

    def _below(self, prefix: str) -> Iterator[str]:
        for key in self._order[bisect_left(self._order, prefix) :]:
            if not key.startswith(prefix):
                return
            yield from self._filed[key]


def measure_pairs(rows: Sequence[Row], seed: int) -> tuple[Work, Found]:
    """Write each person once more with slips, look for them, and count."""
    crowd, slips, found = Crowd(profile_of(row["id"], row) for row in rows), Slips(rows, Random(seed)), Found()
    watch = Watch()
    for row in rows:
        copy, made = slips.again(row)
        count(crowd, profile_of("again", copy), row["id"], found, made)
    return watch.work("duplicates", len(rows), "persons looked for", **_figures(found)), found


def count(crowd: Crowd, profile: Profile, right: str, found: Found, made: Sequence[str] = ()) -> None:
    """Look for a person in a crowd, and count what was named."""
    candidates = crowd.candidates(profile)
    likely = crowd.likely(profile, candidates)
    found.candidates += len(candidates)
    found.wrong += len(likely - {right})
    if right in likely:
        found.found += 1
    else:
        found.missed += 1
        found.missed_by_slip.update(made)


def _figures(found: Found) -> dict[str, Any]:
    counts = {"found": found.found, "missed": found.missed, "wrong": found.wrong, "compared": found.candidates}
    return {**counts, "precision": round(found.precision, 4), "recall": round(found.recall, 4)}
