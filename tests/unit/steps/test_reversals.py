"""An admission taken back: the earlier value is back in registry and cells, and the books add up."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.decisions import Verdict
from fieldsync.documents import DocId, decode_body
from fieldsync.errors import BadInput, Conflict, Forbidden, NotFound

from .conftest import HOUSEHOLD, PERSON, Field

BORN = {"value": "1980-02-03"}


def admitted(field: Field, name: str = "submission", **items: Any) -> Any:
    """Have the collector change the person, hand in, and a reviewer admit it; returns the case."""
    tablet = field.tablet("li.na")
    tablet.edit(PERSON, **items)
    field.submit(tablet, name=name)
    field.run()
    (case,) = field.open_cases("admission")
    return field.decide(case.id, "admit")


def revert(field: Field, case: str, reason: str | None = "The card says otherwise", **more: Any) -> Any:
    """Take a case's admission back as the reviewer of the district."""
    by, areas = more.pop("by", "wu.min"), more.pop("areas", ("510107",))
    return field.pipeline.steps.revert(case, Verdict(by, areas, "revert", reason, **more))


def test_the_earlier_value_is_back_everywhere_and_the_books_add_up(field_: Field) -> None:
    """Registry, cell and history; the change is refused with the reason, and the collector reads it."""
    case = admitted(field_, birth_date="1981-02-03")
    field_.later()
    reversal = revert(field_, case.id)
    assert (reversal.state, reversal.reverts, reversal.household) == ("closed", case.id, HOUSEHOLD)
    assert field_.registry(PERSON, "birth_date") == BORN
    assert field_.data(PERSON)["birth_date"] == "1980-02-03"
    record = field_.pipeline.registry.get(PERSON)
    assert record is not None
    item = record.items["birth_date"]
    assert (item.case, item.admitted_by) == (reversal.id, "wu.min")
    assert item.before[0]["value"] == {"value": "1981-02-03"}
    books = field_.books()
    assert (books["adds_up"], books["faults"], books["outcomes"]["refused"]) == (True, [], 1)
    notices = [decode_body(n.body)["data"] for n in field_.cell.documents("notice:", "notice;")]
    (message,) = [m for notice in notices for m in notice["messages"] if m["outcome"] == "reverted"]
    assert "The card says otherwise." in message["text"]["en"]
    assert "撤回" in message["text"]["zh"]
    before = field_.services.store.database("ledger").info().update_seq
    field_.pipeline.steps.run(field_.cell.name.removeprefix("cell-"), [DocId(PERSON)])
    assert field_.services.store.database("ledger").info().update_seq == before


def test_a_story_tells_that_it_was_taken_back(field_: Field) -> None:
    """The decision, and the end of the change, in both languages."""
    case = admitted(field_, birth_date="1981-02-03")
    field_.later()
    reversal = revert(field_, case.id)
    steps = field_.pipeline.teller.document(reversal.cell, PERSON)
    told = " ".join(step["en"] for step in steps)
    assert "date of birth taken back from the registry (The card says otherwise)" in told
    assert any("已从登记库撤回" in step["zh"] for step in steps)
    assert "The server wrote (" not in told


def test_one_item_of_several_is_taken_back(field_: Field) -> None:
    """The other stays admitted; the rest can be taken back later, once."""
    case = admitted(field_, birth_date="1981-02-03", sex="1")
    (first,) = revert(field_, case.id, items=[{"document": PERSON, "item": "sex"}]).items
    assert first["item"] == "sex"
    assert field_.registry(PERSON, "birth_date") == {"value": "1981-02-03"}
    with pytest.raises(Conflict, match="changed since by"):
        revert(field_, case.id)
    revert(field_, case.id, items=[{"document": PERSON, "item": "birth_date"}])
    assert (field_.registry(PERSON, "birth_date"), field_.registry(PERSON, "sex")) == (BORN, {"value": "2"})
    assert field_.books()["adds_up"]


def test_what_was_built_upon_goes_first(field_: Field) -> None:
    """A later admission of the item is in the way; once that is taken back, the earlier one can be."""
    first = admitted(field_, "one", birth_date="1981-02-03")
    field_.later()
    second = admitted(field_, "two", birth_date="1982-02-03")
    with pytest.raises(Conflict, match=second.id):
        revert(field_, first.id)
    field_.later()
    revert(field_, second.id)
    assert field_.registry(PERSON, "birth_date") == {"value": "1981-02-03"}
    field_.later()
    revert(field_, first.id)
    assert field_.registry(PERSON, "birth_date") == BORN
    assert field_.data(PERSON)["birth_date"] == "1980-02-03"
    assert field_.books()["faults"] == []


def test_the_value_may_come_again_and_waits_with_what_was_decided(field_: Field) -> None:
    """A new edit to the same value is a new proposal; its case shows that it was taken back, and it can be admitted."""
    case = admitted(field_, birth_date="1981-02-03")
    field_.later()
    reversal = revert(field_, case.id)
    field_.later()
    tablet = field_.tablet("zhang.wei")
    tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet, name="again")
    field_.run()
    (again,) = field_.open_cases("admission")
    assert [(e["action"], e["case"]) for e in again.earlier] == [("revert", reversal.id)]
    field_.decide(again.id, "admit")
    assert field_.registry(PERSON, "birth_date") == {"value": "1981-02-03"}
    assert field_.books()["faults"] == []


def test_an_open_proposal_is_left_alone_and_shown_against_the_registry_as_it_is(field_: Field) -> None:
    """Somebody's newer value stays in the cell; its case says what the registry says since the reversal."""
    case = admitted(field_, birth_date="1981-02-03")
    field_.later()
    tablet = field_.tablet("zhang.wei")
    tablet.edit(PERSON, birth_date="1983-02-03")
    field_.submit(tablet, name="newer")
    field_.run()
    revert(field_, case.id)
    assert field_.data(PERSON)["birth_date"] == "1983-02-03"
    (waiting,) = field_.open_cases("admission")
    assert waiting.items[0]["registry"] == BORN
    field_.decide(waiting.id, "refuse", reason="No")
    assert field_.data(PERSON)["birth_date"] == "1980-02-03"
    assert field_.books()["faults"] == []


def test_what_a_rule_let_in_is_taken_back_by_its_record(field_: Field) -> None:
    """The phone goes in by itself; taken back by record and item; what a case let in is pointed to its case."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, phone="12800000001")
    field_.submit(tablet)
    field_.run()
    verdict = Verdict("wu.min", ("510107",), "revert", "The neighbour's", [{"item": "phone"}])
    field_.pipeline.steps.revert_record(PERSON, verdict)
    assert field_.registry(PERSON, "phone") == {"value": "12812345678"}
    assert field_.data(PERSON)["phone"] == "12812345678"
    assert field_.books()["adds_up"]
    case = admitted(field_, "later", birth_date="1981-02-03")
    for name, error, words in (
        ("birth_date", Conflict, case.id),
        ("name", Conflict, "not by a form's rule"),
        ("colour", BadInput, "no item colour"),
    ):
        verdict = Verdict("wu.min", ("510107",), "revert", "No", [{"item": name}])
        with pytest.raises(error, match=words):
            field_.pipeline.steps.revert_record(PERSON, verdict)
    with pytest.raises(NotFound):
        field_.pipeline.steps.revert_record("person:none", verdict)


def test_a_contest_that_was_decided_is_taken_back(field_: Field) -> None:
    """The registry's value before the contest counts again; the candidates are refused and overruled."""
    tablets = [field_.tablet(user) for user in ("li.na", "zhang.wei")]
    for tablet, name in zip(tablets, ("王芬", "汪芳"), strict=True):
        tablet.edit(PERSON, name=name)
    field_.submit(tablets[0])
    field_.run()
    (case,) = field_.open_cases("contest")
    field_.decide(case.id, "choose", rev=case.candidates[0]["rev"])
    assert field_.registry(PERSON, "name") != {"value": "王芳"}
    field_.later()
    revert(field_, case.id)
    assert field_.registry(PERSON, "name") == {"value": "王芳"}
    assert field_.data(PERSON)["name"] == "王芳"
    books = field_.books()
    assert (books["adds_up"], books["faults"]) == (True, [])


def test_who_may_not_decide_may_not_take_back(field_: Field) -> None:
    """Without a reason, by the submitter, from elsewhere, of another item, of a case that is open or refused."""
    case = admitted(field_, birth_date="1981-02-03")
    for error, more in (
        (BadInput, {"reason": " "}),
        (BadInput, {"items": [{"document": PERSON, "item": "name"}]}),
        (Forbidden, {"by": "li.na"}),
        (Forbidden, {"areas": ("510104",)}),
        (Forbidden, {"areas": ("510107001004",)}),
    ):
        with pytest.raises(error):
            revert(field_, case.id, **more)
    assert field_.registry(PERSON, "birth_date") == {"value": "1981-02-03"}
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, birth_date="1984-02-03")
    field_.submit(tablet, name="second")
    field_.run()
    (waiting,) = field_.open_cases("admission")
    with pytest.raises(Conflict, match="let nothing"):
        revert(field_, waiting.id)
    field_.decide(waiting.id, "refuse", reason="No")
    with pytest.raises(Conflict, match="let nothing"):
        revert(field_, waiting.id)
