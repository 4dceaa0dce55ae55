"""The rules across the documents of a household and a dwelling, as one table. Pure.

Each rule is a code, a severity and a function from a `Family` to the places where it does not hold. An error holds a
submission back, unless it is insisted on with a reason; a warning travels with it. What they say: `wording.py`; the
same table for readers: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from fieldsync.checking import happenings, identity
from fieldsync.checking.family import HEAD, Family, Member, overlap
from fieldsync.checking.finding import Hit, finding_of
from fieldsync.documents import data_of

PARENT_YEARS = 12
"""A parent is at least so many years older than their child; younger is possible, and rarer than a slip."""
EMPTY: Final = frozenset({"vacant", "demolished", "not_residential"})
"""Occupancies of a dwelling in which nobody lives."""
CHILDREN: Final = frozenset({*(str(n) for n in range(20, 27)), "29", *(str(n) for n in range(30, 37)), "39"})
"""Born children of the head, GB/T 4761-2008; adopted ones and stepchildren (27, 37) may be of any age."""
PARENTS: Final = frozenset({"50", "51", "52", "59"})
MALE: Final = frozenset({"11", *(str(n) for n in range(20, 30)), "41", "43", "51", "53", "55", "57", "61", "63"})
FEMALE: Final = frozenset({"12", *(str(n) for n in range(30, 40)), "42", "44", "52", "54", "56", "58", "62", "64"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its code, what it is when it does not hold (error, warning), and where it does not."""

    code: str
    severity: str
    find: Callable[[Family], Iterator[Hit]]


def check_family(family: Family) -> list[dict[str, Any]]:
    """Return what is wrong between a household's documents, in the order of the table."""
    return [finding_of(rule.code, rule.severity, hit) for rule in RULES for hit in rule.find(family)]


def _no_members(family: Family) -> Iterator[Hit]:
    if family.is_family and family.household and family.is_complete and not family.members:
        yield Hit(family.household.id, "type")


def _no_head(family: Family) -> Iterator[Hit]:
    relations = [member.relation for member in family.present]
    if family.is_family and relations and all(relations) and HEAD not in relations:
        yield Hit(family.present[0].stay.id, "relation")


def _several_heads(family: Family) -> Iterator[Hit]:
    heads = [member for member in family.present if member.relation == HEAD]
    if family.is_family and len({str(_person(head)) for head in heads}) > 1:
        names = {language: _listed(heads, language) for language in ("en", "zh")}
        yield from (Hit(head.stay.id, "relation", {"names": names}) for head in heads)


def _parent_too_young(family: Family) -> Iterator[Hit]:
    head = family.head
    for member in family.members if head else ():
        parent, child = (head, member) if member.relation in CHILDREN else (member, head)
        if head and member.relation in CHILDREN | PARENTS and _is_too_young(parent, child):
            named = {"parent": parent.names, "child": child.names} if parent and child else {}
            yield Hit(member.stay.id, "relation", named)


def _relation_contradicts_sex(family: Family) -> Iterator[Hit]:
    for member in family.members:
        wanted = "1" if member.relation in MALE else "2" if member.relation in FEMALE else member.sex
        if member.sex in ("1", "2") and member.sex != wanted:
            yield Hit(member.stay.id, "relation", {"name": member.names})


def _stay_before_birth(family: Family) -> Iterator[Hit]:
    for member in family.members:
        if member.since and member.birth and member.since < member.birth:
            yield Hit(member.stay.id, "since", {"name": member.names})


def _stay_after_death(family: Family) -> Iterator[Hit]:
    for member in family.members:
        if member.since and member.death and member.since > member.death:
            yield Hit(member.stay.id, "since", {"name": member.names})


def _stay_outlives_person(family: Family) -> Iterator[Hit]:
    for member in family.members:
        if member.death and (member.until is None or member.until > member.death):
            yield Hit(member.stay.id, "until", {"name": member.names})


def _valid_before_since(family: Family) -> Iterator[Hit]:
    for member in family.members:
        valid_until = member.valid_until
        if member.since and valid_until and valid_until < member.since:
            yield Hit(member.stay.id, "registration_valid_until")


def _stays_overlap(family: Family) -> Iterator[Hit]:
    for number, member in enumerate(family.members):
        for other in family.members[:number]:
            if _person(member) and _person(member) == _person(other) and _meet(member, other):
                yield Hit(member.stay.id, "since", {"name": member.names})


def _usual_stays_overlap(family: Family) -> Iterator[Hit]:
    for member in family.members:
        others = [Member(stay, member.person) for stay in family.elsewhere if _person_of(stay) == _person(member)]
        if member.kind == "usual" and any(o.kind == "usual" and _meet(member, o) for o in others):
            yield Hit(member.stay.id, "kind", {"name": member.names})


def _vacant_but_lived_in(family: Family) -> Iterator[Hit]:
    living = [m for m in family.present if m.kind != "registered_only"]
    if family.dwelling and living and data_of(family.dwelling.body).get("occupancy") in EMPTY:
        yield Hit(family.dwelling.id, "occupancy")


def _of_identity(code: str) -> Callable[[Family], Iterator[Hit]]:
    def find(family: Family) -> Iterator[Hit]:
        for person in {m.person.id: m.person for m in family.members if m.person}.values():
            for found in identity.doubts(data_of(person.body)):
                if found.code == code:
                    yield Hit(person.id, found.item, found.named)

    return find


def _is_too_young(parent: Member | None, child: Member | None) -> bool:
    born, later = (parent.birth if parent else None), (child.birth if child else None)
    if born is None or later is None:
        return False
    return (later.year - born.year) - ((later.month, later.day) < (born.month, born.day)) < PARENT_YEARS


def _meet(one: Member, other: Member) -> bool:
    return overlap((one.since, one.until), (other.since, other.until))


def _person(member: Member) -> str | None:
    return _person_of(member.stay)


def _person_of(stay: Any) -> str | None:
    person = data_of(stay.body).get("person")
    return person if isinstance(person, str) else None


def _listed(members: list[Member], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(member.names[language] for member in members)


RULES: Final = (
    Rule("no_members", "error", _no_members),
    Rule("no_head", "error", _no_head),
    Rule("several_heads", "error", _several_heads),
    Rule("parent_too_young", "warning", _parent_too_young),
    Rule("relation_contradicts_sex", "warning", _relation_contradicts_sex),
    Rule("stay_before_birth", "error", _stay_before_birth),
    Rule("stay_after_death", "error", _stay_after_death),
    Rule("stay_outlives_person", "error", _stay_outlives_person),
    Rule("valid_before_since", "error", _valid_before_since),
    Rule("stays_overlap", "error", _stays_overlap),
    Rule("usual_stays_overlap", "warning", _usual_stays_overlap),
    Rule("vacant_but_lived_in", "error", _vacant_but_lived_in),
    Rule("event_incomplete", "warning", happenings.event_incomplete),
    Rule("event_without_stay", "warning", happenings.event_without_stay),
    Rule("event_date_differs", "warning", happenings.event_date_differs),
    Rule("event_person_differs", "warning", happenings.event_person_differs),
    *(Rule(code, severity, _of_identity(code)) for code, severity in identity.SEVERITIES.items()),
)
