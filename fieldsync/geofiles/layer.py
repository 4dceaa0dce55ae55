"""What the process that opens a file hands back: a layer as it is, or why not."""

from __future__ import annotations

from typing import Any

import msgspec


class Layer(msgspec.Struct, frozen=True, kw_only=True, tag="layer"):
    """The features of a layer; geometries are well-known binary, `system` is empty where the file names none."""

    geometries: list[bytes | None]
    properties: list[dict[str, Any]]
    system: str
    notes: list[str] = []


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """Why a file is not read: what is wrong, how to mend it, and both in Chinese."""

    what: str
    mend: str
    zh: str
    where: str = "file"
