"""`fieldsync grid handover`: cells change hands, and what is left of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import track

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.clock import parse_time
from fieldsync.errors import BadInput
from fieldsync.handovers.impact import Impact, TabletLeft
from fieldsync.handovers.orders import Handover, Order
from fieldsync.handovers.receipts import Waiting


def register(app: typer.Typer) -> None:
    """Add the group `handover` to the group `grid`."""
    group = typer.Typer(help="Cells change hands.")
    group.callback(invoke_without_command=True)(hand_over)
    group.command("list")(list_waiting)
    group.command("history")(history)
    group.command("undo")(undo)
    app.add_typer(group, name="handover")


def hand_over(
    context: typer.Context,
    to: Annotated[
        list[str] | None, typer.Option(help="Who gets the cells; or OLD=NEW for each old holder (or cell code).")
    ] = None,
    cell: Annotated[list[str] | None, typer.Option("--cell", help="A cell; may be repeated.")] = None,
    area: Annotated[str, typer.Option(help="All cells of an area: a whole street in one act.")] = "",
    collector: Annotated[str | None, typer.Option(help="Only the cells that this collector holds.")] = None,
    role: Annotated[str, typer.Option(help="holder; or stand_in for somebody on leave, with --until.")] = "holder",
    since: Annotated[str | None, typer.Option("--from", help="When it begins, RFC 3339; default: at once.")] = None,
    until: Annotated[str | None, typer.Option(help="When a stand-in's time ends, RFC 3339.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what is under way in the cells.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand cells over, all of them or none; their old holders may send what is left, and fetch nothing more.

    Example: fieldsync grid handover --area 510107001 --to li.na=he.bo --to zhang.wei=liu.yang --dry-run
    """
    if context.invoked_subcommand:
        return
    order = Order(
        by=OPERATOR,
        to=_recipients(to or []),
        cells=tuple(cell or ()),
        area=area,
        collector=collector,
        role=role,
        since=_moment(since, "--from"),
        until=_moment(until, "--until"),
    )
    with opened(store) as services:
        if not dry_run:
            services.handovers.finish()
            done = services.handovers.hand_over(order)
            say(as_json, _row(done), *_lines(done, "Handed over"))
            return
        planned = services.handovers.plan(order)
        moves = track(planned.moves, "Cells", console=Console(stderr=True), transient=True)
        impacts = [services.impacts.of(move.cell) for move in moves]
    row = {**_row(planned), "dry_run": True, "impact": [msgspec.to_builtins(one) for one in impacts]}
    say(as_json, row, *_lines(planned, "Would hand over"), *(line for one in impacts for line in _impact(one)))


def list_waiting(
    area: Annotated[str, typer.Option(help="Only the cells of an area.")] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the tablets that drain a cell and have not said that they destroyed it, with how long that is.

    Example: fieldsync grid handover list --area 510107
    """
    with opened(store) as services:
        codes = (cell.code for cell in services.cells.within(area))
        found = sorted(services.receipts.waiting(codes), key=lambda one: (-one.age, one.cell))
    rows = [{**_plain(one), "age_s": int(one.age.total_seconds())} for one in found]
    say(as_json, {"waiting": rows}, *(map(_waiting, found) if found else ["Every tablet has given its receipt."]))


def history(
    area: Annotated[str, typer.Option(help="Only handovers of cells of an area.")] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the handovers, newest first.

    Example: fieldsync grid handover history --area 510107001
    """
    with opened(store) as services:
        found = [h for h in services.handovers.all() if any(move.cell.startswith(area) for move in h.moves)]
    lines = [line for h in found for line in _lines(h, "Handed over")[:1]] or ["Nothing was handed over."]
    say(as_json, {"handovers": [_row(h) for h in found]}, *lines)


def undo(
    handover: Annotated[str, typer.Argument(help="The handover's identifier.", show_default=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the cells of a handover back to those who had them, by a new handover.

    Example: fieldsync grid handover undo 6f1c7a52-53d1-5c3e-9a51-0f1d5f1f6a10
    """
    with opened(store) as services:
        done = services.handovers.undo(handover, OPERATOR)
    say(as_json, _row(done), *_lines(done, "Gave back"))


def _recipients(given: list[str]) -> str | dict[str, str]:
    if not given:
        raise BadInput(
            "Say who gets the cells: --to NAME, or --to OLD=NEW for each old holder."
            " / 请用 --to 指明接收人，或用 --to 原持有人=接收人 逐一指明。"
        )
    pairs = [one.partition("=") for one in given]
    if len(pairs) == 1 and not pairs[0][1]:
        return given[0]
    if not all(middle and new for _, middle, new in pairs):
        raise BadInput(
            "Give --to once with a name, or several times as OLD=NEW."
            " / --to 请只写一个姓名，或写多个“原持有人=接收人”。"
        )
    return {old: new for old, _, new in pairs}


def _moment(text: str | None, option: str) -> datetime | None:
    moment = parse_time(text) if text else None
    if text and moment is None:
        raise BadInput(
            f"{option} {text!r} is no time: write it as 2026-11-23T12:00:00+08:00."
            " / 时间请写成 2026-11-23T12:00:00+08:00 的形式。"
        )
    return moment


def _row(handover: Handover) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(handover)
    return {name: value for name, value in row.items() if name != "type"}


def _plain(one: Waiting) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__ if name != "age"}


def _lines(handover: Handover, did: str) -> list[str]:
    first = f"{did} {len(handover.moves)} cells as {handover.role} ({handover.id}, {handover.at:%Y-%m-%d %H:%M} UTC)."
    return [first, *(f"  {m.cell}: {m.before or 'nobody'} -> {m.to or 'nobody'}" for m in handover.moves)]


def _impact(one: Impact) -> list[str]:
    cases = ", ".join(f"{count} {kind}" for kind, count in one.cases.items()) or "none"
    handed_in = ", ".join(f"{count} {status}" for status, count in one.submissions.items()) or "none"
    lines = [
        f"{one.cell}: {one.in_progress} households in progress, {one.visits} open visits, {one.tasks} open tasks",
        f"  not admitted: {handed_in}; open cases: {cases}",
    ]
    return [*lines, *(f"  {tablet.collector}, {tablet.label}: {told_of(tablet)}" for tablet in one.tablets)]


def told_of(tablet: TabletLeft) -> str:
    """Return what is known of a tablet in a cell, in words."""
    if tablet.seen is None:
        return "never heard of here"
    said = f", says {tablet.says_left} are left" if tablet.says_left else ""
    heard = f"last heard of {tablet.seen[:16]}, last push {(tablet.sent or 'never')[:16]}"
    return f"{heard}; {tablet.missing_in_all} changes known to be missing{said}"


def _waiting(one: Waiting) -> str:
    age = one.age - timedelta(microseconds=one.age.microseconds)
    state = f" ({one.revoked})" if one.revoked else ""
    heard = f"last heard of {one.seen.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{one.cell}  {one.collector}, tablet {one.tablet}{state}: {age}, {one.missing} known to be missing, {heard}"
