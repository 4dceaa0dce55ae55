"""Functions about numbers, and about the numbers of several nodes. What has no result is NaN, never an error.

Source: XPath 1.0, section 4.4; ODK XForms, "Number functions" and "Node-set functions".
"""

import math
from collections.abc import Callable

from forms_spec.xpath.functions.declared import Function, plain
from forms_spec.xpath.moments import Moment, days_of_text
from forms_spec.xpath.nodes import Node
from forms_spec.xpath.run import Run
from forms_spec.xpath.values import Value, number_of_text, text_of_number, to_number, to_text


def _safe(reckon: Callable[..., float]) -> Callable[..., float]:
    def reckoned(*numbers: float) -> float:
        try:
            return float(reckon(*numbers))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return reckoned


def _logarithm(of: Callable[[float], float]) -> Callable[[float], float]:
    return _safe(lambda number: of(number) if number else -math.inf)


def _power(base: float, exponent: float) -> float:
    if math.isnan(base) or math.isnan(exponent):
        return math.nan
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


def _round(number: float, decimals: float = 0.0) -> float:
    """Round half away from zero, to decimals; negative ones round to tens, hundreds and so on."""
    if not math.isfinite(number) or math.isnan(decimals):
        return number if not math.isnan(decimals) else math.nan
    shift = _power(10.0, decimals)
    shifted = abs(number) * shift
    if not math.isfinite(shifted) or not shift:
        return math.nan
    return math.copysign(math.floor(shifted + 0.5) / shift, number)


def _whole(number: float) -> float:
    return float(math.trunc(number)) if math.isfinite(number) else number


def _number(run: Run, value: Value) -> Value:
    """Convert to a number; of a date the days, written as a whole number."""
    number = to_number(value, run.zone)
    if isinstance(value, str | list) and not math.isnan(days_of_text(to_text(value), run.zone)):
        moment = Moment(number)
        moment.text = text_of_number(float(math.floor(number)))
        return moment
    return value if isinstance(value, Moment) else number


def _numbers(run: Run, values: tuple[Value, ...]) -> list[float]:
    numbers = []
    for value in values:
        if isinstance(value, list):
            numbers += [number_of_text(node.text, run.zone) for node in value]
        else:
            numbers.append(to_number(value, run.zone))
    return numbers


def _sum(run: Run, nodes: list[Node]) -> float:
    return sum(_numbers(run, (nodes,))) if nodes else math.nan


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., float]:
    def chosen(run: Run, *values: Value) -> float:
        numbers = _numbers(run, values)
        return math.nan if not numbers or any(map(math.isnan, numbers)) else choose(numbers)

    return chosen


def _one(reckon: Callable[[float], float]) -> Function:
    return plain(_safe(reckon), "number")


def _kept_if_endless(reckon: Callable[[float], float]) -> Function:
    return plain(lambda number: float(reckon(number)) if math.isfinite(number) else number, "number")


NUMBERS: dict[str, Function] = {
    "number": Function(("value",), _number, needs_run=True),
    "int": plain(_whole, "number"),
    "round": plain(_round, "number", "number", optional=1),
    "floor": _kept_if_endless(math.floor),
    "ceiling": _kept_if_endless(math.ceil),
    "abs": plain(abs, "number"),
    "pow": plain(_power, "number", "number"),
    "exp": _one(math.exp),
    "exp10": plain(lambda exponent: _power(10.0, exponent), "number"),
    "log": plain(_logarithm(math.log), "number"),
    "log10": plain(_logarithm(math.log10), "number"),
    "sqrt": _one(math.sqrt),
    "sin": _one(math.sin),
    "cos": _one(math.cos),
    "tan": _one(math.tan),
    "asin": _one(math.asin),
    "acos": _one(math.acos),
    "atan": _one(math.atan),
    "atan2": plain(_safe(math.atan2), "number", "number"),
    "pi": plain(lambda: math.pi),
    "random": Function((), Run.drawn, needs_run=True, is_volatile=True),
    "sum": Function(("nodes",), _sum, needs_run=True),
    "min": Function((), _extreme(min), rest="value", needs_run=True),
    "max": Function((), _extreme(max), rest="value", needs_run=True),
    "count": plain(lambda nodes: float(len(nodes)), "nodes"),
    "count-non-empty": plain(lambda nodes: float(sum(1 for node in nodes if node.text)), "nodes"),
}
