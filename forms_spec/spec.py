"""A published form as data: its fields, labels, rules and marks, free of XLSForm and XForm.

A document's `data` is flat: every question is a field by its name, whatever section it stands in.
A repeat is one field whose value is a list of objects, one per member, with `fields` of its own.
Expressions are kept as pyxform wrote them (paths from the root of the form, `path` of a field);
`forms_spec.expressions` compiles them.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

ADMIT_LEVELS = ("auto", "community", "street", "district", "city")
"""Who admits a change, from nobody to the widest area."""

STRATEGIES = ("latest", "review", "union", "append", "max", "min", "authority", "roster")
"""The merge strategies, as `bind::fs:merge` names them; without one, keys are reviewed, others take the latest."""

COMBINING = frozenset({"union", "append", "max", "min", "roster"})
"""Strategies that look inside a value; a group has none of them, since it is chosen whole."""

TYPES_WITHOUT_DATA = frozenset({"note"})


Media = dict[str, dict[str, str]]
"""Files shown with a text: kind (image, audio, video, big-image), then language, then the file's name."""


class Choice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One choice of a list; `columns` holds what else its row says, for choice filters.

    Of a list from a file, `columns` holds the whole row.
    """

    value: str
    labels: dict[str, str] = {}
    columns: dict[str, str] = {}
    media: Media = {}


class ExternalFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file beside the form that its questions look things up in, by the name of its instance."""

    name: str
    source: str


class Section(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A group of questions on the screen; `path` names it, `parent` is the path of the one around it."""

    name: str
    path: str
    labels: dict[str, str] = {}
    relevant: str | None = None
    appearance: str | None = None
    parent: str | None = None
    media: Media = {}
    row: int | None = None


class Field(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One question with its rules and the marks of our own columns.

    `type` says what its answers are; `question` the type of the XLSForm where that says more (`range`,
    `select_one_from_file`, `start`, …). `itemset` is where its choices come from, if that is more than
    the list `choices` (a filter, an order by chance, the members of a repeat), with the names of the
    columns that hold value and label. `default` is a text, `dynamic_default` an expression worked out when
    the form or the repeat's member is opened, `trigger_value` one worked out whenever one of the questions in
    `trigger` changes. `parameters` has the parameters column and other attributes of the control. `row`
    is the row of the survey sheet. `member_key` of a roster is the question it names as its key. `consent` of a sealed
    form's first question is the answer that gives consent.
    """

    name: str
    type: str
    path: str
    labels: dict[str, str] = {}
    hints: dict[str, str] = {}
    choices: str | None = None
    choice_filter: str | None = None
    required: str | None = None
    required_messages: dict[str, str] = {}
    relevant: str | None = None
    constraint: str | None = None
    constraint_messages: dict[str, str] = {}
    calculation: str | None = None
    default: str | None = None
    appearance: str | None = None
    read_only: bool = False
    section: str | None = None
    merge: str | None = None
    group: str | None = None
    key: bool = False
    member_key: str | None = None
    owner: str | None = None
    admit: str = "auto"
    admit_first: str = "auto"
    sensitive: bool = False
    code: str | None = None
    ref: str | None = None
    consent: str | None = None
    fields: tuple["Field", ...] = ()
    question: str | None = None
    row: int | None = None
    guidance: dict[str, str] = {}
    media: Media = {}
    parameters: dict[str, str] = {}
    itemset: str | None = None
    value_column: str = "name"
    label_column: str = "label"
    or_other: bool = False
    dynamic_default: str | None = None
    trigger: tuple[str, ...] = ()
    trigger_value: str | None = None
    read_only_if: str | None = None
    repeat_count: str | None = None


class Admission(msgspec.Struct, frozen=True):
    """Who admits a change of an item, and who admits its first value: a name of `ADMIT_LEVELS`."""

    admit: str = "auto"
    admit_first: str = "auto"


class FormSpec(msgspec.Struct, frozen=True, dict=True, kw_only=True):
    """A form in one version; what tablets ask and what the server checks.

    The answers to a `sealed` form are voluntary, go to the sealed database of a cell, and never into the registry.
    `retention` says how long what is told by it is kept (see `forms_spec.retention`); without one, for good.
    """

    id: str
    version: str
    title: dict[str, str]
    languages: tuple[str, ...]
    fields: tuple[Field, ...]
    choices: dict[str, tuple[Choice, ...]] = {}
    sections: tuple[Section, ...] = ()
    files: dict[str, ExternalFile] = {}
    instance_name: str | None = None
    style: str | None = None
    audit: dict[str, str] | None = None
    sealed: bool = False
    retention: str | None = None

    def encode(self) -> bytes:
        """Return the form as JSON; the same form gives the same bytes."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, content: bytes) -> "FormSpec":
        """Read a form from its JSON.

        Raises msgspec.ValidationError when the JSON is not a form, msgspec.DecodeError when it is not JSON.
        """
        return msgspec.json.decode(content, type=cls)

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def _choice_labels(self) -> dict[str, dict[str, Choice]]:
        return {name: {choice.value: choice for choice in choices} for name, choices in self.choices.items()}

    def field(self, name: str) -> Field | None:
        """Look up a field of the document by name; fields inside a repeat are in `Field.fields`."""
        return self._by_name.get(name)

    def items(self) -> dict[str, tuple[Field, ...]]:
        """Return the items of the form: fields by name, and groups of fields by the group's name."""
        items: dict[str, tuple[Field, ...]] = {}
        for field in data_fields(self.fields):
            item = field.group or field.name
            items[item] = (*items.get(item, ()), field)
        return items

    def merge_rules(self) -> dict[str, dict[str, Any]]:
        """Return for each field what its merge needs: `merge`, `group`, `key` as given, and `fields` of a roster."""
        return _merge_rules(self.fields)

    def server_owned(self) -> frozenset[str]:
        """Return the names of the fields that only the server writes (`fs:owner=server`)."""
        return frozenset(field.name for field in self.fields if field.owner == "server")

    def sensitive_fields(self) -> frozenset[str]:
        """Return the names of the fields to mask for whoever need not see them."""
        return frozenset(field.name for field in self.fields if field.sensitive)

    def consent(self) -> Field | None:
        """Return the question of a sealed form that asks for consent."""
        return next((field for field in self.fields if field.consent), None)

    def label(self, name: str, language: str) -> str:
        """Return a field's label in a language, else in the form's first language, else its name."""
        field = self.field(name)
        return self.label_of(field, language) if field else name

    def label_of(self, field: Field, language: str) -> str:
        """Return the same of a field that is at hand, such as one inside of a repeat."""
        return self._text(field.labels, language) or field.name

    def choice_label(self, name: str, value: str, language: str) -> str:
        """Return the label of a field's choice in a language; a value that is no choice is returned as it is."""
        field = self.field(name)
        return self.choice_label_of(field, value, language) if field else value

    def choice_label_of(self, field: Field, value: str, language: str) -> str:
        """Return the same of a field that is at hand, such as one inside of a repeat."""
        choice = self._choice_labels.get(field.choices or "", {}).get(value)
        return (self._text(choice.labels, language) if choice else "") or value

    def _text(self, texts: dict[str, str], language: str) -> str:
        for candidate in (language, *self.languages):
            if text := texts.get(candidate):
                return text
        return next(iter(texts.values()), "")


def data_fields(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield the fields that hold an answer (all but notes), in the form's order."""
    return (field for field in fields if field.type not in TYPES_WITHOUT_DATA)


def _merge_rules(fields: tuple[Field, ...]) -> dict[str, dict[str, Any]]:
    return {field.name: _merge_rule(field) for field in data_fields(fields)}


def _merge_rule(field: Field) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    if field.merge:
        rule["merge"] = field.merge
    if field.group:
        rule["group"] = field.group
    if field.key or field.member_key:
        rule["key"] = field.member_key or True
    if field.merge == "roster":
        rule["fields"] = _merge_rules(field.fields)
    return rule
