"""The usual mistakes on the sheet `choices`: names that are missing, or stand twice in one list."""

import re
from collections.abc import Iterator, Sequence

from forms_spec.proofreading.lines import Line
from forms_spec.sheets import FIRST_ROW, Row, cell_of

_MULTIPLE = re.compile(r"(?:select_multiple|select all that apply(?: from)?|add select multiple prompt using) (\S+)")
_YES = frozenset({"yes", "true", "true()"})


def mistaken_choices(rows: Sequence[Row], lines: Sequence[Line], settings: Sequence[Row]) -> Iterator[str]:
    """Yield what is wrong with the rows of the sheet, in their order."""
    may_repeat = any(cell_of(row, "allow_choice_duplicates").lower() in _YES for row in settings)
    multiple = {match[1] for line in lines if (match := _MULTIPLE.match(line.type))}
    taken: set[tuple[str, str]] = set()
    for number, cells in enumerate(rows, FIRST_ROW):
        if not (name := cell_of(cells, "list_name")):
            continue
        value = cell_of(cells, "name")
        is_taken = (name, value) in taken and not may_repeat
        taken.add((name, value))
        if not value:
            yield _say(number, "Choices must have a name.")
        elif " " in value and name in multiple:
            yield _say(number, f"Choice names with spaces cannot be added to multiple choice selects: '{value}'.")
        elif is_taken:
            yield _say(number, f"Choice names must be unique for each choice list; '{value}' is taken in '{name}'.")


def _say(number: int, message: str) -> str:
    return f"[row : {number}] On the 'choices' sheet, the 'name' value is invalid. {message}"
