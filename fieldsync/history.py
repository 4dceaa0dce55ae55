"""Histories, sides and bases: which versions meet in a document, and what each pair had in common.

Pure. The tree's nearest common ancestor is the wrong base once resolutions and tombstones mix: a resolution descends
from every leaf it merged, though the tree shows only one parent. So the *history* of a revision is its ancestors and,
for a resolution, those of every leaf it merged. The *sides* are the leaves in no other leaf's history. They are folded:
the pair with the largest common history first, together with all sides that have exactly that base with each of the
pair, then the result with the next. Simulated over random histories, this order loses nothing; merging over the tree's
ancestor, or over one base at once, does (see tests/properties/test_history_laws.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")
MergeStates = Callable[["State | None", Sequence[State]], State]
"""Merge states over a base; the base is None where nothing in common is known."""


class Ancestry:
    """The revisions of one document and what each descends from: its tree parent and the leaves it merged."""

    def __init__(self, parents: Mapping[str, Iterable[str]]) -> None:
        self.parents: Mapping[str, tuple[str, ...]] = {rev: tuple(before) for rev, before in parents.items()}
        self._known: dict[str, frozenset[str]] = {}

    def of(self, rev: str) -> frozenset[str]:
        """Return the history of a revision, itself included."""
        if rev not in self._known:
            seen, todo = {rev}, [rev]
            while todo:
                for before in self.parents.get(todo.pop(), ()):
                    if before not in seen:
                        seen.add(before)
                        todo.append(before)
            self._known[rev] = frozenset(seen)
        return self._known[rev]

    def newest(self, revs: Iterable[str]) -> list[str]:
        """Return the revisions that are in no other's history, sorted."""
        revs = frozenset(revs)
        older: set[str] = set()
        for rev in revs:
            if rev not in older:
                older |= (self.of(rev) & revs) - {rev}
        return sorted(revs - older)


@dataclass(frozen=True, slots=True)
class Strand(Generic[State]):
    """A side on its way through the fold: what it holds, and its history."""

    state: State
    history: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fold(Generic[State]):
    """Folds sides into one. `state_at` gives what a revision held (or its nearest ancestor with a body), else None."""

    ancestry: Ancestry
    state_at: Callable[[str], State | None]
    merge: MergeStates[State]

    def run(self, strands: Sequence[Strand[State]]) -> State:
        """Merge all strands, in an order that depends on their histories alone. Needs at least one."""
        strands = list(strands)
        while len(strands) > 1:
            group = self._next_group(strands)
            merged = self._merged([strands[i] for i in group])
            strands = [s for i, s in enumerate(strands) if i not in group] + [merged]
        return strands[0].state

    def _next_group(self, strands: Sequence[Strand[State]]) -> list[int]:
        pairs = list(itertools.combinations(range(len(strands)), 2))
        common = {(i, j): strands[i].history & strands[j].history for i, j in pairs}
        first = max(pairs, key=lambda p: (len(common[p]), -p[0], -p[1]))
        bases = {pair: self.ancestry.newest(revs) for pair, revs in common.items()}
        group = list(first)
        for k in range(len(strands)):
            if k not in group and all(bases[min(k, g), max(k, g)] == bases[first] for g in group):
                group.append(k)
        return sorted(group)

    def _merged(self, group: Sequence[Strand[State]]) -> Strand[State]:
        base = self.base([strand.history for strand in group])
        state = self.merge(base, [strand.state for strand in group])
        return Strand(state, frozenset().union(*(strand.history for strand in group)))

    def base(self, histories: Sequence[frozenset[str]]) -> State | None:
        """Return what the histories last had in common; several newest common revisions are merged into one first."""
        newest = self.ancestry.newest(frozenset.intersection(*histories))
        if not newest:
            return None
        state, history = self.state_at(newest[0]), self.ancestry.of(newest[0])
        for rev in newest[1:]:
            state = self._joined(state, history, rev)
            history |= self.ancestry.of(rev)
        return state

    def _joined(self, state: State | None, history: frozenset[str], rev: str) -> State | None:
        other = self.state_at(rev)
        if state is None or other is None:
            return state if other is None else other
        return self.merge(self.base([history, self.ancestry.of(rev)]), [state, other])


def sides(leaves: Iterable[str], ancestry: Ancestry) -> list[str]:
    """Return the leaves that are in no other leaf's history, sorted."""
    return ancestry.newest(leaves)
