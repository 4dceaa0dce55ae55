"""The child of `limited`: `python -m fieldsync.geofiles.child PATH LAYER ENCODING MEMORY_MB TIMEOUT_S`.

It opens one file with GDAL and writes a `Layer` or a `Refusal` as MessagePack. The limits are set before GDAL is
imported, so that they hold for everything it does.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

import msgspec

from fieldsync.geofiles.layer import Layer, Refusal
from fieldsync.geofiles.limited import OUT_OF_MEMORY

_MIB = 1024 * 1024
_MOST_FEATURES = 200_000
_SHOWN = 5
_CURVES = ("CURVE", "CIRCULAR", "SURFACE")


def _limit(memory_mb: int, timeout_s: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MIB, memory_mb * _MIB))
    seconds = int(timeout_s) + 1
    # A second before it is killed it gets the signal that says why; killed at once, it would look out of memory.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str, layer: str, encoding: str, memory_mb: int, timeout_s: float) -> int:
    """Read the file within the limits and return the exit status."""
    _limit(memory_mb, timeout_s)
    for unused in ("geopandas", "pandas", "pyarrow"):
        # pyogrio imports them to see which versions they are, which takes longer than reading most files.
        sys.modules[unused] = None  # type: ignore[assignment]
    try:
        sys.stdout.buffer.write(msgspec.msgpack.encode(_read(Path(path), layer, encoding)))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _read(path: Path, layer: str, encoding: str) -> Layer | Refusal:
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        return _chosen(path, layer, encoding or _encoding_of(path))
    except UnicodeDecodeError:
        what, zh = (
            "its texts are in another encoding than it says",
            "文字编码与文件声明不符；请用 --encoding 指明，如 GB18030",
        )
        return Refusal(what, "name it with --encoding, for example GB18030", zh)
    except (DataSourceError, DataLayerError, RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0].replace(str(path), "it")[:160].rstrip(".")
        return Refusal(f"it cannot be read ({reason})", "export it again, or as GeoJSON", "无法读取；请重新导出")


def _chosen(path: Path, layer: str, encoding: str) -> Layer | Refusal:
    import pyogrio

    drawn = [str(name) for name, kind in pyogrio.list_layers(path).tolist() if kind]
    name = layer if layer in drawn or path.suffix != ".gpkg" else ""
    if path.suffix == ".gpkg" and not name:
        if len(drawn) != 1 or layer:
            return _no_layer(layer, drawn)
        name = drawn[0]
    if path.suffix != ".gpkg":
        return _layer(path, encoding, {})
    return _curved(path, name) or _layer(path, encoding, {"layer": name})


def _curved(path: Path, layer: str) -> Refusal | None:
    """Refuse a layer with curves, which GDAL would turn into lines of its own choice."""
    from pyogrio.raw import read

    quoted = layer.replace('"', '\\"')
    columns = read(path, sql=f'SELECT OGR_GEOMETRY FROM "{quoted}"', sql_dialect="OGRSQL", read_geometry=False)[3]
    for number, kind in enumerate(columns[0].tolist() if columns else []):
        if isinstance(kind, str) and any(word in kind.upper() for word in _CURVES):
            what, zh = f"its geometry is a {kind.upper()}, which has curves", "含有曲线；请先在制图软件中转换为折线"
            return Refusal(what, "turn curves into lines in the program it comes from", zh, f"feature {number}")
    return None


def _layer(path: Path, encoding: str, options: dict[str, Any]) -> Layer | Refusal:
    from pyogrio.raw import read

    meta, _, geometries, columns = read(
        path, encoding=encoding or None, max_features=_MOST_FEATURES + 1, datetime_as_string=True, **options
    )
    if geometries is None or not len(geometries):
        return Refusal("it has no feature", "choose a file, or a layer, with polygons", "文件中没有要素")
    if len(geometries) > _MOST_FEATURES:
        what, zh = f"it has more than {_MOST_FEATURES:,} features", "要素过多；请只导出网格面"
        return Refusal(what, "export only the polygons that are to be cells", zh)
    names = [str(name) for name in meta["fields"]]
    rows = zip(*(_plain(column.tolist()) for column in columns), strict=True) if names else ((),) * len(geometries)
    return Layer(
        geometries=geometries.tolist(),
        properties=[dict(zip(names, row, strict=True)) for row in rows],
        system=str(meta["crs"] or ""),
    )


def _plain(values: list[Any]) -> list[Any]:
    """Return values as JSON knows them: NaN is how absent numbers come, bytes are nobody's property."""
    return [None if value != value or isinstance(value, bytes) else value for value in values]


def _no_layer(layer: str, names: list[str]) -> Refusal:
    shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    if not names:
        return Refusal("it has no layer with geometries", "export the polygons again", "没有带几何的图层")
    what = f"it has no layer {layer!r:.60}, but {shown}" if layer else f"it has several layers ({shown})"
    return Refusal(what, "choose one with --layer", "请用 --layer 选择图层")


def _encoding_of(path: Path) -> str:
    """Return how a shapefile's texts are written, where it does not say so: UTF-8, or else as Chinese programs do."""
    table = path.with_suffix(".dbf")
    if path.suffix != ".shp" or not table.exists():
        return ""
    if path.with_suffix(".cpg").exists():
        # GDAL knows nothing by this name.
        said = path.with_suffix(".cpg").read_bytes()[:40].decode("ascii", "replace").strip()
        return "GB18030" if said.upper().replace("-", "") in ("GBK", "GB2312", "GB18030", "936", "CP936") else ""
    try:
        table.read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
