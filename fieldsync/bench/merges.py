"""Two-sided merges of documents with 40 items, in this process: nothing is stored."""

from __future__ import annotations

from conflict import Base, Rules, Side, merge
from fieldsync.bench.work import Watch, Work

ITEMS = 40
_RULES = Rules.of(
    {
        **{f"item_{n:02}": {} for n in range(ITEMS)},
        "item_00": {"key": True},
        "item_01": {"merge": "union"},
        "item_02": {"merge": "max"},
        "item_03": {"group": "address"},
        "item_04": {"group": "address"},
    }
)
_BASE = {f"item_{n:02}": f"value {n} of the base" for n in range(ITEMS)} | {"item_02": 3}
_AT = ("2026-11-23T08:00:00.000Z", "2026-11-23T09:00:00.000Z")


def measure_merges(count: int) -> Work:
    """Merge so many times: each side changed three items, one of them differs between the sides."""
    base, cases = Base(_BASE), [_sides(n) for n in range(64)]
    watch = Watch()
    for n in range(count):
        merge(base, cases[n % 64], _RULES)
    return watch.work("merge", count, "merges of two sides, 40 items")


def _sides(n: int) -> list[Side]:
    """Return two sides that meet in one item; which items they are goes round."""
    met, mine, other = (f"item_{3 + (n + step) % (ITEMS - 3):02}" for step in (0, 11, 23))
    return [_side(1, [met, mine], n), _side(2, [met, other], n)]


def _side(who: int, items: list[str], n: int) -> Side:
    changed = dict.fromkeys(items, f"value {n} of side {who}") | {f"item_{5 + who:02}": f"note {n} by {who}"}
    stamps = dict.fromkeys(changed, _AT[who - 1])
    return Side(rev=f"3-{who}{n:031}", data=_BASE | changed, stamps=stamps, at=_AT[who - 1])
