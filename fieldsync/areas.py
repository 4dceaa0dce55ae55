"""Areas: districts, streets and communities, from the codes of the cells, with their names and who works there.

The areas are those that have cells. Names come from a list and are kept for areas without cells, too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fieldsync.accounts import Accounts, Role, User
from fieldsync.codes import checked_area
from fieldsync.errors import BadInput
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store
from grid import CodePattern

_LONGEST_NAME = 200
_MOST = 100_000
LEVELS = ("district", "street", "community")


class AreaName(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="area"):
    """The names of an area as they are kept, by language."""

    code: str
    name: dict[str, str]


class CellPlace(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="cell"):
    """A cell without its geometry: its code, its name and its area at each level."""

    code: str
    name: str
    areas: dict[str, str]


@dataclass
class Area:
    """An area with what lies in it: cells counted, narrower areas, supervisors named, collectors counted.

    Supervisors and collectors are those whose own area is this one, not those of a wider or a narrower one.
    """

    code: str
    level: str
    name: Mapping[str, str]
    parent: str | None
    cells: int = 0
    collectors: int = 0
    supervisors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Named:
    """What an import of names did: how many areas are new, renamed, or had their name already."""

    new: int
    renamed: int
    unchanged: int


class Areas:
    """The areas of an installation; their names are in the database `grid`."""

    def __init__(self, store: Store, accounts: Accounts) -> None:
        database = store.create("grid")
        self._names = Shelf(database, "area:", AreaName)
        self._cells = Shelf(database, "cell:", CellPlace)
        self._accounts = accounts

    def cells(self, area: str = "") -> Iterator[CellPlace]:
        """Yield the cells of an area in order of code, without their geometry."""
        return self._cells.all(area)

    def codes(self, area: str = "") -> Iterator[str]:
        """Yield the codes of an area's cells, in order."""
        return (cell.code for cell in self.cells(area))

    def names(self, area: str = "") -> dict[str, dict[str, str]]:
        """Return the names that are known in an area, by code."""
        return {one.code: one.name for one in self._names.all(area)}

    def within(self, area: str = "", level: str | None = None) -> list[Area]:
        """Return the areas that have cells below a code, in order of code; only those of a level, if given.

        Raises BadInput for an unknown level.
        """
        if level is not None and level not in LEVELS:
            raise BadInput(f"A level is one of {', '.join(LEVELS)}. / 级别须为其中之一。", field="level")
        found = _areas_of(self._cells.all(area), self.names())
        for user in self._accounts.all():
            _enter(found, user)
        return [found[code] for code in sorted(found) if level in (None, found[code].level) and code.startswith(area)]

    def import_names(self, content: bytes) -> Named:
        """Take in names: GeoJSON whose features have `code` and `name`, or CSV with these columns (and `name_en`).

        Raises BadInput, naming the row, where a code or a name is missing or malformed; nothing is changed then.
        """
        asked = {one.code: one for one in _read(content, self._accounts.pattern)}
        known = {code: one for code, one in ((c, self._names.get(c)) for c in asked) if one}
        new = {code: one for code, one in asked.items() if code not in known}
        renamed = [code for code, kept in known.items() if kept.value != asked[code]]
        self._names.add_all(new)
        for code in renamed:
            self._names.change(code, "area", lambda _, code=code: asked[code])  # type: ignore[misc]
        return Named(len(new), len(renamed), len(known) - len(renamed))


def _areas_of(cells: Iterator[CellPlace], names: Mapping[str, Mapping[str, str]]) -> dict[str, Area]:
    found: dict[str, Area] = {}
    for cell in cells:
        parent = None
        for level in LEVELS:
            code = cell.areas.get(level)
            if code:
                area = found.setdefault(code, Area(code, level, names.get(code, {}), parent))
                area.cells += 1
                parent = code
    return found


def _enter(areas: Mapping[str, Area], user: User) -> None:
    for code in user.areas if user.active else ():
        area = areas.get(code)
        if area and Role.SUPERVISOR in user.roles:
            area.supervisors.append(user.name)
        if area and Role.COLLECTOR in user.roles:
            area.collectors += 1


def _read(content: bytes, pattern: CodePattern) -> Iterator[AreaName]:
    rows = list(_rows(content))
    if not rows or len(rows) > _MOST:
        raise BadInput(f"The list has {len(rows)} areas: give 1 to {_MOST}. / 区域名单须有 1 到 {_MOST} 条。")
    for number, row in rows:
        yield _area(number, row, pattern)


def _rows(content: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield where each row is, and what it says."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            "The list is not UTF-8: save it as CSV UTF-8, or as GeoJSON."
            " / 名单不是 UTF-8；请另存为 CSV UTF-8 或 GeoJSON。"
        ) from error
    if not text.lstrip().startswith("{"):
        table = csv.DictReader(io.StringIO(text))
        if not {"code", "name"} <= set(table.fieldnames or ()):
            raise BadInput(
                "The list has no columns `code` and `name`: give a CSV with them, or GeoJSON."
                " / 名单缺少 code、name 两列；请补上，或改用 GeoJSON。"
            )
        yield from ((f"row {number}", row) for number, row in enumerate(table, 2))
        return
    try:
        features = msgspec.json.decode(text, type=_Collection).features
    except msgspec.MsgspecError as error:
        raise BadInput(f"The list is no GeoJSON of areas ({error}). / 名单不是区域的 GeoJSON。") from error
    yield from ((f"feature {number}", one.properties) for number, one in enumerate(features))


class _Feature(msgspec.Struct):
    properties: dict[str, Any]


class _Collection(msgspec.Struct):
    features: list[_Feature]


def _area(where: str, row: Mapping[str, Any], pattern: CodePattern) -> AreaName:
    code, texts = row.get("code"), {"zh": row.get("name"), "en": row.get("name_en")}
    try:
        checked = checked_area(str(code), pattern)
    except BadInput as error:
        raise BadInput(f"{where}: {error.message}", field="code") from error
    names = {language: text.strip() for language, text in texts.items() if isinstance(text, str) and text.strip()}
    if "zh" not in names or any(len(text) > _LONGEST_NAME for text in names.values()):
        raise BadInput(
            f"{where} ({checked}): an area's name has 1 to {_LONGEST_NAME} characters."
            f" / 区域名称须为 1 到 {_LONGEST_NAME} 个字。",
            field="name",
        )
    return AreaName(code=checked, name=names)
