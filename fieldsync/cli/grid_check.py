"""`fieldsync grid check`: what is wrong with a division of the city into cells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from shapely.geometry import mapping

from grid import Fault, GridError, Tolerances, check, parse_pattern, read_as_drawn, read_outline
from grid.codes import DEFAULT_PATTERN

Read = TypeVar("Read")

_CELLS_SHOWN = 4
_DEFAULT_PATTERN_TEXT = "-".join(str(width) for width in DEFAULT_PATTERN.widths)


def register(app: typer.Typer) -> None:
    """Add the command `check` to the group `grid`."""
    app.command("check")(check_file)


def check_file(
    file: Annotated[Path, typer.Argument(help="Cells as GeoJSON (WGS 84).", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Write the faults as one JSON object.")] = False,
    outline: Annotated[
        Path | None, typer.Option(help="GeoJSON that the cells are to cover; without it, only holes are gaps.")
    ] = None,
    pattern: Annotated[str, typer.Option(help="Digits of district, street, community, cell.")] = _DEFAULT_PATTERN_TEXT,
) -> None:
    """Find invalid polygons, overlaps, gaps, slivers, duplicate and ill-formed codes.

    Exit status: 0 clean, 1 faults found, 2 the input cannot be read.

    Example: fieldsync grid check cells.geojson --outline district.geojson --json
    """
    try:
        tolerances = Tolerances(pattern=parse_pattern(pattern))
        cells = _read(file, read_as_drawn)
        faults = check(cells, _read(outline, read_outline) if outline else None, tolerances)
    except GridError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps({"cells": len(cells), "faults": [_as_json(fault) for fault in faults]}))
    else:
        _show(file, len(cells), faults)
    if faults:
        raise typer.Exit(1)


def _read(file: Path, reader: Callable[[Mapping[str, Any]], Read]) -> Read:
    parsed = _parse(file)
    try:
        return reader(parsed)
    except GridError as error:
        raise GridError(error.what, f"{file}: {error.where}", error.mend) from error


def _parse(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise GridError(f"it cannot be read ({error.strerror})", str(file), "name a readable GeoJSON file") from error
    except (ValueError, RecursionError) as error:
        raise GridError(f"it is not JSON ({error})", str(file), "export it again as GeoJSON in UTF-8") from error


def _as_json(fault: Fault) -> dict[str, Any]:
    geometry = None if fault.geometry.is_empty else mapping(fault.geometry)
    return {"kind": fault.kind, "cells": list(fault.cells), "area_m2": fault.area_m2, "geometry": geometry}


def _show(file: Path, count: int, faults: Sequence[Fault]) -> None:
    if faults:
        Console().print(_table(faults))
    typer.echo(f"{file}: {count} cells, {len(faults) or 'no'} faults")


def _table(faults: Sequence[Fault]) -> Table:
    table = Table("fault", "cells", "why", title="Faults of the coverage")
    table.add_column("area, m²", justify="right")
    table.add_column("about at (lon, lat)")
    for fault in faults:
        shown = " ".join(fault.cells[:_CELLS_SHOWN]) + (" …" if len(fault.cells) > _CELLS_SHOWN else "")
        row = (fault.kind, shown, fault.reason, f"{fault.area_m2:,.1f}", _place(fault))
        table.add_row(*(Text(value) for value in row))
    return table


def _place(fault: Fault) -> str:
    if fault.geometry.is_empty:
        return "nowhere"
    point = fault.geometry.representative_point()
    return f"{point.x:.6f}, {point.y:.6f}"
