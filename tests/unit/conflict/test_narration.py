"""Merges in words: each strategy, in sentences that a supervisor can read, in both languages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conflict import Base, Candidate, Contest, Missing, Rule, Rules, Side, merge
from conflict.narration import narrate
from conflict.wording import LANGUAGES, WORDING

PLAIN = Rules.of({})
ROSTER = Rules.of({"m": {"merge": "roster"}})
MORNING, NOON = "2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z"
P, Q = {"id": "p", "age": 1}, {"id": "q", "age": 2}


def told(base: Any, first: Any, second: Any, rules: Rules, language: str = "en") -> str:
    """Tell the merge of two values of one field, the second the later one."""
    (field,) = base
    sides = [Side("2-a", {field: first}, at=MORNING), Side("2-b", {field: second}, at=NOON, authority="registry")]
    return narrate(merge(Base(base), sides, rules), rules, language)


@pytest.mark.parametrize(
    ("strategy", "first", "second", "english", "chinese"),
    [
        (
            "latest",
            "138",
            "139",
            "x: 138 (2-a) was replaced by 139 (2-b), because it was taken down later.",
            "填写较晚",
        ),
        ("authority", 1, 2, "x: 1 (2-a) was replaced by 2 (2-b), because it comes from the highest", "权限最高"),
        ("max", 1, 2, "x: 2 (2-b) counts against 1 (2-a), because it is the largest.", "数值最大"),
        ("min", 1, 2, "x: 1 (2-a) counts against 2 (2-b), because it is the smallest.", "数值最小"),
        (
            "union",
            "a b",
            "c",
            "x: a b (2-a) and c (2-b) were combined, additions and removals: now a b c.",
            "增减已合并",
        ),
        ("append", ["a"], ["b"], 'x: every text of ["a"] (2-a) and ["b"] (2-b) was kept: now ["a", "b"].', "全部保留"),
        (
            "review",
            1,
            2,
            "x: 1 (2-a) and 2 (2-b) contradict each other; 0 stays until a person decides.",
            "人工裁定之前保留 0",
        ),
    ],
)
def test_strategies_say_why(strategy: str, first: Any, second: Any, english: str, chinese: str) -> None:
    """What was replaced, by what, from whom, and why."""
    rules = Rules.of({"x": Rule(merge=strategy)})
    assert told({"x": 0}, first, second, rules).startswith(english)
    assert chinese in told({"x": 0}, first, second, rules, "zh")


@pytest.mark.parametrize(
    ("base", "first", "second", "english", "chinese"),
    [
        ([P], [P, Q], [P], "m[q] was added by 2-a. m[q].age: 2 was taken from 2-a.", "m[q] 由 2-a 新增。"),
        ([P, Q], [P], [P, Q], "m[q] was removed by 2-a.", "m[q] 由 2-a 移除。"),
        ([P, Q], [Q, P], [P, Q], "The members of m stand in the order of 2-a.", "m 的成员按 2-a 的顺序排列。"),
        (
            [P, Q, {"id": "r"}],
            [Q, P, {"id": "r"}],
            [{"id": "r"}, P, Q],
            "The members of m were moved differently; the order of 2-b, the later one, counts.",
            "采用 2-b 的顺序",
        ),
        (
            [P],
            [],
            [{**P, "age": 5}],
            "m[p].age: 5 was taken from 2-b. m[p] was taken away by 2-a, but m[p].age changed in 2-b; so it stays.",
            "2-a 去掉了 m[p]，但 2-b 修改了 m[p].age，因此保留。",
        ),
        ([P], "x", [Q], 'm: x (2-a) was replaced by [{"id": "q", "age": 2}] (2-b), because', "填写较晚"),
        ("x", [], "x", "m was set as a whole by 2-a.", "m 由 2-a 整体填写。"),
    ],
)
def test_rosters_are_told(base: Any, first: Any, second: Any, english: str, chinese: str) -> None:
    """Members that came, went, moved or stay."""
    assert english in told({"m": base}, first, second, ROSTER)
    assert chinese in told({"m": base}, first, second, ROSTER, "zh")


def test_contested_member_that_was_removed_is_told() -> None:
    """It stays for the sake of the contest, which one candidate may wait in alone."""
    contest = Contest("m[p].age", ("m[p].age",), (Candidate("2-x", 3),))
    found = merge(Base({"m": [P]}, contests=(contest,)), [Side("3-a", {"m": []})], ROSTER)
    assert narrate(found, ROSTER) == (
        "m[p] was taken away by 3-a, but m[p].age is contested (2-x); so it stays. "
        "m[p].age: 3 (2-x) waits for a person to decide; 1 stays until then."
    )
    assert "m[p].age 尚有争议（2-x）" in narrate(found, ROSTER, "zh")


def test_group_is_told_by_its_fields() -> None:
    """Each with its value, a reason for a missing one among them; what is empty is called nothing."""
    rules = Rules.of({"a": Rule(group="g"), "b": Rule(group="g")})
    sides = [Side("2-a", {"a": "1\n2"}, {"b": "refused"}, at=MORNING), Side("2-b", {}, at=NOON)]
    line = narrate(merge(Base({"a": "x"}), sides, rules), rules)
    assert line == (
        'g: a "1\\n2", b no answer (refused) (2-a) was replaced by nothing (2-b), because it was taken down later.'
    )


def test_quiet_merges_are_told_too() -> None:
    """Nothing changed, a value gone, a reason, and a deletion have their sentences."""
    base = Base({"a": 0})
    assert narrate(merge(base, [Side("2-a", {"a": 0})], PLAIN), PLAIN) == "Nothing changed."
    assert narrate(merge(base, [Side("2-a", {})], PLAIN), PLAIN) == "a was emptied by 2-a."
    assert Missing("unknown").reason in narrate(merge(base, [Side("2-a", {}, {"a": "unknown"})], PLAIN), PLAIN)
    assert narrate(merge(base, [Side("2-a", {}, deleted=True)], PLAIN), PLAIN, "zh") == "文档已删除。"


def test_edit_against_a_deletion_is_told_of_the_document() -> None:
    """What was deleted is the document, not a field."""
    merged = merge(Base({"a": 0}), [Side("2-a", {}, deleted=True), Side("2-b", {"a": 1})], PLAIN)
    assert "The document was deleted by 2-a, but a changed in 2-b; so it stays." in narrate(merged, PLAIN)
    assert "2-a 删除了文档，但 2-b 修改了 a，因此保留文档。" in narrate(merged, PLAIN, "zh")


def test_closing_is_told() -> None:
    """A ruling that a late candidate did not know of."""
    contest = Contest("a", ("a",), (Candidate("2-x", 1), Candidate("2-y", 2)))
    sides = [Side("3-a", {"a": 1}, contests=()), Side("3-b", {"a": 2})]
    merged = merge(Base({"a": 0}, contests=(contest,)), sides, PLAIN)
    assert narrate(merged, PLAIN) == "a: 1 (3-a) stays, because a person had decided; 2 (3-b) did not know of that."


def test_both_languages_have_the_same_sentences() -> None:
    """With the same places to fill, but for the English verb."""
    places = {
        language: {name: set(re.findall(r"{(\w+)}", text)) - {"was"} for name, text in WORDING[language].items()}
        for language in LANGUAGES
    }
    assert places["en"] == places["zh"]
