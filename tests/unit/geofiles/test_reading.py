"""Files of polygons in each format, and what hostile or broken ones get."""

from __future__ import annotations

import io
import sqlite3
import struct
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from fieldsync.geofiles import FileChoice, GeoFile, open_geofile, read_drawings
from fieldsync.geofiles.archives import Limits, unpack_shapefile
from fieldsync.geofiles.limited import read_layer
from grid import GridError, drawn_cells
from tests.unit.grid.squares import city, code

NAMES = [f"网格{number}" for number in range(9)]


def written(path: Path, epsg: int | None = 4326, **options: object) -> Path:
    """Write nine squares with codes and Chinese names, in a system, through GDAL."""
    geometries = np.array([cell.geometry for cell in city()], dtype=object)
    if epsg not in (None, 4326):
        way = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
        geometries = shapely.transform(geometries, lambda d: np.column_stack(way.transform(d[:, 0], d[:, 1])))
    pyogrio.raw.write(
        path,
        shapely.to_wkb(geometries),
        [np.array([code(n) for n in range(9)], dtype=object), np.array(NAMES, dtype=object), np.arange(9)],
        ["WGBM", "WGMC", "n"],
        geometry_type="Polygon",
        crs=f"EPSG:{epsg}" if epsg else None,
        **options,
    )
    return path


def zipped(shp: Path, *, without: str = "", prefix: str = "") -> bytes:
    """Zip a shapefile's files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path in shp.parent.glob(f"{shp.stem}.*"):
            if path.suffix != without:
                archive.write(path, f"{prefix}{path.name}")
    return made.getvalue()


def read(content: bytes, **choice: str) -> list[tuple[str, str, BaseGeometry]]:
    """Return code, name and polygon of each feature."""
    drawings = read_drawings(GeoFile(content, "cells", FileChoice(**choice)))
    return [(p["WGBM"], p["WGMC"], g) for p, g in zip(drawings.properties, drawings.geometries, strict=True)]


def refused(content: bytes, **choice: str) -> GridError:
    """Return the error that a file gets, which is one line with the file's name, in two languages."""
    with pytest.raises(GridError) as caught:
        read_drawings(GeoFile(content, "cells", FileChoice(**choice)))
    assert str(caught.value).startswith("cells: ")
    assert "\n" not in caught.value.told
    assert caught.value.zh
    return caught.value


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the squares in several formats and systems."""
    place = tmp_path_factory.mktemp("formats")
    written(place / "wgs84.gpkg")
    written(place / "zone35.gpkg", 4523)
    written(place / "zone35.shp", 4523, encoding="UTF-8")
    written(place / "gbk.shp", 4326, encoding="GB18030")
    (place / "gbk.cpg").unlink()
    return place


@pytest.mark.parametrize("name", ["wgs84.gpkg", "zone35.gpkg", "zone35.shp", "gbk.shp"])
def test_each_format_and_system_gives_the_same_squares(folder: Path, name: str) -> None:
    """GeoPackage and zipped Shapefile, WGS 84 and CGCS2000 / zone 35, UTF-8 and GB18030 that nobody declared."""
    path = folder / name
    content = zipped(path, prefix="数据/") if path.suffix == ".shp" else path.read_bytes()
    found = read(content)
    assert [(number, text) for number, text, _ in found] == [(code(n), NAMES[n]) for n in range(9)]
    for (_, _, polygon), cell in zip(found, city(), strict=True):
        assert shapely.hausdorff_distance(polygon, cell.geometry) < 1e-8


def test_a_shapefile_is_opened_with_the_files_beside_it(folder: Path) -> None:
    """Its `.shp` may be named as it lies in a folder."""
    assert len(read_drawings(open_geofile(folder / "zone35.shp")).geometries) == 9
    with pytest.raises(GridError, match="it cannot be read"):
        read_drawings(open_geofile(folder / "absent.shp"))


def test_a_shapefile_without_its_system_is_told_one(folder: Path) -> None:
    """Metres are not taken for degrees; with the system named they are right."""
    content = zipped(folder / "zone35.shp", without=".prj")
    assert "are no degrees" in str(refused(content))
    (_, _, first), *_ = read(content, system="EPSG:4523")
    assert shapely.hausdorff_distance(first, city()[0].geometry) < 1e-8


def test_a_file_of_a_map_in_gcj02_comes_home(folder: Path) -> None:
    """What a flag declares is believed before the file: the squares move some 400 m."""
    (_, _, first), *_ = read((folder / "wgs84.gpkg").read_bytes(), system="GCJ02")
    assert 0.002 < shapely.hausdorff_distance(first, city()[0].geometry) < 0.007


def test_of_several_layers_one_is_chosen(folder: Path, tmp_path: Path) -> None:
    """Which there are is in the error."""
    path = written(tmp_path / "two.gpkg", layer="cells")
    written(path, layer="others", append=True)
    assert "several layers (cells, others)" in str(refused(path.read_bytes()))
    assert "no layer 'absent', but cells, others" in str(refused(path.read_bytes(), layer="absent"))
    assert len(read(path.read_bytes(), layer="others")) == 9
    both = io.BytesIO()
    with zipfile.ZipFile(both, "w") as archive:
        for one in folder.glob("*.shp"):
            for part in folder.glob(f"{one.stem}.*"):
                archive.write(part, part.name)
    assert "several layers" in str(refused(both.getvalue()))
    assert len(read(both.getvalue(), layer="zone35")) == 9


def curved(path: Path) -> bytes:
    """Return a GeoPackage whose first polygon is drawn with arcs."""
    points = [(104.0, 30.0), (104.01, 30.01), (104.02, 30.0), (104.01, 29.99), (104.0, 30.0)]
    ring = struct.pack("<BII", 1, 8, len(points)) + b"".join(struct.pack("<dd", *point) for point in points)
    header = b"GP\x00\x01" + struct.pack("<i", 4326)
    with sqlite3.connect(written(path)) as opened:
        opened.create_function("ST_IsEmpty", 1, lambda _: 0)
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            opened.create_function(name, 1, lambda _: 0.0)
        table = opened.execute("SELECT table_name FROM gpkg_contents").fetchone()[0]
        blob = header + struct.pack("<BII", 1, 10, 1) + ring
        opened.execute(f'UPDATE "{table}" SET geom = ? WHERE fid = 1', (blob,))
        opened.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'GEOMETRY'")
    return path.read_bytes()


def test_curves_are_refused_by_the_feature(tmp_path: Path) -> None:
    """Nobody guesses how many points an arc should have."""
    error = refused(curved(tmp_path / "curved.gpkg"))
    assert "feature 0: its geometry is a CURVEPOLYGON, which has curves" in str(error)
    assert "曲线" in error.zh


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[1]", "not a FeatureCollection"),
        (b'{"type":"FeatureCollection","features":[{"geometry":{"type":"Point","coordinates":[1,2]}}]}', "is Point"),
        (
            b'{"type":"FeatureCollection","features":[{"geometry":{"type":"Polygon","coordinates":[[[NaN,1]]]}}]}',
            "feature 0: its coordinates hold nan",
        ),
        (b"PK\x03\x04 nothing", "no sound zip archive"),
        (b"SQLite format 3\0" + b"x" * 500, "it cannot be read"),
    ],
)
def test_what_is_no_file_of_polygons_gets_one_line(content: bytes, what: str) -> None:
    """Empty, torn and foreign files say what they lack."""
    assert what in str(refused(content))


def test_an_archive_without_a_whole_shapefile_is_told_what_it_lacks(folder: Path) -> None:
    """No shapefile at all, or one without its table."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert "it has no shapefile" in str(refused(made.getvalue()))
    assert "lacks .dbf" in str(refused(zipped(folder / "gbk.shp", without=".dbf")))


def bomb(size: int) -> bytes:
    """Return an archive of a few kilobytes that unpacks to `size` bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.shp", "w") as out:
        for _ in range(size // 2**20):
            out.write(bytes(2**20))
        out.close()
        archive.writestr("a.shx", b"")
        archive.writestr("a.dbf", b"")
    return made.getvalue()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """What is too large by its own word is refused at once; what lies about its size, as soon as it passes it."""
    small = Limits(unpacked_size=2 * 2**20)
    content = bomb(3 * 2**20)
    with pytest.raises(GridError, match="unpacks to"):
        unpack_shapefile(content, "", tmp_path, small)
    lying = bytearray(content)
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = lying.find(signature)
        lying[at + offset : at + offset + 4] = struct.pack("<I", 10)
    with pytest.raises(GridError):
        unpack_shapefile(bytes(lying), "", tmp_path, small)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= small.unpacked_size


def test_the_reader_of_formats_is_held_to_time_and_memory(folder: Path) -> None:
    """A file that takes too long, or too much memory, is one error; the server goes on."""
    with pytest.raises(GridError, match=r"longer than 0\.01 s"):
        read_layer(folder / "wgs84.gpkg", "", "", timeout_s=0.01)
    with pytest.raises(GridError, match="needs more than 48 MB"):
        read_layer(folder / "wgs84.gpkg", "", "", memory_mb=48)


def test_numbers_that_are_codes_are_read_as_texts(tmp_path: Path) -> None:
    """Tables often keep fifteen digits as a number."""
    path = tmp_path / "numbers.gpkg"
    numbers = np.array([float(code(n)) for n in range(9)])
    shapes = shapely.to_wkb(np.array([cell.geometry for cell in city()], dtype=object))
    pyogrio.raw.write(path, shapes, [numbers], ["code"], geometry_type="Polygon", crs="EPSG:4326")
    drawings = read_drawings(GeoFile(path.read_bytes()))
    assert [cell.code for cell in drawn_cells(drawings)] == [code(n) for n in range(9)]
