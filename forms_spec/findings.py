"""What a check says of a document, field by field, in Chinese and English."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from forms_spec.expression_errors import ExpressionError
from forms_spec.spec import Field

Texts = dict[str, str]

_TYPE_NAMES: dict[str, Texts] = {
    "integer": {"en": "a whole number", "zh": "整数"},
    "decimal": {"en": "a number", "zh": "数字"},
    "select_multiple": {"en": "a list of choices", "zh": "选项列表"},
    "rank": {"en": "a list of choices", "zh": "选项列表"},
    "date": {"en": "a date, YYYY-MM-DD", "zh": "日期（YYYY-MM-DD）"},
    "dateTime": {"en": "a date and time in ISO 8601", "zh": "日期时间（ISO 8601）"},
    "time": {"en": "a time of day, HH:MM", "zh": "时间（HH:MM）"},
    "geopoint": {"en": "a point, 'lat lon [altitude [accuracy]]'", "zh": "坐标点（纬度 经度 [高程 [精度]]）"},
    "geotrace": {"en": "points with ';' between", "zh": "以“;”分隔的坐标点"},
    "geoshape": {"en": "points with ';' between", "zh": "以“;”分隔的坐标点"},
    "acknowledge": {"en": "'OK'", "zh": "“OK”"},
    "repeat": {"en": "a list of objects", "zh": "对象列表"},
    "calculate": {"en": "a text, a number or a boolean", "zh": "文本、数字或布尔值"},
}
_TEXT: Texts = {"en": "a text", "zh": "文本"}


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing a check says; `field` is a name, and inside a repeat `members[0].name`, counted from 0.

    `message` has a text in English and Chinese, and one in every language of the form; `row` is that of the
    question in the survey sheet, where it is known.
    """

    field: str
    code: str
    severity: Literal["error", "warning"]
    message: Texts
    row: int | None = None


def label_of(field: Field, language: str) -> str:
    """Return a field's label in a language, else in any, else its name."""
    return field.labels.get(language) or next(iter(field.labels.values()), "") or field.name


class Findings:
    """The words for what is found with a form's documents, in the form's languages."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        """Take the languages of the form."""
        self._languages = tuple(dict.fromkeys(("en", "zh", *languages)))

    def required(self, field: Field, place: str) -> Finding:
        """Say that an answer is required and neither it nor a reason is there."""
        said = ("an answer is required.", "必填。")
        return self._about(field, place, "required", said, own=field.required_messages)

    def wrong_type(self, field: Field, place: str) -> Finding:
        """Say that an answer is not of its question's type."""
        if field.ref is not None:
            return self._about(
                field,
                place,
                "type",
                (f"expected the id of a {field.ref}, '{field.ref}:…'.", f"应为“{field.ref}:…”形式的标识。"),
            )
        expected = _TYPE_NAMES.get(field.type, _TEXT)
        return self._about(field, place, "type", (f"expected {expected['en']}.", f"应为{expected['zh']}。"))

    def unknown_choice(self, field: Field, place: str, value: str) -> Finding:
        """Say that an answer is none of the choices."""
        shown = value[:40]
        return self._about(field, place, "choice", (f"'{shown}' is none of the choices.", f"“{shown}”不在选项中。"))

    def filtered_choice(self, field: Field, place: str, value: str) -> Finding:
        """Say that an answer is a choice that the other answers exclude."""
        shown = value[:40]
        said = (f"'{shown}' is not offered, given the other answers.", f"根据其他答案，不可选择“{shown}”。")
        return self._about(field, place, "choice_filter", said)

    def broken_constraint(self, field: Field, place: str) -> Finding:
        """Say that an answer breaks its constraint, in the form's own words where it has them."""
        said = (f"the answer is not allowed ({field.constraint}).", f"不符合填写规则（{field.constraint}）。")
        return self._about(field, place, "constraint", said, own=field.constraint_messages)

    def other_calculation(self, field: Field, place: str, reckoned: str) -> Finding:
        """Say that a calculation gives another answer than the document has."""
        shown = reckoned[:60]
        said = (f"the form's calculation gives '{shown}'.", f"按表单计算应为“{shown}”。")
        return self._about(field, place, "calculation", said, severity="warning")

    def wrong_count(self, field: Field, place: str, expected: int, given: int) -> Finding:
        """Say that a repeat has another number of members than the form counts."""
        said = (f"expected {expected} entries, {given} given.", f"应有 {expected} 条，现有 {given} 条。")
        return self._about(field, place, "repeat_count", said)

    def irrelevant(self, field: Field, place: str) -> Finding:
        """Say that a question was answered that need not be asked."""
        said = ("answered, though the other answers make it irrelevant.", "根据其他答案，此项无需填写。")
        return self._about(field, place, "irrelevant", said, severity="warning")

    def unknown_field(self, place: str) -> Finding:
        """Say that a document holds a field that its form does not know."""
        said = (f"The form has no field '{place}'.", f"表单中没有字段“{place}”。")
        return Finding(place, "unknown_field", "warning", self._texts(said))

    def too_costly(self, error: ExpressionError) -> Finding:
        """Say that the form's rules are too costly for this document, which could not be checked."""
        said = (f"The document cannot be checked: {error.message}", f"无法检查该文档：{error.message_zh}")
        return Finding("", "budget", "error", self._texts(said))

    def _about(
        self,
        field: Field,
        place: str,
        code: str,
        said: tuple[str, str],
        *,
        own: Mapping[str, str] | None = None,
        severity: Literal["error", "warning"] = "error",
    ) -> Finding:
        texts = {
            language: f"{label_of(field, language)}：{text}"
            if text is said[1]
            else f"{label_of(field, language)}: {text}"
            for language, text in self._texts(said).items()
        }
        return Finding(place, code, severity, texts | dict(own or {}), field.row)

    def _texts(self, said: tuple[str, str]) -> Texts:
        return {language: said[1] if language.startswith("zh") else said[0] for language in self._languages}
