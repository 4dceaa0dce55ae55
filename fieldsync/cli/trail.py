"""`fieldsync trail`: whether the audit trail is whole, and who did what to whom."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.errors import StoreUnavailable


def register(app: typer.Typer) -> None:
    """Add the commands of the group `trail`."""
    app.command("verify")(verify)
    app.command("list")(list_)


def verify(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Check that no entry of the audit trail was changed, left out or put between others.

    The last entry's hash is told: kept elsewhere, it shows later whether the end was cut off.

    Example: fieldsync trail verify --store sqlite:///store
    """
    with opened(store) as services:
        broken = services.trail.first_break()
        last = None if broken else services.trail.last()
    if broken:
        raise StoreUnavailable(
            f"The audit trail is broken at entry {broken}: it was changed, or what stood before it is gone. Compare it"
            " with a backup, and find out who can write to the store."
        )
    number, digest = (last.number, last.hash) if last else (0, "")
    say(as_json, {"entries": number, "hash": digest}, f"{number} entries, all as they were written. {digest}".strip())


def list_(
    subject: Annotated[str | None, typer.Option(help="Entries that name this record.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Entries after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 1000,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the entries of the audit trail, oldest first.

    Example: fieldsync trail list --subject person:8f01b9e8-78b1-580f-bccb-1e146c0e0337
    """
    with opened(store) as services:
        found = services.trail.about(subject, after) if subject else services.trail.entries(after)
        rows = [one for one, _ in zip(found, range(limit), strict=False)]
        services.trail.note(OPERATOR, "trail.read", subject or "trail")
    say(
        as_json,
        {"entries": [msgspec.to_builtins(one) for one in rows]},
        *(f"{one.number}  {one.at}  {one.by}  {one.action}  {one.subject}  {one.reason}".rstrip() for one in rows),
    )
