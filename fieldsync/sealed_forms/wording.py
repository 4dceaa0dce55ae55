"""An answer to a sealed form in words: its questions and what was answered, in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from fieldsync.documents import data_of, missing_of
from forms_spec import FormSpec
from forms_spec.sealed import RESERVED

_LANGUAGES = ("zh", "en")


class Told(TypedDict):
    """A question with its answer, as it was sent and in words; without an answer, the reason."""

    item: str
    question: dict[str, str]
    value: Any
    answer: dict[str, str]


def told_in(body: Mapping[str, Any], spec: FormSpec | None) -> list[Told]:
    """Return what an answer says, in the form's order as far as the form has the question."""
    values = {name: value for name, value in {**missing_of(body), **data_of(body)}.items() if name not in RESERVED}
    order = {field.name: number for number, field in enumerate(spec.fields if spec else ())}
    names = sorted(values, key=lambda name: (order.get(name, len(order)), name))
    return [Told(item=n, question=_label(spec, n), value=values[n], answer=_answer(spec, n, values[n])) for n in names]


def _label(spec: FormSpec | None, name: str) -> dict[str, str]:
    return {language: spec.label(name, language) if spec else name for language in _LANGUAGES}


def _answer(spec: FormSpec | None, name: str, value: Any) -> dict[str, str]:
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if spec is None:
        return dict.fromkeys(_LANGUAGES, said)
    return {language: spec.choice_label(name, said, language) for language in _LANGUAGES}
