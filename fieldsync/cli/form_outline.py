"""A form as a tree to read: groups and repeats with their questions, types, conditions and marks."""

from __future__ import annotations

from rich.markup import escape
from rich.tree import Tree

from forms_spec import Field, FormSpec, Section

_CONDITIONS = {
    "relevant": "if",
    "required": "required",
    "constraint": "must",
    "calculation": "=",
    "dynamic_default": "starts as",
    "choice_filter": "choices where",
    "read_only_if": "read only if",
    "repeat_count": "times",
}
"""What a field may say, and the word before it."""

_MARKS = ("merge", "group", "member_key", "owner", "code", "ref", "consent")


def outline(spec: FormSpec, language: str) -> Tree:
    """Draw a form; labels in a language, or in all of the form's where it is blank."""
    title = spec.title.get(language) or " / ".join(dict.fromkeys(spec.title.values()))
    said = ["sealed"] * spec.sealed + ([f"retention {spec.retention}"] if spec.retention else [])
    marks = f" [magenta]{escape('[' + ', '.join(said) + ']')}[/]" if said else ""
    tree = Tree(f"[bold]{escape(title)}[/] [dim]{escape(spec.id)} {escape(spec.version)}[/]{marks}", highlight=False)
    _grow(tree, spec.fields, spec, language)
    return tree


def _grow(tree: Tree, fields: tuple[Field, ...], spec: FormSpec, language: str) -> None:
    sections = {section.path: section for section in spec.sections}
    drawn: dict[str, Tree] = {}

    def branch_of(path: str | None) -> Tree:
        section = sections.get(path or "")
        if section is None:
            return tree
        if section.path not in drawn:
            drawn[section.path] = branch_of(section.parent).add(_section(section, spec, language))
        return drawn[section.path]

    for field in fields:
        branch = branch_of(field.section).add(_question(field, spec, language))
        _grow(branch, field.fields, spec, language)


def _section(section: Section, spec: FormSpec, language: str) -> str:
    condition = f" [yellow]if {_short(section.relevant, spec)}[/]" if section.relevant else ""
    return f"[bold]{escape(section.name)}[/] [cyan]group[/] {escape(_label(section.labels, language))}{condition}"


def _question(field: Field, spec: FormSpec, language: str) -> str:
    kind = field.question or field.type
    listed = f" {field.choices}" if field.choices and not field.choices.startswith("/") else ""
    said = f"[bold]{escape(field.name)}[/] [cyan]{kind}{escape(listed)}[/] {escape(_label(field.labels, language))}"
    conditions = "; ".join(_conditions(field, spec))
    marks = ", ".join(_marks(field))
    return (
        said
        + (f" [yellow]{conditions}[/]" if conditions else "")
        + (f" [magenta]{escape('[' + marks + ']')}[/]" if marks else "")
    )


def _conditions(field: Field, spec: FormSpec) -> list[str]:
    told = {word: getattr(field, attribute) for attribute, word in _CONDITIONS.items()}
    return [
        word if text == "true()" else f"{word} {_short(text, spec)}" for word, text in told.items() if text is not None
    ]


def _marks(field: Field) -> list[str]:
    marks = [f"{name} {value}" for name in _MARKS if (value := getattr(field, name))]
    marks += [name for name in ("key", "sensitive") if getattr(field, name)]
    marks += [f"admit {field.admit}"] if field.admit != "auto" else []
    return marks + ([f"admit-first {field.admit_first}"] if field.admit_first != "auto" else [])


def _short(expression: str, spec: FormSpec) -> str:
    """Return an expression with names for paths, as its author wrote it."""
    names = {field.path: field.name for field in _all(spec.fields)}
    words = [f"${{{names[word]}}}" if word in names else word for word in expression.split()]
    return escape(" ".join(words))


def _all(fields: tuple[Field, ...]) -> list[Field]:
    return [found for field in fields for found in (field, *_all(field.fields))]


def _label(labels: dict[str, str], language: str) -> str:
    text = labels.get(language) or " / ".join(dict.fromkeys(labels.values()))
    return " ".join(text.split())
