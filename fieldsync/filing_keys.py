"""Under which keys a record of any kind is filed: what it is looked up by, besides its identifier. Pure.

`of:{record}:` leads from a thing to what refers to it, a stay with what it is: `ended`, `registered_only` or `current`;
`befell:{record}` from a person or a household to the events; `in:{cell}:{kind}:{sound}` to who is in a cell, in the
order of pinyin, `in:{cell}:event:{date}` to what happened there, in that of days; `address:{text}` to a building by the
beginning of its name or of its address, from any division on: a city, a district, a street need not be written. Numbers
are keyed hashes. What one person is compared by: `matching.keys`; by which status records are found: `filing_status`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conflict import ABSENT
from fieldsync.documents import REGISTERED
from fieldsync.events.reading import KIND as EVENT
from fieldsync.filing_status import own_status_keys, standing_of
from fieldsync.matching.keys import keys_of, number_key
from fieldsync.matching.names import sounded, written
from fieldsync.matching.profile import digits_of, profile_of
from fieldsync.normalise import normalised
from fieldsync.registry import Record

KINDS = REGISTERED
NAMED = {"household": "contact_name", "person": "name"}
"""Kinds that are found in their cells in the order of a name, and the field that has it."""
_OUTER = {"dwelling": ("building",), "household": ("dwelling",), "stay": ("household", "person")}
_BEFELL = ("person", "household", "other_household")
_DIVISION = re.compile(r"[省市区县镇乡村道]")
_LONGEST = 60


def filing_keys(record: Record, answers: Mapping[str, Any], secret: bytes) -> frozenset[str]:
    """Return the keys under which a record is filed."""
    return frozenset(_keys(record, answers, secret))


def spoken(name: Any) -> str:
    """Return a name's syllables without tones, as one text: what pinyin is searched by; empty where there is none."""
    return "".join(sounded(name))[:_LONGEST] if isinstance(name, str) else ""


def address_key(text: str) -> str:
    """Return what the filing of a building begins with whose address, or a part of it, begins with a text."""
    return f"address:{written(text)[:_LONGEST]}"


def places_of(record: Record) -> list[str]:
    """Return the cells that hold a record, its own first."""
    return [record.cell, *sorted(record.reconciled.keys() - {record.cell})]


def _keys(record: Record, answers: Mapping[str, Any], secret: bytes) -> Iterator[str]:
    standing = standing_of(answers) if record.kind == "stay" else ""
    for outer in _OUTER.get(record.kind, ()):
        if isinstance(answers.get(outer), str):
            yield f"of:{answers[outer]}:{standing}"
    yield from own_status_keys(record.kind, record.cell, answers)
    if record.kind in NAMED:
        name = spoken(answers.get(NAMED[record.kind]))
        yield from (f"in:{cell}:{record.kind}:{name}" for cell in places_of(record))
    if record.kind == EVENT:
        yield from (f"befell:{answers[whom]}" for whom in _BEFELL if isinstance(answers.get(whom), str))
        if record.says_something:
            yield f"in:{record.cell}:{EVENT}:{answers.get('date')}"
    if record.kind == "person":
        yield from keys_of(profile_of(record.id, answers), secret)
        yield f"pinyin:{spoken(answers.get('name'))}"
    if record.kind == "household" and (phone := digits_of(answers.get("phone"))):
        yield number_key("phone", phone, secret)
    if record.kind == "building":
        yield from (address_key(part) for field in ("name", "address") for part in _parts(answers.get(field)))


def _parts(address: Any) -> Iterator[str]:
    """Yield an address whole, and what is left of it after each division it names."""
    plain = normalised(address)
    if plain is ABSENT or not isinstance(plain, str):
        return
    yield plain
    yield from (rest for found in _DIVISION.finditer(plain) if (rest := plain[found.end() :].strip()))
