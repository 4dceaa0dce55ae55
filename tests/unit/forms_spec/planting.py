"""Plants errors of eight kinds in records, each where the form forbids it; a seed makes the same errors again.

What is planted follows from the form's sheets and from the answers alone, never from what a check says.

    python -m tests.unit.forms_spec.planting FORM.xlsx ANSWERS.xlsx OUT.jsonl [SEED]
"""

from __future__ import annotations

import copy
import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forms_spec.records import Record
from forms_spec.spec import Field, FormSpec


@dataclass(frozen=True)
class Planted:
    """An error: the record's number, the place, and the code under which a check should find it."""

    kind: str
    record: int
    place: str
    code: str


SOMETIMES_ASKED = ("edu_ind", "nut_ind")
"""Repeats that stand in a group with a condition."""


@dataclass(frozen=True)
class Spot:
    """A question in a record: the object that holds its answer, and where that is."""

    holder: dict[str, Any]
    field: Field
    place: str

    @property
    def answer(self) -> Any:
        return self.holder.get(self.field.name)

    @property
    def is_always_asked(self) -> bool:
        """Tell whether the sheet asks the question of everybody who agreed to the survey."""
        is_sometimes = self.place.startswith(SOMETIMES_ASKED) or "group_wgss" in (self.field.section or "")
        return not self.field.relevant and not is_sometimes


def plant(spec: FormSpec, records: Sequence[Record], count: int, seed: int) -> tuple[list[Record], list[Planted]]:
    """Return copies of the records with errors, one a record at most, the kinds in turn."""
    chance = random.Random(seed)
    changed = {record.number: record._replace(data=copy.deepcopy(dict(record.data))) for record in records}
    free = list(changed)
    chance.shuffle(free)
    planted: list[Planted] = []
    while len(planted) < count:
        kind = KINDS[len(planted) % len(KINDS)]
        for number in free:
            if place := _planted_in(kind, spec, changed[number].data, chance):
                planted.append(Planted(kind, number, place, CODES[kind]))
                free.remove(number)
                break
        else:
            raise AssertionError(f"no record is left for an error of the kind {kind}")
    return [changed[record.number] for record in records], planted


def _planted_in(kind: str, spec: FormSpec, data: Any, chance: random.Random) -> str:
    spots = list(_spots(spec.fields, data, ""))
    chance.shuffle(spots)
    return next((name for spot in spots if (name := _PLANTS[kind](spot, data))), "")


def _spots(fields: tuple[Field, ...], holder: dict[str, Any], before: str) -> Iterator[Spot]:
    for field in fields:
        yield Spot(holder, field, before + field.name)
        if field.type == "repeat":
            for number, member in enumerate(holder.get(field.name, [])):
                yield from _spots(field.fields, member, f"{before}{field.name}[{number}].")


def _put(spot: Spot, answer: Any) -> str:
    spot.holder[spot.field.name] = answer
    return spot.place


def _type(spot: Spot, _: Any) -> str:
    is_right = spot.field.type == "integer" and spot.answer is not None
    return _put(spot, "many") if is_right and spot.is_always_asked else ""


def _choice(spot: Spot, _: Any) -> str:
    is_right = spot.field.type == "select_one" and spot.answer
    return _put(spot, "no_such_choice") if is_right and spot.is_always_asked else ""


def _choices(spot: Spot, _: Any) -> str:
    is_right = spot.field.type == "select_multiple" and spot.answer
    return _put(spot, f"{spot.answer} no_such_choice") if is_right and spot.is_always_asked else ""


def _age(spot: Spot, _: Any) -> str:
    """Break the constraint `. >= 0 and . < 120`."""
    return _put(spot, 130) if spot.field.name == "ind_age" and spot.answer is not None else ""


def _missing(spot: Spot, _: Any) -> str:
    """Take out an answer that is required whatever else was answered."""
    if not (spot.field.required == "true()" and spot.is_always_asked and spot.answer):
        return ""
    del spot.holder[spot.field.name]
    return spot.place


def _irrelevant(spot: Spot, _: Any) -> str:
    """Specify an "other" that was not chosen."""
    asked_before = spot.holder.get(spot.field.name.removeprefix("other_"))
    is_other = spot.field.name.startswith("other_") and isinstance(asked_before, str) and spot.answer is None
    is_right = is_other and not spot.place.startswith(SOMETIMES_ASKED)
    return _put(spot, "something else") if is_right and "other" not in asked_before.split() else ""


def _unknown(spot: Spot, data: Any) -> str:
    if spot.field.type != "text" or spot.holder is not data:
        return ""
    spot.holder[spot.field.name + "_misspelt"] = "x"
    return spot.place + "_misspelt"


def _count(spot: Spot, _: Any) -> str:
    """Take the last member out of a household whose size was told."""
    if spot.field.name != "roster" or len(spot.answer or []) < 2:
        return ""
    spot.answer.pop()
    return spot.place


_PLANTS: dict[str, Callable[[Spot, Any], str]] = {
    "an answer of another type": _type,
    "a choice that is none": _choice,
    "one of several choices that is none": _choices,
    "a number out of bounds": _age,
    "a required answer that is missing": _missing,
    "an answer that nobody was asked for": _irrelevant,
    "a field that the form has not": _unknown,
    "a member too few": _count,
}
KINDS = tuple(_PLANTS)
CODES = dict(
    zip(
        KINDS,
        ("type", "choice", "choice", "constraint", "required", "irrelevant", "unknown_field", "repeat_count"),
        strict=True,
    )
)


def main(form: str, answers: str, out: str, seed: str = "1") -> None:
    """Write the records with 50 errors as JSON lines, and beside them what was planted where."""
    from forms_spec.workbook_records import read_workbook_records
    from forms_spec.xlsform import read_form

    spec = read_form(Path(form).read_bytes(), form).spec
    assert spec is not None
    found = read_workbook_records(Path(answers).read_bytes(), answers, spec)
    records, planted = plant(spec, found.records, 50, int(seed))
    lines = [json.dumps({"_id": record.id, "data": record.data}, ensure_ascii=False) for record in records]
    Path(out).write_text("\n".join(lines) + "\n", encoding="utf-8")
    for error in planted:
        print(f"{error.record}\t{error.place}\t{error.code}\t{error.kind}")


if __name__ == "__main__":
    main(*sys.argv[1:])
