"""Drafts move up: what was filled in under one version of a form, carried to another without loss.

Nothing is moved or changed: a question keeps its name and type in every version, so each answer stays where it is. An
answer to a question that the new version does not ask stays too, and is told apart under the version that asked it, so
that a tablet can show it and the document keeps it. Pure; the same rule in every language that carries drafts.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from forms_spec.answers import is_absent, is_of_type, selected_values
from forms_spec.spec import Field, FormSpec, data_fields

Former = dict[str, tuple[str, ...]]
"""By version: the questions it asked whose answers the draft still has, though no later version asks them."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A document on its way: the version it is filled in with, answers, reasons, and answers of former versions."""

    version: str
    data: dict[str, Any]
    missing: dict[str, str] = {}
    former: Former = {}


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A draft under its new version; `to_ask` are the questions to put to the informant (again), and why.

    Reasons: `new`, the version before did not ask it; `choice`, the answer is no choice any more; `type`, the answer is
    not of the question's type, `again`, a version before the last asked it and its answer is back.
    """

    draft: Draft
    to_ask: dict[str, str]


def carry(draft: Draft, old: FormSpec, new: FormSpec) -> Carried:
    """Carry a draft from the version it was filled in with to another one of the same form.

    Every answer and every reason of the draft is in the result under the same name, unchanged. Carrying twice is the
    same as once, and carrying over a version between is the same as carrying past it, but for what is asked again.
    """
    asked = {field.name: field for field in data_fields(new.fields)}
    former = _former(draft, old, asked)
    to_ask = dict(_to_ask(draft, old, new))
    return Carried(
        draft=Draft(version=new.version, data=draft.data, missing=draft.missing, former=former), to_ask=to_ask
    )


def _former(draft: Draft, old: FormSpec, asked: Mapping[str, Field]) -> Former:
    """Return which answers and reasons no question of the new version stands for, by the version that asked them."""
    kept = {version: [name for name in names if name not in asked] for version, names in draft.former.items()}
    known = {name for names in draft.former.values() for name in names}
    gone = [field.name for field in data_fields(old.fields) if field.name not in asked and field.name not in known]
    held = [name for name in gone if name in draft.data or name in draft.missing]
    if held:
        kept[old.version] = [*kept.get(old.version, []), *held]
    return {version: tuple(names) for version, names in kept.items() if names}


def _to_ask(draft: Draft, old: FormSpec, new: FormSpec) -> Iterator[tuple[str, str]]:
    before = {field.name for field in data_fields(old.fields)}
    back = {name for names in draft.former.values() for name in names}
    for field in data_fields(new.fields):
        answer = draft.data.get(field.name)
        if is_absent(answer):
            if field.name not in before and field.name not in draft.missing:
                yield field.name, "new"
        elif not is_of_type(field, answer):
            yield field.name, "type"
        elif _is_unknown(field, answer, new):
            yield field.name, "choice"
        elif field.name in back:
            yield field.name, "again"


def _is_unknown(field: Field, answer: Any, spec: FormSpec) -> bool:
    """Tell whether an answer has a choice that the form has not; choices from files are not known here."""
    if field.choices is None or field.choices not in spec.choices:
        return False
    values = {choice.value for choice in spec.choices[field.choices]}
    chosen = [answer] if field.type == "select_one" else selected_values(answer)
    return not values.issuperset(chosen)
