"""Lists of codes as the national standards have them, and how far a form's choices are like theirs.

A form may leave out codes of its standard; a code that the standard does not have, or one with the name of
another, is a slip that would reach every other system. The lists in `standards/` are those that the sample's
forms use, each with names in Chinese and English. What a list that is not complete lacks is not called unknown.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from forms_spec.faults import CHOICES, SURVEY, Fault
from forms_spec.items import within
from forms_spec.resemblance import alike
from forms_spec.spec import Choice, Field, FormSpec


class Standard(NamedTuple):
    """A list shipped here: its file, what it was compared with, and whether it has all codes of its standard."""

    file: str
    source: str
    is_complete: bool = True


STANDARDS = {
    "GB/T 2261.1": Standard("gb-t-2261.1.csv", "wener.me/notes/service/cn/gb/gbt-2261"),
    "GB/T 2261.2": Standard("gb-t-2261.2.csv", "wener.me/notes/service/cn/gb/gbt-2261"),
    "GB/T 3304": Standard("gb-t-3304.csv", "01 to 56: the PHP package Tourze/GBT3304"),
    "GB/T 4658": Standard("gb-t-4658.csv", "public tables of systems that cite GB/T 4658-2006"),
    "GB/T 4761": Standard("gb-t-4761.csv", "m.bubsandbeans.com/paper/208963960.html"),
    "GA/T 517": Standard("ga-t-517.csv", "public tables of systems that use its codes", is_complete=False),
}
"""The lists there are: sex, marital status, ethnic groups, schooling, kinship, documents (docs/forms.md)."""

_YEAR = re.compile(r"\s*[-—–]\s*(?:19|20)\d\d\Z")
_MARKS = re.compile(r"[\s（）()、，,·的族人性]")

ChoiceRows = Mapping[tuple[str, str], int]
"""The rows of the choices sheet by list and value."""


@dataclass(frozen=True, slots=True)
class CodeList:
    """A standard's codes with their Chinese names, and the codes by any of their names, stripped of what varies."""

    names: dict[str, str]
    by_name: dict[str, str]
    own: dict[str, frozenset[str]]
    is_complete: bool


@cache
def code_list(standard: str) -> CodeList | None:
    """Return a standard's codes; None for a standard that is not shipped. The year in its name does not count."""
    shipped = STANDARDS.get(_key(standard))
    if shipped is None:
        return None
    text = files("forms_spec").joinpath("standards", shipped.file).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    own = {row["code"]: frozenset({_plain(row["zh"]), _plain(row["en"])}) for row in rows}
    by_name = {name: code for code, names in own.items() for name in names}
    return CodeList({row["code"]: row["zh"] for row in rows}, by_name, own, shipped.is_complete)


def _key(standard: str) -> str:
    return " ".join(_YEAR.sub("", standard.strip()).split())


def review_codes(spec: FormSpec, rows: ChoiceRows) -> Iterator[Fault]:
    """Yield how the choices of questions are unlike the standards that they name."""
    for field in within(spec.fields):
        if field.code is None or field.choices is None:
            continue
        standard = code_list(field.code)
        if standard is not None:
            yield from _compare(field, spec.choices.get(field.choices, ()), standard, rows)
        elif (meant := alike(_key(field.code), STANDARDS)) is not None:
            yield _unknown_standard(field, meant)


def _compare(field: Field, choices: tuple[Choice, ...], standard: CodeList, rows: ChoiceRows) -> Iterator[Fault]:
    for choice in choices:
        row = rows.get((field.choices or "", choice.value))
        if choice.value not in standard.names:
            if standard.is_complete:
                yield _unknown_code(field, choice, row)
        elif (slip := _named_as_another(choice, standard)) is not None:
            yield _other_name(field, choice, (standard.names[choice.value], *slip), row)


def _named_as_another(choice: Choice, standard: CodeList) -> tuple[str, str] | None:
    """Return the code whose name a choice bears in one of its languages, and that name.

    None where each label is its own name, or one that no code has: a right one does not excuse a wrong one.
    """
    for text in choice.labels.values():
        name = _plain(text)
        if name not in standard.own[choice.value] and name in standard.by_name:
            return standard.by_name[name], text
    return None


def _plain(name: str) -> str:
    return _MARKS.sub("", name).casefold()


def _unknown_standard(field: Field, meant: str) -> Fault:
    return Fault(
        code="code-standard",
        message=f"{field.name}: the standard '{field.code}' is not known; did you mean {meant}?",
        message_zh=f"{field.name}：未知标准“{field.code}”，是否指 {meant}？",
        remedy=f"Write {meant} with its year, or leave the name if it is another standard.",
        remedy_zh=f"请填写 {meant} 及年份；如确为其他标准，可保持不变。",
        sheet=SURVEY,
        row=field.row,
        column="bind::fs:code",
    )


def _unknown_code(field: Field, choice: Choice, row: int | None) -> Fault:
    return Fault(
        code="code-unknown",
        message=f"{field.name}: {field.code} has no code '{choice.value}' in the list shipped here.",
        message_zh=f"{field.name}：{field.code} 的代码表中没有“{choice.value}”。",
        remedy="Use the standard's code, or leave bind::fs:code empty for a list of your own.",
        remedy_zh="请使用标准代码；自定义列表请将 bind::fs:code 留空。",
        sheet=CHOICES,
        row=row,
        column="name",
    )


def _other_name(field: Field, choice: Choice, names: tuple[str, str, str], row: int | None) -> Fault:
    name, other, said = names
    return Fault(
        code="code-name",
        message=f"{field.name}: '{choice.value}' is {name} in {field.code}, but named as {other} is ({said}).",
        message_zh=f"{field.name}：{field.code} 中“{choice.value}”是“{name}”，此处却用了 {other} 的名称（{said}）。",
        remedy=f"Write {other} as its name, or {name} as its label.",
        remedy_zh=f"请将代码改为 {other}，或将名称改为“{name}”。",
        sheet=CHOICES,
        row=row,
        column="label",
    )
