"""A form of the sample as its author would write it: questions, lists of choices, titles."""

from dataclasses import dataclass, field

VERSION = "2026-11-01"


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the two languages of the sample."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of choices; `codes` are value, Chinese and English, `standard` names where they come from."""

    name: str
    codes: tuple[tuple[str, str, str], ...]
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """An expression with the message shown when it does not hold."""

    expression: str
    message: Text


@dataclass(frozen=True, slots=True)
class Marks:
    """What our own columns say of a question; empty: the default."""

    merge: str = ""
    group: str = ""
    key: bool = False
    owner: str = ""
    admit: str = ""
    admit_first: str = ""
    sensitive: bool = False
    ref: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the survey sheet; `choices` completes a select's type."""

    type: str
    name: str
    label: Text
    choices: CodeList | None = None
    required: str = ""
    relevant: str = ""
    constraint: Rule | None = None
    hint: Text | None = None
    appearance: str = ""
    read_only: bool = False
    marks: Marks = field(default_factory=Marks)


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its identifier is the kind of document it describes; a sealed one is of answers."""

    id: str
    title: Text
    questions: tuple[Question, ...]
    sealed: bool = False


def note() -> Question:
    """Return the remark that every kind of document has: texts of several collectors are all kept."""
    return Question("text", "note", Text("Remarks", "备注"), appearance="multiline", marks=Marks(merge="append"))


def section(name: str, label: Text, *questions: Question, relevant: str = "") -> tuple[Question, ...]:
    """Return questions as a group on the screen; a condition of the group governs all of them."""
    return (
        Question("begin group", name, label, relevant=relevant),
        *questions,
        Question("end group", "", Text("", "")),
    )


def reference(kind: str, name: str, label: Text, marks: Marks | None = None) -> Question:
    """Return a question whose answer is the id of another document, which the tablet fills in."""
    return Question("text", name, label, required="yes", marks=marks or Marks(ref=kind))
