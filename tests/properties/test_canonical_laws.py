"""Canonical JSON: the fast road spells every value as the RFC's own implementation does."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldsync.canonical import _slow, canonical

NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
    st.integers(-(10**17), 10**17).map(float),
    st.sampled_from([0.0, -0.0, 1e21, 1e-7, 0.0001, 5e-324, 1e16]),
)
TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(["2026-11-23T08:00:00.000Z", ",0.0,", ":1e5", "\U0001f600"]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(NUMBERS, TEXTS, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)


@given(VALUES)
def test_the_fast_road_and_the_slow_one_agree(value: Any) -> None:
    """Whatever numbers and names are in it."""
    assert canonical(value) == _slow(value)
