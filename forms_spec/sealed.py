"""What a sealed form must be: voluntary, with recorded consent, and with nothing that carries answers elsewhere.

Its setting is `attribute::fs:sealed`. The consent is its first question, and the only one that must be answered; the
column `bind::fs:consent` says there which answer gives it.
"""

from collections.abc import Iterator

from forms_spec.faults import SURVEY, Fault
from forms_spec.items import within
from forms_spec.rosters import RowOf
from forms_spec.spec import Field, FormSpec

SEALED_COLUMN = "attribute::fs:sealed"
RESERVED = ("person", "household", "task")
"""Members of an answer's data that say whom it is about and what asked for it; no question has such a name."""
_MEDIA = frozenset({"image", "audio", "video", "file"})
_BY_TABLET = frozenset({"start", "end", "today", "deviceid", "username", "phonenumber", "email"})
_WITHOUT_ANSWERS = frozenset({"note", "calculate", "hidden"})


def check_sealed(spec: FormSpec, row_of: RowOf) -> Iterator[Fault]:
    """Yield the errors of a sealed form, or of marks that only a sealed one has."""
    given = [field for field in within(spec.fields) if field.consent]
    if not spec.sealed:
        yield from (_consent_unsealed(field, row_of(field.path)) for field in given)
        return
    yield from _consent(spec, given, row_of)
    for field in within(spec.fields):
        yield from _question(field, row_of(field.path), is_consent=field in given[:1])


def _consent(spec: FormSpec, given: list[Field], row_of: RowOf) -> Iterator[Fault]:
    asked = [field for field in within(spec.fields) if not _answers_itself(field)]
    if not given:
        yield _no_consent(row_of(asked[0].path) if asked else None)
        return
    consent = given[0]
    row = row_of(consent.path)
    yield from (_second_consent(other, row_of(other.path)) for other in given[1:])
    if consent.type != "select_one":
        yield _consent_type(consent, row)
    elif not _is_offered(spec, consent):
        yield _consent_choice(consent, row)
    if consent is not asked[0] or consent not in spec.fields:
        yield _consent_place(consent, row)
    if consent.required != "true()" or consent.relevant:
        yield _consent_optional(consent, row)


def _answers_itself(field: Field) -> bool:
    return field.type in _WITHOUT_ANSWERS or field.question in _BY_TABLET


def _is_offered(spec: FormSpec, consent: Field) -> bool:
    return any(choice.value == consent.consent for choice in spec.choices.get(consent.choices or "", ()))


def _question(field: Field, row: int | None, *, is_consent: bool) -> Iterator[Fault]:
    if field.required and not is_consent:
        yield _required(field, row)
    for column, is_set in (
        ("bind::fs:admit", field.admit != "auto"),
        ("bind::fs:admit-first", field.admit_first != "auto"),
        ("bind::fs:key", field.key or field.member_key),
        ("bind::fs:owner", field.owner),
        ("bind::fs:ref", field.ref),
    ):
        if is_set:
            yield _mark(field, row, column)
    if field.type in _MEDIA:
        yield _media(field, row)
    if field.name in RESERVED:
        yield _reserved(field, row)


def _consent_unsealed(field: Field, row: int | None) -> Fault:
    return Fault(
        code="consent-unsealed",
        message=f"{field.name} is marked as consent, but the form is not sealed: its answers would go into the cell.",
        message_zh=f"{field.name} 标为同意项，但表单未设为保密表单，答案会进入网格。",
        remedy=f"Write yes in the column {SEALED_COLUMN} of the settings sheet, or leave bind::fs:consent empty.",
        remedy_zh=f"请在 settings 工作表的 {SEALED_COLUMN} 列填写 yes，或将 bind::fs:consent 留空。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:consent",
    )


def _no_consent(row: int | None) -> Fault:
    return Fault(
        code="consent-missing",
        message="The form is sealed, but no question asks for consent.",
        message_zh="这是保密表单，但没有征求同意的题目。",
        remedy="Ask for it first: a required select_one, with the choice that gives consent in bind::fs:consent.",
        remedy_zh="请将征求同意设为第一题：必填的 select_one，并在 bind::fs:consent 列填写表示同意的选项。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:consent",
    )


def _second_consent(field: Field, row: int | None) -> Fault:
    return Fault(
        code="consent-twice",
        message=f"{field.name} is a second question that is marked as consent.",
        message_zh=f"{field.name} 是第二个标为同意项的题目。",
        remedy="Mark one question alone; make a form of its own of what needs another consent.",
        remedy_zh="只能标记一题；需要另行同意的内容请另作表单。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:consent",
    )


def _consent_type(field: Field, row: int | None) -> Fault:
    return Fault(
        code="consent-type",
        message=f"{field.name} asks for consent and is a {field.type}, which cannot tell a yes from a no.",
        message_zh=f"{field.name} 征求同意，但类型为 {field.type}，无法区分同意与不同意。",
        remedy="Make it a select_one with a choice for yes and one for no.",
        remedy_zh="请改为 select_one，并提供同意与不同意两个选项。",
        sheet=SURVEY,
        row=row,
        column="type",
    )


def _consent_choice(field: Field, row: int | None) -> Fault:
    return Fault(
        code="consent-choice",
        message=f"{field.name}: consent is the answer '{field.consent}', which its list does not offer.",
        message_zh=f"{field.name}：表示同意的答案“{field.consent}”不在选项列表中。",
        remedy="Write the name of the choice that gives consent into bind::fs:consent, or add it to the list.",
        remedy_zh="请在 bind::fs:consent 列填写表示同意的选项名称，或将其加入列表。",
        sheet=SURVEY,
        row=row,
        column="bind::fs:consent",
    )


def _consent_place(field: Field, row: int | None) -> Fault:
    return Fault(
        code="consent-place",
        message=f"{field.name} asks for consent, but comes after another question or inside of a repeat.",
        message_zh=f"{field.name} 征求同意，但位于其他题目之后或重复组之内。",
        remedy="Move it to the beginning: nothing is asked before somebody has agreed.",
        remedy_zh="请移到最前：征得同意之前不得提问。",
        sheet=SURVEY,
        row=row,
        column="name",
    )


def _consent_optional(field: Field, row: int | None) -> Fault:
    return Fault(
        code="consent-optional",
        message=f"{field.name} asks for consent, but may be passed over.",
        message_zh=f"{field.name} 征求同意，但可以跳过。",
        remedy="Write yes in its column required, and leave its column relevant empty.",
        remedy_zh="请在其 required 列填写 yes，并将 relevant 列留空。",
        sheet=SURVEY,
        row=row,
        column="required",
    )


def _required(field: Field, row: int | None) -> Fault:
    return Fault(
        code="sealed-required",
        message=f"{field.name} must be answered, but a sealed form is voluntary: all may be left out but the consent.",
        message_zh=f"{field.name} 为必填，但保密表单属自愿填写，除同意项外均可不答。",
        remedy="Leave its column required empty.",
        remedy_zh="请将其 required 列留空。",
        sheet=SURVEY,
        row=row,
        column="required",
    )


def _mark(field: Field, row: int | None, column: str) -> Fault:
    return Fault(
        code="sealed-mark",
        message=f"{field.name}: the answers to a sealed form go into no registry and to no other document ({column}).",
        message_zh=f"{field.name}：保密表单的答案不进入登记库，也不指向其他文档（{column}）。",
        remedy=f"Leave {column} empty; the tablet says by itself whom an answer is about.",
        remedy_zh=f"请将 {column} 留空；答案所涉对象由平板自动填写。",
        sheet=SURVEY,
        row=row,
        column=column,
    )


def _media(field: Field, row: int | None) -> Fault:
    return Fault(
        code="sealed-media",
        message=f"{field.name} asks for a file ({field.type}), and files are not kept under seal.",
        message_zh=f"{field.name} 要求上传文件（{field.type}），而文件不能保密存放。",
        remedy="Ask in words, or leave the question out.",
        remedy_zh="请改为文字题，或删除该题。",
        sheet=SURVEY,
        row=row,
        column="type",
    )


def _reserved(field: Field, row: int | None) -> Fault:
    return Fault(
        code="sealed-name",
        message=f"'{field.name}' is how the tablet says whom a sealed answer is about, or what asked for it.",
        message_zh=f"“{field.name}”由平板用于标明答案所涉对象或任务。",
        remedy="Give the question another name.",
        remedy_zh="请为该题改名。",
        sheet=SURVEY,
        row=row,
        column="name",
    )
