"""Items as merges and the books name them, found in a form: questions, groups, and what stands inside of a roster.

`pets[K].shots[J].on` is a question of the member J of the roster `shots` in the member K of `pets`, `pets[K]` this
member itself, known by its key, `pets[=…]` one without, `pets[]` the order of members (docs/merging.md, Rosters).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from forms_spec.spec import ADMIT_LEVELS, Admission, Field, FormSpec

_DEFAULT_KEY = "id"


@dataclass(frozen=True, slots=True)
class Place:
    """The questions whose answers are an item's value, and the repeats around it, outermost first.

    `is_member` tells that the item is a member of the innermost of them.
    """

    fields: tuple[Field, ...]
    around: tuple[Field, ...] = ()
    is_member: bool = False


def parts_of(item: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Split an item's name: the repeats around it, each with what its member is called, and its own name, if any."""
    around, rest = [], item
    while "[" in rest.partition("]")[0] and "]" in rest:
        member, _, rest = rest.partition("]")
        name, _, key = member.partition("[")
        around.append((name, key))
        rest = rest.removeprefix(".")
    return tuple(around), rest


def place_of(spec: FormSpec, item: str) -> Place:
    """Return where an item stands in a form; nowhere (no questions) where the form does not know it."""
    scope = spec.fields
    around: list[Field] = []
    members, own = parts_of(item)
    for name, _ in members:
        repeat = next((field for field in scope if field.name == name and field.type == "repeat"), None)
        if repeat is None:
            return Place((), tuple(around))
        around.append(repeat)
        scope = repeat.fields
    if own or not members:
        return Place(tuple(field for field in scope if own in (field.name, field.group)), tuple(around))
    return Place(_of_member(around[-1], members[-1][1]), tuple(around), is_member=members[-1][1] != "")


def _of_member(repeat: Field, key: str) -> tuple[Field, ...]:
    if key.startswith("="):
        return repeat.fields
    return key_fields(repeat) if key else ()


def key_fields(repeat: Field) -> tuple[Field, ...]:
    """Return the questions that tell the members of a repeat apart, jointly: those it names, are marked, or `id`."""
    named = (repeat.member_key,) if repeat.member_key else tuple(field.name for field in repeat.fields if field.key)
    return tuple(field for field in repeat.fields if field.name in (named or (_DEFAULT_KEY,)))


def within(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield questions, and those inside of repeats among them."""
    for field in fields:
        yield field
        yield from within(field.fields)


def admission(spec: FormSpec, item: str) -> Admission:
    """Return who admits an item: the strictest level of its questions and of the repeats around it.

    A member changes by going away, with all the answers in it, so theirs count too. What comes with a new member, or
    into a new roster, is items of its own. An item that the form does not know has the defaults.
    """
    place = place_of(spec, item)
    going = (*place.around, *within(place.around[-1:] if place.is_member else place.fields))
    coming = (*place.around, *(place.fields if place.is_member else _together(place.fields)))
    return Admission(
        _strictest([field.admit for field in going]),
        _strictest([field.admit_first for field in coming]),
    )


def _together(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield questions, and those inside of repeats that are one item as a whole."""
    for field in fields:
        yield field
        yield from () if field.merge == "roster" else within(field.fields)


def is_sensitive(spec: FormSpec, item: str) -> bool:
    """Tell whether an item's value is masked for whoever need not see it; a member's if anything in it is."""
    place = place_of(spec, item)
    inside = within(place.around[-1:] if place.is_member else place.fields)
    return any(field.sensitive for field in (*place.around, *inside))


def _strictest(levels: list[str]) -> str:
    return max(levels, key=ADMIT_LEVELS.index, default="auto")
