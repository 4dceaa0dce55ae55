"""`bench registry` on a small city."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Run


def test_the_registry_is_measured(run: Run, tmp_path: Path) -> None:
    """Everything that is asked for was there: each measure counts what it should."""
    done = run("bench", "registry", "--persons", "300", "--folder", str(tmp_path / "measured"), "--json")
    assert done.status == 0, done.err
    counts = {one["name"]: one["count"] for one in done.json["results"]}
    exported = [count for name, count in counts.items() if name.startswith("export of persons")]
    assert exported == [counts["import"]] * 4 == [300] * 4
    found = {one["name"]: one["found"] for one in done.json["results"] if "found" in one}
    assert found.pop("who is dead, anywhere (nobody)") == found.pop("a page after 500: persons of a street") == 0
    assert min(found.values()) >= 60
    assert counts["decide a case"] == counts["take an admission back"] == 60
    again = run("bench", "registry", "--folder", str(tmp_path / "measured"))
    assert (again.status, "is not empty" in again.err) == (2, True)
