"""`fieldsync grid areas`: districts, streets and communities, with their names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from fieldsync.areas import Area
from fieldsync.cli.context import JsonOption, StoreOption, opened, read_file, say


def register(app: typer.Typer) -> None:
    """Add the command `areas` to the group `grid`."""
    app.command("areas")(areas)


def areas(
    file: Annotated[
        Path | None, typer.Argument(help="Names to take in: GeoJSON or CSV with code and name.", show_default=False)
    ] = None,
    area: Annotated[str, typer.Option(help="Only what lies in an area.")] = "",
    level: Annotated[str | None, typer.Option(help="district, street or community.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List areas with their cells and who works there; with a file, give them their names first.

    Example: fieldsync grid areas fieldsync/sample/wuhou/areas.geojson --level street
    """
    with opened(store) as services:
        named = services.areas.import_names(read_file(file)) if file else None
        found = services.areas.within(area, level)
    done = [f"Names: {named.new} new, {named.renamed} renamed, {named.unchanged} unchanged."] if named else []
    told = [_line(one) for one in found] or ["There are no cells here: import a plan first."]
    say(as_json, {"named": named, "areas": [msgspec.to_builtins(one) for one in found]}, *done, *told)


def _line(area: Area) -> str:
    indent = "  " * ("district", "street", "community").index(area.level)
    led = f"; supervised by {', '.join(area.supervisors)}" if area.supervisors else ""
    team = f"; {area.collectors} collectors" if area.collectors else ""
    return f"{indent}{area.code} {area.name.get('zh', '')}: {area.cells} cells{team}{led}"
