"""The end of the day on the console: the books, the registry, the stories, and whether everything holds."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from fieldsync.simulate.narrator import Narrator
from fieldsync.simulate.report import Evidence
from fieldsync.simulate.stage import Check
from fieldsync.simulate.stories import Story
from fieldsync.simulate.texts import Text
from fieldsync.stories import OUTCOME_WORDS


def show_closing(narrator: Narrator, evidence: Evidence) -> None:
    """Print how the day ended."""
    _show_books(narrator, evidence)
    _show_registry(narrator, evidence)
    for story in evidence.stories:
        _show_story(narrator, story)
    _show_counterfactual(narrator, evidence)
    _show_checks(narrator, evidence.checks)
    _show_costs(narrator, evidence)


def _show_books(narrator: Narrator, evidence: Evidence) -> None:
    line = evidence.books.line()
    narrator.act(Text("The books", "账目"))
    title = Text(f"{line['edits']} edits with {line['changes']} changes", "修改与变更")
    rows = [(name, OUTCOME_WORDS[name][1], count) for name, count in evidence.books.outcomes.items()]
    rows += [("unaccounted", "未入账", line["unaccounted"])]
    narrator.table(title, ("outcome", "结果", "changes"), rows)
    narrator.say(
        Text(
            f"{line['merged']} items combined from different edits, {line['contests']} contests.",
            f"合并 {line['merged']} 项，争议 {line['contests']} 件。",
        )
    )


def _show_registry(narrator: Narrator, evidence: Evidence) -> None:
    before, after = evidence.books.before, evidence.books.after
    rows: list[Sequence[object]] = [
        (kind, before.records.get(kind, 0), after.records[kind]) for kind in sorted(after.records)
    ]
    rows.append(("items not as imported", before.items_changed, after.items_changed))
    rows.append(("records confirmed", before.confirmed, after.confirmed))
    narrator.table(Text("The registry", "登记库"), ("", "before 之前", "after 之后"), rows)


def _show_story(narrator: Narrator, story: Story) -> None:
    lines = [f"[dim]{story.where}[/dim]", ""]
    for moment in story.moments:
        lines += [f"[cyan]{moment.clock}[/cyan] {escape(moment.text.en)}"]
        lines += [f"             [dim]{escape(moment.text.zh)}[/dim]"]
    narrator.panel(story.title, "\n".join([*lines, "", story.moral.en, f"[dim]{story.moral.zh}[/dim]"]))


def _show_counterfactual(narrator: Narrator, evidence: Evidence) -> None:
    lost = evidence.books.ledger.lost
    rows = [
        ("CouchDB's winner alone", "仅按 CouchDB 优胜规则", lost.by_winner),
        ("the last arrival alone", "仅以最后到达者为准", lost.by_arrival),
        ("here", "本系统", evidence.books.audit["unaccounted"]),
    ]
    narrator.table(Text("Changes silently lost", "无声丢失的变更"), ("rule", "规则", "changes"), rows)


def _show_checks(narrator: Narrator, checks: Sequence[Check]) -> None:
    rows = []
    for title in dict.fromkeys(check.scene for check in checks):
        mine = [check for check in checks if check.scene == title]
        held = sum(check.holds for check in mine)
        rows.append(("✓" if held == len(mine) else "✗", title.en, title.zh, f"{held} of {len(mine)}"))
    narrator.table(Text("What was planted, and whether it came out right", "预设情形及结果"), ("", "", "", ""), rows)
    for check in checks:
        if not check.holds:
            narrator.console.print(
                f"  [bold red]✗ {check.scene.en}[/bold red]: {escape(check.what)}; found {escape(check.found)}"
            )


def _show_costs(narrator: Narrator, evidence: Evidence) -> None:
    seconds, memory = evidence.books.seconds, evidence.peak_rss_mb
    english = f"{seconds:.0f} s with the set-up; the server held at most {memory:.0f} MB."
    narrator.say(Text(english, f"含准备共 {seconds:.0f} 秒；服务器内存峰值 {memory:.0f} MB。"))
