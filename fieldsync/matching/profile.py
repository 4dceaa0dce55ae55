"""What of a person is compared: name, sex, birth, document, phone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from conflict import ABSENT
from fieldsync.normalise import normalised


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as far as is known; None where it is not."""

    id: str
    name: str | None = None
    sex: str | None = None
    birth: date | None = None
    id_type: str | None = None
    id_number: str | None = None
    phone: str | None = None


def profile_of(person: str, answers: Mapping[str, Any]) -> Profile:
    """Return the profile of a person from the answers of their document."""
    sex = _text(answers.get("sex"))
    number = _text(answers.get("id_number"))
    return Profile(
        id=person,
        name=_text(answers.get("name")),
        sex=sex if sex in ("1", "2") else None,
        birth=_day(_text(answers.get("birth_date"))),
        id_type=_text(answers.get("id_type")),
        id_number=number.upper() if number else None,
        phone=digits_of(answers.get("phone")),
    )


def digits_of(phone: Any) -> str | None:
    """Return the digits of a telephone number as it was answered; None where there are none."""
    text = _text(phone)
    return "".join(one for one in text if one.isdigit()) or None if text else None


def _text(value: Any) -> str | None:
    plain = normalised(value)
    return None if plain is ABSENT or not isinstance(plain, str) else plain


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
