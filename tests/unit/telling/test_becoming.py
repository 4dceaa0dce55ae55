"""What a change has come to, from the ledger alone: each rule has its news, and each news its sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conflict import ABSENT, Rules
from fieldsync.ledger import DocumentLog, Entry, Outcome
from fieldsync.telling.becoming import news_of
from fieldsync.telling.news import TOLD, News, Told
from fieldsync.telling.people import Naming, People
from fieldsync.telling.reading import Reading
from fieldsync.telling.sentences import SENTENCES, Speaker

CELL, PERSON = "510107001004001", "person:ann"
BASE, MINE, THEIRS, MERGED = "1-a", "2-b", "2-c", "3-d"
AT = "2026-11-23T08:00:00.000Z"


def entry(rev: str, value: int, **more: Any) -> Entry:
    """Return a revision with one item, a child of the base."""
    body = {"data": {"rooms": value}}
    path = [rev, BASE] if rev != BASE else [rev]
    return Entry(**{"cell": CELL, "document": PERSON, "rev": rev, "path": path, "arrived": AT, "body": body, **more})


def told(strategy: str, *, theirs: str | None = "wang.fang", outcome: str = "overruled") -> Told:
    """Return a document in which the change of one collector met another's and was overruled."""
    origin = {"origin": "tablet", "author": theirs} if theirs else {"origin": "server"}
    entries = [
        entry(BASE, 1, origin="server"),
        entry(MINE, 2, origin="tablet", author="li.na", tablet="one", changes=["rooms"]),
        entry(THEIRS, 3, changes=["rooms"], **origin),
        entry(MERGED, 3, origin="server", cause="resolve", path=[MERGED, THEIRS], merged=[MINE, THEIRS]),
    ]
    detail = {"strategy": strategy, "winner": THEIRS}
    ended = Outcome(
        cell=CELL, document=PERSON, rev=MINE, item="rooms", outcome=outcome, cause=MERGED, at=AT, detail=detail
    )
    return Told(PERSON, DocumentLog(entries, [ended]), Rules.of({"rooms": {"merge": "latest"}}), {}, "2026-11-20")


def speaker() -> Speaker:
    """Return what says sentences about a person without a form."""
    people = People({"li.na": {"en": "Li Na", "zh": "李娜"}, "wang.fang": {"en": "Wang Fang"}}.get)
    naming = Naming({PERSON: {"data": {"name": "Ann"}}}, lambda _kind: frozenset())
    return Speaker(people, naming, {"person": Reading(Rules.of({}))}, ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("strategy", ["latest", "authority", "max", "min", "deletion", "closing", "merge"])
def test_a_change_overruled_by_a_rule_is_told_with_the_rule(strategy: str) -> None:
    """With both values, and whose the other is."""
    (news,) = news_of(told(strategy))
    assert (news.kind, news.mine, news.other, news.other_by) == (strategy, 2, 3, ("wang.fang",))


def test_a_strategy_to_come_is_told_as_a_merge() -> None:
    """A rule without words of its own is no reason to be silent."""
    (news,) = news_of(told("something new"))
    assert news.kind == "merge"


def test_a_value_of_the_registry_is_told_as_such() -> None:
    """Nobody is named where nobody took it down."""
    (news,) = news_of(told("latest", theirs=None))
    assert (news.kind, news.other_by) == ("registry", ())


@pytest.mark.parametrize("outcome", ["superseded", "agreed", "admitted", "waiting"])
def test_what_needs_nobody_is_not_told(outcome: str) -> None:
    """What went in by rule, is the same, or was replaced by the same tablet."""
    assert news_of(told("latest", outcome=outcome)) == []


def test_what_the_same_collector_wrote_on_another_tablet_is_not_told() -> None:
    """He replaced it himself."""
    assert news_of(told("latest", theirs="li.na")) == []


def test_old_news_is_none() -> None:
    """Only what happened since is told."""
    old = told("latest")
    assert news_of(Told(old.document, old.log, old.rules, {}, "2026-11-24")) == []


@pytest.mark.parametrize("kind", TOLD)
@pytest.mark.parametrize("by", [(), ("wang.fang",), ("wang.fang", "zhang.wei")])
def test_every_news_has_its_sentence_in_both_languages(kind: str, by: tuple[str, ...]) -> None:
    """Complete, whoever is on the other side, and with or without a reason."""
    for reason in (None, "see the register"):
        news = News(
            kind=kind, document=PERSON, item="rooms", rev=MINE, whose="li.na", at=AT, made=AT, cause=MERGED,
            mine=2, other=ABSENT, other_by=by, by="li.na", reason=reason, level="street",
        )  # fmt: skip
        text = speaker().text(news)
        assert text["en"].endswith(".")
        assert text["zh"].endswith("。")
        assert not {"{", "}"} & set(text["en"] + text["zh"])
        assert "  " not in text["en"]


def test_there_is_no_sentence_that_nothing_needs() -> None:
    """The table has a sentence for each kind of news and no other."""
    assert set(SENTENCES) == set(TOLD)


def test_a_reason_with_braces_is_quoted_as_it_is() -> None:
    """What a person wrote is text, never a template."""
    news = News(
        kind="returned", document=PERSON, item="{rooms}", rev=MINE, whose="li.na", at=AT,
        made=datetime(2026, 11, 23, tzinfo=UTC).isoformat(), cause=MERGED, by="{0}", reason="{mine} {0} %s",
    )  # fmt: skip
    assert "{0}: {mine} {0} %s." in speaker().text(news)["en"]
