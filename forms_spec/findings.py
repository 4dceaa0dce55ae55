"""What a check says of a document, field by field, in Chinese and English."""

from typing import Literal

import msgspec

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


class Finding(msgspec.Struct, frozen=True):
    """One thing a check says; `field` is a name, and inside a repeat `members[0].name`, counted from 0."""

    field: str
    code: str
    severity: Literal["error", "warning"]
    message: Texts


def label_of(field: Field, language: str) -> str:
    """Return a field's label in a language, else its name."""
    return field.labels.get(language) or field.name


def required(field: Field, place: str) -> Finding:
    """Say that an answer is required and neither it nor a reason is there."""
    texts = {"en": f"{label_of(field, 'en')}: an answer is required.", "zh": f"{label_of(field, 'zh')}：必填。"}
    return Finding(place, "required", "error", texts | field.required_messages)


def wrong_type(field: Field, place: str) -> Finding:
    """Say that an answer is not of its question's type."""
    if field.ref is not None:
        expected = {"en": f"the id of a {field.ref}, '{field.ref}:…'", "zh": f"“{field.ref}:…”形式的标识"}
    else:
        expected = _TYPE_NAMES.get(field.type, _TEXT)
    texts = {
        "en": f"{label_of(field, 'en')}: expected {expected['en']}.",
        "zh": f"{label_of(field, 'zh')}：应为{expected['zh']}。",
    }
    return Finding(place, "type", "error", texts)


def unknown_choice(field: Field, place: str, value: str) -> Finding:
    """Say that an answer is none of the choices."""
    shown = value[:40]
    texts = {
        "en": f"{label_of(field, 'en')}: '{shown}' is none of the choices.",
        "zh": f"{label_of(field, 'zh')}：“{shown}”不在选项中。",
    }
    return Finding(place, "choice", "error", texts)


def broken_constraint(field: Field, place: str) -> Finding:
    """Say that an answer breaks its constraint, in the form's own words where it has them."""
    texts = {
        "en": f"{label_of(field, 'en')}: the answer is not allowed ({field.constraint}).",
        "zh": f"{label_of(field, 'zh')}：不符合填写规则（{field.constraint}）。",
    }
    return Finding(place, "constraint", "error", texts | field.constraint_messages)


def irrelevant(field: Field, place: str) -> Finding:
    """Say that a question was answered that need not be asked."""
    texts = {
        "en": f"{label_of(field, 'en')}: answered, though the other answers make it irrelevant.",
        "zh": f"{label_of(field, 'zh')}：根据其他答案，此项无需填写。",
    }
    return Finding(place, "irrelevant", "warning", texts)


def unknown_field(place: str) -> Finding:
    """Say that a document holds a field that its form does not know."""
    texts = {"en": f"The form has no field '{place}'.", "zh": f"表单中没有字段“{place}”。"}
    return Finding(place, "unknown_field", "warning", texts)
