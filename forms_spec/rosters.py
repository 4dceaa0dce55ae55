"""What a repeat needs to merge member by member: what tells its members apart, marks that can be followed inside."""

from collections.abc import Callable, Iterator

from forms_spec.faults import SURVEY, Fault
from forms_spec.items import key_fields, within
from forms_spec.spec import Field, FormSpec

RowOf = Callable[[str], int | None]
"""The row of the survey sheet that defines a path, where there is one."""

KEY_TYPES = (
    *("text", "integer", "decimal", "range", "select_one", "date", "time", "dateTime", "barcode"),
    *("hidden", "calculate"),
)
"""Questions whose answer is one value that a name can be made of."""


def rosters(spec: FormSpec) -> Iterator[Field]:
    """Yield the repeats that merge member by member."""
    return (field for field in within(spec.fields) if field.type == "repeat" and field.merge == "roster")


def check_rosters(spec: FormSpec, row_of: RowOf) -> Iterator[Fault]:
    """Yield the errors of repeats and of the marks in them."""
    names = {name for field in spec.fields for name in (field.name, field.group) if name}
    for field in spec.fields:
        yield from _repeat(field, names, row_of)


def _repeat(repeat: Field, outer: set[str], row_of: RowOf) -> Iterator[Fault]:
    row, is_roster = row_of(repeat.path), repeat.merge == "roster"
    if repeat.type == "repeat":
        yield from _key(repeat, row) if is_roster else _key_without_roster(repeat, row)
    for field in repeat.fields:
        yield from _inside(field, repeat, outer, row_of(field.path))
    around = outer | {name for field in repeat.fields for name in (field.name, field.group) if name}
    for field in repeat.fields:
        yield from _repeat(field, around, row_of)


def _key(roster: Field, row: int | None) -> Iterator[Fault]:
    found = key_fields(roster)
    if not found:
        yield _no_key(roster, row)
    for field in found:
        if field.type not in KEY_TYPES:
            yield _key_type(roster, field, row)
        if field.sensitive or roster.sensitive:
            yield _sensitive_key(roster, field, row)


def _key_without_roster(repeat: Field, row: int | None) -> Iterator[Fault]:
    if repeat.member_key:
        yield _unmergeable_key(repeat, row)


def _inside(field: Field, repeat: Field, outer: set[str], row: int | None) -> Iterator[Fault]:
    if field.owner:
        yield _owned_inside(field, row)
    if field.merge and repeat.merge != "roster":
        yield _merged_inside(field, repeat, row)
    if field.group in outer and repeat.merge == "roster":
        yield _group_outside(field, repeat, row)


def review_rosters(spec: FormSpec, row_of: RowOf) -> Iterator[Fault]:
    """Yield what the author of a roster should look at."""
    for roster in rosters(spec):
        for field in key_fields(roster):
            if not field.required and field.type not in ("hidden", "calculate"):
                yield _optional_key(roster, field, row_of(field.path))


def _no_key(roster: Field, row: int | None) -> Fault:
    named = roster.member_key
    return Fault(
        code="roster-key",
        message=f"{roster.name}: there is no question '{named}' in it that could tell its members apart."
        if named
        else f"{roster.name}: nothing tells its members apart, so they cannot be merged one by one.",
        message_zh=f"{roster.name}：其中没有可用于区分成员的问题“{named}”。"
        if named
        else f"{roster.name}：没有区分成员的依据，无法逐个成员合并。",
        remedy="Write yes in bind::fs:key of the questions inside that tell them apart, or one's name on the repeat.",
        remedy_zh="请在用于区分成员的问题的 bind::fs:key 列填写 yes，或在重复组该列填写问题名称。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:key",
    )


def _key_type(roster: Field, field: Field, row: int | None) -> Fault:
    return Fault(
        code="roster-key",
        message=f"{roster.name}: its members cannot be told apart by {field.name}, a question of type {field.type}.",
        message_zh=f"{roster.name}：{field.name} 的类型是 {field.type}，不能用于区分成员。",
        remedy="Use a question with one value, such as a text, a number, a date or one choice.",
        remedy_zh="请使用只有一个值的问题，例如文本、数字、日期或单选题。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:key",
    )


def _sensitive_key(roster: Field, field: Field, row: int | None) -> Fault:
    return Fault(
        code="roster-key-sensitive",
        message=f"{roster.name}: the books would name its members by {field.name}, which is sensitive.",
        message_zh=f"{roster.name}：成员以敏感项 {field.name} 区分，而账目会显示该值。",
        remedy="Tell members apart by something else, such as a number that the form counts.",
        remedy_zh="请改用其他内容区分成员，例如表单自动编号。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:sensitive",
    )


def _unmergeable_key(repeat: Field, row: int | None) -> Fault:
    return Fault(
        code="column-place",
        message=f"{repeat.name}: the key '{repeat.member_key}' has no effect: the whole list is one item.",
        message_zh=f"{repeat.name}：键“{repeat.member_key}”无效：整个列表是一个数据项。",
        remedy="Write roster in bind::fs:merge to merge members by this key; or yes if the whole list is a key item.",
        remedy_zh="如按该键逐个成员合并，请在 bind::fs:merge 填写 roster；如整个列表是关键项，请填写 yes。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:key",
    )


def _owned_inside(field: Field, row: int | None) -> Fault:
    return Fault(
        code="column-place",
        message=f"{field.name}: a question inside of a repeat cannot be the server's.",
        message_zh=f"{field.name}：重复组内的问题不能由服务器维护。",
        remedy="Write bind::fs:owner on the repeat, or put the question outside of it.",
        remedy_zh="请将 bind::fs:owner 写在重复组上，或将该问题移出重复组。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:owner",
    )


def _merged_inside(field: Field, repeat: Field, row: int | None) -> Fault:
    return Fault(
        code="column-place",
        message=f"{field.name} cannot merge by {field.merge}: {repeat.name} around it is one item as a whole.",
        message_zh=f"{field.name} 无法按 {field.merge} 合并：外层的 {repeat.name} 是一个整体数据项。",
        remedy=f"Write roster in bind::fs:merge of {repeat.name}, or leave it empty here.",
        remedy_zh=f"请在 {repeat.name} 的 bind::fs:merge 填写 roster，或将此处留空。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:merge",
    )


def _group_outside(field: Field, repeat: Field, row: int | None) -> Fault:
    return Fault(
        code="group-name",
        message=f"{field.name}: the group '{field.group}' is outside of {repeat.name}; a group lies within one member.",
        message_zh=f"{field.name}：组“{field.group}”在 {repeat.name} 之外；一个组只能在同一成员之内。",
        remedy="Give the group inside of the repeat another name.",
        remedy_zh="请为重复组内的组另取名称。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:group",
    )


def _optional_key(roster: Field, field: Field, row: int | None) -> Fault:
    return Fault(
        code="roster-key-optional",
        message=f"{field.name} tells the members of {roster.name} apart, but may stay empty.",
        message_zh=f"{field.name} 用于区分 {roster.name} 的成员，但可以留空。",
        remedy="Write yes in required: a member without it is known by all of its answers, so an edit replaces it.",
        remedy_zh="请在 required 填写 yes：没有该值的成员以全部答案区分，修改即视为替换。",
        sheet=SURVEY,
        row=row,
        column="required",
    )
