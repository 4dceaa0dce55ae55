"""Identity numbers: whether a number looks as that kind of document's does, and agrees with the answers. Pure.

A citizen's number (GB 11643-1999) has 6 digits of area, 8 of the date of birth, 3 of order (the last odd for men), and
a check character (ISO 7064, MOD 11-2). The area is not looked at: areas are abolished and their numbers live on. The
same form have the residence permits of Hong Kong, Macao and Taiwan residents (areas 81, 82, 83) and, beginning with 9,
the cards of foreign permanent residents issued since 2023. Other documents have a form of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from fieldsync.normalise import normalised

CITIZEN: Final = re.compile(r"[0-9]{17}[0-9X]")
FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "111": CITIZEN,
    "112": CITIZEN,
    "113": re.compile(r".+"),
    "117": re.compile(r"[A-Z][0-9]{9}"),
    "414": re.compile(r"(?=.*[0-9])[A-Z0-9]{5,15}"),
    "511": re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"),
    "516": re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
    "553": re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]"),
}
"""Number by kind of document, GA/T 517-2004: identity card and provisional one, household register, certificate of
birth, passport of any country, travel permits of Taiwan and of Hong Kong and Macao residents, foreign permanent
residents' card. A household register has the citizen's number or its own. A kind that is not here may have any."""
SEVERITIES: Final[Mapping[str, str]] = {
    "identity_form": "error",
    "identity_digit": "error",
    "identity_date": "error",
    "identity_birth_differs": "error",
    "identity_sex_differs": "error",
}
_WEIGHTS: Final = tuple(2 ** (17 - n) % 11 for n in range(17))
_CHARACTERS: Final = "10X98765432"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is doubtful about a person's number: a code of `SEVERITIES`, the field, and what the message names."""

    code: str
    item: str = "id_number"
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def doubts(answers: Mapping[str, Any]) -> Iterator[Doubt]:
    """Yield what is doubtful about a person's `id_type` and `id_number`, beside `birth_date` and `sex`."""
    number, kind = normalised(answers.get("id_number")), answers.get("id_type")
    form = FORMS.get(kind) if isinstance(kind, str) else None
    if form is None or not isinstance(number, str):
        return
    number = number.upper()
    if not form.fullmatch(number):
        yield Doubt("identity_form")
    elif CITIZEN.fullmatch(number):
        yield from _of_citizen(number, answers)


def check_character(digits: str) -> str:
    """Return the last character of a citizen's number from its first 17 digits. Source: GB 11643-1999."""
    return _CHARACTERS[sum(w * int(d) for w, d in zip(_WEIGHTS, digits[:17], strict=True)) % 11]


def _of_citizen(number: str, answers: Mapping[str, Any]) -> Iterator[Doubt]:
    if check_character(number) != number[17]:
        yield Doubt("identity_digit")
        return
    born = _date(number[6:14])
    if born is None:
        yield Doubt("identity_date")
        return
    if answers.get("birth_date") and answers["birth_date"] != born.isoformat():
        yield Doubt("identity_birth_differs", named={"date": dict.fromkeys(("en", "zh"), born.isoformat())})
    sex = "1" if int(number[16]) % 2 else "2"
    if answers.get("sex") in ("1", "2") and answers["sex"] != sex:
        yield Doubt("identity_sex_differs")


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
