"""The functions of the language by name; those that look at their arguments unevaluated are the compiler's."""

from forms_spec.xpath.functions.catalogue import FUNCTIONS
from forms_spec.xpath.functions.declared import Function, Kind

__all__ = ["FUNCTIONS", "Function", "Kind"]
