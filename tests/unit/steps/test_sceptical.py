"""What a sceptic asks of the steps: two units that share a document, two cells that share a person, stale decisions."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fieldsync.cases import DECIDED
from fieldsync.documents import DocId, decode_body
from fieldsync.errors import Conflict
from fieldsync.registry import Item
from fieldsync.revisions import server_rev

from .conftest import CELL, DWELLING, HOUSEHOLD, OTHER_CELL, PERSON, STAY, Field, Tablet, uid

SECOND, SECOND_STAY = f"household:{uid('second')}", f"stay:{uid('second stay')}"


def share(field_: Field, tablet: Tablet) -> None:
    """Let the person live in a second household of the same dwelling."""
    tablet.write(SECOND, {"kind": "household", "data": {"dwelling": DWELLING, "type": "family"}})
    stay = {"person": PERSON, "household": SECOND, "kind": "temporary"}
    tablet.write(SECOND_STAY, {"kind": "stay", "data": stay})


def submit(field_: Field, tablet: Tablet, household: str, name: str, *documents: str) -> None:
    """Submit a household with these documents as the cell has them."""
    covers = {i: field_.live(i)[0] for i in (household, *documents)}
    data = {"household": household, "round": "2026", "result": "complete", "covers": covers}
    tablet.write(f"submission:{uid(name)}", {"kind": "submission", "data": data})


def sequences(field_: Field) -> list[str]:
    """Return how far the databases that the steps write to are."""
    names = (f"cell-{CELL}", "ledger", "cases", "registry")
    return [field_.services.store.database(n).info().update_seq for n in names]


def run_all(field_: Field) -> None:
    """Run the steps over every document of the cell."""
    field_.pipeline.steps.run(CELL, [r.id for r in field_.cell.documents()])


def test_a_value_that_two_households_submit_waits_in_one_case(field_: Field) -> None:
    """A person with two stays: one case asks, and running the steps again writes nothing."""
    tablet = field_.tablet("li.na")
    share(field_, tablet)
    tablet.edit(PERSON, birth_date="1981-02-03")
    submit(field_, tablet, HOUSEHOLD, "one", PERSON, STAY)
    submit(field_, tablet, SECOND, "two", PERSON, SECOND_STAY)
    field_.run()
    asked = [i["item"] for case in field_.open_cases("admission") for i in case.items]
    assert asked == ["birth_date"]
    run_all(field_)
    before = sequences(field_)
    run_all(field_)
    assert sequences(field_) == before


def test_what_one_household_got_back_the_other_does_not_propose(field_: Field) -> None:
    """A return answers every submission that came before it, whatever household it was of."""
    tablet = field_.tablet("li.na")
    share(field_, tablet)
    tablet.edit(PERSON, birth_date="1981-02-03")
    submit(field_, tablet, HOUSEHOLD, "one", PERSON, STAY)
    submit(field_, tablet, SECOND, "two", PERSON, SECOND_STAY)
    field_.run()
    (case,) = field_.open_cases("admission")
    field_.later(1)
    field_.decide(case.id, "return", reason="Look again")
    run_all(field_)
    assert field_.open_cases("admission") == []


def test_a_return_stands_though_a_later_submission_covers_less(field_: Field) -> None:
    """The latest submission does not name the person; the returned change is not proposed again by the earlier one."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, birth_date="1981-02-03")
    submit(field_, tablet, HOUSEHOLD, "whole", PERSON, STAY)
    field_.later(1)
    submit(field_, tablet, HOUSEHOLD, "part", STAY)
    field_.run()
    (case,) = field_.open_cases("admission")
    field_.decide(case.id, "return", reason="Look again")
    run_all(field_)
    assert field_.open_cases("admission") == []
    assert "returned" in field_.outcomes(PERSON).values()


def test_a_stay_without_a_household_does_not_stop_the_cell(field_: Field) -> None:
    """A stay that names a person and no household belongs to no unit; the steps go on with the rest."""
    tablet = field_.tablet("li.na")
    tablet.write(f"stay:{uid('homeless')}", {"kind": "stay", "data": {"person": PERSON}})
    tablet.edit(PERSON, phone="12800000001")
    field_.submit(tablet)
    field_.run()
    assert field_.registry(PERSON, "phone") == {"value": "12800000001"}


def test_parts_of_a_set_are_all_admitted(field_: Field) -> None:
    """A language added, then another: both changes are in the registry, and neither replaced the other."""
    tablet = field_.tablet("li.na")
    tablet.edit(HOUSEHOLD, languages="zh en")
    tablet.edit(HOUSEHOLD, languages="zh en yi")
    field_.submit(tablet)
    field_.run()
    assert list(field_.outcomes(HOUSEHOLD).values()) == ["admitted", "admitted"]


def test_a_candidate_entered_again_shares_its_fate(field_: Field) -> None:
    """A third collector enters one of two contested names: it waits with them, and agrees with the one chosen."""
    first, second, third = (field_.tablet(n) for n in ("li.na", "zhang.wei", "chen.jing"))
    chosen, lost = first.edit(PERSON, name="王芬"), second.edit(PERSON, name="汪芳")
    third.pull(PERSON)
    again = third.edit(PERSON, name="王芬")
    field_.run()
    assert set(field_.outcomes(PERSON).values()) == {"waiting"}
    (case,) = field_.open_cases("contest")
    field_.decide(case.id, "choose", rev=chosen)
    outcomes = field_.outcomes(PERSON)
    assert [outcomes[rev, "name"] for rev in (chosen, lost, again)] == ["admitted", "overruled", "agreed"]
    assert field_.books()["adds_up"]


def newcomer(field_: Field) -> tuple[str, list[str]]:
    """Add a person the registry does not know, with a contested name; returns the person and the candidates."""
    person = f"person:{uid('newcomer')}"
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.write(person, {"kind": "person", "data": {"name": "小明", "sex": "1", "birth_date": "2020-01-01"}})
    first.pull(person)
    second.pull(person)
    return person, [first.edit(person, name="小鸣"), second.edit(person, name="小名")]


def test_a_chosen_name_of_an_unknown_person_waits_for_its_submission(field_: Field) -> None:
    """The contest is decided before anybody submitted: the books say that the choice waits, and it is admitted then."""
    person, candidates = newcomer(field_)
    field_.run()
    (case,) = field_.open_cases("contest")
    field_.decide(case.id, "choose", rev=candidates[0])
    assert field_.books()["adds_up"]
    tablet = field_.tablet("li.na")
    tablet.write(
        f"stay:{uid('ns')}", {"kind": "stay", "data": {"person": person, "household": HOUSEHOLD, "kind": "usual"}}
    )
    submit(field_, tablet, HOUSEHOLD, "s", person, f"stay:{uid('ns')}")
    field_.run()
    assert field_.registry(person, "name") == {"value": "小鸣"}
    assert field_.outcomes(person)[candidates[0], "name"] == "admitted"


def test_a_third_value_decided_for_an_unknown_person_is_in_the_registry(field_: Field) -> None:
    """No collector wrote it, so no submission would ever propose it: the decision itself enters it."""
    person, _ = newcomer(field_)
    field_.run()
    (case,) = field_.open_cases("contest")
    field_.decide(case.id, "value", value={"value": "小铭"})
    assert field_.registry(person, "name") == {"value": "小铭"}
    assert field_.data(person)["name"] == "小铭"


def test_a_contest_that_grew_since_it_was_read_is_not_decided(field_: Field) -> None:
    """A third name joined before the steps told the case: deciding between the two known ones is a conflict."""
    first, second, third = (field_.tablet(n) for n in ("li.na", "zhang.wei", "chen.jing"))
    chosen = first.edit(PERSON, name="王芬")
    second.edit(PERSON, name="汪芳")
    field_.run()
    (case,) = field_.open_cases("contest")
    third.edit(PERSON, name="黄芳")
    with pytest.raises(Conflict):
        field_.decide(case.id, "choose", rev=chosen)
    (case,) = field_.open_cases("contest")
    assert {c["value"] for c in case.candidates} == {"王芬", "汪芳", "黄芳"}


def half_decided(field_: Field, case_id: str, decision: dict[str, Any]) -> None:
    """Leave a decision as a crash right after it was kept leaves it."""
    case, parent = field_.pipeline.cases.get(case_id)
    at = field_.moment.isoformat()
    decided = msgspec.structs.replace(case, state=DECIDED, decision={"by": "wu.min", "at": at, **decision})
    field_.pipeline.cases.put(decided, parent)


def test_a_candidate_that_joins_an_unfinished_decision_is_contested_against_it(field_: Field) -> None:
    """A name that came between the decision and its carrying out is not swept away by it."""
    first, second, third = (field_.tablet(n) for n in ("li.na", "zhang.wei", "chen.jing"))
    chosen = first.edit(PERSON, name="王芬")
    second.edit(PERSON, name="汪芳")
    field_.run()
    (case,) = field_.open_cases("contest")
    half_decided(field_, case.id, {"action": "choose", "rev": chosen})
    third.edit(PERSON, name="黄芳")
    field_.pipeline.steps.finish_decisions()
    field_.run()
    (again,) = field_.open_cases("contest")
    assert {c["value"] for c in again.candidates} == {"王芬", "黄芳"}
    assert field_.books()["adds_up"]


def test_a_value_that_comes_before_a_refusal_is_carried_out_is_not_overwritten(field_: Field) -> None:
    """The refusal was about another value: the key item that came meanwhile is contested, not lost."""
    tablet, other = field_.tablet("li.na"), field_.tablet("zhang.wei")
    tablet.edit(PERSON, birth_date="1918-02-03")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    half_decided(field_, case.id, {"action": "refuse", "reason": "no"})
    other.pull(PERSON)
    late = other.edit(PERSON, birth_date="1981-02-03")
    field_.pipeline.steps.finish_decisions()
    field_.run()
    (contest,) = field_.open_cases("contest")
    assert late in {c["rev"] for c in contest.candidates}


def test_the_registry_behind_a_case_may_not_have_moved(field_: Field) -> None:
    """Another cell's admission changed the registry since the case was read: deciding is a conflict, then shows it."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    record = field_.pipeline.registry.get(PERSON)
    assert record is not None
    news = Item(value={"value": "1979-09-09"}, source="edit", at="2026-11-23T09:00:00.000Z", edit="2-a", edits=["2-a"])
    field_.pipeline.registry.set_items(record, OTHER_CELL, {"birth_date": news})
    with pytest.raises(Conflict):
        field_.decide(case.id, "admit")
    (case,) = field_.open_cases("admission")
    assert case.items[0]["registry"] == {"value": "1979-09-09"}


def test_a_refused_cell_hears_of_the_registry_again(field_: Field) -> None:
    """After a refusal the cell agrees with the registry, and is told what another cell's admission changes later."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    field_.decide(case.id, "refuse", reason="no")
    record = field_.pipeline.registry.get(PERSON)
    assert record is not None
    news = Item(value={"value": "1979-09-09"}, source="edit", at="2026-11-23T09:00:00.000Z", edit="2-a", edits=["2-a"])
    changed = field_.pipeline.registry.set_items(record, OTHER_CELL, {"birth_date": news})
    field_.pipeline.preload.refresh(changed)
    assert field_.data(PERSON)["birth_date"] == "1979-09-09"


def test_an_admission_repeated_after_a_later_one_brings_nothing_back(field_: Field) -> None:
    """What a crash repeats was written before; the later value stays."""
    registry = field_.pipeline.registry
    record = registry.get(PERSON)
    assert record is not None
    first = Item(value={"value": "A"}, source="edit", at="2026-11-23T09:00:00.000Z", edits=["2-a"])
    second = Item(value={"value": "B"}, source="edit", at="2026-11-23T09:01:00.000Z", edits=["2-b"])
    for item in (first, second, first):
        registry.set_items(record, CELL, {"employer": item})
    assert field_.registry(PERSON, "employer") == {"value": "B"}


def test_outcomes_of_two_servers_do_not_swallow_each_other(field_: Field) -> None:
    """Two servers conclude about one change from the same reading; both outcomes are in the ledger."""
    from fieldsync.ledger import Outcome

    rev = field_.tablet("li.na").edit(PERSON, phone="12800000001")
    ledger = field_.services.ledger
    mine, theirs = ledger.document(CELL, PERSON), ledger.document(CELL, PERSON)

    def outcome(name: str) -> Outcome:
        return Outcome(cell=CELL, document=PERSON, rev=rev, item="phone", outcome=name, cause="x", at="2026")

    ledger.conclude([outcome("waiting")], theirs)
    ledger.conclude([outcome("admitted")], mine)
    assert field_.outcomes(PERSON) == {(rev, "phone"): "admitted"}


def test_a_sealed_body_put_back_or_deleted_with_is_an_edit(field_: Field) -> None:
    """A tablet that sends our body again, as a tombstone too, is not taken for us."""
    tablet = field_.tablet("li.na")
    ours = decode_body(field_.cell.get(DocId(PERSON)).body)
    parent = tablet.heads[PERSON][0]
    for deleted in (False, True):
        rev = server_rev(parent, deleted, ours if deleted else {"named": "otherwise"})
        path = {"start": 2, "ids": [r.partition("-")[2] for r in (rev, parent)]}
        document = {**ours, "_id": PERSON, "_rev": rev, "_revisions": path, **({"_deleted": True} if deleted else {})}
        tablet.push(document)
        entry = field_.services.ledger.entry(CELL, PERSON, rev)
        assert entry is not None
        assert entry.is_edit
    assert field_.data(PERSON)["name"] == "王芳"


def test_a_submission_covers_what_came_through_a_descendant(field_: Field) -> None:
    """Edited, submitted, edited again before the sync: the covered revision never comes itself."""
    tablet = field_.tablet("li.na")
    head = tablet.heads[PERSON]
    inner = server_rev(head[0], False, {"inner": True})
    tablet.heads[PERSON] = (inner, *head)
    body = {**field_.body(PERSON), "meta": {"at": field_.moment.isoformat()}}
    body["data"] = {**body["data"], "phone": "12800000001"}
    leaf = server_rev(inner, False, body)
    ids = [r.partition("-")[2] for r in (leaf, inner, *head)]
    tablet.push({**body, "_id": PERSON, "_rev": leaf, "_revisions": {"start": len(ids), "ids": ids}})
    data = {"household": HOUSEHOLD, "round": "2026", "result": "complete", "covers": {PERSON: inner}}
    tablet.write(f"submission:{uid('s')}", {"kind": "submission", "data": data})
    field_.run()
    assert field_.outcomes(PERSON) == {(leaf, "phone"): "admitted"}


def test_a_revision_of_the_ledger_that_a_crash_kept_from_the_cell_enters_it(field_: Field) -> None:
    """Recorded, then the power went: the next visit of the document grafts it."""
    tablet = field_.tablet("li.na")
    rev = tablet.edit(PERSON, phone="12800000001")
    entry = field_.services.ledger.entry(CELL, PERSON, rev)
    assert entry is not None
    lost = msgspec.structs.replace(entry, rev="2-" + "f" * 32, path=["2-" + "f" * 32, *entry.path[1:]])
    field_.services.ledger.record([lost])
    run_all(field_)
    assert field_.books()["adds_up"]
    assert len(field_.live(PERSON)) == 1


def test_a_push_merges_what_another_push_brought_meanwhile(field_: Field) -> None:
    """The ledger's log was read before the other revision arrived; the push settles over both all the same."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    log = field_.services.ledger.document(CELL, PERSON)
    first.edit(PERSON, phone="12800000001")
    resolver = field_.pipeline.steps.resolver
    kept, resolver.settle_all = resolver.settle_all, lambda *_: None  # type: ignore[method-assign]
    second.edit(PERSON, employer="Jinli Tea")
    resolver.settle_all = kept  # type: ignore[method-assign]
    assert len(field_.live(PERSON)) == 2
    resolver.settle(CELL, DocId(PERSON), log)
    assert len(field_.live(PERSON)) == 1


def test_whoever_submits_does_not_decide_even_what_others_wrote(field_: Field) -> None:
    """The submitter is named with the authors."""
    writer, submitter = field_.tablet("li.na"), field_.tablet("wu.min")
    writer.edit(PERSON, birth_date="1981-02-03")
    field_.submit(submitter)
    field_.run()
    (case,) = field_.open_cases("admission")
    assert case.submitted_by == ["li.na", "wu.min"]


def test_two_values_of_one_document_are_refused_in_one_moment(field_: Field) -> None:
    """Each goes back down by itself, also when the edit bears the very time of the decision."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, birth_date="1981-02-03", sex="1")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    field_.decide(case.id, "refuse", reason="no")
    assert (field_.data(PERSON)["birth_date"], field_.data(PERSON)["sex"]) == ("1980-02-03", "2")


def test_a_held_household_hears_of_a_registry_that_agrees_with_it(field_: Field) -> None:
    """A change that another cell brought into the registry is agreed with; the held cell is noted as told at once."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, employer="Jinli Tea", phone="12")
    record = field_.pipeline.registry.get(PERSON)
    assert record is not None
    news = Item(value={"value": "Jinli Tea"}, source="edit", at="2026-11-23T07:00:00.000Z", edit="2-a", edits=["2-a"])
    field_.pipeline.registry.set_items(record, OTHER_CELL, {"employer": news})
    field_.submit(tablet)
    field_.run()
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "held"
    told = field_.pipeline.registry.get(PERSON)
    assert told is not None
    assert told.told(CELL, "employer") == "Jinli Tea"


def test_a_household_that_errors_hold_back_is_not_decided(field_: Field) -> None:
    """An error that comes later withdraws the open case; mended, the same values are asked about again."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet)
    field_.run()
    tablet.edit(PERSON, phone="12")
    field_.run()
    assert field_.open_cases("admission") == []
    assert field_.books()["adds_up"]
    tablet.edit(PERSON, phone="12800000001")
    field_.run()
    (case,) = field_.open_cases("admission")
    assert [i["item"] for i in case.items] == ["birth_date"]
    field_.decide(case.id, "admit")
    assert field_.books()["adds_up"]
