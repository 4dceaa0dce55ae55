"""A row of a table as the answers of a document, or what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from fieldsync.documents import derived_id, is_tablet_id
from fieldsync.errors import BadInput
from fieldsync.events.reading import KIND, event_of
from fieldsync.importing.faults import NO_EVENT, NO_ID, RowFault, no_uuid, not_a_choice, not_of_type, not_that_date
from fieldsync.importing.mapping import Source, TableMapping, check_fields
from forms_spec import Field, FormSpec

Read = Callable[[str], Any]


class _Unfit(Exception):
    """A value does not fit; carries the fault."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.en)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Converted:
    """A row as a document: its identifier (empty: it has none), answers, the cell it names, its faults."""

    id: str
    data: dict[str, Any]
    cell: str
    faults: tuple[RowFault, ...]


class Converter:
    """Turns the rows of one table into answers. Raises BadInput where the mapping does not fit the form."""

    def __init__(self, table: TableMapping, spec: FormSpec, source: str) -> None:
        fields = {field.name: field for field in spec.fields}
        check_fields(table, frozenset(fields))
        self._table, self._source = table, source
        self._constants = [
            (name, _checked(fields[name], spec, source, own.value))
            for name in table.fields
            if (own := table.source(name)).value is not None
        ]
        self._columns = [
            (name, str(own.column), _reader(fields[name], spec, own, source))
            for name in table.fields
            if (own := table.source(name)).column is not None
        ]

    def convert(self, row: Mapping[str, str], fault: RowFault | None = None) -> Converted:
        """Return a row as a document; `fault` is what is wrong with its shape."""
        data, faults = dict(self._constants), [fault] if fault else []
        for name, column, read in self._columns:
            text = row.get(column, "").strip()
            if text:
                try:
                    data[name] = read(text)
                except _Unfit as unfit:
                    faults.append(unfit.fault)
        if self._table.kind == KIND and not faults and not event_of("", data).is_whole(date.max):
            faults.append(NO_EVENT)
        own = row.get(self._table.id, "").strip()
        cell = row.get(self._table.cell, "").strip() if self._table.cell else ""
        if not own:
            faults.append(NO_ID)
        elif not self._source and not is_tablet_id(f"{self._table.kind}:{own}"):
            faults.append(no_uuid(own))
        name = identifier(self._table.kind, own, self._source) if own else ""
        return Converted(name, {n: v for n, v in data.items() if v != ""}, cell, tuple(faults))


def identifier(kind: str, own: str, source: str) -> str:
    """Return a document's identifier: a UUID as it is, anything else made to one, the same for the same source."""
    if not source or is_tablet_id(f"{kind}:{own}"):
        return f"{kind}:{own}"
    return f"{kind}:{derived_id('import', source, kind, own)}"


def _checked(field: Field, spec: FormSpec, source: str, value: str | None) -> Any:
    try:
        return _reader(field, spec, Source(column=f"value of {field.name}"), source)(value or "")
    except _Unfit as unfit:
        raise BadInput(f"The mapping's {unfit.fault.en} / 映射文件：{unfit.fault.zh}") from None


def _reader(field: Field, spec: FormSpec, own: Source, source: str) -> Read:
    read = _typed(field, spec, own, source)
    if not own.codes:
        return read
    codes = own.codes
    return lambda text: read(codes.get(text, text)) if codes.get(text, text) else ""


def _typed(field: Field, spec: FormSpec, own: Source, source: str) -> Read:
    column = str(own.column)
    if field.ref:
        kind = field.ref
        return lambda text: identifier(kind, text.removeprefix(f"{kind}:"), source)
    if field.type in ("integer", "decimal"):
        return _number(column, field.type)
    if field.type == "date":
        return _date(column, own.date)
    if field.choices is not None and field.choice_filter is None:
        return _choice(column, field, frozenset(c.value for c in spec.choices.get(field.choices, ())), own.split)
    return lambda text: text


def _number(column: str, kind: str) -> Read:
    make: Callable[[str], Any] = int if kind == "integer" else float

    def read(text: str) -> Any:
        try:
            value = make(text)
        except ValueError:
            raise _Unfit(not_of_type(column, text, kind)) from None
        if value != value or value in (float("inf"), float("-inf")):
            raise _Unfit(not_of_type(column, text, kind))
        return value

    return read


def _date(column: str, pattern: str | None) -> Read:
    wanted = pattern or "%Y-%m-%d"

    @lru_cache(50_000)
    def day(text: str) -> str | None:
        try:
            return datetime.strptime(text, wanted).date().isoformat()
        except ValueError:
            return None

    def read(text: str) -> str:
        found = day(text)
        if found is None:
            raise _Unfit(not_that_date(column, text, wanted))
        return found

    return read


def _choice(column: str, field: Field, values: frozenset[str], split: str | None) -> Read:
    if field.type != "select_multiple":

        def read(text: str) -> str:
            if text not in values and not field.or_other:
                raise _Unfit(not_a_choice(column, text, field.name))
            return text

        return read

    def several(text: str) -> str:
        parts = [part.strip() for part in text.split(split) if part.strip()]
        for part in parts:
            if part not in values and not field.or_other:
                raise _Unfit(not_a_choice(column, part, field.name))
        return " ".join(parts)

    return several
