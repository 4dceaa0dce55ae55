"""The plan of a lot's sample: what ISO 2859-1 says, what would pass, and that anybody can draw it again."""

from __future__ import annotations

from itertools import combinations

import pytest

from fieldsync.sampling import Plan, drawn, plan_of


@pytest.mark.parametrize(
    ("size", "looked_at", "may_be_faulty"),
    [(1, 1, 0), (12, 12, 0), (13, 13, 0), (14, 13, 0), (150, 13, 0), (151, 50, 1), (500, 50, 1), (501, 80, 2)],
)
def test_the_plan_is_that_of_the_standard(size: int, looked_at: int, may_be_faulty: int) -> None:
    """Level II, normal inspection, 1.0 %: 13 with none, 50 with one, 80 with two; small lots are looked at whole."""
    plan = plan_of(size)
    assert (plan.looked_at, plan.may_be_faulty) == (looked_at, may_be_faulty)


@pytest.mark.parametrize(("size", "looked_at", "may_be", "faulty"), [(6, 3, 0, 2), (6, 3, 1, 3), (7, 4, 1, 2)])
def test_what_passes_is_counted_right(size: int, looked_at: int, may_be: int, faulty: int) -> None:
    """The probability is the share of all samples that have few enough faulty cases, counted one by one."""
    samples = list(combinations(range(size), looked_at))
    passing = sum(sum(case < faulty for case in sample) <= may_be for sample in samples)
    assert Plan(size, looked_at, may_be).passes(faulty) == pytest.approx(passing / len(samples))


def test_what_is_looked_at_whole_has_no_risk() -> None:
    """A lot with one faulty case never passes where all are looked at; without any it always does."""
    assert plan_of(10).passes(1) == 0
    assert plan_of(100).passes(0) == 1


def test_a_sample_is_drawn_again_from_its_seed() -> None:
    """In whatever order the cases come; another seed draws another, and over many seeds each case comes as often."""
    cases = [f"admission:{n}" for n in range(100)]
    first = drawn(cases, "a", 13)
    assert (len(set(first)), first) == (13, drawn(reversed(cases), "a", 13))
    assert first != drawn(cases, "b", 13)
    times = [sum(case in drawn(cases, str(seed), 13) for seed in range(300)) for case in cases[:5]]
    assert all(15 < count < 65 for count in times)
