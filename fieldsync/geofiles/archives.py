"""Shapefiles in zip archives: how large one may be, looked up before anything is unpacked, and the unpacking.

What the archive says of its sizes may be a lie, so what is really unpacked is counted too. Only the files that belong
to the one shapefile are written, under names of ours.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from grid import GridError

SUFFIXES = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_MIB = 1024 * 1024
_CHUNK = 256 * 1024
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest archive that is unpacked; sizes in bytes."""

    unpacked_size: int = 512 * _MIB
    members: int = 1_000


def unpack_shapefile(archive: bytes, layer: str, folder: Path, limits: Limits = Limits()) -> Path:
    """Write the shapefile of an archive to a folder and return its `.shp`. Raises GridError for what cannot be one."""
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            _check_size(opened, limits)
            name = _chosen(opened, layer)
            left = limits.unpacked_size
            for suffix, member in _members(opened, name).items():
                left -= _unpack(opened, member, folder / f"layer{suffix}", left)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        if isinstance(error, GridError):
            raise
        raise GridError(
            "it is no sound zip archive", "file", "zip it again, without a password", "压缩包损坏或加密；请重新压缩"
        ) from error
    return folder / "layer.shp"


def zip_shapefile(shp: Path) -> bytes:
    """Return a shapefile that lies in a folder, with its other files, as an archive. Raises OSError."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("layer.shp", shp.read_bytes())
        for path in sorted(shp.parent.glob(f"{shp.stem}.*")):
            if path.suffix.lower() in SUFFIXES[1:] and path.stem == shp.stem:
                archive.writestr(f"layer{path.suffix.lower()}", path.read_bytes())
    return made.getvalue()


def _check_size(archive: zipfile.ZipFile, limits: Limits) -> None:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > limits.members or unpacked > limits.unpacked_size:
        raise _too_large(f"{len(members):,} files of {unpacked:,} bytes", limits)


def _chosen(archive: zipfile.ZipFile, layer: str) -> str:
    names = [member.filename for member in archive.infolist() if member.filename.lower().endswith(".shp")]
    if layer:
        names = [name for name in names if PurePosixPath(name).stem == layer]
    if len(names) == 1:
        return names[0]
    if not names:
        raise GridError(
            f"it has no shapefile {layer!r}" if layer else "it has no shapefile",
            "zip archive",
            "zip the files .shp, .shx, .dbf and .prj together",
            "压缩包中没有 Shapefile；请把 .shp、.shx、.dbf、.prj 一起压缩",
        )
    raise several_layers([PurePosixPath(name).stem for name in names])


def several_layers(names: Sequence[str]) -> GridError:
    """Return the error for a file that has several layers, of which none was chosen."""
    shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    return GridError(
        f"it has several layers ({shown})", "file", "choose one with --layer", "含有多个图层；请用 --layer 选择"
    )


def _members(archive: zipfile.ZipFile, shp: str) -> dict[str, zipfile.ZipInfo]:
    stem = shp[: -len(".shp")].lower()
    found = {}
    for member in archive.infolist():
        name = member.filename.lower()
        if name[: name.rfind(".")] == stem and (suffix := name[name.rfind(".") :]) in SUFFIXES:
            found[suffix] = member
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in found]
    if missing:
        raise GridError(
            f"its shapefile lacks {' and '.join(missing)}",
            "zip archive",
            "zip the files .shp, .shx, .dbf and .prj together",
            f"Shapefile 缺少 {'、'.join(missing)}；请把 .shp、.shx、.dbf、.prj 一起压缩",
        )
    return found


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int) -> int:
    written = 0
    with archive.open(member) as stream, path.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > left:
                raise _too_large("more than it says", Limits())
            out.write(chunk)
    return written


def _too_large(found: str, limits: Limits) -> GridError:
    return GridError(
        f"it unpacks to {found}; the limit is {limits.members:,} files of {limits.unpacked_size:,} bytes",
        "zip archive",
        "put nothing but the one shapefile into it",
        "压缩包解压后过大；请只放入一个 Shapefile",
    )
