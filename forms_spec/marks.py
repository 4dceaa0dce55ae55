"""Our own columns, of either sheet: what one may say, and the faults of one that is unknown or says something else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from forms_spec.faults import Fault
from forms_spec.resemblance import did_you_mean
from forms_spec.xform_binds import BOOLEANS


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a column may say: whether it allows a value, that in words, and the values where these are few."""

    allows: Callable[[str], bool]
    said: str
    said_zh: str
    values: tuple[str, ...] = ()


def one_of(*values: str) -> Allowed:
    """Allow some values."""
    said, said_zh = f"one of: {', '.join(values)}", f"下列之一：{'、'.join(values)}"
    return Allowed(lambda value: value in values, said, said_zh, values)


def yes_or_no() -> Allowed:
    """Allow whatever authors write for yes and no."""
    return Allowed(lambda value: value.lower() in BOOLEANS, "yes or no", " yes 或 no", ("yes", "no"))


def unknown_column(header: str, name: str, prefix: str, known: Iterable[str], sheet: str) -> Fault:
    """Say that a sheet has no such column; `known` are the names that may stand behind the prefix."""
    names = list(known)
    english, chinese = did_you_mean(name, names)
    columns = [f"{prefix}{each}" for each in names]
    return Fault(
        code="column-unknown",
        message=f"There is no column '{header}' in the {sheet} sheet.{english}",
        message_zh=f"{sheet} 工作表没有名为“{header}”的列。{chinese}",
        remedy=f"Use one of: {', '.join(columns)}.",
        remedy_zh=f"可用的列：{'、'.join(columns)}。",
        sheet=sheet,
        row=1,
        column=header,
    )


def bad_value(header: str, value: str, allowed: Allowed, sheet: str, row: int) -> Fault:
    """Say that a column does not allow what it says."""
    english, chinese = did_you_mean(value[:60], allowed.values)
    return Fault(
        code="column-value",
        message=f"'{value[:60]}' is not allowed in {header}.{english}",
        message_zh=f"{header} 列不允许填写“{value[:60]}”。{chinese}",
        remedy=f"Write {allowed.said}.",
        remedy_zh=f"请填写{allowed.said_zh}。",
        sheet=sheet,
        row=row,
        column=header,
    )
