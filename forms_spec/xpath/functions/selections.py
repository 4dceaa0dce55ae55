"""Functions about answers of several choices. Source: ODK XForms, "Select functions"."""

import math

from forms_spec.xpath.functions.declared import Function, plain


def _selected_at(answer: str, position: float) -> str:
    chosen = answer.split()
    return chosen[int(position)] if 0 <= position < len(chosen) else ""


SELECTIONS: dict[str, Function] = {
    "selected": plain(lambda answer, choice: choice.strip() in answer.split(), "text", "text"),
    "selected-at": plain(
        lambda answer, at: "" if math.isnan(at) else _selected_at(answer, math.trunc(at)), "text", "number"
    ),
    "count-selected": plain(lambda answer: float(len(answer.split())), "text"),
}
