"""What a document comes to does not hang on which of its edits arrives first, though their times tell nothing."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from .conftest import Field, uid

PHONES = ("12800000001", "12800000002", "12800000003")


def _arriving(field_: Field, number: int, order: tuple[int, ...]) -> dict[str, Any]:
    """Push four edits of one person, made at one time on the same version, in this order; return the answers."""
    person, edits = f"person:{uid(f'person {number}')}", [{"employer": "Tea"}, *({"phone": p} for p in PHONES)]
    made, moment = field_.moment, field_.moment
    field_.tablet("li.na").edit(person, name="王芳", phone="12800000000")
    for at in order:
        field_.later(1)
        tablet = field_.tablet("zhang.wei")
        tablet.heads[person] = (next(e.rev for e in _edits(field_, person) if len(e.path) == 1),)
        tablet.edit(person, at=made, **edits[at])
    field_.run()
    field_.moment = moment
    assert len(field_.live(person)) == 1
    return field_.data(person)


def _edits(field_: Field, person: str) -> list[Any]:
    return field_.services.ledger.document("510107001004001", person).edits()


def test_equal_times_are_settled_alike_in_any_order_of_arrival(field_: Field) -> None:
    """By the edits' own revisions, also where merges that the server made meanwhile stand between them."""
    ends = [_arriving(field_, number, order) for number, order in enumerate(permutations(range(4)))]
    assert ends[0]["phone"] in PHONES
    assert [end for end in ends if end != ends[0]] == []
