"""Functions about what is true. Source: XPath 1.0, section 4.3; ODK XForms, "Boolean functions"."""

import math
from datetime import tzinfo

from forms_spec.xpath.functions.declared import Function, plain
from forms_spec.xpath.run import Run
from forms_spec.xpath.values import Value, number_of_text, to_boolean, to_number


def _checklist(_run: Run, fewest: float, most: float, *answers: Value) -> bool:
    met = sum(sum(_conditions(answer)) for answer in answers)
    return fewest <= met <= _limit(most)


def _weighted_checklist(run: Run, fewest: float, most: float, *pairs: Value) -> bool:
    total = 0.0
    for answer, weight in zip(pairs[::2], pairs[1::2], strict=False):
        weighed = zip(_conditions(answer), _numbers(weight, run.zone), strict=False)
        total += sum(number for holds, number in weighed if holds)
    return fewest <= total <= _limit(most)


def _limit(most: float) -> float:
    return math.inf if most == -1 else most


def _conditions(value: Value) -> list[bool]:
    return [bool(node.text.strip()) for node in value] if isinstance(value, list) else [to_boolean(value)]


def _numbers(value: Value, zone: tzinfo) -> list[float]:
    if isinstance(value, list):
        return [number_of_text(node.text, zone) for node in value]
    return [to_number(value, zone)]


LOGIC: dict[str, Function] = {
    "true": plain(lambda: True),
    "false": plain(lambda: False),
    "not": plain(lambda condition: not condition, "boolean"),
    "boolean": plain(lambda condition: condition, "boolean"),
    "boolean-from-string": plain(lambda text: text in ("1", "true"), "text"),
    "checklist": Function(("number", "number"), _checklist, rest="value", needs_run=True),
    "weighted-checklist": Function(("number", "number"), _weighted_checklist, rest="value", needs_run=True),
}
