"""What the commands of `grid` that read files of polygons have in common: their options, and how cells are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from fieldsync.cli.context import settings_with
from fieldsync.errors import BadInput
from fieldsync.geofiles import FileChoice, open_geofile, read_drawings
from grid import (
    Areas,
    Cell,
    CodePattern,
    Drawings,
    Fields,
    GridError,
    areas_of,
    drawn_cells,
    is_code,
    parse_pattern,
)

ANY = "any"
_SHOWN = 12
_NO_CODES = (
    "no feature has a code, so only the polygons are checked, by their numbers; name the property with --code-field"
    " / 要素没有代码，只检查几何；请用 --code-field 指明代码字段"
)
_OTHER_CODES = (
    "no {0} is a code of {1} digits, so their form is not checked; give --pattern to have it checked"
    " / {0} 都不是 {1} 位代码，不检查代码格式"
)

GridFile = Annotated[
    Path,
    typer.Argument(help="Cells: GeoJSON, GeoPackage, or a Shapefile (in a zip, or its .shp).", show_default=False),
]
CrsOption = Annotated[
    str,
    typer.Option(
        "--crs",
        help="The file's coordinate system: EPSG:4527, CGCS2000, GCJ02, BD09 …; default: what it says, or WGS84.",
    ),
]
LayerOption = Annotated[str, typer.Option("--layer", help="The layer, where the file has several.")]
EncodingOption = Annotated[str, typer.Option("--encoding", help="Of a Shapefile's texts, such as GB18030.")]
CodeFieldOption = Annotated[str, typer.Option("--code-field", help="The property that has the code; default: code.")]
NameFieldOption = Annotated[str, typer.Option("--name-field", help="The property that has the name; default: name.")]
AreasOption = Annotated[
    Path | None,
    typer.Option("--areas", help="Areas (properties code and name): cells must lie in theirs and call them so."),
]


@dataclass(frozen=True, slots=True)
class ReadCells:
    """Cells as they were drawn, the pattern their codes are checked by, and what to say beside the faults."""

    cells: list[Cell]
    pattern: CodePattern | None
    notes: tuple[str, ...]


@contextmanager
def one_line() -> Iterator[None]:
    """Tell what is wrong with a file in one line, in English and Chinese, and end with status 2."""
    try:
        yield
    except GridError as error:
        typer.echo(error.told, err=True)
        raise typer.Exit(2) from error


def read_to_check(path: Path, choice: FileChoice, fields: tuple[str, str], pattern: str) -> ReadCells:
    """Return the cells of a file with all their faults. Raises GridError.

    Polygons that are nobody's cells, without codes or with others than ours, are checked for their geometry.
    """
    drawings = read_drawings(open_geofile(path, choice))
    named = Fields(fields[0] or "code", fields[1] or "name")
    if fields[0] and not any(fields[0] in properties for properties in drawings.properties):
        raise _no_such_field(fields[0], drawings).at(str(path))
    cells = drawn_cells(drawings, named)
    if not cells:
        raise GridError(
            "has no features",
            str(path),
            "name a file, or a --layer, with polygons",
            "没有任何要素；请指定含有多边形的文件或图层",
        )
    asked = None if pattern == ANY else parse_pattern(pattern) if pattern else settings_with().code_pattern
    if cells and not fields[0] and not any(cell.code for cell in cells):
        return ReadCells(_numbered(cells), None, (*drawings.notes, _NO_CODES))
    if fields[0] and not pattern and asked and not any(is_code(cell.code, asked) for cell in cells):
        return ReadCells(cells, None, (*drawings.notes, _OTHER_CODES.format(fields[0], asked.length)))
    return ReadCells(cells, asked, drawings.notes)


def read_areas(path: Path | None) -> Areas | None:
    """Return the areas of a file, or None without one. Raises GridError."""
    return areas_of(read_drawings(open_geofile(path))) if path else None


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises BadInput."""
    half = path.with_name(f".{path.name}.part")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}. / 无法写入文件。") from error


def _numbered(cells: list[Cell]) -> list[Cell]:
    return [replace(cell, code=f"#{number}") for number, cell in enumerate(cells)]


def _no_such_field(field: str, drawings: Drawings) -> GridError:
    known = sorted({name for properties in drawings.properties for name in properties})
    shown = ", ".join(known[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")
    return GridError(
        f"no feature has the property {field!r:.60}",
        "properties",
        f"name one of {shown}" if known else "there are none",
        f"没有属性 {re.sub(r'[^ -~一-鿿]', '?', field):.40}；请从已有属性中选择",
    )
