"""The sample district as it is shipped: Wuhou's real outline, divided into invented cells."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from fieldsync.errors import NotFound


def cells() -> dict[str, Any]:
    """Return the cells as a GeoJSON FeatureCollection."""
    return _read("cells.geojson")


def areas() -> dict[str, Any]:
    """Return streets and communities, each its cells dissolved, as a GeoJSON FeatureCollection."""
    return _read("areas.geojson")


def outline() -> dict[str, Any]:
    """Return the district's real outline as a GeoJSON FeatureCollection."""
    return _read("source/outline.geojson")


def path(name: str) -> Path:
    """Return where a file of the sample lies, by its name below the sample's folder.

    Raises: NotFound when the sample has no such file.
    """
    found = Path(str(files("fieldsync.sample") / "wuhou" / name))
    if not found.is_file():
        raise NotFound(f"sample district: there is no file {name!r}; see the folder {found.parent}")
    return found


def _read(name: str) -> dict[str, Any]:
    collection: dict[str, Any] = json.loads(path(name).read_text(encoding="utf-8"))
    return collection
