"""Every action that the audit trail may have about a person is told in words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from fieldsync.telling.phrases import ACTION_WORDS
from fieldsync.telling.trail_words import TRAIL_WORDS

ROOT = Path(__file__).parents[3]
OF_NOBODY = {"form", "exchange", "keys"}
"""What actions are about that concern no single person: what begins so needs no words in a person's file."""
NOTING = {"note": 1, "note_done": 1, "note_for": 2}
"""What notes an action, and which of its arguments that is."""


def noted() -> Iterator[str]:
    """Yield the actions that are noted anywhere, as they stand in the code."""
    for path in (*(ROOT / "fieldsync").rglob("*.py"), *(ROOT / "mobile_api").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                place = NOTING.get(getattr(node.func, "attr", getattr(node.func, "id", "")), len(node.args))
                parts = (part for arg in node.args[place : place + 1] for part in ast.walk(arg))
                said = (part.value for part in parts if isinstance(part, ast.Constant))
                yield from (one for one in said if isinstance(one, str) and "." in one and not one.endswith("."))


def test_every_action_has_words() -> None:
    """Those that stand in the code, and a decision of each sort about a case or a lot."""
    actions = {*noted(), *(f"case.{action}" for action in ACTION_WORDS), "lot.accept", "lot.reject"}
    assert len(actions) > 30
    missing = actions - TRAIL_WORDS.keys()
    assert {one for one in missing if one.partition(".")[0] not in OF_NOBODY} == set()
