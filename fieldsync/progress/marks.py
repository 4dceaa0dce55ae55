"""Marks: the little that is kept of each document of a cell, so that a change is counted without reading the rest.

Documents are named by a few letters of their identifier's digest; within one cell no two meet (48 bits). Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from fieldsync.documents import SUBJECTS, data_of, kind_of, meta_of, missing_of
from fieldsync.progress.answered import pattern_of

FORMAT = 3
"""Of marks and figures; those of another one are made anew from the cell."""


class Building(msgspec.Struct, array_like=True, frozen=True):
    """Where a building stands (None: not known), its floors and stairwells."""

    lon: float | None
    lat: float | None
    floors: int
    stairwells: int


class Dwelling(msgspec.Struct, array_like=True, frozen=True):
    """Which building a dwelling is in, and whether it is gone."""

    building: str
    gone: bool


class Visit(msgspec.Struct, array_like=True, frozen=True):
    """A visit: to what, in which round, on which day, by whom."""

    dwelling: str
    household: str
    round: str
    day: str
    by: str = ""


class Submission(msgspec.Struct, array_like=True, frozen=True):
    """A submission: of which household or dwelling, in which round, on which day, by whom."""

    unit: str
    round: str
    day: str
    by: str = ""


class State(msgspec.Struct, array_like=True, frozen=True):
    """What the server last said of a household or dwelling: its status, and how much is found, contested, returned."""

    status: str
    errors: int = 0
    warnings: int = 0
    contests: int = 0
    returned: int = 0


class Marks(msgspec.Struct):
    """The marks of a cell at a sequence, by the short names of their documents.

    `households` name their dwelling, `answers` their task; of those that are stubs of sealed ones `sealed` has form and
    consent. `persons` and open `tasks` are counted only. `synced` says when something last came from each collector's
    tablet. `patterns` number which items have answers, `filled` says which pattern a document has.
    """

    format: int = FORMAT
    seq: str = ""
    buildings: dict[str, Building] = {}
    dwellings: dict[str, Dwelling] = {}
    households: dict[str, str] = {}
    persons: set[str] = set()
    visits: dict[str, Visit] = {}
    submissions: dict[str, Submission] = {}
    states: dict[str, State] = {}
    tasks: set[str] = set()
    answers: dict[str, str] = {}
    sealed: dict[str, str] = {}
    synced: dict[str, str] = {}
    patterns: dict[str, int] = {}
    filled: dict[str, int] = {}


def short(doc_id: object) -> str:
    """Return the short name of a document, or of a state what it is about; empty for what is no identifier.

    A digest, for a part of an identifier would not do: some kinds of UUID begin with the time, others end with a place.
    """
    if not isinstance(doc_id, str) or not doc_id:
        return ""
    return blake2b(doc_id.removeprefix("state:").encode(), digest_size=6).hexdigest()


def mark(marks: Marks, doc_id: str, body: Mapping[str, Any] | None) -> None:
    """Enter a document as it is now, None where it is deleted; the same again changes nothing."""
    kind = kind_of(doc_id)
    name = short(doc_id)
    if kind in SUBJECTS:
        _fill(marks, kind, name, body)
    if kind in ("person", "task"):
        entered = marks.persons if kind == "person" else marks.tasks
        is_there = body is not None and not data_of(body).get("closed")
        (entered.add if is_there else entered.discard)(name)
        return
    if kind == "answer":
        _seal(marks, name, body)
    table = _TABLES.get(kind)
    if table is None:
        return
    kept: dict[str, Any] = getattr(marks, table[0])
    if body is None:
        kept.pop(name, None)
    else:
        kept[name] = table[1](data_of(body), meta_of(body))


def sign(marks: Marks, doc_id: str, author: str, arrived: str) -> None:
    """Enter who sent a document and when it arrived; its writer is who logged in, whatever the document says."""
    marks.synced[author] = max(arrived, marks.synced.get(author, ""))
    name = short(doc_id)
    if kind_of(doc_id) == "visit" and name in marks.visits:
        marks.visits[name] = msgspec.structs.replace(marks.visits[name], by=author)
    if kind_of(doc_id) == "submission" and name in marks.submissions:
        marks.submissions[name] = msgspec.structs.replace(marks.submissions[name], by=author)


def _seal(marks: Marks, name: str, body: Mapping[str, Any] | None) -> None:
    """Enter what the cell is told of an answer to a sealed form."""
    if body is None or body.get("sealed") is not True:
        marks.sealed.pop(name, None)
    else:
        marks.sealed[name] = f"{_text(body.get('form'))}|{_text(data_of(body).get('consent'))}"


def _fill(marks: Marks, kind: str, name: str, body: Mapping[str, Any] | None) -> None:
    if body is None:
        marks.filled.pop(name, None)
        return
    pattern = pattern_of(kind, data_of(body), missing_of(body))
    if pattern not in marks.patterns:
        marks.patterns[pattern] = max(marks.patterns.values(), default=0) + 1
    marks.filled[name] = marks.patterns[pattern]


def _building(data: Mapping[str, Any], _: Mapping[str, Any]) -> Building:
    lat, lon = _point(data.get("point"))
    return Building(lon, lat, _count(data.get("floors")), max(1, _count(data.get("stairwells"))))


def _dwelling(data: Mapping[str, Any], _: Mapping[str, Any]) -> Dwelling:
    return Dwelling(short(data.get("building")), data.get("occupancy") == "demolished")


def _visit(data: Mapping[str, Any], meta: Mapping[str, Any]) -> Visit:
    day = _text(data.get("start"))[:10] or _text(meta.get("at"))[:10]
    return Visit(short(data.get("dwelling")), short(data.get("household")), _round(data, meta), day)


def _submission(data: Mapping[str, Any], meta: Mapping[str, Any]) -> Submission:
    unit = short(data.get("household")) or short(data.get("dwelling"))
    return Submission(unit, _round(data, meta), _text(meta.get("at"))[:10])


def _state(data: Mapping[str, Any], _: Mapping[str, Any]) -> State:
    severities = [one.get("severity") for one in _rows(data.get("findings"))]
    return State(
        _text(data.get("status")),
        severities.count("error"),
        severities.count("warning"),
        len(_rows(data.get("contests"))),
        len(_rows(data.get("returned"))),
    )


_TABLES: dict[str, tuple[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Any]]] = {
    "building": ("buildings", _building),
    "dwelling": ("dwellings", _dwelling),
    "household": ("households", lambda data, _: short(data.get("dwelling"))),
    "visit": ("visits", _visit),
    "submission": ("submissions", _submission),
    "state": ("states", _state),
    "answer": ("answers", lambda data, _: short(data.get("task"))),
}


def _round(data: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    return _text(data.get("round")) or _text(meta.get("round"))


def _rows(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    """Return a whole number that a form or a file wrote, 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        return max(0, min(int(float(value)), 200))
    except (ValueError, OverflowError):
        return 0


def _point(value: object) -> tuple[float | None, float | None]:
    """Read an XForms geopoint, `lat lon altitude accuracy`."""
    parts = _text(value).split()
    try:
        lat, lon = float(parts[0]), float(parts[1])
    except (IndexError, ValueError):
        return None, None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else (None, None)
