"""`bench grid` on a small city."""

from __future__ import annotations

from tests.unit.cli.conftest import Run


def test_proposals_are_measured(run: Run) -> None:
    """From nothing every cell is given, in one piece each; the leavers' cells are among what changes."""
    few = ("--cells", "100", "--collectors", "25", "--points", "1000", "--coverage", "50")
    done = run("bench", "grid", *few, "--json")
    points, coverage, repaired, *_ = done.json["results"]
    assert (points["count"], points["outside"]) == (1000, 0)
    assert (coverage["count"], coverage["faults"]) == (50, 0)
    assert (repaired["count"], repaired["changed"] >= 5, repaired["left"]) == (50, True, 0)
    first, left = (r for r in done.json["results"] if r["name"].startswith("proposal"))
    assert (first["count"], first["changes"], first["torn"]) == (100, 100, 0)
    assert first["largest_over_mean"] <= 1.10 or first["named"]
    assert 4 <= left["changes"] < 100
