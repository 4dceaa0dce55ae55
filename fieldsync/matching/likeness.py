"""How alike two persons are, item by item. Pure.

Each item of a pair is put at one level: the same, nearly so in a way that people slip, or different. What nobody knows
is no level at all: it speaks neither for nor against.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rapidfuzz.distance import OSA, JaroWinkler

from fieldsync.matching.names import heard, is_chinese, sounded, written
from fieldsync.matching.profile import Profile

LONG_NUMBER = 8
"""Shorter numbers that differ in one character are as likely two persons'."""
ALIKE = 0.88
"""From this Jaro–Winkler similarity on, two names in letters are one with a slip."""


def levels(one: Profile, other: Profile) -> Iterator[tuple[str, str]]:
    """Yield (item, level) for each item that both are known for."""
    if one.id_number and other.id_number:
        yield from _identity(one, other)
    if one.name and other.name:
        yield "name", _name(one.name, other.name)
    if one.birth and other.birth:
        yield "birth", _birth(one.birth, other.birth)
    if one.sex and other.sex:
        yield "sex", "same" if one.sex == other.sex else "different"
    if one.phone and other.phone:
        yield "phone", "same" if one.phone == other.phone else "different"


def _identity(one: Profile, other: Profile) -> Iterator[tuple[str, str]]:
    mine, theirs = one.id_number or "", other.id_number or ""
    if mine == theirs:
        yield "identity", "same"
    elif one.id_type == other.id_type:
        slipped = min(len(mine), len(theirs)) >= LONG_NUMBER and OSA.distance(mine, theirs, score_cutoff=1) <= 1
        yield "identity", "slipped" if slipped else "different"


def _name(one: str, other: str) -> str:
    mine, theirs = written(one), written(other)
    if mine == theirs:
        return "same"
    if "".join(sounded(one)) == "".join(sounded(other)) or _is_turned(one, other):
        return "sounds_alike"
    if heard(one) == heard(other):
        return "heard_alike"
    if is_chinese(mine) or is_chinese(theirs):
        return _characters(mine, theirs)
    return "slipped" if JaroWinkler.similarity(mine, theirs) >= ALIKE else "different"


def _is_turned(one: str, other: str) -> bool:
    """Tell whether two names in letters are the same words in another order: the family's name first, or last."""
    mine, theirs = sounded(one), sounded(other)
    return len(mine) > 1 and sorted(mine) == sorted(theirs) and not (is_chinese(one) and is_chinese(other))


def _characters(mine: str, theirs: str) -> str:
    """Compare characters: one left out or misread of three or more is a slip; the family's name alone says little."""
    if OSA.distance(mine, theirs, score_cutoff=1) <= 1 and max(len(mine), len(theirs)) >= 3:
        return "slipped"
    return "family" if mine[:1] == theirs[:1] else "different"


def _birth(one: date, other: date) -> str:
    if one == other:
        return "same"
    mine, theirs = one.strftime("%Y%m%d"), other.strftime("%Y%m%d")
    turned = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    one_part = sum(a != b for a, b in zip(one.timetuple()[:3], other.timetuple()[:3], strict=True)) == 1
    if turned or OSA.distance(mine, theirs, score_cutoff=1) <= 1 or (one_part and abs(one.year - other.year) <= 1):
        return "slipped"
    return "year" if one.year == other.year else "different"
