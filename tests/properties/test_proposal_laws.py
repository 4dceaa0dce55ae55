"""Laws of proposals, on partitions, weights, teams and present holders that chance draws."""

from __future__ import annotations

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grid import Cell
from grid.assign import Collector, Problem, propose
from tests.properties.test_coverage_laws import partitions


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw a problem: some cells held by who is there, some by who is not, some by nobody; some pairs fixed."""
    cells = draw(partitions())
    team = [Collector(f"c{n}", draw(st.sampled_from([1.0, 2.0, 5.0]))) for n in range(draw(st.integers(1, 6)))]
    names = [collector.name for collector in team]
    holder = st.sampled_from([*names, "away", ""])
    present = {cell.code: who for cell in cells if (who := draw(holder))}
    weights = {cell.code: float(draw(st.integers(0, 20))) for cell in cells}
    fixed = {cell.code: draw(st.sampled_from(names)) for cell in cells if draw(st.integers(0, 9)) == 0}
    return Problem(cells, weights, team, present, fixed)


def pieces(cells: list[Cell]) -> int:
    """Count the pieces of ground, by another way than the code does: polygons of the union, which corners part."""
    grown = shapely.union_all([cell.geometry.buffer(-1e-7, join_style="mitre").buffer(2e-7) for cell in cells])
    return len(shapely.get_parts(grown))


@settings(max_examples=60)
@given(problems())
def test_laws_of_proposals(problem: Problem) -> None:
    """Every cell once; pairs stand; what is too much or in pieces is named; changes are told; nothing changes twice."""
    proposal = propose(problem)
    codes = {cell.code for cell in problem.cells}
    assert set(proposal.holders) == codes
    assert problem.fixed.items() <= proposal.holders.items()
    told = {change.cell: (change.before, change.after) for change in proposal.changes}
    here = {collector.name for collector in problem.collectors}
    assert {c for c in codes if problem.present.get(c) != proposal.holders[c]} == set(told)
    assert all(told[c] == (problem.present.get(c), proposal.holders[c]) for c in told)
    named = {obstacle.collector for obstacle in proposal.obstacles}
    rate = sum(problem.weights.values()) / sum(collector.capacity for collector in problem.collectors)
    for collector in problem.collectors:
        own = [cell for cell in problem.cells if proposal.holders[cell.code] == collector.name]
        load = sum(problem.weights[cell.code] for cell in own)
        if load > 1.1001 * rate * collector.capacity or not own or pieces(own) > 1:
            assert collector.name in named
    assert set(proposal.holders.values()) <= here
    again = propose(Problem(problem.cells, problem.weights, problem.collectors, proposal.holders, problem.fixed))
    assert again.changes == ()
    assert (again.after, again.obstacles) == (proposal.after, proposal.obstacles)
