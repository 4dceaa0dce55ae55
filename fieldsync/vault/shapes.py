"""What of the rows of ledger, cases and registry is sealed, and under whose key. Pure.

What stays plain is what rows are found, counted and ordered by: identifiers, who wrote what when, which items changed,
what became of them. What people told, and what staff wrote about it, is sealed, whatever the forms mark as sensitive:
an answer may stand in any field, and a name that stayed plain in an append-only ledger could never be erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldsync.documents import RECORDS, is_sealed_cell, kind_of
from fieldsync.vault.owners import QUARANTINED, named_in, owner_of_quarantined, owners_of_body, owners_of_record

Members = dict[str, Any]
SEALED = "sealed"
_ENTRY = ("body", "raw", "contests", "decisions")
_RECORD = ("items", "reconciled")
_OPEN = frozenset({"kind", "form", "version"})
_CASE = ("evidence", "base", "insisted", "undone")
_TOLD_BY_CODE = ("quarantine", "deletion", "contest")
"""Kinds of cases whose own reason is a word of ours, not of staff."""
_ASKED, _OFFERED = ("proposed", "told", "registry"), ("value", "missing")


@dataclass(frozen=True, slots=True)
class Part:
    """Something to seal: whose it is (several: the keys of all are needed), and members by their paths in the row."""

    of: tuple[str, ...]
    content: Members


class Box(msgspec.Struct, frozen=True, gc=False):
    """A part as a row keeps it, empty where it was about somebody who is erased; in JSON its bytes are base64."""

    of: list[str]
    box: bytes


class _Boxes(msgspec.Struct, frozen=True):
    sealed: list[Box] = []


Split = Callable[[str, Members], list[Part]]
"""Takes out of a row, by its identifier, what is to be sealed."""


def split_ledger(row: str, members: Members) -> list[Part]:
    """Take what was told out of an entry, and the reasons out of an outcome."""
    if "detail" in members:
        has_words = b'"reason"' in bytes(members["detail"])
        return [Part((_text(members["document"]),), {"detail": members.pop("detail")})] if has_words else []
    if "deleted" in members and _text(members["origin"]) == "server":
        return []  # our tombstones say nothing but why
    content = {name: members.pop(name) for name in _ENTRY if name in members}
    if not content:
        return []
    return [Part(_owners(row, members, content), content)]


def _owners(row: str, members: Members, content: Members) -> tuple[str, ...]:
    document, body = _text(members["document"]), bytes(content["body"]) if "body" in content else b"{}"
    own = owner_of_quarantined(row) if "quarantined" in members else document
    if is_sealed_cell(row.partition("/")[0]):
        return (own, *named_in(bytes(content["raw"]) if "raw" in content else body))
    return (own,) if "quarantined" in members else owners_of_body(document, body)


def split_sealed_cell(row: str, members: Members) -> list[Part]:
    """Take all of an answer to a sealed form but what form it is of; tombstones of ours say nothing but why."""
    if "kind" not in members:
        return []
    content = {name: members.pop(name) for name in list(members) if name not in _OPEN}
    return [Part((row, *named_in(msgspec.json.encode(content))), content)] if content else []


def split_registry(row: str, members: Members) -> list[Part]:
    """Take the values out of a record."""
    content = {name: members.pop(name) for name in _RECORD if name in members}
    return [Part(owners_of_record(row, bytes(content.get("items", b"{}"))), content)] if content else []


def split_cases(row: str, members: Members) -> list[Part]:
    """Take the values and the words out of a case; each value goes with the document it is of."""
    case: Members = {name: msgspec.json.decode(raw) for name, raw in members.items()}
    named = tuple(str(case[name]) for name in ("document", "other") if case.get(name))
    about = named or (str(case.get("household") or row),)
    decision = case.get("decision") or {}
    by_owner: dict[tuple[str, ...], Members] = {}
    for path, held, names in (
        *((f"items/{number}/", item, _ASKED) for number, item in enumerate(case.get("items", ()))),
        *((f"earlier/{number}/", ruling, ("reason",)) for number, ruling in enumerate(case.get("earlier", ()))),
        *((f"candidates/{number}/", one, _OFFERED) for number, one in enumerate(case.get("candidates", ()))),
        *((f"decision/items/{number}/", one, ("reason",)) for number, one in enumerate(decision.get("items", ()))),
        ("decision/", decision, ("reason", "value", "undoes")),
    ):
        of = (str(held["document"]),) if held.get("document") else about
        by_owner.setdefault(of, {}).update(_taken(held, names, path))
    words = _CASE if case.get("kind") in _TOLD_BY_CODE else (*_CASE, "reason")
    by_owner.setdefault(about, {}).update(_taken(case, words, ""))
    members.clear()
    members |= case
    return [Part(of, content) for of, content in by_owner.items() if content]


def _taken(held: Members, names: Sequence[str], path: str) -> Members:
    return {f"{path}{name}": held.pop(name) for name in names if name in held}


def put_back(members: Members, content: Mapping[str, Any]) -> None:
    """Put what was sealed back where it was."""
    for path, value in content.items():
        *steps, name = path.split("/")
        place: Any = members
        for step in steps:
            if isinstance(place, dict) and isinstance(place.get(step), msgspec.Raw):
                place[step] = msgspec.json.decode(place[step])
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[name] = value


def stand_in(database: str, members: Members) -> None:
    """Put what programs expect in the place of what was erased: a body without answers, values that are absent."""
    if database == "ledger" and "path" in members:
        members["erased"] = True
        members.setdefault("body", {})
    if database == "cases":
        for name, blanks in (("items", _ASKED), ("candidates", ("value",))):
            if name in members:
                members[name] = [{key: {} for key in blanks} | item for item in _list(members[name])]


def _list(value: Any) -> list[Members]:
    listed: list[Members] = msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value
    return listed


def is_plain(database: str, row: str, body: bytes) -> bool:
    """Tell whether a row has something to seal that is not."""
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return SEALED not in members and bool(split_of(database)(row, dict(members)))


def split_of(database: str) -> Split:
    """Return what takes out of a database's rows what is to be sealed."""
    return split_sealed_cell if is_sealed_cell(database) else SPLITS[database]


def lacks_own_key(database: str, row: str, body: bytes) -> bool:
    """Tell whether a row of the ledger was sealed before what runs out by itself had a key of its own."""
    document = row.partition("/")[2].partition("@")[0]
    if database != "ledger" or kind_of(document) not in RECORDS:
        return False
    boxes = msgspec.json.decode(body, type=_Boxes).sealed
    return any(not one.startswith(QUARANTINED) for box in boxes for one in box.of) and all(
        document not in box.of for box in boxes
    )


def _text(raw: Any) -> str:
    return msgspec.json.decode(raw, type=str)


SPLITS: dict[str, Split] = {"ledger": split_ledger, "registry": split_registry, "cases": split_cases}
"""The databases whose rows are sealed, but for the sealed databases of cells."""
FLAT = frozenset({"ledger", "registry"})
"""Those in whose rows whole members are sealed, with the names they have in the row: they are joined as bytes."""
