"""`bench duplicates`: its counts add up."""

from __future__ import annotations

from fieldsync.sample import district
from tests.unit.cli.conftest import Run


def test_the_command_tells_precision_and_recall(run: Run) -> None:
    """`bench duplicates` has the counts behind its shares."""
    (result,) = run("bench", "duplicates", "--json").json["results"]
    assert result["found"] + result["missed"] == result["count"] == 3294
    assert result["recall"] == round(result["found"] / result["count"], 4)
    missing = run("bench", "duplicates", "--persons", str(district.path("registry/stays.csv")))
    assert missing.status == 2
    assert "has no column 'name'" in missing.err
