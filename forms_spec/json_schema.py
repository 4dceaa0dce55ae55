"""A form as JSON Schema (2020-12) of the documents it describes, for those who write or read them.

The schema says what can be said of one answer by itself: types, choices, what every document needs. Conditions
and constraints depend on other answers: they stand beside as `x-relevant`, `x-constraint`, `x-required`,
`x-calculation`. No answer (null, blank text, an empty list) is allowed wherever one may be missing; fields that the
form does not know are kept, so the schema allows them too.

Source: JSON Schema 2020-12, core and validation.
"""

from collections.abc import Iterator
from typing import Any

from forms_spec.spec import Choice, Field, FormSpec, data_fields

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LONGEST_ENUM = 1_000
"""A list of choices longer than this is not written out."""

Schema = dict[str, Any]

_ABSENT = {"anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^\s*$"}, {"type": "array", "maxItems": 0}]}
_NUMBER = r"-?(?:\d+(?:\.\d*)?|\.\d+)"
_POINT = rf"\s*{_NUMBER}(?:\s+{_NUMBER}){{1,3}}\s*"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?"
_TEXT: Schema = {"type": "string"}

_TYPES: dict[str, Schema] = {
    "integer": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^-?\d{1,18}$"}]},
    "decimal": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{_NUMBER}$"}]},
    "date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$", "format": "date"},
    "dateTime": {"type": "string", "pattern": rf"^\d{{4}}-\d\d-\d\dT{_TIME}$"},
    "time": {"type": "string", "pattern": f"^{_TIME}$"},
    "geopoint": {"type": "string", "pattern": f"^{_POINT}$", "description": "lat lon [altitude [accuracy]], WGS 84"},
    "geotrace": {"type": "string", "pattern": f"^{_POINT}(?:;{_POINT})*;?\\s*$"},
    "geoshape": {"type": "string", "pattern": f"^{_POINT}(?:;{_POINT})*;?\\s*$"},
    "acknowledge": {"enum": ["OK", True]},
    "calculate": {"type": ["string", "number", "boolean"]},
}
_EXPRESSIONS = ("relevant", "constraint", "required", "calculation", "choice_filter", "repeat_count")
_MARKS = ("merge", "group", "key", "owner", "admit", "admit_first", "sensitive", "code")


def json_schema(spec: FormSpec, language: str = "") -> Schema:
    """Return the schema of a form's documents; titles in a language, else in the form's first."""
    words = _Words(language, spec.languages)
    lists = {name: choices for name, choices in spec.choices.items() if len(choices) <= LONGEST_ENUM}
    return {
        "$schema": DIALECT,
        "$id": f"urn:fieldsync:form:{spec.id}:{spec.version}",
        "title": words.of(spec.title) or spec.id,
        "type": "object",
        "required": ["form", "data"],
        "properties": {
            "_id": _TEXT,
            "kind": _TEXT,
            "form": {"const": spec.id},
            "version": {"const": spec.version} if spec.version else _TEXT,
            "data": {"type": "object", "properties": dict(_properties(spec.fields, lists, words))},
            "missing": {"type": "object", "additionalProperties": _TEXT},
            "meta": {"type": "object"},
        },
        "allOf": [_answered(field) for field in data_fields(spec.fields) if _is_always_required(field, spec)],
        "$defs": {name: {"oneOf": _constants(choices, words)} for name, choices in sorted(lists.items()) if choices},
    }


class _Words:
    def __init__(self, language: str, languages: tuple[str, ...]) -> None:
        self._order = (language, *languages)

    def of(self, texts: dict[str, str]) -> str:
        return next((texts[each] for each in self._order if texts.get(each)), next(iter(texts.values()), ""))


def _properties(
    fields: tuple[Field, ...], lists: dict[str, tuple[Choice, ...]], words: _Words
) -> Iterator[tuple[str, Schema]]:
    for field in data_fields(fields):
        told = {"title": words.of(field.labels), "description": words.of(field.hints), "readOnly": field.read_only}
        marks = {name: getattr(field, name) for name in _MARKS}
        beside = {f"x-{name}": text for name in _EXPRESSIONS if (text := getattr(field, name)) is not None}
        beside |= {f"x-fs-{name}": mark for name, mark in marks.items() if mark and mark != "auto"}
        said = {name: text for name, text in told.items() if text}
        yield field.name, said | beside | {"anyOf": [_ABSENT, _answer(field, lists, words)]}


def _answer(field: Field, lists: dict[str, tuple[Choice, ...]], words: _Words) -> Schema:
    if field.type == "repeat":
        return {"type": "array", "items": _member(field, lists, words)}
    if field.ref is not None:
        return {"type": "string", "pattern": f"^{field.ref}:."}
    listed = {"$ref": f"#/$defs/{_pointer(field.choices)}"} if lists.get(field.choices or "") else _TEXT
    if field.type == "select_one":
        return listed
    if field.type in ("select_multiple", "rank"):
        return {"anyOf": [{"type": "array", "items": listed}, _TEXT]}
    return _TYPES.get("decimal" if field.type == "range" else field.type, _TEXT)


def _member(field: Field, lists: dict[str, tuple[Choice, ...]], words: _Words) -> Schema:
    return {"type": "object", "properties": dict(_properties(field.fields, lists, words))}


def _pointer(name: str | None) -> str:
    return (name or "").replace("~", "~0").replace("/", "~1").replace("%", "%25")


def _constants(choices: tuple[Choice, ...], words: _Words) -> list[Schema]:
    once = {choice.value: choice for choice in choices}
    return [{"const": value, "title": words.of(choice.labels) or value} for value, choice in once.items()]


def _is_always_required(field: Field, spec: FormSpec) -> bool:
    conditional = {section.path for section in spec.sections if section.relevant}
    is_asked = not field.relevant and not any(field.path.startswith(f"{path}/") for path in conditional)
    return field.required == "true()" and is_asked and field.owner is None


def _answered(field: Field) -> Schema:
    """Say that a field has an answer, or a reason why it has none."""
    answer = {"required": [field.name], "properties": {field.name: {"not": _ABSENT}}}
    return {
        "anyOf": [
            {"properties": {"data": answer}},
            {"required": ["missing"], "properties": {"missing": {"required": [field.name]}}},
        ]
    }
