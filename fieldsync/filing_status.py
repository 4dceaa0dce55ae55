"""Under which status records are filed, so that the few among many are found: who left, which homes are empty. Pure.

`status:{kind}:{status}:{cell}` leads to those of a status in a cell, a street, a district: areas are how a cell's code
begins. What nearly all are is not filed: they are met soon wherever one looks. The status of a person or a household
follows from their stays; those are known by how they are filed under `of:{record}:`, so that nothing has to be opened
when a stay begins or ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fieldsync.documents import kind_of
from fieldsync.searching.residence import REGISTERED_ONLY, Stay, status_of

DEAD = "dead"
"""The key of persons whose death is known."""
USUAL = {"person": "here", "household": "living", "stay": "current", "dwelling": "occupied"}
"""What nearly all of a kind are."""
BY_STAYS = {"person": ("registered_elsewhere", REGISTERED_ONLY, "left", DEAD), "household": ("empty",)}
"""Kinds whose status follows from their stays, and what is filed of it."""
_ENDED, _CURRENT = "ended", "current"


def standing_of(answers: Mapping[str, Any]) -> str:
    """Return what a stay is for the status of its person and its household."""
    if status_of("stay", answers, ()) == _ENDED:
        return _ENDED
    return REGISTERED_ONLY if answers.get("kind") == REGISTERED_ONLY else _CURRENT


def is_filed(kind: str | None, status: str | None) -> bool:
    """Tell whether the records of a status are filed under it."""
    return kind in USUAL and status is not None and status != USUAL[kind]


def status_key(kind: str, status: str, area: str) -> str:
    """Return the key of a status in a cell, or how the keys of an area's cells begin."""
    return f"status:{kind}:{status}:{area}"


def own_status_keys(kind: str, cell: str, answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys that follow from a record alone: a dwelling's, a stay's, and that a person is dead."""
    status = status_of(kind, answers, ())
    if kind in ("dwelling", "stay") and status is not None and is_filed(kind, status):
        yield status_key(kind, status, cell)
    if kind == "person" and status == DEAD:
        yield DEAD


def about_of(*pages: Mapping[str, frozenset[str]]) -> set[str]:
    """Return whose status may have changed, given how records were filed and how they are: persons and households.

    They are among the records themselves, or their stays are.
    """
    own = {name for keys in pages for name in keys if kind_of(name) in BY_STAYS}
    stays = (keys for page in pages for name, keys in page.items() if kind_of(name) == "stay")
    return own | {key[3:].rpartition(":")[0] for keys in stays for key in keys if key.startswith("of:")}


def status_rows(name: str, keys: frozenset[str], standings: Iterable[str]) -> set[str]:
    """Return the rows of the status of a person or a household who is filed under these keys and has these stays."""
    kind = kind_of(name)
    status = _status(kind, DEAD in keys, standings)
    return {_row(kind, status, cell, name) for cell in _cells(keys)} if is_filed(kind, status) else set()


def possible_rows(name: str, keys: frozenset[str]) -> set[str]:
    """Return the rows of every status that a person or a household who is filed under these keys may have."""
    kind = kind_of(name)
    return {_row(kind, status, cell, name) for status in BY_STAYS.get(kind, ()) for cell in _cells(keys)}


def _row(kind: str, status: str, cell: str, name: str) -> str:
    return f"{status_key(kind, status, cell)}|{name}"


def _cells(keys: Iterable[str]) -> set[str]:
    return {key.split(":", 2)[1] for key in keys if key.startswith("in:")}


def _status(kind: str, is_dead: bool, standings: Iterable[str]) -> str:
    stays = [_STAYS[standing] for standing in standings]
    return str(status_of(kind, {"death_date": DEAD} if is_dead else {}, stays))


def _stay(standing: str) -> Stay:
    return Stay("", "", None, None, standing, None, _ENDED if standing == _ENDED else None, None)


_STAYS = {standing: _stay(standing) for standing in (_ENDED, _CURRENT, REGISTERED_ONLY)}
