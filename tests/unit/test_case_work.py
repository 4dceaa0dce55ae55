"""Claims, due dates and levels of cases, on a store of their own; what was decided before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldsync.cases import LEVELS, Case, Cases
from fieldsync.claims import Claims
from fieldsync.earlier import decided_value, earlier_rulings
from fieldsync.errors import Conflict, Forbidden, NotFound
from fieldsync.escalation import Escalation, raised_case
from fieldsync.keys import load_keys
from fieldsync.stores.factory import open_store
from fieldsync.vault import Vault

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
OPENED = "2026-11-23T08:00:00.000Z"
CELL = "510107001004001"
AREAS = ("510107001",)


class Desk:
    """Cases with a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        self.moment, self.store = START, open_store(f"sqlite:///{folder}/store")
        self.cases = Cases(self.store, Vault(self.store, load_keys(folder / "keys.json").data_keys))
        self.claims = Claims(self.cases, lambda: self.moment)
        self.escalation = Escalation(self.cases, lambda: self.moment, 3)

    def add(self, name: str, **more: object) -> str:
        given = {"kind": "admission", "level": "street", "state": "open", "submitted_by": ["li.na"], **more}
        self.cases.add([Case(id=name, cell=CELL, opened=OPENED, **given)])  # type: ignore[arg-type]
        return name

    def read(self, name: str) -> Case:
        return self.cases.get(name)[0]

    def pass_(self, days: float) -> None:
        self.moment += timedelta(days=days)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def test_every_case_is_due_a_week_after_it_was_opened(desk: Desk) -> None:
    """Of whatever kind; one that says when it is due keeps that."""
    assert desk.read(desk.add("deletion:1", kind="deletion")).due == "2026-11-30T08:00:00.000Z"
    assert desk.read(desk.add("move:1", kind="move", due="2026-12-24T00:00:00.000Z")).due == "2026-12-24T00:00:00.000Z"


def test_a_claim_keeps_others_out_until_it_is_given_back(desk: Desk) -> None:
    """Who claimed it may claim it again; somebody else may not, and takes it on when it is free."""
    case = desk.add("admission:1")
    assert desk.claims.claim(case, "wu.min", AREAS).claimed_by == "wu.min"
    assert desk.claims.claim(case, "wu.min", AREAS).claimed_at == OPENED
    with pytest.raises(Conflict, match=r"claimed by wu\.min"):
        desk.claims.claim(case, "he.jun", AREAS)
    with pytest.raises(Forbidden, match="a supervisor may release"):
        desk.claims.release(case, "he.jun", AREAS, supervises=False)
    with pytest.raises(Forbidden):
        desk.claims.release(case, "zhou.bo", ("510104",), supervises=True)
    assert desk.claims.release(case, "he.jun", AREAS, supervises=True).claimed_by is None
    assert desk.claims.claim(case, "he.jun", AREAS).claimed_by == "he.jun"


@pytest.mark.parametrize(("by", "areas"), [("li.na", AREAS), ("wu.min", ("510104",)), ("wu.min", ("510107001004",))])
def test_who_may_not_decide_does_not_claim(desk: Desk, by: str, areas: tuple[str, ...]) -> None:
    """The submitter, staff of another district, staff of a level below the case's."""
    case = desk.add("admission:1")
    with pytest.raises(Forbidden):
        desk.claims.claim(case, by, areas)
    assert desk.read(case).claimed_by is None


def test_nothing_is_given_back_that_nobody_has(desk: Desk) -> None:
    """A claim of nobody, of a case that is closed, and of none at all."""
    with pytest.raises(Conflict, match="Nobody has claimed"):
        desk.claims.release(desk.add("admission:1"), "wu.min", AREAS, supervises=False)
    with pytest.raises(Conflict, match="closed already"):
        desk.claims.release(desk.add("admission:2", state="closed"), "wu.min", AREAS, supervises=True)
    with pytest.raises(NotFound):
        desk.claims.claim("admission:3", "wu.min", AREAS)


def test_an_overdue_case_goes_up_one_level_and_is_due_anew(desk: Desk) -> None:
    """It keeps who may decide it, loses its claim, and says which due date was missed; a repeat changes nothing."""
    case, young = desk.add("admission:1"), desk.add("admission:2", due="2026-12-24T00:00:00.000Z")
    desk.claims.claim(case, "wu.min", AREAS)
    assert desk.escalation.run() == 0
    desk.pass_(7)
    assert desk.escalation.run() == 1
    raised = desk.read(case)
    assert (raised.level, raised.asked_level, raised.claimed_by) == ("street", "district", None)
    assert raised.due == "2026-12-03T08:00:00.000Z"
    assert raised.raised == [
        {
            "rule": "overdue",
            "due": "2026-11-30T08:00:00.000Z",
            "from": "street",
            "to": "district",
            "at": "2026-11-30T08:00:00.000Z",
        }
    ]
    assert desk.escalation.run() == 0
    assert desk.read(young).raised == []
    assert desk.claims.claim(case, "wu.min", AREAS).claimed_by == "wu.min"


def test_a_case_goes_no_higher_than_the_city(desk: Desk) -> None:
    """Level after level, each once; at the top it stays overdue and is listed as that."""
    case = desk.add("contest:1", kind="contest", level="community")
    reached = []
    for _ in range(6):
        desk.pass_(8)
        desk.escalation.run()
        reached.append(desk.read(case).asked_level)
    assert reached == ["street", "district", "city", "city", "city", "city"]
    assert desk.read(case).is_overdue("2027-01-10T00:00:00.000Z")
    assert [step["to"] for step in desk.read(case).raised] == list(LEVELS[1:])


def test_what_is_decided_is_not_raised() -> None:
    """However late it was."""
    case = Case(id="c", kind="contest", cell=CELL, opened=OPENED, state="closed", level="street", due=OPENED)
    assert raised_case(case, "2027-01-01T00:00:00.000Z", "2027-01-04T00:00:00.000Z") is None


def test_the_last_decision_about_each_item_is_shown() -> None:
    """Of several decided cases the newest counts; with its own exceptions by item, and without open ones."""
    about = [{"document": "person:1", "item": i, "proposed": {"value": i}} for i in ("name", "sex")]

    def decided(name: str, at: str, **decision: object) -> Case:
        given = {"action": "admit", "by": "wu.min", "at": at, **decision}
        members = {"kind": "admission", "cell": CELL, "opened": OPENED, "state": "closed", "level": "street"}
        return Case(id=name, items=about, decision=given, **members)  # type: ignore[arg-type]

    returned = [{"document": "person:1", "item": "sex", "action": "return", "reason": "look again"}]
    newest = decided("admission:2", "2026-11-25", items=returned)
    still_open = Case(id="a", kind="admission", cell=CELL, opened=OPENED, state="open", level="street", items=about)
    found = earlier_rulings([newest, still_open, decided("admission:1", "2026-11-24")], {("person:1", "sex")})
    assert found == [
        {
            "case": "admission:2",
            "document": "person:1",
            "item": "sex",
            "action": "return",
            "by": "wu.min",
            "at": "2026-11-25",
            "reason": "look again",
        }
    ]
    assert decided_value(newest, found[0]) == {"value": {"value": "sex"}}
