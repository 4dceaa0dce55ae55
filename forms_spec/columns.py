"""Our own columns of the survey sheet, `bind::fs:…`: which there are and what each may say."""

import re
from collections.abc import Callable, Iterator

from forms_spec.faults import SETTINGS, SURVEY, Fault
from forms_spec.namespaces import NAMESPACE
from forms_spec.sheets import SurveyRow
from forms_spec.spec import ADMIT_LEVELS, STRATEGIES
from forms_spec.xform_binds import BOOLEANS

_HEADER = re.compile(r"bind\s*::?\s*fs\s*:\s*(\S*)", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_\-]*\Z")


def _one_of(*allowed: str) -> tuple[Callable[[str], bool], str]:
    return (lambda value: value in allowed), ", ".join(allowed)


def _boolean() -> tuple[Callable[[str], bool], str]:
    return (lambda value: value.lower() in BOOLEANS), "yes, no"


def _identifier() -> tuple[Callable[[str], bool], str]:
    return (lambda value: _IDENTIFIER.match(value) is not None), "a name of small letters, digits, - and _"


COLUMNS: dict[str, tuple[Callable[[str], bool], str]] = {
    "merge": _one_of(*STRATEGIES),
    "group": _identifier(),
    "key": _boolean(),
    "owner": _one_of("server"),
    "admit": _one_of(*ADMIT_LEVELS),
    "admit-first": _one_of(*ADMIT_LEVELS),
    "sensitive": _boolean(),
    "code": ((lambda value: len(value) <= 100), "the name of a standard, at most 100 characters"),
    "ref": _identifier(),
}
"""For each column: whether it allows a value, and what it allows in words."""


def our_columns(headers: list[str]) -> dict[str, str]:
    """Return those headers that are our columns, with the name behind `fs:`."""
    matches = {header: _HEADER.fullmatch(header.strip()) for header in headers}
    return {header: match[1] for header, match in matches.items() if match}


def check_headers(headers: list[str], namespaces: str) -> Iterator[Fault]:
    """Yield the faults of our columns' headers, and of the namespace in the settings that carries them."""
    columns = our_columns(headers)
    yield from (_unknown_column(header) for header, name in columns.items() if name not in COLUMNS)
    if columns and f'fs="{NAMESPACE}"' not in namespaces.replace("'", '"').replace(" ", ""):
        yield _no_namespace()


def check_cells(rows: list[SurveyRow], headers: list[str]) -> Iterator[Fault]:
    """Yield the faults of what our columns say, row by row."""
    columns = our_columns(headers)
    for row in rows:
        for header, name in columns.items():
            value = str(row.cells.get(header, "")).strip()
            if value and name in COLUMNS:
                yield from _check_cell(row, header, name, value)


def _check_cell(row: SurveyRow, header: str, name: str, value: str) -> Iterator[Fault]:
    allows, allowed = COLUMNS[name]
    if name == "key" and row.type.startswith("begin_repeat"):
        return  # may name a question inside: see rosters.py
    if not allows(value):
        yield _bad_value(row, header, value, allowed)
    elif row.type.startswith("begin_group") and name != "group":
        yield _mark_on_section(row, header)


def _unknown_column(header: str) -> Fault:
    return Fault(
        code="column-unknown",
        message=f"There is no column '{header}'.",
        message_zh=f"没有名为“{header}”的列。",
        remedy=f"Use one of: {', '.join(f'bind::fs:{known}' for known in COLUMNS)}.",
        remedy_zh=f"可用的列：{'、'.join(f'bind::fs:{known}' for known in COLUMNS)}。",
        sheet=SURVEY,
        row=1,
        column=header,
    )


def _no_namespace() -> Fault:
    return Fault(
        code="namespace-missing",
        message="The survey sheet has bind::fs: columns, but the settings sheet does not declare fs.",
        message_zh="survey 工作表使用了 bind::fs: 列，但 settings 工作表未声明 fs 命名空间。",
        remedy=f'Add to the settings sheet a column namespaces with: fs="{NAMESPACE}"',
        remedy_zh=f'请在 settings 工作表的 namespaces 列填写：fs="{NAMESPACE}"',
        sheet=SETTINGS,
        row=2,
        column="namespaces",
    )


def _bad_value(row: SurveyRow, header: str, value: str, allowed: str) -> Fault:
    return Fault(
        code="column-value",
        message=f"'{value[:60]}' is not allowed in {header}.",
        message_zh=f"{header} 列不允许填写“{value[:60]}”。",
        remedy=f"Write one of: {allowed}.",
        remedy_zh=f"可填写：{allowed}。",
        sheet=SURVEY,
        row=row.number,
        column=header,
    )


def _mark_on_section(row: SurveyRow, header: str) -> Fault:
    return Fault(
        code="column-place",
        message=f"{header} on a begin_group has no effect: a group of questions on the screen is no item.",
        message_zh=f"{header} 写在 begin_group 上无效：界面分组不是数据项。",
        remedy="Write it on each question; bind::fs:group makes several questions one item.",
        remedy_zh="请写在各个问题上；用 bind::fs:group 可将多个问题合为一项。",
        sheet=SURVEY,
        row=row.number,
        column=header,
    )
