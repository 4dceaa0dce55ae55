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
        phone=_digits(_text(answers.get("phone"))),
    )


def _text(value: Any) -> str | None:
    plain = normalised(value)
    return None if plain is ABSENT or not isinstance(plain, str) else plain


def _digits(phone: str | None) -> str | None:
    return "".join(one for one in phone if one.isdigit()) or None if phone else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
