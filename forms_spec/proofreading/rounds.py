"""The rounds: read the sheets, mend a copy, ask pyxform again, until it takes the rest or cannot be helped."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from pyxform.xls2json_backends import DefinitionData

from forms_spec.faults import SURVEY, Checked, Fault
from forms_spec.proofreading.brackets import unmatched
from forms_spec.proofreading.choices import mistaken_choices
from forms_spec.proofreading.lines import lines_of
from forms_spec.proofreading.mending import mended
from forms_spec.proofreading.mentions import mistaken_mentions
from forms_spec.proofreading.questions import Lists, missing_calculations, mistaken_names, mistaken_types
from forms_spec.sheets import Row, cell_of

MOST_TOLD = 200
"""How many mistakes are told in one run: more are more than anybody mends at once, and each costs time."""
_MOST = 20
_WEIGHT = 8_000
"""How many rows are converted in all rounds together, so that a long form does not run out of time."""

_OF_ROWS = frozenset({"", "type", "name"})
"""The columns whose mistakes cost the whole row."""

Explain = Callable[[str], Fault]
Place = tuple[str, int | None]


class Proofread(NamedTuple):
    """The mistakes of a form, and what was found in the rest, once it was mended; None where it stayed unreadable."""

    faults: tuple[Fault, ...]
    rest: Checked | None = None

    def errors(self) -> tuple[Fault, ...]:
        """Return all mistakes, in the order of the sheets."""
        return _in_order((*self.faults, *self._own(self.rest.errors)) if self.rest else self.faults)

    def warnings(self) -> tuple[Fault, ...]:
        """Return what its author should look at beside."""
        return self._own(self.rest.warnings) if self.rest else ()

    def _own(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Return the faults that do not follow from a mistake in the same cell or of the whole row."""
        cells = {(*_place(fault), fault.column) for fault in self.faults}
        rows = {_place(fault) for fault in self.faults if fault.row and fault.column in _OF_ROWS}
        return tuple(one for one in faults if (*_place(one), one.column) not in cells and _place(one) not in rows)


def proofread(
    sheets: DefinitionData,
    known: Sequence[Fault],
    explain: Explain,
    convert: Callable[[DefinitionData], Checked | Fault],
) -> Proofread:
    """Return every mistake that can be found in a form which pyxform refused.

    `known` are those found before; `explain` makes a fault of what pyxform, or this, says; `convert` is pyxform
    with the checks behind it, and returns a fault where pyxform refuses.
    """
    found = [explain(said) for said in islice(_mistakes(sheets), MOST_TOLD)]
    if len(found) == MOST_TOLD:
        return Proofread((*known, *found))
    for _ in range(_rounds(sheets)):
        rest = convert(mended(sheets, [*known, *found]))
        if isinstance(rest, Checked):
            return Proofread((*known, *found), rest)
        if rest.row is None or _place(rest) in map(_place, (*known, *found)):
            last = [] if any(_follows(rest, one) for one in (*known, *found)) else [rest]
            return Proofread((*known, *found, *last))
        found.append(rest)
    return Proofread((*known, *found))


def _follows(fault: Fault, found: Fault) -> bool:
    """Whether a fault says again what was found, or what comes of it."""
    return fault.code == found.code if fault.row is None else _place(fault) == _place(found)


def _rounds(sheets: DefinitionData) -> int:
    rows = len(sheets.survey or ()) + len(sheets.choices or ()) // 4
    return max(1, min(_MOST, _WEIGHT // max(rows, 1)))


def _place(fault: Fault) -> Place:
    return fault.sheet, fault.row


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    distinct = {(fault.sheet, fault.row, fault.column, fault.code, fault.message): fault for fault in faults}
    return tuple(sorted(distinct.values(), key=lambda fault: (fault.sheet != SURVEY, fault.sheet, fault.row or 0)))


def _mistakes(sheets: DefinitionData) -> Iterator[str]:
    """Yield the usual mistakes in the manner of pyxform's messages, which have their words in both languages."""
    survey: list[Row] = list(sheets.survey or ())
    choices: list[Row] = list(sheets.choices or ())
    lines = list(lines_of(survey))
    lists: Lists = {"choices": _lists(choices), "external_choices": _lists(list(sheets.external_choices or ()))}
    yield from (stray.message() for stray in unmatched(lines))
    yield from mistaken_types(lines, lists)
    yield from mistaken_names(lines)
    yield from missing_calculations(lines)
    yield from mistaken_choices(choices, lines, list(sheets.settings or ()))
    yield from mistaken_mentions(survey, choices, {line.name for line in lines if not line.ends()})


def _lists(rows: Sequence[Row]) -> set[str]:
    return {cell_of(row, "list_name") for row in rows}
