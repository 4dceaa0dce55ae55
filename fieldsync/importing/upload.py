"""An archive of a city's files, unpacked into a folder: a zip of tables and, if it has one, `mapping.toml`.

What an archive says of its sizes may be a lie, so what is really unpacked is counted. Only files of the kinds that are
imported are written, under their own names without folders.
"""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from pathlib import Path, PurePosixPath

from fieldsync.errors import BadInput
from fieldsync.importing.tables import LIMITED, TEXT

MAPPING = "mapping.toml"
_MIB = 1024 * 1024
LARGEST, MOST = 4096 * _MIB, 60
_CHUNK = 256 * 1024


def unpack(archive: bytes, folder: Path, largest: int = LARGEST) -> None:
    """Write the files of an archive to a folder. Raises BadInput."""
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            left = largest
            for name, member in _members(opened).items():
                left -= _write(opened, member, folder / name, left)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise BadInput(
            f"The body is no sound zip archive ({str(error)[:80]}): zip the files without a password."
            " / 压缩包损坏或加密；请重新压缩，不要设密码。"
        ) from None


def _members(opened: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files to unpack by their names. Raises BadInput."""
    found: dict[str, zipfile.ZipInfo] = {}
    for member in opened.infolist():
        name = PurePosixPath(member.filename.replace("\\", "/")).name
        if member.is_dir() or name.startswith(".") or "__MACOSX" in member.filename:
            continue
        if name != MAPPING and PurePosixPath(name).suffix.lower() not in (*TEXT, *LIMITED):
            raise BadInput(
                f"{name!r:.80} is neither a table ({', '.join((*TEXT, *LIMITED))}) nor {MAPPING}: leave it out."
                f" / 文件 {name:.80} 不是可导入的表格；请从压缩包中去掉。"
            )
        if name in found:
            raise BadInput(f"{name!r:.80} is in the archive twice: keep one. / 压缩包中有两个同名文件：{name:.80}。")
        found[name] = member
    if not 0 < len(found) <= MOST:
        raise BadInput(f"The archive has {len(found)} files: give 1 to {MOST}. / 压缩包应有 1 至 {MOST} 个文件。")
    return found


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Unpack a file and return its size. Raises BadInput where it is larger than what is left."""
    size = 0
    with opened.open(member) as packed, path.open("xb") as out:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise BadInput(
                    f"The archive unpacks to more than {LARGEST // _MIB} MB: split it. / 压缩包解压后过大；请分开导入。"
                )
            out.write(chunk)
    return size
