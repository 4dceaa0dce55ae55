"""The proposal of who works which cells: balanced, in one piece, near to what is now, with reasons."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import shapely
from shapely.geometry import box

from grid import Cell, GridError
from grid.assign import Collector, Problem, Proposal, propose
from tests.unit.grid.squares import cell, city, code, square

EVEN = {c.code: 1.0 for c in city(8)}
TEAM = [f"collector-{n}" for n in range(8)]


def asked(
    cells: list[Cell], names: list[str] | str, weights: Mapping[str, float] | None = None, **more: Any
) -> Problem:
    """Return a problem; without weights every cell weighs the same."""
    return Problem(cells, weights or {c.code: 1.0 for c in cells}, [Collector(name) for name in names], **more)


def rows_of(*rows: str) -> dict[str, str]:
    """Return holders as drawn: a letter for each square, the southernmost row last."""
    drawn = enumerate(reversed(rows))
    return {
        code(row * len(rows[0]) + column): who for row, line in drawn for column, who in enumerate(line) if who != "."
    }


def is_in_one_piece(cells: list[Cell], proposal: Proposal, collector: str) -> bool:
    own = [c.geometry for c in cells if proposal.holders[c.code] == collector]
    return shapely.union_all(own).geom_type == "Polygon"


def test_everyone_gets_the_same_where_that_is_possible() -> None:
    """64 equal cells among 8 collectors are 8 cells each, in one piece, and every cell has one collector."""
    proposal = propose(asked(city(8), TEAM))
    assert Counter(proposal.holders.values()) == dict.fromkeys(TEAM, 8)
    assert set(proposal.holders) == set(EVEN)
    assert all(is_in_one_piece(city(8), proposal, collector) for collector in TEAM)
    assert (proposal.after.largest_over_mean, proposal.obstacles) == (1.0, ())
    assert (proposal.before.unheld, proposal.before.idle) == (64, 8)


def test_uneven_cells_are_balanced_to_a_tenth() -> None:
    """Weights from 1 to 7; no share has more than 1.10 of what is due, and each is in one piece."""
    weights = {c.code: 1.0 + number * 3 % 7 for number, c in enumerate(city(8))}
    proposal = propose(asked(city(8), TEAM, weights))
    mean = sum(weights.values()) / len(TEAM)
    loads = [sum(w for c, w in weights.items() if proposal.holders[c] == who) for who in TEAM]
    assert max(loads) / mean == pytest.approx(proposal.after.largest_over_mean)
    assert max(loads) / mean <= 1.10
    assert all(is_in_one_piece(city(8), proposal, collector) for collector in TEAM)


def test_one_heavy_cell_costs_its_own_share_only_and_is_named() -> None:
    """The others divide what is left evenly; the cell that is too much for anybody is the obstacle."""
    weights = {c.code: 1.0 for c in city(3)} | {code(0): 100.0}
    proposal = propose(asked(city(3), "abc", weights))
    assert sorted(Counter(proposal.holders.values()).values()) == [1, 4, 4]
    (obstacle,) = proposal.obstacles
    assert (obstacle.kind, obstacle.cells) == ("heavy_cell", (code(0),))
    assert obstacle.collector == proposal.holders[code(0)]


def test_the_order_of_cells_and_collectors_does_not_matter() -> None:
    """The proposal depends on places, codes, names and weights alone."""
    assert propose(asked(city(8)[::-1], TEAM[::-1])) == propose(asked(city(8), TEAM))


@pytest.mark.parametrize("weight", [0.0, 5.0])
def test_nobody_is_left_out_while_there_are_enough_cells(weight: float) -> None:
    """Nine cells for nine collectors: one each, even where no cell weighs anything."""
    proposal = propose(asked(city(3), "abcdefghi", {c.code: weight for c in city(3)}))
    assert sorted(proposal.holders.values()) == list("abcdefghi")


def test_more_collectors_than_cells_leave_some_free_who_are_named() -> None:
    """Every cell still has exactly one collector."""
    proposal = propose(asked(city(1), "ab"))
    assert proposal.holders == {code(0): "a"}
    assert [(o.kind, o.collector) for o in proposal.obstacles if o.kind == "idle"] == [("idle", "b")]
    assert propose(asked([], "a")).holders == {}


def test_what_is_good_stays_as_it_is() -> None:
    """Shares within what is allowed, each in one piece, are left alone, however crooked they are."""
    present = rows_of("aab", "abb", "ccc")
    proposal = propose(asked(city(3), "abc", present=present))
    assert (proposal.holders, proposal.changes) == (present, ())


def test_who_has_too_much_is_relieved_over_others() -> None:
    """a has one too many, his neighbour b just enough, b's neighbour c room: a gives to b, and b to c."""
    cells = [cell(n, square(n, 0)) for n in range(9)]
    present = {code(n): who for n, who in enumerate("aaaabbbcc")}
    proposal = propose(asked(cells, "abc", present=present))
    assert "".join(proposal.holders[code(n)] for n in range(9)) == "aaabbbccc"
    assert [(c.cell, c.before, c.after, c.cause, c.about) for c in proposal.changes] == [
        (code(3), "a", "b", "balance", "a"),
        (code(6), "b", "c", "balance", "a"),
    ]
    assert proposal.changes[0].ratio == pytest.approx(4 / 3)
    assert proposal.loads == {"a": (4.0, 3.0), "b": (3.0, 3.0), "c": (2.0, 3.0)}


def test_the_cells_of_who_is_not_there_go_to_the_others() -> None:
    """b is away: a and c share what was his, and keep what they have."""
    proposal = propose(asked(city(3), "ac", present=rows_of("abc", "abc", "abc"), allowed=1.2))
    assert {change.cell for change in proposal.changes} == {code(1), code(4), code(7)}
    assert {(change.before, change.cause) for change in proposal.changes} == {("b", "absent")}
    assert (proposal.before.unheld, proposal.after.unheld) == (3, 0)


def test_who_comes_new_takes_over_from_who_left() -> None:
    """With as many cells free as are due, the newcomer gets just those."""
    proposal = propose(asked(city(3), "acn", present=rows_of("abc", "abc", "abc")))
    assert {(c.before, c.after) for c in proposal.changes} == {("b", "n")}
    assert len(proposal.changes) == 3


def test_a_newcomer_gets_something_where_all_is_held() -> None:
    """Even if the others have no more than is allowed."""
    proposal = propose(asked(city(4), "abcdn", present=rows_of("aabb", "aabb", "ccdd", "ccdd"), allowed=1.3))
    assert "n" in proposal.holders.values()
    assert {(c.after, c.about) for c in proposal.changes} >= {("n", "n")}


def test_pieces_that_lie_apart_go_to_who_is_beside() -> None:
    """a's cell in the far corner is nearer to others."""
    proposal = propose(asked(city(3), "abc", present=rows_of("bba", "bcc", "aac"), allowed=1.5))
    assert [(c.cell, c.before, c.cause) for c in proposal.changes] == [(code(8), "a", "apart")]
    assert (proposal.before.torn, proposal.after.torn) == (1, 0)


def test_fixed_pairs_stand() -> None:
    """They are carried out, and never traded, even if they burden somebody, who is named then."""
    fixed = {code(n): "a" for n in range(6)}
    proposal = propose(asked(city(3), "abc", fixed=fixed))
    assert fixed.items() <= proposal.holders.items()
    assert [o.kind for o in proposal.obstacles] == ["fixed"]
    one = propose(asked(city(3), "abc", present=rows_of("aaa", "bbb", "ccc"), fixed={code(3): "a"}, allowed=1.4))
    assert [(c.cell, c.cause) for c in one.changes] == [(code(3), "fixed")]


def test_capacities_are_what_shares_are_measured_by() -> None:
    """Who works half of the days gets half as much."""
    problem = Problem(city(3), EVEN, [Collector("a", 10.0), Collector("b", 5.0)], allowed=1.05)
    assert Counter(propose(problem).holders.values()) == {"a": 6, "b": 3}


def test_collectors_get_the_ground_they_are_at_home_on() -> None:
    """The one from the east gets the east."""
    west, east = (104.005, 30.02), (104.035, 30.02)
    team = [Collector("a", home=east), Collector("b", home=west)]
    proposal = propose(Problem(city(4), {c.code: 1.0 for c in city(4)}, team))
    assert proposal.holders == rows_of("bbaa", "bbaa", "bbaa", "bbaa")


def test_a_corner_is_no_border_but_a_hair_between_two_drawings_is_none_either() -> None:
    """Diagonal squares are two pieces; squares drawn 10 cm apart are one."""
    diagonal = [cell(0, square(0, 0)), cell(1, square(1, 1))]
    assert propose(asked(diagonal, "a")).after.torn == 1
    beside = [cell(0, square(0, 0)), cell(1, box(104.010001, 30.0, 104.02, 30.01))]
    assert propose(asked(beside, "a")).after.torn == 0


def test_an_island_is_named() -> None:
    """A cell over the river borders on nothing: whoever gets it has two pieces, and is told which."""
    cells = [*city(2), cell(10, square(5, 0))]
    proposal = propose(asked(cells, "ab", allowed=1.25))
    assert [(o.kind, o.cells, o.collector) for o in proposal.obstacles] == [
        ("island", (code(10),), proposal.holders[code(10)])
    ]
    again = propose(asked(cells, "ab", present=proposal.holders, allowed=1.25))
    assert again.changes == ()


@pytest.mark.parametrize("collectors", [[], ["a", "a"]])
def test_collectors_are_named_once_each(collectors: list[str]) -> None:
    """Nobody, or somebody twice, is an error."""
    with pytest.raises(GridError, match="name each collector once"):
        asked(city(2), collectors)


@pytest.mark.parametrize("weight", [None, -1.0, math.nan, math.inf])
def test_a_weight_that_is_missing_or_no_amount_is_refused_by_cell(weight: float | None) -> None:
    """The cell is named."""
    weights = {c.code: 1.0 for c in city(2)}
    if weight is None:
        del weights[code(3)]
    else:
        weights[code(3)] = weight
    with pytest.raises(GridError, match=f"cell {code(3)}"):
        asked(city(2), "a", weights)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"fixed": {code(99): "a"}}, code(99)),
        ({"fixed": {code(0): "z"}}, "'z'"),
        ({"allowed": 0.9}, "allow at least 1"),
        ({"allowed": math.nan}, "allow at least 1"),
    ],
)
def test_what_cannot_be_is_refused(more: dict[str, Any], named: str) -> None:
    """Pairs of foreign cells or people, and less than the mean for everybody."""
    with pytest.raises(GridError, match=named):
        asked(city(2), "a", **more)
    with pytest.raises(GridError, match="leave out who cannot work"):
        Problem(city(1), {code(0): 1.0}, [Collector("a", 0.0)])
