"""The simple proposal of who works which cells."""

import math

import pytest
import shapely

from grid import GridError, propose
from tests.unit.grid.squares import city, code

EVEN = {c.code: 1.0 for c in city(8)}
TEAM = [f"collector-{n}" for n in range(8)]


def test_everyone_gets_the_same_where_that_is_possible() -> None:
    """64 equal cells among 8 collectors are 8 cells each, and every cell has one collector."""
    proposal = propose(city(8), EVEN, TEAM)
    assert set(proposal) == set(EVEN)
    assert sorted(proposal.values()) == sorted(TEAM * 8)


def test_shares_are_in_one_piece_on_squares() -> None:
    """Along a Hilbert curve over squares, neighbours in the order are neighbours on the ground."""
    proposal = propose(city(8), EVEN, TEAM)
    for collector in TEAM:
        own = [c.geometry.buffer(1e-9) for c in city(8) if proposal[c.code] == collector]
        assert shapely.union_all(own).geom_type == "Polygon"


def test_no_share_is_off_by_more_than_the_heaviest_cell() -> None:
    """Weights that vary are cut where they are due."""
    weights = {c.code: 1.0 + number % 7 for number, c in enumerate(city(8))}
    proposal = propose(city(8), weights, TEAM)
    mean = sum(weights.values()) / len(TEAM)
    for collector in TEAM:
        load = sum(weight for c, weight in weights.items() if proposal[c] == collector)
        assert abs(load - mean) <= 7.0


def test_one_heavy_cell_costs_its_own_share_only() -> None:
    """The others divide what is left evenly."""
    weights = {c.code: 1.0 for c in city(3)} | {code(0): 100.0}
    proposal = propose(city(3), weights, ["a", "b", "c"])
    assert sorted(list(proposal.values()).count(collector) for collector in "abc") == [1, 4, 4]


def test_the_order_of_the_cells_does_not_matter() -> None:
    """The proposal depends on places, codes and weights alone."""
    assert propose(city(8)[::-1], EVEN, TEAM) == propose(city(8), EVEN, TEAM)


@pytest.mark.parametrize("weight", [0.0, 5.0])
def test_nobody_is_left_out_while_there_are_enough_cells(weight: float) -> None:
    """Nine cells for nine collectors: one each, even where no cell weighs anything."""
    proposal = propose(city(3), {c.code: weight for c in city(3)}, [str(n) for n in range(9)])
    assert sorted(proposal.values()) == [str(n) for n in range(9)]


def test_more_collectors_than_cells_leave_the_last_ones_free() -> None:
    """Every cell still has exactly one collector."""
    assert sorted(propose(city(1), {code(0): 3.0}, ["a", "b"]).items()) == [(code(0), "a")]
    assert propose([], {}, ["a"]) == {}


@pytest.mark.parametrize("collectors", [[], ["a", "a"]])
def test_collectors_are_named_once_each(collectors: list[str]) -> None:
    """Nobody, or somebody twice, is an error."""
    with pytest.raises(GridError, match="name each collector once"):
        propose(city(2), {c.code: 1.0 for c in city(2)}, collectors)


@pytest.mark.parametrize("weight", [None, -1.0, math.nan, math.inf])
def test_a_weight_that_is_missing_or_no_amount_is_refused_by_cell(weight: float | None) -> None:
    """The cell is named."""
    weights = {c.code: 1.0 for c in city(2)}
    if weight is None:
        del weights[code(3)]
    else:
        weights[code(3)] = weight
    with pytest.raises(GridError, match=f"cell {code(3)}"):
        propose(city(2), weights, ["a"])
