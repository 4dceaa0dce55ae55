"""`fieldsync registry history`: what the registry knew of a record, value by value, and where each was from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.errors import NotFound
from fieldsync.pipeline import Pipeline
from fieldsync.record_history import Seen
from fieldsync.searching.views import found_view

_HEAD = ("id", "kind", "status", "stays", "events", "confirmed", "alias_of", "aliases")


def register(app: typer.Typer) -> None:
    """Add the command `history` to the group `registry`."""
    app.command("history")(history)


def history(
    record: Annotated[str, typer.Argument(help="The record's id, as registry find tells it.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many values at most.")] = 200,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell every value of a record with its edit, collector, cell, time, merges and admission; sensitive ones masked.

    Example: fieldsync registry history person:8f01b9e8-78b1-580f-bccb-1e146c0e0337
    """
    with opened(store) as services:
        flow = Pipeline.of(services)
        flow.steps.look_for_duplicates()
        found = flow.registry.get(record)
        if found is None:
            raise NotFound(
                f"There is no record {record}: registry find tells which there are.",
                zh=f"没有记录 {record}：可用 registry find 查找。",
            )
        values, following = flow.history.page(found, cursor, limit, Seen(lambda _: True))
        services.trail.note(OPERATOR, "registry.history", record)
        view = found_view(flow.search.of(found), flow.kinds, lambda _: True)
    head: dict[str, Any] = {name: view[name] for name in _HEAD if name in view}
    more = [f"There is more: --cursor {following}"] if following else []
    say(as_json, {**head, "values": values, "next": following}, *_heading(head), *map(_line, values), *more)


def _heading(head: dict[str, Any]) -> list[str]:
    confirmed = head.get("confirmed") or {}
    lines = [f"{head['id']}  {head.get('status', '')}".rstrip()]
    if confirmed:
        lines.append(f"confirmed {confirmed.get('at')} by {confirmed.get('by')}")
    if head.get("alias_of"):
        lines.append(f"the same as {head['alias_of']}")
    stays = head.get("stays", ())
    lines += [f"stay {s.get('kind')} in {s.get('cell')}, {s.get('since', '?')} to {s.get('until', '')}" for s in stays]
    return lines + [_happened(event, head["id"]) for event in head.get("events", ())]


def _happened(event: dict[str, Any], record: str) -> str:
    whom = f", {event['person']}" if event.get("person") not in (None, record) else ""
    ended = "".join((", taken back" if event.get("taken_back") else "",
                     f", corrected by {event['corrected_by']}" if event.get("corrected_by") else ""))  # fmt: skip
    by = f", by {event['by']}" if event.get("by") else ""
    return f"{event.get('type')} on {event.get('date')} in {event['cell']}{whom}{by}{ended}"


def _line(value: dict[str, Any]) -> str:
    held = value["value"]
    what = held.get("value", f"({held.get('missing', 'nothing')})")
    parts = [f"{value['item']} = {what}", value["source"]]
    parts += [f"{word} {value[name]}" for word, name in (("by", "by"), ("in", "cell")) if value.get(name)]
    if value.get("admitted_by") not in (None, "import"):
        parts.append(f"admitted by {value['admitted_by']}")
    parts += [f"merged: {one['strategy']}" for one in value.get("merges", ())]
    if case := value.get("case"):
        parts.append(f"{case['kind']} {case.get('action', case['state'])}")
    return f"{value.get('admitted_at', value['at'])}  {', '.join(parts)}"
