"""A form with what its other versions knew: the rules and words of questions that this version does not ask.

Documents keep the answers to questions that a later version removed, and hold answers to questions that only another
area's version asks. How these merge, who admits them and whether they are masked must not depend on which version
happens to be in use here.
"""

from collections.abc import Sequence

import msgspec

from forms_spec.spec import Choice, Field, FormSpec


def with_others(spec: FormSpec, others: Sequence[FormSpec]) -> FormSpec:
    """Return a form with the fields and choices of other versions that it lacks; the first that has one counts.

    For merging, admitting, masking and telling; never for asking or checking.
    """
    for other in others:
        spec = _joined(spec, other)
    return spec


def foreign_fields(spec: FormSpec, others: Sequence[FormSpec]) -> frozenset[str]:
    """Return the names of the fields that a form lacks and another of its versions has."""
    return frozenset(field.name for other in others for field in other.fields) - {field.name for field in spec.fields}


def _joined(spec: FormSpec, other: FormSpec) -> FormSpec:
    choices = dict(spec.choices)
    fields = _fields(spec.fields, other.fields, other, choices)
    return msgspec.structs.replace(spec, fields=fields, choices=choices)


def _fields(
    own: tuple[Field, ...], others: tuple[Field, ...], other: FormSpec, choices: dict[str, tuple[Choice, ...]]
) -> tuple[Field, ...]:
    theirs = {field.name: field for field in others}
    kept = [_known(field, theirs.get(field.name), other, choices) for field in own]
    names = {field.name for field in own}
    taken = [_taken(field, own, other, choices) for field in others if field.name not in names]
    return (*kept, *taken)


def _known(field: Field, theirs: Field | None, other: FormSpec, choices: dict[str, tuple[Choice, ...]]) -> Field:
    """Give a field the choices, and inside of a repeat the fields, that only the other version knows."""
    if theirs is None:
        return field
    if field.choices and theirs.choices:
        known = choices.get(field.choices, ())
        values = {choice.value for choice in known}
        more = (choice for choice in other.choices.get(theirs.choices, ()) if choice.value not in values)
        choices[field.choices] = (*known, *more)
    if not field.fields and not theirs.fields:
        return field
    return msgspec.structs.replace(field, fields=_fields(field.fields, theirs.fields, other, choices))


def _taken(field: Field, own: tuple[Field, ...], other: FormSpec, choices: dict[str, tuple[Choice, ...]]) -> Field:
    """Take over a field with its choices, under a name of their own; in a group that this version has, by its rule."""
    if field.choices and field.choices in other.choices:
        name = f"{field.choices}@{other.version}"
        choices.setdefault(name, other.choices[field.choices])
        field = msgspec.structs.replace(field, choices=name)
    members = [one for one in own if field.group and one.group == field.group]
    if members:
        merge = next((one.merge for one in members if one.merge), None)
        merge = merge or ("review" if any(one.key for one in members) else "latest")
        field = msgspec.structs.replace(field, merge=merge)
    if field.fields:
        field = msgspec.structs.replace(field, fields=_fields((), field.fields, other, choices))
    return field
