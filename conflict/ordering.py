"""The order of a roster's members, where sides moved, added and removed them.

The members that the base has stand as the base had them, or, where sides moved some, as the latest of those sides has
them. A member that was added stands after the one of them that it was put after; where sides put it after different
ones, after the last of these. Members added at one place stand as each side has them, and by name where no side says.
The result keeps to everything each side's order says, or to what outweighed it, so a merged order merged again stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from conflict.paths import twin, twin_name

Names = Sequence[str]


def core_order(base: Names, leader: Names, kept: Collection[str]) -> list[str]:
    """Return the base's members that are kept, as `leader` has them; one it lacks after the one before it."""
    order = [name for name in leader if name in kept]
    known, last = set(order), ""
    for name in base:
        if name not in kept:
            continue
        if name not in known:
            order.insert(_place_after(order, (last, _earlier_twin(name))), name)
        last = name
    return order


def _place_after(order: Names, names: Collection[str]) -> int:
    return max((order.index(name) + 1 for name in names if name in order), default=0)


def _earlier_twin(name: str) -> str:
    first, number = twin(name)
    return twin_name(first, number - 1) if number > 1 else ""


def whole_order(core: Names, orders: Sequence[Names], added: Collection[str]) -> list[str]:
    """Return the core with the added members in their places among it; `orders` are those of all sides."""
    if not added:
        return list(core)
    slots = _slots(core, orders, added)
    groups: dict[int, set[str]] = {}
    for name, slot in slots.items():
        groups.setdefault(slot, set()).add(name)
    whole: list[str] = []
    for slot in range(len(core) + 1):
        whole += core[slot - 1 : slot] if slot else []
        whole += _in_line(groups[slot], orders) if slot in groups else []
    return whole


def _slots(core: Names, orders: Sequence[Names], added: Collection[str]) -> dict[str, int]:
    """Return after how many members of the core each added member stands; never before an earlier of the same key."""
    places = {name: number for number, name in enumerate(core, start=1)}
    slots = dict.fromkeys(added, 0)
    for order in orders:
        at = 0
        for name in order:
            at = places.get(name, at)
            if name in slots:
                slots[name] = max(slots[name], at)
    for name in sorted(slots, key=twin):
        before = _earlier_twin(name)
        slots[name] = max(slots[name], slots.get(before, 0), places.get(before, 0))
    return slots


def _in_line(names: set[str], orders: Sequence[Names]) -> list[str]:
    """Return names so that each stands after those that some order has before it, as far as they do not contradict."""
    before, after = _neighbours(names, orders)
    free = [twin(name) for name in names if not before[name]]
    heapify(free)
    waiting = deque(sorted(names, key=twin))
    line: dict[str, None] = {}
    while waiting:
        name = twin_name(*heappop(free)) if free else waiting.popleft()
        if name in line:
            continue
        line[name] = None
        for other in after[name]:
            before[other].discard(name)
            if not before[other]:
                heappush(free, twin(other))
    return list(line)


def _neighbours(names: set[str], orders: Sequence[Names]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return for each name those that stand directly before it somewhere, and those that stand directly after it."""
    before = {name: {_earlier_twin(name)} & names for name in names}
    for order in orders:
        here = [name for name in order if name in names]
        for one, other in pairwise(here):
            before[other].add(one)
    after: dict[str, set[str]] = {name: set() for name in names}
    for name, others in before.items():
        for other in others:
            after[other].add(name)
    return before, after
