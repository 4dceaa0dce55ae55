"""`fieldsync grid check`: what is wrong with a division of the city into cells, and a mended one."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from shapely.geometry import box, mapping
from shapely.geometry.base import BaseGeometry

from fieldsync.cli.context import JsonOption, opened, settings_with
from fieldsync.cli.grid_files import (
    AreasOption,
    CodeFieldOption,
    CrsOption,
    EncodingOption,
    GridFile,
    LayerOption,
    NameFieldOption,
    ReadCells,
    one_line,
    read_areas,
    read_to_check,
    write_text,
)
from fieldsync.geofiles import FileChoice, open_geofile, read_drawings
from fieldsync.plan_files import NEAR_DEG, parse_bounds
from grid import KIND_ZH, Areas, Fault, Repaired, Tolerances, outline_of, repair, survey, to_geojson
from grid.drawing import draw_faults
from grid.place import Bounds, check_place

_CELLS_SHOWN = 4
_ROWS_SHOWN = 100
_FOREIGN_GAP_M = 100.0
"""Wider holes among polygons that are nobody's cells may be meant: a lake, another town."""

OutlineOption = Annotated[
    Path | None, typer.Option(help="Polygons that the cells are to cover; without it, only holes are gaps.")
]
PatternOption = Annotated[
    str, typer.Option(help="Digits of district, street, community, cell, or any; default: the installation's.")
]
GapWidthOption = Annotated[
    float | None,
    typer.Option(min=0, help="A wider hole is a warning only, in metres; default: none is, 100 without our codes."),
]


CityOption = Annotated[
    str | None,
    typer.Option("--store", help="Cells must lie near those that this store has; default: FIELDSYNC_STORE, if set."),
]


def register(app: typer.Typer) -> None:
    """Add the command `check` to the group `grid`."""
    app.command("check")(check_file)


def check_file(
    file: GridFile,
    as_json: JsonOption = False,
    outline: OutlineOption = None,
    areas: AreasOption = None,
    crs: CrsOption = "",
    code_field: CodeFieldOption = "",
    name_field: NameFieldOption = "",
    pattern: PatternOption = "",
    sliver_width: Annotated[float, typer.Option(min=0, help="What is narrower is a sliver, in metres.")] = 1.0,
    gap_width: GapWidthOption = None,
    layer: LayerOption = "",
    encoding: EncodingOption = "",
    repaired: Annotated[Path | None, typer.Option("--repair", help="Write the cells, mended, as GeoJSON.")] = None,
    geojson: Annotated[Path | None, typer.Option("--geojson", help="Write the faults as GeoJSON.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw cells and faults.")] = None,
    store: CityOption = None,
) -> None:
    """Find what is wrong with cells: invalid polygons, overlaps, gaps, slivers, parts, codes, names, areas, order.

    Numbering that is not west to east, north to south, and wide holes are warnings. With --repair, overlaps, gaps,
    slivers, parts and invalid polygons are mended, and what was moved is told. A file that lies elsewhere is refused:
    outside FIELDSYNC_GRID_BOUNDS, away from the polygons of --areas or --outline, or far from the cells of --store.

    Exit status: 0 clean (with --repair: the mended cells are), 1 faults found, 2 the input cannot be read.

    Example: fieldsync grid check cells.geojson --outline district.geojson --svg faults.svg --repair mended.geojson

    Example: fieldsync grid check cells.zip --crs EPSG:4527 --code-field WGBM --name-field WGMC --json
    """
    with one_line(), Console(stderr=True).status("checking"):
        read = read_to_check(file, FileChoice(crs, layer, encoding), (code_field, name_field), pattern)
        known = read_areas(areas)
        ground = _ground(read, outline, known, _city(store))
        width = _FOREIGN_GAP_M if gap_width is None and read.pattern is None else gap_width
        tolerances = Tolerances(pattern=read.pattern, sliver_width_m=sliver_width, gap_width_m=width)
        faults = survey(read.cells, ground, tolerances, known)
        mended = repair(read.cells, ground, tolerances, known) if repaired else None
    _write_files(read, faults, mended, {"repair": repaired, "geojson": geojson, "svg": svg, "file": file})
    _tell(read, faults, mended, file, as_json)
    if any(not fault.is_warning for fault in (mended.left if mended else faults)):
        raise typer.Exit(1)


def _city(store: str | None) -> Bounds | None:
    """Return what the cells of the store that is named lie within; None without a store, or without cells in it."""
    if store is None and "FIELDSYNC_STORE" not in os.environ:
        return None
    with opened(store) as services:
        return services.cells.extent(services.cells.within())


def _ground(read: ReadCells, outline: Path | None, known: Areas | None, city: Bounds | None) -> BaseGeometry | None:
    """Return what the cells are to cover, as far as that is known. Raises GridError for cells that lie elsewhere."""
    drawn = outline_of(read_drawings(open_geofile(outline))) if outline else None
    geometries = [cell.geometry for cell in read.cells]
    check_place(geometries, drawn or (known.union() if known else None))
    if read.pattern is not None:  # codes of ours are of cells in this country, and in this city
        check_place(geometries, bounds=parse_bounds(settings_with().grid_bounds))
        check_place(geometries, box(*city) if city else None, near_deg=NEAR_DEG)
    return drawn or (known.ground_of(read.cells) if known else None)


def _write_files(
    read: ReadCells, faults: Sequence[Fault], mended: Repaired | None, paths: dict[str, Path | None]
) -> None:
    if mended and paths["repair"]:
        write_text(paths["repair"], json.dumps(to_geojson(mended.cells), ensure_ascii=False, default=str))
    if paths["geojson"]:
        collection = {"type": "FeatureCollection", "features": [_feature(fault) for fault in faults]}
        write_text(paths["geojson"], json.dumps(collection, ensure_ascii=False))
    if paths["svg"]:
        write_text(paths["svg"], draw_faults(read.cells, faults, str(paths["file"])))


def _tell(read: ReadCells, faults: Sequence[Fault], mended: Repaired | None, file: Path, as_json: bool) -> None:
    for note in read.notes:
        typer.echo(f"{file}: {note}", err=True)
    if as_json:
        told = {
            "cells": len(read.cells),
            "faults": [_as_json(fault) for fault in faults if not fault.is_warning],
            "warnings": [_as_json(fault) for fault in faults if fault.is_warning],
        }
        typer.echo(json.dumps(told | ({"repaired": _repair_as_json(mended)} if mended else {})))
        return
    _show(f"{file}: {len(read.cells)} cells", faults)
    if mended:
        _show_repair(mended)


def _as_json(fault: Fault) -> dict[str, Any]:
    geometry = None if fault.geometry.is_empty else mapping(fault.geometry)
    return {"kind": fault.kind, "cells": list(fault.cells), "area_m2": fault.area_m2, "geometry": geometry}


def _feature(fault: Fault) -> dict[str, Any]:
    told = _as_json(fault)
    geometry = told.pop("geometry")
    words = {"kind_zh": KIND_ZH[fault.kind], "reason": fault.reason, "reason_zh": fault.zh}
    return {"type": "Feature", "properties": {**told, **words, "warning": fault.is_warning}, "geometry": geometry}


def _repair_as_json(mended: Repaired) -> dict[str, Any]:
    return {
        "cells": len(mended.cells),
        "dropped": mended.dropped,
        "changes": [asdict(change) for change in mended.changes],
        "faults": [_as_json(fault) for fault in mended.left if not fault.is_warning],
    }


def _show(what: str, faults: Sequence[Fault]) -> None:
    if faults:
        _console().print(_table(faults[:_ROWS_SHOWN]))
    if len(faults) > _ROWS_SHOWN:
        typer.echo(f"and {len(faults) - _ROWS_SHOWN} more: --json has all of them")
    warnings = sum(fault.is_warning for fault in faults)
    told = f", {warnings} warnings" if warnings else ""
    typer.echo(f"{what}, {len(faults) - warnings or 'no'} faults{told}")


def _table(faults: Sequence[Fault]) -> Table:
    table = Table("fault", "cells", "why", title="Faults of the coverage / 网格检查")
    table.add_column("area, m²", justify="right")
    table.add_column("about at (lon, lat)")
    for fault in faults:
        shown = " ".join(fault.cells[:_CELLS_SHOWN]) + (" …" if len(fault.cells) > _CELLS_SHOWN else "")
        kind = f"{fault.kind}{' (warning)' if fault.is_warning else ''}\n{KIND_ZH[fault.kind]}"
        row = (kind, shown, f"{fault.reason}\n{fault.zh}".rstrip(), f"{fault.area_m2:,.1f}", _place(fault))
        table.add_row(*(Text(value) for value in row))
    return table


def _console() -> Console:
    console = Console()
    # Piped, a line may be as long as it must.
    return console if console.is_terminal else Console(width=180)


def _place(fault: Fault) -> str:
    if fault.geometry.is_empty:
        return "nowhere"
    point = fault.geometry.representative_point()
    return f"{point.x:.6f}, {point.y:.6f}"


def _show_repair(mended: Repaired) -> None:
    table = Table("cell", title="Mended / 修复")
    for column in ("moved at most, m", "gained, m²", "lost, m²"):
        table.add_column(column, justify="right")
    for change in sorted(mended.changes, key=lambda change: -change.moved_m)[:_ROWS_SHOWN]:
        figures = (f"{change.moved_m:,.2f}", f"{change.gained_m2:,.1f}", f"{change.lost_m2:,.1f}")
        table.add_row(*(Text(value) for value in (change.code, *figures)))
    if mended.changes:
        _console().print(table)
    twins = f", {mended.dropped} twins dropped" if mended.dropped else ""
    _show(f"mended: {len(mended.changes)} cells changed{twins}; the result: {len(mended.cells)} cells", mended.left)
