"""The road of an edit: pushed, merged, submitted, admitted, accounted for."""

from __future__ import annotations

from datetime import timedelta

from .conftest import DWELLING, HOUSEHOLD, PERSON, STAY, Field, uid


def test_edits_of_different_items_are_combined(field_: Field) -> None:
    """Two tablets change two items of a person; the one revision that is left has both."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(PERSON, phone="12800000001")
    second.edit(PERSON, education="20")
    assert len(field_.live(PERSON)) == 1
    assert field_.data(PERSON)["phone"] == "12800000001"
    assert field_.data(PERSON)["education"] == "20"


def test_the_later_of_two_values_counts_whatever_the_order_of_arrival(field_: Field) -> None:
    """An ordinary item takes the value stamped later, though it arrived first."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    early, late = field_.moment - timedelta(minutes=50), field_.moment - timedelta(minutes=20)
    second.edit(PERSON, at=late, phone="12800000002")
    field_.later()
    first.edit(PERSON, at=early, phone="12800000001")
    assert field_.data(PERSON)["phone"] == "12800000002"


def test_a_clock_a_year_off_changes_only_its_own_evidence(field_: Field) -> None:
    """A tablet a year ahead does not win for that: its stamps are corrected by the offset measured at the push."""
    fast = field_.tablet("li.na", error=timedelta(days=365))
    right = field_.tablet("zhang.wei")
    fast.edit(PERSON, at=field_.moment - timedelta(minutes=60), phone="12800000001")
    right.edit(PERSON, at=field_.moment - timedelta(minutes=30), phone="12800000002")
    assert field_.data(PERSON)["phone"] == "12800000002"


def test_a_key_item_changed_by_two_waits_for_a_person(field_: Field) -> None:
    """Two names for one person: the known one stays, both are candidates of one case."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(PERSON, name="王芬")
    second.edit(PERSON, name="汪芳")
    field_.run()
    assert field_.data(PERSON)["name"] == "王芳"
    (case,) = field_.open_cases("contest")
    assert {c["value"] for c in case.candidates} == {"王芬", "汪芳"}
    assert set(field_.outcomes(PERSON).values()) == {"waiting"}


def test_a_decided_contest_reaches_registry_books_and_cell(field_: Field) -> None:
    """The chosen name is in the registry and in the cell; the other is overruled by whoever decided."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    chosen, other = first.edit(PERSON, name="王芬"), second.edit(PERSON, name="汪芳")
    field_.run()
    (case,) = field_.open_cases("contest")
    field_.decide(case.id, "choose", rev=chosen)
    assert field_.data(PERSON)["name"] == "王芬"
    assert field_.registry(PERSON, "name") == {"value": "王芬"}
    assert field_.outcomes(PERSON) == {(chosen, "name"): "admitted", (other, "name"): "overruled"}
    assert field_.open_cases("contest") == []
    assert field_.books()["adds_up"]


def test_a_value_that_had_not_seen_the_decision_opens_the_contest_again(field_: Field) -> None:
    """A third tablet's name, written before the decision reached it, is contested against the decided one."""
    first, second, third = (field_.tablet(n) for n in ("li.na", "zhang.wei", "chen.jing"))
    chosen = first.edit(PERSON, name="王芬")
    second.edit(PERSON, name="汪芳")
    field_.run()
    (case,) = field_.open_cases("contest")
    field_.decide(case.id, "choose", rev=chosen)
    field_.later()
    third.edit(PERSON, name="黄芳")
    field_.run()
    (again,) = field_.open_cases("contest")
    assert {c.get("value") for c in again.candidates} >= {"黄芳"}
    assert field_.books()["adds_up"]


def test_a_group_is_chosen_whole(field_: Field) -> None:
    """Type and number of a document never combine into a pair that nobody entered."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(PERSON, id_number="999999198002030037")
    second.edit(PERSON, id_type="414", id_number="E00000001")
    field_.run()
    assert field_.data(PERSON)["id_number"] == "999999198002030029"
    (case,) = field_.open_cases("contest")
    assert case.item == "identity"
    numbers = {(c["value"]["id_type"], c["value"]["id_number"]) for c in case.candidates}
    assert numbers == {("990", "999999198002030037"), ("414", "E00000001")}


def test_an_edit_on_a_version_merged_meanwhile_keeps_both(field_: Field) -> None:
    """A tablet goes on editing on its own leaf, which the server has tombstoned; nothing of either is lost."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(PERSON, phone="12800000001")
    second.edit(PERSON, education="20")
    first.edit(PERSON, employer="Jinli Tea")
    assert len(field_.live(PERSON)) == 1
    held = field_.data(PERSON)
    assert (held["phone"], held["education"], held["employer"]) == ("12800000001", "20", "Jinli Tea")


def test_union_items_keep_additions_less_removals(field_: Field) -> None:
    """Languages added by two tablets are all there, the one that was removed is gone."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(HOUSEHOLD, languages="zh en")
    second.edit(HOUSEHOLD, languages="bo")
    assert set(field_.data(HOUSEHOLD)["languages"].split()) == {"en", "bo"}


def test_ordinary_values_are_admitted_with_their_submission(field_: Field) -> None:
    """Before its submission a change waits; with it, it is in the registry with who, when and which edit."""
    tablet = field_.tablet("li.na")
    rev = tablet.edit(PERSON, phone="12800000001")
    field_.run()
    assert field_.registry(PERSON, "phone") == {"value": "12812345678"}
    assert field_.books()["outcomes"] == {"not_submitted": 1}
    field_.submit(tablet)
    field_.run()
    record = field_.pipeline.registry.get(PERSON)
    assert record is not None
    phone = record.items["phone"]
    assert (phone.value, phone.by, phone.edit, phone.admitted_by) == ({"value": "12800000001"}, "li.na", rev, "auto")
    assert phone.before[0]["value"] == {"value": "12812345678"}
    assert field_.books()["outcomes"] == {"admitted": 1, "recorded": 1}
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "admitted"


def test_a_key_change_waits_for_its_reviewer(field_: Field) -> None:
    """A changed birth date opens one case for the household; the registry keeps its value until somebody decides."""
    tablet = field_.tablet("li.na")
    rev = tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    assert [(i["item"], i["proposed"]) for i in case.items] == [("birth_date", {"value": "1981-02-03"})]
    assert field_.registry(PERSON, "birth_date") == {"value": "1980-02-03"}
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "waiting"
    field_.decide(case.id, "admit")
    assert field_.registry(PERSON, "birth_date") == {"value": "1981-02-03"}
    assert field_.outcomes(PERSON)[rev, "birth_date"] == "admitted"
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "admitted"
    assert field_.books()["adds_up"]


def test_a_return_is_mended_and_submitted_again(field_: Field) -> None:
    """The returned value keeps its outcome; the mended one is admitted."""
    tablet = field_.tablet("li.na")
    wrong = tablet.edit(PERSON, birth_date="1918-02-03")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    field_.decide(case.id, "return", reason="Please look at the identity card again")
    state = field_.data(f"state:{HOUSEHOLD}")
    assert state["status"] == "returned"
    assert state["returned"][0]["reason"] == "Please look at the identity card again"
    field_.later()
    tablet.pull(PERSON)
    right = tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet, name="again")
    field_.run()
    (case,) = field_.open_cases("admission")
    field_.decide(case.id, "admit")
    outcomes = field_.outcomes(PERSON)
    assert (outcomes[wrong, "birth_date"], outcomes[right, "birth_date"]) == ("returned", "admitted")
    assert field_.books()["adds_up"]


def test_a_refused_value_goes_back_down_as_the_registry_has_it(field_: Field) -> None:
    """After a refusal the cell holds the registry's value again, by a server revision."""
    tablet = field_.tablet("li.na")
    rev = tablet.edit(PERSON, birth_date="1918-02-03")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    field_.decide(case.id, "refuse", reason="The register of births says otherwise")
    assert field_.data(PERSON)["birth_date"] == "1980-02-03"
    assert field_.outcomes(PERSON)[rev, "birth_date"] == "refused"
    field_.run()
    assert field_.open_cases("admission") == []
    assert field_.books()["adds_up"]


def test_the_same_value_from_two_tablets_is_admitted_once(field_: Field) -> None:
    """One change is admitted, the other agrees with it."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.edit(PERSON, phone="12800000001")
    field_.later(1)
    second.edit(PERSON, phone="12800000001")
    field_.submit(first)
    field_.run()
    assert sorted(field_.outcomes(PERSON).values()) == ["admitted", "agreed"]


def test_a_later_change_of_the_same_tablet_supersedes(field_: Field) -> None:
    """Two phone numbers in a row from one tablet: the first is superseded, the second admitted."""
    tablet = field_.tablet("li.na")
    first = tablet.edit(PERSON, phone="12800000001")
    second = tablet.edit(PERSON, phone="12800000002")
    field_.submit(tablet)
    field_.run()
    assert field_.outcomes(PERSON) == {(first, "phone"): "superseded", (second, "phone"): "admitted"}


def test_errors_hold_a_submission_back(field_: Field) -> None:
    """A phone number that breaks the form's rule holds the household until it is mended."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, phone="12")
    field_.submit(tablet)
    field_.run()
    state = field_.data(f"state:{HOUSEHOLD}")
    assert state["status"] == "held"
    assert state["findings"][0]["item"] == "phone"
    assert field_.registry(PERSON, "phone") == {"value": "12812345678"}
    assert set(field_.outcomes(PERSON).values()) == {"waiting"}
    assert field_.books()["adds_up"]


def test_what_is_insisted_on_goes_to_a_person(field_: Field) -> None:
    """With a reason the error no longer holds the household back; a case asks a person."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, phone="12")
    field_.submit(tablet, insist={"constraint": "A short number of the works exchange"})
    field_.run()
    (case,) = field_.open_cases("admission")
    assert case.insisted == {"constraint": "A short number of the works exchange"}
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "waiting"


def test_nothing_changed_is_a_submission_that_confirms(field_: Field) -> None:
    """A visit where nothing changed leaves no change but its records, and dates the registry's values."""
    tablet = field_.tablet("li.na")
    field_.submit(tablet)
    field_.run()
    record = field_.pipeline.registry.get(PERSON)
    assert record is not None
    assert record.confirmed is not None
    assert record.confirmed["by"] == "li.na"
    assert field_.books()["outcomes"] == {"recorded": 1}


def test_a_visit_tells_the_state_of_a_dwelling_nobody_lives_in(field_: Field) -> None:
    """A vacant dwelling is closed without interview."""
    tablet = field_.tablet("li.na")
    empty = f"dwelling:{uid('empty')}"
    tablet.write(empty, {"kind": "dwelling", "data": {"room": "302", "occupancy": "vacant"}})
    visit = {"dwelling": empty, "round": "2026", "result": "vacant"}
    tablet.write(f"visit:{uid('v')}", {"kind": "visit", "data": visit})
    field_.run()
    assert field_.data(f"state:{empty}")["status"] == "closed_vacant"


def test_a_deletion_is_undone_in_the_push_and_opens_a_case(field_: Field) -> None:
    """A tablet's tombstone on a person: the person is live again in the same push."""
    tablet = field_.tablet("li.na")
    rev = tablet.write(PERSON, {}, deleted=True)
    assert field_.data(PERSON)["name"] == "王芳"
    field_.run()
    (case,) = field_.open_cases("deletion")
    field_.decide(case.id, "refuse", reason="Persons are not deleted")
    assert field_.outcomes(PERSON) == {(rev, "_deleted"): "refused"}
    assert field_.books()["adds_up"]


def test_what_was_deleted_before_it_was_ever_sent_does_not_come_back_empty(field_: Field) -> None:
    """Of a person added by mistake and deleted offline nothing is known: no person without a name, and no case."""
    tablet, mistake = field_.tablet("li.na"), f"person:{uid('mistake')}"
    tablet.heads[mistake] = ("1-" + "ab" * 16,)
    tablet.write(mistake, {}, deleted=True)
    field_.run()
    assert field_.live(mistake) == []
    assert field_.open_cases("deletion") == []
    assert field_.books()["adds_up"]
    tablet.write(mistake, {"kind": "person", "data": {"name": "韩梅"}})
    assert field_.data(mistake)["name"] == "韩梅"
    tablet.write(mistake, {}, deleted=True)
    assert field_.data(mistake)["name"] == "韩梅"
    assert len(field_.open_cases("deletion")) == 1
    field_.run()
    assert field_.books()["adds_up"]


def test_an_edit_is_kept_against_a_deletion(field_: Field) -> None:
    """One tablet deletes a stay, another ends it: the edit stands."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    first.write(STAY, {}, deleted=True)
    second.edit(STAY, until="2026-11-20")
    assert len(field_.live(STAY)) == 1
    assert field_.data(STAY)["until"] == "2026-11-20"
    field_.run()
    assert field_.books()["adds_up"]


def test_server_owned_items_are_put_right(field_: Field) -> None:
    """What only the server writes is taken back out of a good document, and the rest of it stays."""
    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, registry_status="admitted", phone="12800000001")
    assert "registry_status" not in field_.data(PERSON)
    assert field_.data(PERSON)["phone"] == "12800000001"


def test_the_submitter_never_decides(field_: Field) -> None:
    """A reviewer who collected the value himself is refused; the case stays open."""
    import pytest

    from fieldsync.errors import Forbidden

    tablet = field_.tablet("wu.min")
    tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    with pytest.raises(Forbidden):
        field_.decide(case.id, "admit")
    assert field_.pipeline.cases.get(case.id)[0].is_open


def test_a_change_after_the_look_is_a_conflict(field_: Field) -> None:
    """A decision about a value that has changed meanwhile is refused with 409, and asks to look again."""
    import pytest

    from fieldsync.errors import Conflict

    tablet = field_.tablet("li.na")
    tablet.edit(PERSON, birth_date="1981-02-03")
    field_.submit(tablet)
    field_.run()
    (case,) = field_.open_cases("admission")
    field_.later()
    tablet.edit(PERSON, birth_date="1982-02-03")
    with pytest.raises(Conflict):
        field_.decide(case.id, "admit")


def test_two_members_added_to_one_household_are_both_there(field_: Field) -> None:
    """Members are documents of their own: two additions never conflict, and both enter the registry."""
    first, second = field_.tablet("li.na"), field_.tablet("zhang.wei")
    for tablet, name in ((first, "王小明"), (second, "王小红")):
        tablet.write(f"person:{uid(name)}", {"kind": "person", "data": {"name": name, "sex": "1"}})
        stay = {"person": f"person:{uid(name)}", "household": HOUSEHOLD, "kind": "usual", "relation": "20"}
        tablet.write(f"stay:{uid(name + ' stay')}", {"kind": "stay", "data": stay})
    covers = {i: field_.live(i)[0] for i in (HOUSEHOLD, DWELLING)}
    for name in ("王小明", "王小红"):
        for doc_id in (f"person:{uid(name)}", f"stay:{uid(name + ' stay')}"):
            covers[doc_id] = field_.live(doc_id)[0]
    data = {"household": HOUSEHOLD, "round": "2026", "result": "complete", "covers": covers, "insist": {}}
    first.write(f"submission:{uid('s')}", {"kind": "submission", "data": data})
    field_.run()
    state = field_.data(f"state:{HOUSEHOLD}")
    assert state["status"] in ("held", "admitted", "waiting")
    assert field_.books()["adds_up"]
