"""What supervisors read when something is refused is there in English and in Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OF_THE_GRID = (
    "grid/**/*.py",
    "fieldsync/geofiles/*.py",
    "fieldsync/cli/grid*.py",
    "fieldsync/handovers/*.py",
    "fieldsync/assignment_proposals/*.py",
    "fieldsync/progress/*.py",
    "fieldsync/cells.py",
    "fieldsync/codes.py",
    "fieldsync/plan_files.py",
    "fieldsync/areas.py",
    "fieldsync/assignments.py",
    "fieldsync/working_lives.py",
    "fieldsync/rounds.py",
    "fieldsync/devices.py",
    "fieldsync/passwords.py",
    "fieldsync/throttle.py",
)
OF_CASES_AND_THE_REGISTRY = (
    "fieldsync/cases.py",
    "fieldsync/claims.py",
    "fieldsync/verdicts.py",
    "fieldsync/decisions.py",
    "fieldsync/lots.py",
    "fieldsync/reversals.py",
    "fieldsync/releases.py",
    "fieldsync/same_person.py",
    "fieldsync/late_cases.py",
    "fieldsync/erasing.py",
    "fieldsync/erased.py",
    "fieldsync/trail.py",
    "fieldsync/registry.py",
    "fieldsync/registry_*.py",
    "fieldsync/moments.py",
    "fieldsync/cursors.py",
    "fieldsync/accounts.py",
    "fieldsync/exchange/*.py",
    "fieldsync/exporting/*.py",
    "fieldsync/searching/*.py",
    "fieldsync/reporting/*.py",
    "fieldsync/accounting/balance.py",
    "fieldsync/cli/case*.py",
    "fieldsync/cli/lot.py",
    "fieldsync/cli/ledger.py",
    "fieldsync/cli/audit.py",
    "fieldsync/cli/exchange.py",
    "fieldsync/cli/report.py",
    "fieldsync/cli/registry*.py",
    "mobile_api/flow.py",
    "mobile_api/dependencies.py",
    "mobile_api/routes/cases.py",
    "mobile_api/routes/lots.py",
    "mobile_api/routes/documents.py",
    "mobile_api/routes/privacy.py",
    "mobile_api/routes/registry*.py",
    "mobile_api/routes/report*.py",
)
OF_TABLETS = ("fieldsync/gate.py", "fieldsync/sessions.py")
OF_MERGES = ("conflict/*.py", "fieldsync/merge_*.py")
ERRORS = {"GridError", "LineError", "RulesError", "BadInput", "NotFound", "Conflict", "Forbidden", "Unauthenticated"}
PASSES_ON = re.compile(r"error\.(told|message)|(error|answer|self)\.zh|_nobody\(|_NOT_GOOD|zh=_[A-Z_]+_ZH")
"""Errors that only hand on the words of another, the function that returns both, and constants that hold them."""


def _raised(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
            yield ast.unparse(node)


@pytest.mark.parametrize("pattern", [*OF_THE_GRID, *OF_CASES_AND_THE_REGISTRY, *OF_TABLETS, *OF_MERGES])
def test_every_refusal_that_staff_meet_is_in_both_languages(pattern: str) -> None:
    """Behind commands and routes of grid, cases, registry and merges each error that is raised has Chinese words."""
    paths = sorted(ROOT.glob(pattern))
    assert paths
    found = [one for path in paths for one in _raised(path)]
    assert [one for one in found if not re.search("[一-鿿]", one) and not PASSES_ON.search(one)] == []
