"""What a collector does at a door: households as a tablet shows them, visits, submissions, new members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fieldsync.documents import DocId
from fieldsync.simulate.replica import Replica
from fieldsync.simulate.tablet import ROUND, Tablet


@dataclass(frozen=True, slots=True)
class Home:
    """A household with its dwelling, and its members with their stays, in order of identifier."""

    cell: str
    household: DocId
    dwelling: DocId
    members: Mapping[str, str]

    @property
    def persons(self) -> list[str]:
        """Return the members."""
        return list(self.members)

    @property
    def documents(self) -> list[str]:
        """Return every document of the household."""
        return [self.household, self.dwelling, *self.members, *self.members.values()]


def homes_in(replica: Replica) -> Iterator[Home]:
    """Yield the households of a cell in order of identifier."""
    stays: dict[str, dict[str, str]] = {}
    for stay in replica.documents("stay"):
        if replica.winner(stay.data["person"]):
            stays.setdefault(stay.data["household"], {})[stay.data["person"]] = stay.id
    for household in replica.documents("household"):
        members = dict(sorted(stays.get(household.id, {}).items()))
        yield Home(replica.cell, household.id, DocId(household.data["dwelling"]), members)


def visit(tablet: Tablet, home: Home, result: str, **details: Any) -> DocId:
    """Write down a visit to a household."""
    return visit_dwelling(tablet, home.cell, home.dwelling, result, household=home.household, **details)


def visit_dwelling(tablet: Tablet, cell: str, dwelling: str, result: str, **details: Any) -> DocId:
    """Write down a visit to a dwelling, with or without a household found there."""
    start = tablet.clock.reading()
    data = {"dwelling": dwelling, "round": ROUND, "start": start, "end": tablet.clock.reading(), "result": result}
    return tablet.create(cell, "visit", data | details)


def submit(tablet: Tablet, home: Home, result: str = "complete", **details: Any) -> DocId:
    """Hand a household in: it is done for this round, and these are the versions that say so."""
    members = next(now for now in homes_in(tablet.replicas[home.cell]) if now.household == home.household)
    covers = {doc_id: tablet.shown(doc_id).rev for doc_id in members.documents}
    data = {"household": home.household, "round": ROUND, "result": result, "covers": covers}
    return tablet.create(home.cell, "submission", data | details)


def interview(tablet: Tablet, home: Home, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Visit a household, write down what has changed (values by document), and hand it in."""
    visit(tablet, home, "complete")
    for doc_id, values in changes.items():
        tablet.edit(doc_id, values)
    submit(tablet, home)


def add_member(
    tablet: Tablet, home: Home, person: Mapping[str, Any], stay: Mapping[str, Any], event: str
) -> tuple[DocId, DocId]:
    """Add a person to a household: the person, the stay and the event; returns the person and the stay."""
    person_id = tablet.create(home.cell, "person", person)
    stay_id = tablet.create(home.cell, "stay", {"person": person_id, "household": home.household, **stay})
    happened = {"type": event, "person": person_id, "household": home.household, "date": stay["since"]}
    tablet.create(home.cell, "event", happened)
    return person_id, stay_id
