"""`fieldsync retention`: what runs out by its form's retention, when it goes, and what is held back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer

from fieldsync.cli.backup import bar
from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.cli.language import spoken
from fieldsync.codes import checked_area
from fieldsync.holds import Hold
from fieldsync.pipeline import Pipeline
from fieldsync.retention import Coming

_FORMATS = ["%Y-%m-%d"]
_FOREVER_S = 10.0**9
_WORDS = {
    "en": {"goes": "goes {goes}", "stays": "stays: {kept}", "counted": "{retention} from {since}"},
    "zh": {"goes": "{goes} 清除", "stays": "保留：{kept}", "counted": "自 {since} 起 {retention}"},
}
AreaOption = Annotated[str, typer.Option("--area", help="Only the cells of an area, such as 510107001.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the group `retention`."""
    app.command("list")(list_coming)
    app.command("run")(run)
    app.command("hold")(hold)
    app.command("end")(end)
    app.command("holds")(holds)


def list_coming(
    within: Annotated[int, typer.Option(min=0, max=36500, help="Also what runs out within so many days.")] = 30,
    area: AreaOption = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what ran out, or will soon, the day it goes at the earliest, and what keeps it. Changes nothing.

    Nothing goes before it was listed by the server, or by `retention run`, for FIELDSYNC_RETENTION_GRACE_DAYS.

    Example: fieldsync retention list --within 90 --area 510107001
    """
    with opened(store) as services:
        flow = Pipeline.of(services)
        checked = checked_area(area, services.settings.code_pattern) if area else ""
        services.trail.note(OPERATOR, "retention.list", checked or "all")
        until = services.today() + timedelta(days=within)
        cells = [cell for cell in flow.steps.cells() if cell.startswith(checked)]
        with bar("cells", len(cells), as_json) as advance:
            found = [one for cell in cells for one in _counted(flow.retention.coming([cell], until), advance)]
    rows = sorted((_row(one) for one in found), key=lambda row: (row["goes"], row["document"]))
    say(as_json, {"until": until, "coming": rows}, *map(_line, rows), _sum(rows, until.isoformat()))


def run(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Look at all cells now: list what ran out, and erase for good what was listed for the days of grace.

    A server does the same by itself, once a day. Repeat the command if it was interrupted.

    Example: fieldsync retention run
    """
    with opened(store) as services:
        flow = Pipeline.of(services)
        cells = flow.steps.cells()
        services.trail.note(OPERATOR, "retention.run", "all")
        flow.retention.again()
        with bar("cells", len(cells), as_json) as advance:
            gone = flow.retention.go_on(cells, _FOREVER_S, lambda: advance(""))
        listed = sum(1 for _ in flow.retention.listed())
    said = f"{gone} documents were erased; {listed} are listed: fieldsync retention list tells when they go."
    said_zh = f"已清除 {gone} 份文档；到期清单上还有 {listed} 份（fieldsync retention list 可查看清除日期）。"
    say(as_json, {"erased": gone, "listed": listed}, said_zh if spoken() == "zh" else said)


def hold(
    subject: Annotated[str, typer.Argument(help="person:…, household:… or a form, as visit.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why; it stays in the audit trail. Name nobody in it.")] = "",
    until: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="The last day; default: until it is ended.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a person, a household or all documents of a form: they stay though they ran out, and nobody is erased.

    Example: fieldsync retention hold household:0b6f2c1e-9a51-4f5d-8c1e-2f0d5f1f6a10 --reason "court, 114/2026" \
    --until 2027-12-31
    """
    with opened(store) as services:
        placed = Pipeline.of(services).holds.place(subject, reason, OPERATOR, until.date() if until else None)
    say(as_json, placed, f"{placed.subject} is held, hold {placed.id}.")


def end(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's number.", show_default=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a hold: what ran out meanwhile goes, as far as it was listed for the days of grace.

    Example: fieldsync retention end 5f0d1c2a
    """
    with opened(store) as services:
        ended = Pipeline.of(services).holds.end(hold_id, OPERATOR)
    say(as_json, ended, f"{ended.subject} is held no more by {ended.id}.")


def holds(
    every: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is held, by whom, why and until when.

    Example: fieldsync retention holds --all
    """
    with opened(store) as services:
        found = [one for one in Pipeline.of(services).holds.all() if every or one.holds_on(services.today())]
    say(as_json, {"holds": found}, *map(_told, found), *([] if found else ["Nothing is held. / 没有保全。"]))


def _row(coming: Coming) -> dict[str, Any]:
    one = coming.one
    return {
        "document": one.document,
        "form": one.form,
        "cell": one.cell,
        "retention": one.retention,
        "since": one.since.isoformat(),
        "due": one.due.isoformat(),
        "listed": coming.listed.isoformat() if coming.listed else None,
        "goes": coming.goes.isoformat(),
        "kept_by": [msgspec.to_builtins(obstacle) for obstacle in coming.obstacles],
    }


def _line(row: dict[str, Any]) -> str:
    language = spoken()
    kept = "; ".join(obstacle[language] for obstacle in row["kept_by"])
    words = _WORDS[language]
    last = words["stays"].format(kept=kept) if kept else words["goes"].format_map(row)
    return f"{row['due']}  {row['document']}  {row['cell']}  {words['counted'].format_map(row)}  {last}"


def _sum(rows: list[dict[str, Any]], until: str) -> str:
    kept = sum(1 for row in rows if row["kept_by"])
    if spoken() == "zh":
        return f"截至 {until} 到期 {len(rows)} 份文档，其中 {kept} 份暂予保留。"
    return f"{len(rows)} documents run out until {until}; {kept} of them are kept."


def _told(one: Hold) -> str:
    until = f" until {one.until}" if one.until else ""
    ended = f"; ended {one.ended_at} by {one.ended_by}" if one.ended_at else ""
    return f"{one.id}  {one.subject}  by {one.by} {one.at}{until}: {one.reason}{ended}"


def _counted(found: Iterator[Coming], advance: Callable[[str], None]) -> Iterator[Coming]:
    yield from found
    advance("")
