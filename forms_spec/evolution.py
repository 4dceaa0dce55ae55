"""What changed between two versions of a form, and what may not: a version adds, it never retypes.

Nor does it regroup: the items of a document (fields, groups, members of rosters) are what ledger, cases and registry
book changes under, so a field stays in its item in every version.
"""

from collections.abc import Iterator, Sequence

import msgspec

from forms_spec import changes
from forms_spec.changes import Change
from forms_spec.items import key_fields
from forms_spec.spec import Choice, Field, FormSpec, Section, data_fields

RULES = (
    "required", "relevant", "constraint", "calculation", "choice_filter", "itemset", "default", "dynamic_default",
    "trigger", "trigger_value", "read_only", "read_only_if", "repeat_count", "parameters", "appearance",
)  # fmt: skip
MARKS = ("merge", "key", "owner", "admit", "admit_first", "sensitive", "code", "consent")
TEXTS = ("labels", "hints", "guidance", "media", "required_messages", "constraint_messages")
FORBIDDEN = ("retyped", "regrouped", "roster", "sealed")
"""Changes that no version may make to any version before it."""


def compare(old: FormSpec, new: FormSpec) -> list[Change]:
    """List the differences of a new version from the one in use, in the new form's order, removals last."""
    found = [*_forms(old, new), *_fields(old, new, (old.fields, new.fields), ""), *_sections(old, new)]
    if old.version == new.version and not is_same(old, new):
        found.insert(0, changes.same_version(new.version))
    return found


def is_same(old: FormSpec, new: FormSpec) -> bool:
    """Tell whether two forms say the same, wherever in the sheet they say it."""
    return _without_rows(old) == _without_rows(new)


def _without_rows(spec: FormSpec) -> FormSpec:
    sections = tuple(msgspec.structs.replace(section, row=None) for section in spec.sections)
    return msgspec.structs.replace(spec, fields=tuple(map(_without_row, spec.fields)), sections=sections)


def _without_row(field: Field) -> Field:
    return msgspec.structs.replace(field, row=None, fields=tuple(map(_without_row, field.fields)))


def forbidden(earlier: Sequence[FormSpec], new: FormSpec) -> list[Change]:
    """List what a version may not do to any of the earlier ones: documents of each of them are still there."""
    found = (change for old in earlier for change in compare(old, new) if change.kind in FORBIDDEN)
    return list({change.field: change for change in found}.values())


def _forms(old: FormSpec, new: FormSpec) -> Iterator[Change]:
    if old.id != new.id:
        yield changes.other_form(old.id, new.id)
    if old.title != new.title:
        yield changes.relabelled("")
    if old.sealed != new.sealed:
        yield changes.sealed_otherwise(is_sealed=new.sealed)
    if old.retention != new.retention:
        yield changes.kept_otherwise(old.retention, new.retention)


def _fields(
    old: FormSpec, new: FormSpec, pair: tuple[tuple[Field, ...], tuple[Field, ...]], prefix: str
) -> Iterator[Change]:
    before, after = ({field.name: field for field in data_fields(fields)} for fields in pair)
    for name, field in after.items():
        place = prefix + name
        if name not in before:
            yield changes.added(place)
        else:
            yield from _field(before[name], field, place)
            yield from _choices(_listed(old, before[name]), _listed(new, field), place)
            yield from _fields(old, new, (before[name].fields, field.fields), f"{place}.")
    yield from (changes.removed(prefix + name) for name in before if name not in after)


def _field(before: Field, after: Field, place: str) -> Iterator[Change]:
    if (before.type, before.ref) != (after.type, after.ref):
        yield changes.retyped(place, _type(before), _type(after))
    elif (before.group or before.name) != (after.group or after.name):
        yield changes.regrouped(place, before.group or before.name, after.group or after.name)
    elif (known := (_known_by(before), _known_by(after)))[0] != known[1]:
        yield changes.other_members(place, *known)
    for name in RULES:
        if (pair := (getattr(before, name), getattr(after, name)))[0] != pair[1]:
            yield changes.reruled(place, name, *pair, "info")
    for name in MARKS:
        if (pair := (getattr(before, name), getattr(after, name)))[0] != pair[1]:
            yield changes.reruled(place, name, *pair, "warning")
    if any(getattr(before, name) != getattr(after, name) for name in TEXTS):
        yield changes.relabelled(place)
    if before.section != after.section:
        yield changes.moved(place, before.section, after.section)


def _type(field: Field) -> str:
    return f"{field.type} ({field.ref})" if field.ref else field.type


def _known_by(field: Field) -> str | None:
    """Return what tells the members of a roster apart; None where a field is one item as a whole."""
    return ", ".join(sorted(key.name for key in key_fields(field))) if field.merge == "roster" else None


def _listed(spec: FormSpec, field: Field) -> tuple[Choice, ...]:
    return spec.choices.get(field.choices or "", ())


def _choices(before: tuple[Choice, ...], after: tuple[Choice, ...], place: str) -> Iterator[Change]:
    olds, news = ({choice.value: choice for choice in choices} for choices in (before, after))
    if new := sorted(news.keys() - olds.keys()):
        yield changes.choices_added(place, new)
    if gone := sorted(olds.keys() - news.keys()):
        yield changes.choices_removed(place, gone)
    if other := sorted(v for v in olds.keys() & news.keys() if olds[v].labels != news[v].labels):
        yield changes.choices_relabelled(place, other)


def _sections(old: FormSpec, new: FormSpec) -> Iterator[Change]:
    """Compare the groups on the screen that both versions have: their conditions govern the questions inside."""
    before = {section.path: section for section in old.sections}
    for section in new.sections:
        if section.path in before:
            yield from _section(before[section.path], section)


def _section(before: Section, after: Section) -> Iterator[Change]:
    if before.relevant != after.relevant:
        yield changes.reruled(after.name, "relevant", before.relevant, after.relevant, "info")
    if before.labels != after.labels:
        yield changes.relabelled(after.name)
