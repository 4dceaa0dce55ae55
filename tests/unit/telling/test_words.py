"""Words: nothing that the steps may write lacks them, labels and values read well, days are told right."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import fieldsync
from conflict import ABSENT, STRATEGIES, Missing, Rules
from fieldsync.audit import OUTCOMES
from fieldsync.cases import LEVELS
from fieldsync.decisions import ACTIONS
from fieldsync.judgement import REASON_TEXTS, Reason
from fieldsync.states import CLOSED_RESULTS
from fieldsync.telling import phrases
from fieldsync.telling.people import Naming, People
from fieldsync.telling.reading import Reading
from fieldsync.telling.standings import STATUS_WORDS
from fieldsync.telling.times import compared, on_day, seen_from
from forms_spec import FormSpec
from forms_spec.spec import STRATEGIES as FORM_STRATEGIES
from forms_spec.spec import Choice, Field

ERASED = frozenset({"erasure", "retention", "withdrawal"})
"""Causes that begin with a variable in the source."""
ZONE = ZoneInfo("Asia/Shanghai")
CASES = tuple(ACTIONS)
STATUSES = ("not_started", "in_progress", "held", "contested", "waiting", "returned", "admitted")


def causes() -> set[str]:
    """Return every cause of a server's revision that the source of the use cases names."""
    found = set()
    for path in Path(fieldsync.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = dict(_constants(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Draft", "Resolution"):
                found |= {_head(k.value, constants) for k in node.keywords if k.arg == "cause"}
    return {cause for cause in found if cause}


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the texts that a module gives names to."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str(text))):
                yield name, text


def _head(value: ast.expr, constants: dict[str, str]) -> str:
    """Return what a cause begins with, where the source says so."""
    first = value.values[0] if isinstance(value, ast.JoinedStr) else value
    if isinstance(first, ast.Name):
        return constants.get(first.id, "")
    return str(first.value).partition(":")[0] if isinstance(first, ast.Constant) else ""


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (phrases.OUTCOME_WORDS, OUTCOMES),
        (phrases.STRATEGY_WORDS, {*STRATEGIES, *FORM_STRATEGIES, "deletion", "closing", "merge"}),
        (phrases.CAUSE_WORDS, {*causes(), *ERASED, "resolve", "undelete", "contest", "owned", "decision"}),
        (phrases.RULE_WORDS, {"auto", "registry", "held", "chosen", "admission", "contest", "deletion"}),
        (phrases.LEVEL_WORDS, LEVELS),
        (phrases.ACTION_WORDS, {action for allowed in ACTIONS.values() for action in allowed}),
        (phrases.RULING_WORDS, {action for kind in ("admission", "late") for action in ACTIONS[kind]}),
        (phrases.CASE_WORDS, CASES),
        (phrases.MISSING_WORDS, ("refused", "unknown", "not_asked")),
        (STATUS_WORDS, {*STATUSES, *(f"closed_{result}" for result in CLOSED_RESULTS)}),
        (REASON_TEXTS, set(Reason)),
    ],
)
def test_nothing_that_the_steps_write_lacks_words(table: Any, names: Any) -> None:
    """Every outcome, strategy, cause, level, action, kind of case, status and reason is there in both languages."""
    assert set(names) - set(table) == set()
    for english, chinese in table.values():
        assert english.isascii()
        assert not chinese.isascii()


@pytest.mark.parametrize("cause", ["contest:5c", "admission:5c", "deletion:5c", "registry:7", "contest", "import"])
def test_a_cause_is_told_by_what_it_begins_with(cause: str) -> None:
    """A decision by the kind of its case, a record by the registry; none as it is written."""
    assert phrases.cause_word(cause, "en") != cause
    assert ("decision" in phrases.cause_word(cause, "en")) == (cause.endswith(":5c"))


def test_a_cause_without_words_is_shown_as_it_is() -> None:
    """Nothing fails for a word that is not known yet."""
    assert phrases.cause_word("moved:x", "zh") == "服务器写入（moved:x）"


MEMBERS = Field(
    name="members", type="repeat", path="/members", labels={"en": "Members", "zh": "成员"}, merge="roster",
    fields=(
        Field(name="age", type="integer", path="/members/age", labels={"en": "Age", "zh": "年龄"}),
        Field(name="card", type="text", path="/members/card", labels={"en": "Card"}, sensitive=True),
    ),
)  # fmt: skip
SPEC = FormSpec(
    id="person", version="1", title={}, languages=("en", "zh"),
    fields=(
        Field(name="phone", type="text", path="/phone", labels={"en": "Phone", "zh": "电话"}, sensitive=True),
        Field(name="tongue", type="select_multiple", path="/t", labels={"en": "Languages"}, choices="tongues"),
        Field(name="id_type", type="text", path="/a", labels={"en": "Document", "zh": "证件"}, group="identity"),
        Field(name="id_no", type="text", path="/b", labels={"en": "Number", "zh": "号码"}, group="identity",
              sensitive=True),
        MEMBERS,
    ),
    choices={"tongues": (Choice("zh", {"en": "Chinese", "zh": "中文"}), Choice("bo", {"en": "Tibetan", "zh": "藏语"}))},
)  # fmt: skip
READING = Reading(Rules.of({"id_type": {"group": "identity"}, "id_no": {"group": "identity"}}), SPEC)


@pytest.mark.parametrize(
    ("item", "value", "english", "chinese"),
    [
        ("phone", "13812345678", "138…", "138…"),
        ("phone", "123456", "…", "…"),
        ("phone", ABSENT, "nothing", "空"),
        ("phone", Missing("refused"), "refused to say", "拒绝回答"),
        ("tongue", "zh bo", "Chinese, Tibetan", "中文、藏语"),
        ("tongue", ["zh", "bo"], "Chinese, Tibetan", "中文、藏语"),
        ("identity", {"id_type": "111", "id_no": "999999198002030029"}, "111 999…", "111 999…"),
        ("members", [{"age": 3}, {"age": 4}], "2 entries", "2 项"),
        ("members[Ann]", {"age": 4, "card": "A1234567"}, "…", "…"),
        ("members[Ann].age", 4, "4", "4"),
        ("members[Ann].card", "A1234567", "A12…", "A12…"),
        ("unheard_of", "x" * 100, "x" * 60 + "…", "x" * 60 + "…"),
        ("note", "a dog\nand a cat", "a dog / and a cat", "a dog / and a cat"),
    ],
)
def test_values_are_read_as_people_read_them(item: str, value: Any, english: str, chinese: str) -> None:
    """Choices by their labels, reasons in words, sensitive values covered, long ones cut."""
    assert (READING.told(item, value, "en"), READING.told(item, value, "zh")) == (english, chinese)


@pytest.mark.parametrize(
    ("was", "now", "english", "chinese"),
    [
        ("13812345678", "13887654321", "(to another, which is not shown)", "（已变更，内容不予显示）"),
        ("13812345678", "13912345678", "", ""),
        (ABSENT, "13812345678", "", ""),
    ],
)
def test_no_covered_value_is_said_to_change_into_itself(was: Any, now: str, english: str, chinese: str) -> None:
    """`from 138… to 138…` tells nothing; so it is said that there is another, and not which."""
    assert (READING.whole("phone", was, now, "en"), READING.whole("phone", was, now, "zh")) == (english, chinese)
    assert Reading(READING.rules, SPEC, reveal=True).whole("phone", was, now, "en") == ""


def test_a_revealed_value_is_whole() -> None:
    """Whoever may see it reads it in full, also within a group and a roster."""
    revealed = Reading(READING.rules, SPEC, reveal=True)
    assert revealed.told("phone", "13812345678", "en") == "13812345678"
    assert revealed.told("identity", {"id_type": "111", "id_no": "9"}, "en") == "111 9"
    assert revealed.told("members", [{}], "zh") == "1 项"


@pytest.mark.parametrize(
    ("item", "english", "chinese"),
    [
        ("phone", "Phone", "电话"),
        ("identity", "Document / Number", "证件／号码"),
        ("members[Ann].age", "Age of Members Ann", "成员 Ann的年龄"),
        ("members[Ann]", "Members Ann", "成员 Ann"),
        ("members[a%5Db].height", "height of Members a]b", "成员 a]b的height"),
        ('members["7"#2].age', "Age of Members 7 (2)", "成员 7 (2)的年龄"),
        ("members[=3f2a]", "Members", "成员"),
        ("guests[1].age", "age of guests 1", "guests 1的age"),
        ("unheard_of", "unheard_of", "unheard_of"),
        ("_attachments/front.jpg", "_attachments/front.jpg", "_attachments/front.jpg"),
        ("", "", ""),
    ],
)
def test_items_are_called_by_their_labels(item: str, english: str, chinese: str) -> None:
    """A group by its fields, a roster's member by its parts, what the form does not know by its name."""
    assert (READING.label(item, "en"), READING.label(item, "zh")) == (english, chinese)


def test_a_label_within_a_sentence_begins_small_unless_it_is_an_abbreviation() -> None:
    """`Phone` becomes `phone`; `ID card` and Chinese stay."""
    assert READING.in_sentence("phone", "en") == "phone"
    assert READING.in_sentence("phone", "zh") == "电话"
    assert Reading(Rules.of({})).in_sentence("ID", "en") == "ID"


@pytest.mark.parametrize(
    ("second", "english", "chinese"),
    [
        ("2026-11-03T18:00", "later that day", "当天稍后"),
        ("2026-11-03T15:00", "that day", "当天"),
        ("2026-11-03T09:00", "earlier that day", "当天早些时候"),
        ("2026-11-04T00:10", "the next day", "次日"),
        ("2026-11-02T23:50", "the day before", "前一天"),
        ("2026-11-09T10:00", "on 9 November", "11月9日"),
        ("2027-01-01T10:00", "on 1 January 2027", "2027年1月1日"),
    ],
)
def test_a_second_time_is_told_by_how_it_lies_to_the_first(second: str, english: str, chinese: str) -> None:
    """So that what is kept does not grow stale."""
    first, other = (datetime.fromisoformat(t).replace(tzinfo=ZONE) for t in ("2026-11-03T15:00", second))
    assert (compared(first, other, "en"), compared(first, other, "zh")) == (english, chinese)


@pytest.mark.parametrize(
    ("moment", "english", "chinese"),
    [
        ("2026-11-03T15:04", "today at 15:04", "今天15:04"),
        ("2026-11-02T15:04", "yesterday at 15:04", "昨天15:04"),
        ("2026-10-03T15:04", "on 3 October at 15:04", "10月3日15:04"),
        ("2025-11-03T15:04", "on 3 November 2025 at 15:04", "2025年11月3日15:04"),
    ],
)
def test_a_time_is_told_as_seen_from_now(moment: str, english: str, chinese: str) -> None:
    """Today and yesterday by their names, other days by their dates."""
    now, other = (datetime.fromisoformat(t).replace(tzinfo=ZONE) for t in ("2026-11-03T18:00", moment))
    assert (seen_from(now, other, "en"), seen_from(now, other, "zh")) == (english, chinese)
    assert on_day(other.date(), "en").startswith("on 3 ") == (other.day == 3)


BODIES = {
    "household:h": {"data": {"dwelling": "dwelling:d"}},
    "household:c": {"data": {"contact_name": "Wang", "dwelling": "dwelling:d"}},
    "dwelling:d": {"data": {"room": "301"}},
    "person:p": {"data": {"name": "王芳"}},
    "stay:s": {"data": {"person": "person:p"}},
    "stay:t": {"data": {"person": "person:unknown"}},
}


@pytest.mark.parametrize(
    ("document", "english", "chinese"),
    [
        ("household:h", "the household in room 301", "301室住户"),
        ("household:c", "the household of Wang in room 301", "301室Wang住户"),
        ("dwelling:d", "the dwelling in room 301", "301室住房"),
        ("dwelling:x", "a dwelling", "住房"),
        ("person:p", "王芳", "王芳"),
        ("person:x", "a person", "一名人员"),
        ("stay:s", "the stay of 王芳", "王芳的居住记录"),
        ("stay:t", "a stay", "一条居住记录"),
        ("visit:v", "a visit", "一次走访"),
    ],
)
def test_documents_are_called_as_people_call_them(document: str, english: str, chinese: str) -> None:
    """By name, by room, by whose they are."""
    naming = Naming(BODIES, lambda _kind: frozenset())
    assert (naming.name(document, "en"), naming.name(document, "zh")) == (english, chinese)


def test_a_sensitive_name_is_covered() -> None:
    """Where a form marks the name itself."""
    naming = Naming({"person:p": {"data": {"name": "Maximilian"}}}, lambda _kind: frozenset({"name"}))
    assert naming.name("person:p", "en") == "Max…"


def test_people_are_called_as_their_accounts_have_them() -> None:
    """In the other language if need be, by their login if they have no account; nobody is the server."""
    people = People({"li.na": {"zh": "李娜"}}.get)
    assert [people.name(who, "en") for who in ("li.na", "gone", None)] == ["李娜", "gone", "the server"]
