"""`${names}` in the cells of the sheets that no question, group or repeat has."""

from collections.abc import Collection, Iterator, Sequence

from pyxform import aliases
from pyxform.errors import PyXFormError
from pyxform.validators.pyxform.pyxform_reference import parse_pyxform_references

from forms_spec.sheets import FIRST_ROW, Row, column_of

_SURVEY_WITHOUT = frozenset({"type", "name"})
_OF_CHOICES = frozenset(aliases.TRANSLATABLE_CHOICES_COLUMNS)


def mistaken_mentions(survey: Sequence[Row], choices: Sequence[Row], names: Collection[str]) -> Iterator[str]:
    """Yield the references that are malformed or to nothing, of each cell the first of each name."""
    for sheet, rows in (("survey", survey), ("choices", choices)):
        for number, cells in enumerate(rows, FIRST_ROW):
            for header, cell in cells.items():
                if "${" in str(cell) and _counts(sheet, column_of(str(header))):
                    place = f"[row : {number}] On the '{sheet}' sheet, the '{header}' value is invalid. "
                    yield from (place + said for said in _mistaken(str(cell), names))


def _counts(sheet: str, column: str) -> bool:
    return column not in _SURVEY_WITHOUT if sheet == "survey" else column in _OF_CHOICES


def _mistaken(cell: str, names: Collection[str]) -> Iterator[str]:
    try:
        mentioned = dict.fromkeys(reference.name for reference in parse_pyxform_references(cell))
    except PyXFormError:
        yield "Reference variables must start with '${', then a question name, and end with '}'."
        return
    for name in mentioned:
        if name not in names:
            yield f"There is no question of this name. Could not find the name '{name}'."
