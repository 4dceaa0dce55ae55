"""What pyxform does not check: names across sections, groups of items, keys, expressions, languages."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from forms_spec.expression_errors import ExpressionError, stray_word
from forms_spec.faults import SETTINGS, SURVEY, Fault
from forms_spec.items import key_fields, within
from forms_spec.rosters import RowOf, check_rosters, review_rosters, rosters
from forms_spec.rules import CyclicRulesError, Rule, compile_each, in_dependency
from forms_spec.sealed import check_sealed
from forms_spec.spec import COMBINING, Field, FormSpec, data_fields
from forms_spec.trial import trial

_MOST_CIRCLES = 20
"""How many circles of questions that depend on each other are told."""


def check_spec(spec: FormSpec, row_of: RowOf) -> Iterator[Fault]:
    """Yield the errors of a form that keep it from being used."""
    if not spec.fields:
        yield _no_questions()
    yield from _duplicate_names(spec.fields, row_of)
    yield from _groups(spec.fields, row_of)
    for field in within(spec.fields):
        yield from _strategy(field, row_of(field.path))
    yield from check_rosters(spec, row_of)
    yield from check_sealed(spec, row_of)
    yield from _rules(spec, row_of)


def review_spec(spec: FormSpec, row_of: RowOf) -> Iterator[Fault]:
    """Yield what its author should look at, though the form can be used."""
    if not spec.version:
        yield _no_version()
    tells_apart = {field.path for repeat in rosters(spec) for field in key_fields(repeat)}
    yield from review_rosters(spec, row_of)
    for field in within(spec.fields):
        row = row_of(field.path)
        if field.key and field.admit == "auto" and field.path not in tells_apart:
            yield _unadmitted_key(field, row)
    yield from _sensitive_in_texts(spec, row_of)
    yield from _stray_words(spec, row_of)


def _duplicate_names(fields: tuple[Field, ...], row_of: RowOf) -> Iterator[Fault]:
    first: dict[str, Field] = {}
    for field in fields:
        earlier = first.setdefault(field.name, field)
        if earlier is not field:
            yield _duplicate_name(field, row_of(field.path), row_of(earlier.path))
        yield from _duplicate_names(field.fields, row_of)


def _groups(fields: tuple[Field, ...], row_of: RowOf) -> Iterator[Fault]:
    members: dict[str, list[Field]] = defaultdict(list)
    for field in data_fields(fields):
        if field.group is not None:
            members[field.group].append(field)
        yield from _groups(field.fields, row_of)
    strays = {field.name for field in fields if field.group != field.name}
    for group, grouped in members.items():
        row = row_of(grouped[-1].path)
        named = {field.merge: field for field in grouped if field.merge}
        if len(named) > 1:
            yield _mixed_group(group, list(named.values()), row)
        if COMBINING & named.keys():
            yield _combining_group(group, grouped, row)
        if group in strays:
            yield _group_named_as_field(group, row)


def _strategy(field: Field, row: int | None) -> Iterator[Fault]:
    if field.merge == "roster" and field.type != "repeat":
        yield _misplaced(field, row, "a repeat", "begin_repeat")
    elif field.merge == "union" and field.type not in ("select_multiple", "rank"):
        yield _misplaced(field, row, "a select_multiple", "select_multiple")


def _rules(spec: FormSpec, row_of: RowOf) -> Iterator[Fault]:
    rules, faults = compile_each(spec)
    is_circular = False
    yield from (_expression_fault(error, path, column, row_of(path)) for path, column, error in faults)
    for _ in range(_MOST_CIRCLES):
        try:
            compiled = in_dependency(spec, rules)
        except CyclicRulesError as error:
            yield _expression_fault(error, error.path, error.column, row_of(error.path))
            # Without the reference that closes this circle, the next one is found.
            rules = rules | {error.path: _without(rules[error.path], error.column)}
            is_circular = True
        else:
            break
    if not is_circular:
        yield from (_expression_fault(error, path, column, row_of(path)) for path, column, error in trial(compiled))


def _without(rule: Rule, column: str) -> Rule:
    return replace(rule, calculation=None) if column == "calculation" else replace(rule, relevant=None)


def _stray_words(spec: FormSpec, row_of: RowOf) -> Iterator[Fault]:
    rules, _ = compile_each(spec)
    for path, rule in rules.items():
        for column, expression in rule.expressions():
            for word in sorted(expression.strays):
                yield _expression_fault(stray_word(word), path, column, row_of(path))


def _sensitive_in_texts(spec: FormSpec, row_of: RowOf) -> Iterator[Fault]:
    sensitive = sorted({field.name for field in within(spec.fields) if field.sensitive})
    for field in within(spec.fields):
        told = (field.labels, field.hints, field.guidance, field.constraint_messages, field.required_messages)
        yield from _shown(field.name, told, sensitive, row_of(field.path))
    for section in spec.sections:
        yield from _shown(section.name, (section.labels,), sensitive, row_of(section.path))
    paths = {field.path for field in within(spec.fields) if field.sensitive}
    for path in sorted(path for path in paths if path in (spec.instance_name or "").replace(")", " ").split()):
        yield _sensitive_in_name(path.rsplit("/", 1)[-1])


def _shown(name: str, told: Iterable[dict[str, str]], sensitive: list[str], row: int | None) -> Iterator[Fault]:
    texts = " ".join(text for by_language in told for text in by_language.values())
    yield from (_sensitive_in_text(name, item, row) for item in sensitive if f"${{{item}}}" in texts)


def _expression_fault(error: ExpressionError, path: str, column: str, row: int | None) -> Fault:
    name = path.rsplit("/", 1)[-1]
    return Fault(
        code=error.code,
        message=f"{name}: {error.message}",
        message_zh=f"{name}：{error.message_zh}",
        remedy=error.remedy,
        remedy_zh=error.remedy_zh,
        sheet=SURVEY,
        row=row,
        column=column,
    )


def _no_questions() -> Fault:
    return Fault(
        code="form-empty",
        message="The form asks nothing: its sheet survey has no row with a question.",
        message_zh="表单没有任何题目：survey 工作表没有问题行。",
        remedy="Write at least one row with type, name and label.",
        remedy_zh="请至少写一行，填写 type、name 和 label。",
        sheet=SURVEY,
    )


def _duplicate_name(field: Field, row: int | None, first: int | None) -> Fault:
    return Fault(
        code="name-duplicate",
        message=f"The name '{field.name}' is taken by row {first}; a document's data is flat, without groups.",
        message_zh=f"名称“{field.name}”与第 {first} 行重复；文档数据不分组，名称不得重复。",
        remedy="Give one of the two questions another name.",
        remedy_zh="请为其中一个问题改名。",
        sheet=SURVEY,
        row=row,
        column="name",
    )


def _mixed_group(group: str, members: list[Field], row: int | None) -> Fault:
    said = ", ".join(f"{field.name}: {field.merge}" for field in members)
    return Fault(
        code="group-mixed",
        message=f"The members of the group '{group}' merge differently ({said}); a group is one item.",
        message_zh=f"组“{group}”的成员合并策略不一致（{said}）；一组只能作为一项合并。",
        remedy="Give all of them the same bind::fs:merge, or take them out of the group.",
        remedy_zh="请统一它们的 bind::fs:merge，或移出该组。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:merge",
    )


def _combining_group(group: str, members: list[Field], row: int | None) -> Fault:
    said = ", ".join(f"{field.name}: {field.merge}" for field in members if field.merge in COMBINING)
    return Fault(
        code="group-combining",
        message=f"The group '{group}' is chosen whole and cannot merge by parts ({said}).",
        message_zh=f"组“{group}”须整体取舍，不能逐部分合并（{said}）。",
        remedy="Use latest, review or authority, or take the field out of the group.",
        remedy_zh="请改用 latest、review 或 authority，或将该字段移出组。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:merge",
    )


def _group_named_as_field(group: str, row: int | None) -> Fault:
    return Fault(
        code="group-name",
        message=f"The group '{group}' has the name of a question; both would be the same item.",
        message_zh=f"组“{group}”与某个问题同名，两者会成为同一数据项。",
        remedy="Give the group another name.",
        remedy_zh="请为该组改名。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:group",
    )


def _misplaced(field: Field, row: int | None, fitting: str, fitting_zh: str) -> Fault:
    return Fault(
        code="column-place",
        message=f"{field.name}: the strategy {field.merge} is for {fitting} only.",
        message_zh=f"{field.name}：策略 {field.merge} 只能用于 {fitting_zh}。",
        remedy="Use another strategy, or leave the column empty for the default.",
        remedy_zh="请改用其他策略，或将该列留空以使用默认策略。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:merge",
    )


def _no_version() -> Fault:
    return Fault(
        code="version-missing",
        message="The form has no version; documents name the version they were filled in with.",
        message_zh="表单没有版本号；文档需要注明所用的表单版本。",
        remedy="Add a column version to the settings sheet, for example 2026-11-01.",
        remedy_zh="请在 settings 工作表的 version 列填写版本，例如 2026-11-01。",
        sheet=SETTINGS,
        row=2,
        column="version",
    )


def _unadmitted_key(field: Field, row: int | None) -> Fault:
    return Fault(
        code="key-unadmitted",
        message=f"{field.name} is a key item, but nobody admits its changes.",
        message_zh=f"{field.name} 是关键项，但其变更无人审核。",
        remedy="Write community, street, district or city in bind::fs:admit.",
        remedy_zh="请在 bind::fs:admit 列填写 community、street、district 或 city。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:admit",
    )


def _sensitive_in_name(item: str) -> Fault:
    return Fault(
        code="sensitive-in-text",
        message=f"The name of an instance shows the sensitive item {item}.",
        message_zh=f"实例名称中显示了敏感项 {item}。",
        remedy=f"Take ${{{item}}} out of instance_name.",
        remedy_zh=f"请从 instance_name 中去掉 ${{{item}}}。",
        sheet=SETTINGS,
        row=2,
        column="instance_name",
    )


def _sensitive_in_text(name: str, item: str, row: int | None) -> Fault:
    return Fault(
        code="sensitive-in-text",
        message=f"A text of {name} shows the sensitive item {item}.",
        message_zh=f"{name} 的文字中显示了敏感项 {item}。",
        remedy=f"Take ${{{item}}} out of its label, hint and messages.",
        remedy_zh=f"请从标签、提示和消息中去掉 ${{{item}}}。",
        sheet=SURVEY,
        row=row,
        column="label",
    )
