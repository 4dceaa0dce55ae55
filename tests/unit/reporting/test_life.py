"""Where households stand, whose work comes back, and which items have answers, from the marks of a cell."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.progress.answered import ItemCount, answered_of, pattern_of, without_unused
from fieldsync.progress.figures import figures_of
from fieldsync.progress.life import Handed
from fieldsync.progress.marks import Marks, mark, sign
from fieldsync.reporting.completeness import added, area_line, item_lines
from tests.unit.test_progress import FRAME, marks_of, state, submission, visit


def life(*more: Any) -> dict[str, int]:
    return dict(figures_of(marks_of(*FRAME, *more), "1").rounds["r"].life)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([visit(1, "d2")], {"not_started": 2, "in_progress": 1}),
        ([visit(1, "d1")], {"in_progress": 2, "not_started": 1}),
        ([visit(1, "d2"), state("dwelling:d2", "closed_vacant")], {"not_started": 2, "closed": 1}),
        ([submission(1, "h1")], {"submitted": 1, "not_started": 2}),
        ([submission(1, "h1"), state("household:h1", "held")], {"held": 1, "not_started": 2}),
        ([submission(1, "h1"), state("household:h1", "in_progress")], {"submitted": 1, "not_started": 2}),
        ([visit(1, "d2"), state("household:h1", "admitted")], {"not_started": 2, "in_progress": 1}),
    ],
)
def test_each_household_stands_somewhere(more: list[Any], expected: dict[str, int]) -> None:
    """Two households and a dwelling without one: three units, each once; a status of another round does not count."""
    assert life(*more) == expected
    assert sum(expected.values()) == figures_of(marks_of(*FRAME), "1").units == 3


def test_what_comes_back_is_counted_by_who_handed_it_in_last() -> None:
    """An error, a contest or a return counts a household once, however many there are."""
    marks = marks_of(*FRAME, submission(1, "h1"), submission(2, "h2"))
    body = {"status": "contested", "findings": [{"severity": "error"}] * 2, "contests": [{}, {}], "returned": "odd"}
    mark(marks, "state:household:h1", {"data": body})
    for number, who in ((1, "li.na"), (2, "he.bo")):
        sign(marks, f"submission:{number}", who, "2026-11-20T20:00:00.000Z")
    handed = figures_of(marks, "1").rounds["r"].handed
    assert handed == {"li.na": Handed(1, errors=1, contested=1), "he.bo": Handed(1)}
    sign(marks, "submission:2", "li.na", "2026-11-20T20:00:00.000Z")
    assert figures_of(marks, "1").rounds["r"].handed == {"li.na": Handed(2, errors=1, contested=1)}


def person(marks: Marks, number: int, data: dict[str, Any], missing: Any = None) -> None:
    mark(marks, f"person:{number}", {"data": data, "missing": missing or {}})


def test_items_are_counted_as_documents_come_change_and_go() -> None:
    """An answer, a reason, an odd reason, an answer beside a reason, nothing: each once; an empty answer is none."""
    marks = Marks()
    person(marks, 1, {"name": "秦睿", "phone": ""}, {"phone": "refused"})
    person(marks, 2, {"name": "王芳", "phone": "128"}, {"phone": "refused", "id_number": "eaten by the dog"})
    person(marks, 3, {"name": ["x"], "a|b": 1, "=1": 2})
    found = answered_of(marks.patterns, marks.filled)
    assert found.documents == {"person": 3}
    assert found.items["person"] == {
        "name": ItemCount(present=3),
        "phone": ItemCount(present=1, refused=1),
        "id_number": ItemCount(other=1),
    }
    person(marks, 1, {"name": "秦睿", "phone": "129"})
    mark(marks, "person:3", None)
    found = answered_of(without_unused(marks.patterns, marks.filled), marks.filled)
    assert found.items["person"]["phone"] == ItemCount(present=2)
    assert found.documents == {"person": 2}
    assert len(without_unused(marks.patterns, marks.filled)) == 2


def test_counting_again_or_in_another_order_changes_nothing() -> None:
    """Patterns are numbered as they come; what is counted of them is the same."""
    one, other = Marks(), Marks()
    documents = [(n, {"name": "x", **({"sex": "1"} if n % 2 else {})}) for n in range(6)]
    for number, data in documents:
        person(one, number, data)
    for number, data in reversed(documents * 2):
        person(other, number, data)
    assert answered_of(one.patterns, one.filled) == answered_of(other.patterns, other.filled)


def test_completeness_adds_up() -> None:
    """Of each item: answers, reasons and blanks are all documents, of the cells together."""
    pattern = pattern_of("person", {"name": "x"}, {"phone": "unknown"})
    cell = answered_of({pattern: 1}, {"a": 1, "b": 1})
    total = added([cell, cell])
    lines = {line.values["item"]: line.values for line in item_lines(total, {}, "here", "en")}
    assert {name: lines["name"][name] for name in ("documents", "present", "empty")} == {
        "documents": 4, "present": 4, "empty": 0
    }  # fmt: skip
    assert (lines["phone"]["unknown"], lines["phone"]["empty"], lines["phone"]["present_share"]) == (4, 0, 0.0)
    assert area_line(total, {}, ("5101", "成都"), "here").values["present_share"] == 0.5
