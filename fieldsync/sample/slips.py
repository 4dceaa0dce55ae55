"""Slips of collectors: one person's record as somebody else would have written it, for measuring what finds duplicates.

Typing: another character of the same sound, two digits the wrong way round. Hearing: a character that sounds nearly
alike. Copying: a character that looks alike, a digit misread, day and month exchanged, traditional characters or a
passport's letters, a line passed over. All is drawn from a seeded generator, the characters from the names at hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from random import Random

import opencc

from fieldsync.matching.names import heard, sounded

Row = dict[str, str]
SHAPES = (
    "己已巳",
    "末未",
    "千干",
    "土士",
    "大太天",
    "芳芬",
    "刚钢",
    "明朋",
    "晨辰",
    "玲珍",
    "宇字",
    "华毕",
    "杰木",
    "俊竣",
    "丽雨",
)
"""Characters that are taken for each other in handwriting."""
DIGITS = {"0": "6", "1": "7", "2": "3", "3": "8", "4": "9", "5": "6", "6": "0", "7": "1", "8": "3", "9": "4"}
_TRADITIONAL = opencc.OpenCC("s2t")


class Slips:
    """Makes a second record of a person with one or two slips."""

    def __init__(self, rows: Iterable[Row], rng: Random) -> None:
        self._rng = rng
        self._by_sound: dict[str, set[str]] = defaultdict(set)
        self._by_ear: dict[str, set[str]] = defaultdict(set)
        for character in sorted({c for row in rows for c in row["name"]}):
            self._by_sound["".join(sounded(character))].add(character)
            self._by_ear[heard(character)].add(character)

    def again(self, row: Mapping[str, str]) -> tuple[Row, list[str]]:
        """Return the record as somebody else wrote it, and which slips were made; at least one always is."""
        slips: dict[str, Callable[[Row], None]] = {
            "typed by sound": lambda r: self._name(r, self._by_sound, sounded),
            "misheard": lambda r: self._name(r, self._by_ear, heard),
            "misread character": self._shape,
            "traditional": lambda r: r.update(name=_TRADITIONAL.convert(r["name"])),
            "letters": lambda r: r.update(name=" ".join(sounded(r["name"])).title()),
            "digits exchanged": lambda r: self._number(r, self._exchanged),
            "digit misread": lambda r: self._number(r, self._misread),
            "no document": lambda r: r.update(id_type="", id_number=""),
            "date misread": self._date,
            "day and month exchanged": self._turned,
            "another phone": lambda r: r.update(phone=f"12{self._rng.randrange(10**9):09d}"),
            "line passed over": lambda r: r.update({self._rng.choice(("birth_date", "sex", "phone")): ""}),
        }
        copy, made = dict(row), list[str]()
        while copy == row:
            copy, made = dict(row), []
            for slip in self._rng.sample(sorted(slips), self._rng.choice((1, 2, 2, 3))):
                before = dict(copy)
                slips[slip](copy)
                made += [slip] if copy != before else []
        return copy, made

    def _name(self, row: Row, alike: Mapping[str, set[str]], key: Callable[[str], str | tuple[str, ...]]) -> None:
        place = self._rng.randrange(len(row["name"])) if row["name"] else 0
        others = sorted(
            alike.get("".join(key(row["name"][place : place + 1])), set()) - {row["name"][place : place + 1]}
        )
        if others:
            row["name"] = row["name"][:place] + self._rng.choice(others) + row["name"][place + 1 :]

    def _shape(self, row: Row) -> None:
        for shape in SHAPES:
            for character in shape:
                if character in row["name"]:
                    row["name"] = row["name"].replace(character, self._rng.choice(shape.replace(character, "")), 1)
                    return

    def _number(self, row: Row, slip: Callable[[str], str]) -> None:
        if row["id_number"]:
            row["id_number"] = slip(row["id_number"])

    def _exchanged(self, digits: str) -> str:
        place = self._rng.randrange(len(digits) - 1)
        return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]

    def _misread(self, digits: str) -> str:
        place = self._rng.randrange(len(digits))
        return digits[:place] + DIGITS.get(digits[place], "0") + digits[place + 1 :]

    def _date(self, row: Row) -> None:
        year, _, rest = row["birth_date"].partition("-")
        month, _, day = rest.partition("-")
        if day:
            row["birth_date"] = self._rng.choice(
                (f"{int(year) + self._rng.choice((-1, 1))}-{rest}", f"{year}-{month}-{self._rng.randrange(1, 29):02d}")
            )

    def _turned(self, row: Row) -> None:
        year, _, rest = row["birth_date"].partition("-")
        month, _, day = rest.partition("-")
        if day and int(day) <= 12:
            row["birth_date"] = f"{year}-{day}-{month}"
