"""What a draining tablet sends: sorted item by item by its stamps, nothing lost, nothing let in by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from fieldsync.cases import Case
from fieldsync.decisions import Verdict
from fieldsync.documents import DocId
from fieldsync.errors import BadInput, Forbidden
from fieldsync.replication import Access, Caller
from tests.unit.steps.conftest import CELL, DWELLING, HOUSEHOLD, PERSON, STAY, Field, Tablet, uid

VISIT = f"visit:{uid('late visit')}"
CHILD, CHILD_STAY = f"person:{uid('late child')}", f"stay:{uid('late child')}"


class Draining(Tablet):
    """A tablet whose cell was handed over."""

    drained_at: datetime

    @property
    def caller(self) -> Caller:
        """Return who the server takes this tablet for."""
        return Caller(self.user, f"tablet:{self.user}", Access.DRAINING, self.drained_at)


@pytest.fixture
def old(field_: Field) -> Draining:
    """Return the old holder's tablet, an hour after the handover at noon."""
    tablet = Draining(field_, "li.na")
    tablet.pull(DWELLING, HOUSEHOLD, PERSON, STAY)
    tablet.drained_at = field_.moment + timedelta(hours=1)
    field_.later(120)
    return tablet


def late_case(field_: Field) -> Case:
    (case,) = [c for c in field_.pipeline.cases.where(state="open") if c.kind == "late"]
    return case


def decide(field_: Field, action: str, items: list[dict[str, Any]] | None = None, reason: str | None = None) -> Case:
    verdict = Verdict("wu.min", (CELL[:9],), action, reason, items=items or [])
    return field_.pipeline.steps.decide(late_case(field_).id, verdict)


def faults(field_: Field) -> list[Any]:
    report = field_.pipeline.auditor.run().report()
    assert report["adds_up"]
    return list(report["faults"])


def stamped(tablet: Draining, **items: tuple[Any, datetime | None]) -> str:
    """Push an edit of the person in which each item has a stamp of its own, or none."""
    path = tablet.heads[PERSON]
    seen = tablet.field.body(PERSON, path[0])
    body = {**seen, "data": {**seen["data"], **{name: value for name, (value, _) in items.items()}}}
    stamps = {name: at.isoformat() for name, (_, at) in items.items() if at}
    return tablet.write(PERSON, {k: v for k, v in body.items() if k != "meta"}, stamps=stamps)


def test_what_was_made_before_the_handover_merges_like_any_other(field_: Field, old: Draining) -> None:
    """An edit stamped before the handover reaches the cell though it arrives after it; no case is opened."""
    old.edit(PERSON, at=old.drained_at - timedelta(minutes=5), employer="Jinli Tea")
    field_.run()
    assert field_.data(PERSON)["employer"] == "Jinli Tea"
    assert not field_.pipeline.cases.where(state="open")
    assert faults(field_) == []


def test_one_edit_is_sorted_item_by_item(field_: Field, old: Draining) -> None:
    """Of one revision the item made in time merges, those made after it or without a stamp wait for a person."""
    before, after = old.drained_at - timedelta(minutes=1), old.drained_at + timedelta(minutes=1)
    stamped(old, employer=("Jinli Tea", before), phone=("12800000001", after), note=("dog", None))
    assert faults(field_) == []
    field_.run()
    told = field_.data(PERSON)
    assert (told["employer"], told["phone"], told.get("note")) == ("Jinli Tea", "12812345678", None)
    case = late_case(field_)
    assert [i["item"] for i in case.items] == ["note", "phone"]
    assert (case.household, case.submitted_by) == (HOUSEHOLD, ["li.na"])
    assert faults(field_) == []


def test_what_is_let_in_merges_with_what_the_new_holder_wrote(field_: Field, old: Draining) -> None:
    """Accepted, a late value enters with its own stamp: later than the new holder's it counts, earlier it does not."""
    new = field_.tablet("zhang.wei")
    new.edit(PERSON, at=old.drained_at + timedelta(minutes=5), employer="Wuhou Post", phone="12800000002")
    stamped(
        old,
        employer=("Jinli Tea", old.drained_at + timedelta(minutes=2)),
        phone=("12800000001", old.drained_at + timedelta(minutes=9)),
    )
    field_.run()
    assert field_.data(PERSON)["phone"] == "12800000002"
    decide(field_, "accept")
    assert (field_.data(PERSON)["employer"], field_.data(PERSON)["phone"]) == ("Wuhou Post", "12800000001")
    assert len(field_.live(PERSON)) == 1
    assert faults(field_) == []


def test_a_refusal_needs_a_reason_and_the_collector_reads_it(field_: Field, old: Draining) -> None:
    """A refused value never shows; its collector, who cannot pull any more, reads why in what `/me` brings."""
    old.edit(PERSON, at=old.drained_at + timedelta(minutes=5), employer="Jinli Tea")
    field_.run()
    waiting = field_.pipeline.messages.notices("tablet:li.na", "li.na", [CELL])
    assert "after the cell was handed over" in waiting[0]["text"]["en"]
    with pytest.raises(BadInput, match="needs a reason"):
        decide(field_, "refuse")
    decide(field_, "refuse", reason="The new holder was there")
    assert field_.data(PERSON).get("employer") is None
    (told,) = field_.pipeline.messages.notices("tablet:li.na", "li.na", [CELL])
    assert "The new holder was there" in told["text"]["en"]
    assert "移交" in told["text"]["zh"]
    assert field_.outcomes(PERSON)[old.heads[PERSON][0], "employer"] == "refused"
    assert faults(field_) == []


def test_nobody_decides_about_what_they_sent(field_: Field, old: Draining) -> None:
    """The collector's own word does not let his late changes in."""
    old.edit(PERSON, at=old.drained_at + timedelta(minutes=5), employer="Jinli Tea")
    field_.run()
    with pytest.raises(Forbidden):
        field_.pipeline.steps.decide(late_case(field_).id, Verdict("li.na", (CELL[:9],), "accept"))


def test_a_household_met_after_the_handover_comes_with_its_people_or_not_at_all(field_: Field, old: Draining) -> None:
    """Documents that are late as a whole do not show in the cell; one case has them all, and letting in shows them."""
    after = old.drained_at + timedelta(minutes=5)
    old.write(CHILD, {"kind": "person", "data": {"name": "小明", "sex": "1"}}, at=after)
    stay = {"person": CHILD, "household": HOUSEHOLD, "kind": "usual", "relation": "20"}
    old.write(CHILD_STAY, {"kind": "stay", "data": stay}, at=after)
    assert faults(field_) == []
    field_.run()
    assert field_.body(CHILD) == {}
    assert field_.body(CHILD_STAY) == {}
    assert {i["document"] for i in late_case(field_).items} == {CHILD, CHILD_STAY}
    decide(field_, "accept")
    assert field_.data(CHILD) == {"name": "小明", "sex": "1"}
    assert field_.data(CHILD_STAY) == stay
    assert faults(field_) == []


def test_a_late_visit_counts_once_it_is_let_in(field_: Field, old: Draining) -> None:
    """A visit made after the handover stands in the cell and changes no state until somebody lets it in."""
    after = old.drained_at + timedelta(minutes=5)
    visit = {"kind": "visit", "data": {"dwelling": DWELLING, "household": HOUSEHOLD, "result": "refused"}}
    old.write(VISIT, visit, at=after)
    field_.run()
    assert field_.cell.get(DocId(f"state:{HOUSEHOLD}")) is None
    assert [i["item"] for i in late_case(field_).items] == ["*"]
    assert faults(field_) == []
    decide(field_, "accept")
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "closed_refused"
    assert field_.outcomes(VISIT)[old.heads[VISIT][0], "*"] == "recorded"
    assert faults(field_) == []


def test_a_late_case_is_told_in_words_with_sensitive_values_covered(field_: Field, old: Draining) -> None:
    """Staff read what waits, each value with whose it is and when; a record by what it is."""
    after = old.drained_at + timedelta(minutes=5)
    old.edit(PERSON, at=after, phone="12800000001", employer="Jinli Tea")
    old.write(VISIT, {"kind": "visit", "data": {"household": HOUSEHOLD, "result": "refused"}}, at=after)
    field_.run()
    told = " ".join(step["en"] + step["zh"] for step in field_.pipeline.teller.case(late_case(field_)))
    assert "Jinli Tea: li.na" in told
    assert "a visit" in told
    assert "一次走访" in told
    assert "12800000001" not in told
    assert "*" not in told


def test_what_the_collector_changes_again_takes_the_place_of_what_waits(field_: Field, old: Draining) -> None:
    """The case asks about the newest value of a tablet only; who has the cell again changes it for good."""
    after = old.drained_at + timedelta(minutes=5)
    old.edit(PERSON, at=after, employer="Jinli Tea")
    field_.run()
    old.edit(PERSON, at=after + timedelta(minutes=5), employer="Wuhou Post")
    field_.run()
    assert [i["proposed"]["value"] for i in late_case(field_).items] == ["Wuhou Post"]
    again = field_.tablet("li.na")
    again.heads[PERSON] = old.heads[PERSON]
    again.edit(PERSON, employer="Post")
    field_.run()
    assert field_.data(PERSON)["employer"] == "Post"
    assert not field_.pipeline.cases.where(state="open")
    assert faults(field_) == []


def test_a_late_value_that_was_let_in_goes_on_to_the_registry(field_: Field, old: Draining) -> None:
    """Let in and handed in by the new holder, it is admitted as the old holder's."""
    old.edit(PERSON, at=old.drained_at + timedelta(minutes=5), employer="Jinli Tea")
    field_.run()
    decide(field_, "accept")
    new = field_.tablet("zhang.wei")
    field_.submit(new)
    field_.run()
    record = field_.pipeline.registry.get(PERSON)
    assert record
    assert record.items["employer"].by == "li.na"
    assert faults(field_) == []


def test_carrying_out_a_decision_again_changes_nothing(field_: Field, old: Draining) -> None:
    """A decision about late changes may be carried out twice, as after a crash."""
    old.edit(PERSON, at=old.drained_at + timedelta(minutes=5), employer="Jinli Tea")
    field_.run()
    case = decide(field_, "accept")
    before = [field_.services.store.database(n).info().update_seq for n in (f"cell-{CELL}", "ledger", "cases")]
    field_.pipeline.steps.decisions.carry_out(case)
    field_.pipeline.steps.run(CELL, [DocId(PERSON)])
    after = [field_.services.store.database(n).info().update_seq for n in (f"cell-{CELL}", "ledger", "cases")]
    assert before == after
