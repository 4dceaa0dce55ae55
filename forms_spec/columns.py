"""Our own columns of the survey sheet, `bind::fs:…`: which there are and what each may say."""

import re
from collections.abc import Iterator

from forms_spec.faults import SETTINGS, SURVEY, Fault
from forms_spec.marks import Allowed, bad_value, one_of, unknown_column, yes_or_no
from forms_spec.namespaces import NAMESPACE
from forms_spec.resemblance import alike
from forms_spec.sheets import SurveyRow
from forms_spec.spec import ADMIT_LEVELS, STRATEGIES

_HEADER = re.compile(r"bind\s*::?\s*fs\s*:\s*(\S*)", re.IGNORECASE)
_UNBOUND = re.compile(r"fs\s*:", re.IGNORECASE)
_NEARLY = 0.8
_PREFIXES = ("bind", "body", "instance", "control", "media")
_KNOWN = frozenset(
    (
        *("type", "name", "label", "hint", "guidance_hint", "required", "required_message", "relevant", "relevance"),
        *("constraint", "constraint_message", "calculation", "calculate", "appearance", "parameters", "default"),
        *("trigger", "read_only", "readonly", "choice_filter", "repeat_count", "image", "big-image", "audio", "video"),
        *("autoplay", "rows", "intent", "save_to", "list_name", "caption", "count", "disabled", "note"),
    )
)
"""The columns of the survey sheet that pyxform knows, in the way most authors write them."""

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_\-]*\Z")


def _identifier() -> Allowed:
    return Allowed(
        lambda value: _IDENTIFIER.match(value) is not None,
        "a name of small letters, digits, - and _",
        "由小写字母、数字、- 和 _ 组成的名称",
    )


def _short(said: str, said_zh: str) -> Allowed:
    return Allowed(lambda value: len(value) <= 100, said, said_zh)


COLUMNS: dict[str, Allowed] = {
    "merge": one_of(*STRATEGIES),
    "group": _identifier(),
    "key": yes_or_no(),
    "owner": one_of("server"),
    "admit": one_of(*ADMIT_LEVELS),
    "admit-first": one_of(*ADMIT_LEVELS),
    "sensitive": yes_or_no(),
    "code": _short("the name of a standard, at most 100 characters", "标准名称，最多 100 个字符"),
    "ref": _identifier(),
    "consent": _short("the answer that gives consent, a choice of the question", "表示同意的答案，即该题的一个选项"),
}
"""What each column may say."""


def our_columns(headers: list[str]) -> dict[str, str]:
    """Return those headers that are our columns, with the name behind `fs:`."""
    matches = {header: _HEADER.fullmatch(header.strip()) for header in headers}
    return {header: match[1] for header, match in matches.items() if match}


def check_headers(headers: list[str], namespaces: str, *, is_marked: bool = False) -> Iterator[Fault]:
    """Yield the faults of our columns' headers, and of the namespace in the settings that carries them.

    `is_marked`: the settings sheet has columns of ours, too.
    """
    columns = our_columns(headers)
    yield from (
        unknown_column(header, name, "bind::fs:", COLUMNS, SURVEY)
        for header, name in columns.items()
        if name not in COLUMNS
    )
    yield from (_unbound_column(header) for header in headers if _UNBOUND.match(header.strip()))
    if (columns or is_marked) and f'fs="{NAMESPACE}"' not in namespaces.replace("'", '"').replace(" ", ""):
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
    if name == "key" and row.type.startswith("begin_repeat"):
        return  # may name a question inside: see rosters.py
    if not COLUMNS[name].allows(value):
        yield bad_value(header, value, COLUMNS[name], SURVEY, row.number)
    elif row.type.startswith("begin_group") and name != "group":
        yield _mark_on_section(row, header)


def review_headers(headers: list[str]) -> Iterator[Fault]:
    """Yield the headers that pyxform passes over, though they were meant to be columns it knows."""
    for header in headers:
        name = header.partition("::")[0].strip()
        if name.lower() in _KNOWN or name.startswith(_PREFIXES) or our_columns([header]) or _UNBOUND.match(name):
            continue
        meant = alike(name, _KNOWN, _NEARLY)
        if meant is not None:
            yield _misspelt_header(header, meant)


def _misspelt_header(header: str, meant: str) -> Fault:
    return Fault(
        code="column-misspelt",
        message=f"The column '{header}' is passed over. Did you mean {meant}?",
        message_zh=f"列“{header}”未被识别，是否指 {meant}？",
        remedy=f"Write {meant}, or leave it if it is a column of notes.",
        remedy_zh=f"请改为 {meant}；如为备注列，可保持不变。",
        sheet=SURVEY,
        row=1,
        column=header,
    )


def _unbound_column(header: str) -> Fault:
    return Fault(
        code="column-unknown",
        message=f"The column '{header}' would be passed over: it lacks bind::.",
        message_zh=f"列“{header}”缺少 bind::，会被忽略。",
        remedy=f"Write bind::{header.strip()}.",
        remedy_zh=f"请写成 bind::{header.strip()}。",
        sheet=SURVEY,
        row=1,
        column=header,
    )


def _no_namespace() -> Fault:
    return Fault(
        code="namespace-missing",
        message="The form has columns of fs: (bind::fs:, attribute::fs:), but its settings sheet does not declare fs.",
        message_zh="表单使用了 fs: 列（bind::fs:、attribute::fs:），但 settings 工作表未声明 fs 命名空间。",
        remedy=f'Add to the settings sheet a column namespaces with: fs="{NAMESPACE}"',
        remedy_zh=f'请在 settings 工作表的 namespaces 列填写：fs="{NAMESPACE}"',
        sheet=SETTINGS,
        row=2,
        column="namespaces",
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
