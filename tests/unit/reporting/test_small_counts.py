"""Small counts are suppressed, and what is shown beside them does not give them away."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fieldsync.reporting.files import as_csv
from fieldsync.reporting.small_counts import SmallCounts
from fieldsync.reporting.table import KEY, Column, Line, Table, summed, with_shares

SMALL = SmallCounts(5, b"secret")
COLUMNS = (
    *KEY,
    Column("cells", "网格", "cells", "plain"),
    Column("persons", "人口", "persons"),
    Column("closed", "结束", "closed"),
    Column("closed_share", "比例", "share", "share", of=("closed", "persons")),
)


def table_of(*counts: tuple[str, int, int]) -> Table:
    lines = [
        with_shares(Line(f"about {key}", {"key": key, "name": key, "cells": 1, "persons": p, "closed": c}), COLUMNS)
        for key, p, c in counts
    ]
    total = with_shares(summed(lines, COLUMNS, "about all"), COLUMNS)
    return Table("progress", {"by": "cell"}, COLUMNS, lines, total)


def test_counts_from_one_to_four_are_suppressed_and_all_else_is_near() -> None:
    """Nothing is told as nothing; a multiple of five stays; others go to a multiple of five next to them."""
    for value in range(200):
        shown = SMALL.figure("here", "persons", value)
        assert (shown is None) == (1 <= value <= 4)
        if shown is not None:
            assert shown % 5 == 0
            assert abs(shown - value) < 5
            assert shown == value or value % 5
    assert SMALL.figure("here", "expected", -3) is None
    assert SMALL.figure("here", "expected", -7) in (-5, -10)


def test_asking_again_tells_nothing_new_and_rounding_favours_nobody() -> None:
    """The same figure is always rounded the same way, others each by themselves, on the whole to what is true."""
    once = [SMALL.figure(f"area {n}", "persons", 23) for n in range(500)]
    assert once == [SMALL.figure(f"area {n}", "persons", 23) for n in range(500)]
    assert set(once) == {20, 25}
    assert sum(one or 0 for one in once) / 500 == pytest.approx(23, abs=0.4)
    other = SmallCounts(5, b"another secret")
    assert [other.figure(f"area {n}", "persons", 23) for n in range(500)] != once


def possible(value: int | None) -> set[int]:
    """Return all that may be true of a figure that is shown so, for somebody who knows the rule but not the secret."""
    if value is None:
        return {1, 2, 3, 4}
    return {true for true in range(max(0, value - 4), value + 5) if true == 0 or true >= 5} if value else {0}


def test_no_subtraction_gives_a_suppressed_count_away() -> None:
    """Total less the other rows, whatever was rounded which way: at least two numbers remain, also of ten totals."""
    for small in range(1, 5):
        left = {1, 2, 3, 4}
        for others in range(5, 60):
            for other in {5 * (others // 5), 5 * -(-others // 5)}:
                total = others + small
                for shown in {5 * (total // 5), 5 * -(-total // 5)}:
                    could = {a - b for a in possible(shown) for b in possible(other)} & {1, 2, 3, 4}
                    assert len(could) >= 2
                    left &= could
        assert len(left) >= 2


def test_a_table_is_covered_whole() -> None:
    """Counts and the shares of them, in rows and total; what counts no people stays."""
    table = table_of(("a", 40, 3), ("b", 2, 0), ("c", 100, 50))
    shown = SMALL.shown(table)
    assert [line.hidden for line in shown.rows] == [{"closed"}, {"persons"}, frozenset()]
    assert shown.rows[0].values["closed_share"] is None
    assert shown.rows[1].values == {
        "key": "b", "name": "b", "cells": 1, "persons": None, "closed": 0, "closed_share": None
    }  # fmt: skip
    assert shown.rows[2].values["closed_share"] == 0.5
    assert shown.total.values["cells"] == 3
    assert shown.total.values["persons"] in (140, 145)
    assert shown.total.report()["closed"] in (50, 55)
    assert shown.rows[1].report()["hidden"] == ["persons"]
    assert SmallCounts(1, b"").shown(table) == table


def test_a_file_says_what_is_suppressed_and_runs_nothing() -> None:
    """In the language asked for, the total last."""
    text = as_csv(SMALL.shown(table_of(("=1+1", 3, 0))), "zh").decode("utf-8-sig").splitlines()
    assert text[0] == "编号,名称,网格,人口,结束,比例"
    assert text[1] == "'=1+1,'=1+1,1,<5,0,"
    assert text[2] == "合计,,1,<5,0,"
    exact = as_csv(table_of(("a", 10, 5)), "en").decode("utf-8-sig").splitlines()
    assert exact[1:] == ["a,a,1,10,5,0.5", "total,,1,10,5,0.5"]
    assert all(len(one.split(",")) == len(two.split(",")) for one, two in pairwise(text))
