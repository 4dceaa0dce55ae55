"""All functions of their arguments' values, by name."""

from forms_spec.xpath.functions.dates import DATES
from forms_spec.xpath.functions.declared import Function
from forms_spec.xpath.functions.geography import GEOGRAPHY
from forms_spec.xpath.functions.logic import LOGIC
from forms_spec.xpath.functions.nodesets import NODESETS
from forms_spec.xpath.functions.numbers import NUMBERS
from forms_spec.xpath.functions.selections import SELECTIONS
from forms_spec.xpath.functions.texts import TEXTS

FUNCTIONS: dict[str, Function] = LOGIC | NUMBERS | TEXTS | DATES | SELECTIONS | GEOGRAPHY | NODESETS
"""By the name that forms call them by."""
