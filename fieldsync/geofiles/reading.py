"""Polygons of a file, in WGS 84, whatever the format and the coordinate system.

GeoJSON is read by our own reader, which GDAL's would only mend silently: rings that do not close, texts for numbers.
All else is opened by GDAL, through pyogrio, in a process of its own.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieldsync.geofiles.archives import unpack_shapefile, zip_shapefile
from fieldsync.geofiles.limited import read_layer
from grid import Drawings, GridError, drawings_in_wgs84, read_geojson, read_wkb

_LARGEST = 512 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class FileChoice:
    """What a reader is told of a file: its coordinate system, where the file does not say, its layer and encoding."""

    system: str = ""
    layer: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class GeoFile:
    """The bytes of a file, what it is called, and what is known of it."""

    content: bytes
    name: str = ""
    choice: FileChoice = FileChoice()


def open_geofile(path: Path, choice: FileChoice = FileChoice()) -> GeoFile:
    """Return a file; a `.shp` comes with the files beside it. Raises GridError where it cannot be read."""
    try:
        content = zip_shapefile(path) if path.suffix.lower() == ".shp" else path.read_bytes()
    except OSError as error:
        raise GridError(
            f"it cannot be read ({error.strerror})",
            str(path),
            "name a readable file: GeoJSON, GeoPackage, or a Shapefile in a zip",
            "无法读取；请指定 GeoJSON、GeoPackage 或压缩的 Shapefile",
        ) from error
    return GeoFile(content, str(path), choice)


def read_drawings(file: GeoFile) -> Drawings:
    """Return the polygons of a file in WGS 84, in its order. Raises GridError, naming the file where it has a name."""
    try:
        if len(file.content) > _LARGEST:
            raise GridError(
                f"it has {len(file.content):,} bytes; the limit is {_LARGEST:,}",
                "file",
                "export only the polygons that are to be cells",
                "文件过大；请只导出网格面",
            )
        return drawings_in_wgs84(_reader(file.content)(file), file.choice.system)
    except GridError as error:
        raise (error.at(file.name) if file.name else error) from error


def _reader(content: bytes) -> Callable[[GeoFile], Drawings]:
    if content.startswith(b"PK\x03\x04"):
        return _read_archive
    return _read_geopackage if content.startswith(b"SQLite format 3\0") else _read_json


def _read_json(file: GeoFile) -> Drawings:
    try:
        return read_geojson(_parsed(file.content.removeprefix(_BOM)))
    except (ValueError, RecursionError, OverflowError) as error:
        if isinstance(error, GridError):
            raise
        raise GridError(
            f"it is not JSON, nor a GeoPackage or a zip archive ({error})",
            "file",
            "export it again, as GeoJSON in UTF-8, as GeoPackage, or as Shapefile in a zip",
            "不是 GeoJSON、GeoPackage 或 zip 压缩包；请重新导出",
        ) from error


def _parsed(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        # Python's parser is slow, and lets NaN through, which can then be told by its feature.
        return json.loads(content)


def _read_geopackage(file: GeoFile) -> Drawings:
    with tempfile.TemporaryDirectory(prefix="fieldsync-") as folder:
        path = Path(folder) / "layer.gpkg"
        path.write_bytes(file.content)
        return _opened(path, file.choice)


def _read_archive(file: GeoFile) -> Drawings:
    with tempfile.TemporaryDirectory(prefix="fieldsync-") as folder:
        return _opened(unpack_shapefile(file.content, file.choice.layer, Path(folder)), file.choice)


def _opened(path: Path, choice: FileChoice) -> Drawings:
    layer = read_layer(path, choice.layer, choice.encoding)
    return read_wkb(layer.geometries, layer.properties, layer.system)
