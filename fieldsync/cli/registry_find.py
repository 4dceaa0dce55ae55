"""`fieldsync registry find`: who and what the registry knows, by name, number, phone, address, area or status."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fieldsync.cli.context import OPERATOR, JsonOption, StoreOption, opened, say
from fieldsync.codes import checked_area
from fieldsync.filing_keys import NAMED
from fieldsync.moments import read_moment
from fieldsync.pipeline import Pipeline
from fieldsync.searching.criteria import Criteria
from fieldsync.searching.views import found_view, people_in
from fieldsync.trail import saw

AtOption = Annotated[str | None, typer.Option(help="As it was known on a day, or at a time with its zone.")]


def register(app: typer.Typer) -> None:
    """Add the command `find` to the group `registry`."""
    app.command("find")(find)


def find(
    name: Annotated[str | None, typer.Option(help="How a name begins: simplified, traditional, or pinyin.")] = None,
    identity: Annotated[str | None, typer.Option(help="A document's number, whole.")] = None,
    phone: Annotated[str | None, typer.Option(help="A telephone number, whole.")] = None,
    address: Annotated[str | None, typer.Option(help="How a building's name or address begins.")] = None,
    room: Annotated[str | None, typer.Option(help="A dwelling at the address: 301, or 1-301.")] = None,
    area: Annotated[str | None, typer.Option(help="A district, street, community or cell.")] = None,
    kind: Annotated[str | None, typer.Option(help="building, dwelling, household, person, stay or event.")] = None,
    status: Annotated[str | None, typer.Option(help="Of a kind: here, left, vacant, ….")] = None,
    first: Annotated[str | None, typer.Option("--from", help="Events of this day, or later.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Events of this day, or before.")] = None,
    at: AtOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search the registry; sensitive values are masked.

    Example: fieldsync registry find --name wangfang --area 510107 --kind person
    """
    wanted = Criteria(
        area=area, kind=kind, name=name, identity=identity, phone=phone, address=address, room=room, status=status,
        first=first, last=last,
    )  # fmt: skip
    with opened(store) as services:
        if area is not None:
            checked_area(area, services.settings.code_pattern)
        flow, moment = Pipeline.of(services), read_moment(at, services.settings.zone)
        flow.steps.look_for_duplicates()
        page = flow.search.page(wanted, cursor, limit, moment)
        seen = people_in(page.found)
        services.trail.note(OPERATOR, "registry.list", area or "registry", saw(seen))
        views = [found_view(one, flow.kinds, lambda _: True) for one in page.found]
    more = [f"There is more: --cursor {page.next}"] if page.next else []
    say(as_json, {"records": views, "next": page.next}, *(map(_line, views) if views else ["Nothing found."]), *more)


def _line(view: dict[str, Any]) -> str:
    names = (NAMED.get(view["kind"], "name"), "address", "room", "kind", "type", "date", "person")
    told = [
        str(item["value"]["value"]) for n in names if "value" in (item := view["items"].get(n, {})).get("value", {})
    ]
    stays = [f"{stay.get('kind')} in {stay['cell']}" for stay in view.get("stays", ()) if not stay.get("until")]
    status = f"  {view['status']}" if "status" in view else ""
    where = ", ".join(stays) if view["kind"] == "person" and stays else view["cell"]
    return f"{view['id']}  {' '.join(told)}{status}  {where}"
