"""The parts of the day's page, as HTML. Everything that comes from the day is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from fieldsync.simulate.books import Books
from fieldsync.simulate.stage import Check
from fieldsync.simulate.stories import Moment, Story
from fieldsync.simulate.texts import Text
from fieldsync.stories import OUTCOME_WORDS

KIND_WORDS: Mapping[str, Text] = {
    "building": Text("Buildings", "建筑物"),
    "dwelling": Text("Dwellings", "住房"),
    "household": Text("Households", "住户"),
    "person": Text("Persons", "人员"),
    "stay": Text("Stays", "居住记录"),
    "event": Text("Events", "人口事件"),
}


def both(text: Text) -> str:
    """Return a text in English with the Chinese beside it."""
    return f'{escape(text.en)} <span lang="zh">{escape(text.zh)}</span>'


def tiles(figures: Iterable[tuple[Text, object]]) -> str:
    """Return figures, each large with its name below."""
    return "".join(f"<div><dt>{both(name)}</dt><dd>{escape(str(value))}</dd></div>" for name, value in figures)


def bars(rows: Sequence[tuple[Text, int]], css: str = "") -> str:
    """Return a table whose numbers are drawn as bars on one scale."""
    largest = max((count for _, count in rows), default=0) or 1
    return "".join(
        f'<tr><th scope="row">{both(name)}</th><td class="number">{count:,}</td>'
        f'<td class="bar"><span class="{css}" style="width:{100 * count / largest:.1f}%"></span></td></tr>'
        for name, count in rows
    )


def outcome_rows(books: Books) -> list[tuple[Text, int]]:
    """Return what became of the changes, most frequent first, and what is unaccounted for."""
    counted = sorted(books.outcomes.items(), key=lambda row: -row[1])
    rows = [(Text(_sentence(OUTCOME_WORDS[name][0]), OUTCOME_WORDS[name][1]), count) for name, count in counted]
    return [*rows, (Text("Unaccounted for", "未入账"), books.audit["unaccounted"])]


def lost_rows(books: Books) -> list[tuple[Text, int]]:
    """Return how many changes each rule would have lost, and how many were lost here."""
    return [
        (Text("CouchDB's winner alone", "仅按 CouchDB 优胜规则"), books.ledger.lost.by_winner),
        (Text("The last arrival alone", "仅以最后到达者为准"), books.ledger.lost.by_arrival),
        (Text("Here", "本系统"), books.audit["unaccounted"]),
    ]


def registry_rows(books: Books) -> str:
    """Return the registry before and after the day."""
    before, after = books.before, books.after
    rows = [(text, before.records.get(kind, 0), after.records.get(kind, 0)) for kind, text in KIND_WORDS.items()]
    rows.append((Text("Items not as imported", "已变更的项目"), before.items_changed, after.items_changed))
    rows.append((Text("Records confirmed", "已确认的记录"), before.confirmed, after.confirmed))
    return "".join(
        f'<tr><th scope="row">{both(text)}</th><td class="number">{was:,}</td><td class="number">{now:,}</td></tr>'
        for text, was, now in rows
    )


def story_card(story: Story) -> str:
    """Return a story: its steps in order, and what it shows."""
    steps = "".join(_step(moment) for moment in story.moments)
    return (
        f'<article class="story"><h3>{both(story.title)}</h3><p class="where">{escape(story.where)}</p>'
        f'<ol>{steps}</ol><p class="moral">{both(story.moral)}</p></article>'
    )


def _step(moment: Moment) -> str:
    actor = "server" if moment.actor == "server" else "collector"
    time = f'<time datetime="{escape(moment.at)}">{escape(moment.clock)}</time>'
    return f'<li class="{actor}">{time}<p>{escape(moment.text.en)}</p><p lang="zh">{escape(moment.text.zh)}</p></li>'


def check_rows(checks: Sequence[Check]) -> str:
    """Return the planted situations, each with how many of its checks hold."""
    rows = []
    for title in dict.fromkeys(check.scene for check in checks):
        mine = [check for check in checks if check.scene == title]
        held = sum(check.holds for check in mine)
        mark = '<span class="yes">✓</span>' if held == len(mine) else '<span class="no">✗</span>'
        rows.append(
            f"<tr><td>{mark}</td><th scope='row'>{both(title)}</th><td class='number'>{held} of {len(mine)}</td></tr>"
        )
    return "".join(rows)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
