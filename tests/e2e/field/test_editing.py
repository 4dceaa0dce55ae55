"""Two collectors in one cell: their edits meet on the server, and both tablets end with the same documents."""

from __future__ import annotations

import pytest

from tests.e2e.field.town import named
from tests.e2e.field.writing import assert_same, close, document, edit, edited
from tests.e2e.processes import wait_for

STORM = 25
"""How many times each of two live tablets edits the same person."""


def test_a_new_tablet_gets_the_cell_with_everything_known_of_it(site, a) -> None:
    """The first pull brings the cell itself and its preloaded building, dwelling, household, persons and stays."""
    a("pull")
    home = site.home
    assert a("get", id=f"cell:{site.cell}")["kind"] == "cell"
    assert a("get", id=home.mother)["data"]["name"] == "王芳"
    assert a("get", id=home.mothers_stay)["data"]["household"] == home.household
    assert a("get", id=home.dwelling)["data"]["building"] == home.building
    assert_same(a)


def test_offline_edits_of_two_tablets_become_one_person(site, a, b) -> None:
    """Different items are combined and of the same item the later value stands, alike on both replicas."""
    mother = site.home.mother
    for tablet in (a, b):
        tablet("sync")
    opened = a("get", id=mother)
    close(b, edited(opened, minutes_ago=2, occupation="cook", phone="12811111111"))
    close(a, edited(opened, minutes_ago=1, employer="school", phone="12822222222"))
    for tablet in (a, b):
        tablet("sync")
    site.settle(a, b)
    expected = {**opened["data"], "occupation": "cook", "employer": "school", "phone": "12822222222"}
    assert [tablet("get", id=mother)["data"] for tablet in (a, b)] == [expected, expected]
    assert_same(a, b)


def test_a_clock_that_is_a_year_ahead_does_not_win(site, b) -> None:
    """Of two values the one written later stands, whatever the tablets' clocks say."""
    year_min = 365 * 24 * 60
    early = site.tablet("li.na", clock_error_ms=year_min * 60_000)
    son = site.home.son
    for tablet in (early, b):
        tablet("sync")
    opened = b("get", id=son)
    close(early, edited(opened, minutes_ago=3 - year_min, phone="12811111111", occupation="cook"))
    close(b, edited(opened, minutes_ago=1, phone="12822222222"))
    for tablet in (b, early):
        tablet("sync")
    site.settle(early, b)
    for tablet in (early, b):
        assert tablet("get", id=son)["data"]["phone"] == "12822222222"
        assert tablet("get", id=son)["data"]["occupation"] == "cook"
    assert_same(early, b)


def test_live_tablets_may_edit_the_same_person_at_the_same_time(site, a, b) -> None:
    """Edits that race each other leave one winner with the last value of every item."""
    mother = site.home.mother
    for tablet in (a, b):
        tablet("sync")
        tablet("live", options={"batch_size": 1})
    for number in range(STORM):
        edit(a, mother, occupation=f"job {number}")
        edit(b, mother, employer=f"employer {number}")
    last = {"occupation": f"job {STORM - 1}", "employer": f"employer {STORM - 1}"}
    for tablet in (a, b):
        tablet.until(items={mother: last})
        tablet("stop")
    site.settle(a, b)
    for tablet in (a, b):
        data = tablet("get", id=mother)["data"]
        assert {item: data[item] for item in last} == last
    assert_same(a, b)


def test_an_edit_on_what_was_opened_before_a_pull_overwrites_nothing(site, a, b) -> None:
    """A form opened before a pull and closed after it is merged with what the pull brought."""
    mother = site.home.mother
    for tablet in (a, b):
        tablet("sync")
    opened = a("get", id=mother)
    edit(b, mother, occupation="cook")
    b("sync")
    a("sync")
    close(a, edited(opened, employer="school"))
    a("sync")
    site.settle(a, b)
    for tablet in (a, b):
        data = tablet("get", id=mother)["data"]
        assert (data["occupation"], data["employer"]) == ("cook", "school")
    assert_same(a, b)


@pytest.mark.parametrize("more", [1, 4])
def test_a_tablet_goes_on_with_a_leaf_that_the_server_closed_meanwhile(site, a, b, more) -> None:
    """Edits on a leaf that lost and was tombstoned keep all their items, whether they now win or lose."""
    son = site.home.son
    for tablet in (a, b):
        tablet("pull")
    edit(b, son, occupation="cook")
    edit(b, son, marital_status="10")
    edit(a, son, employer="school")
    b("push")
    a("push")
    lost = a("get", id=son)["_rev"]
    assert lost not in a("remote-leaves")[son]["leaves"]
    for number in range(more):
        edit(a, son, note=f"remark {number}", phone=f"1280000000{number}")
    a("push")
    site.settle(a, b)
    expected = {"occupation": "cook", "marital_status": "10", "employer": "school", "note": f"remark {more - 1}"}
    for tablet in (a, b):
        data = tablet("get", id=son)["data"]
        assert {item: data.get(item) for item in expected} == expected
        assert data["phone"] == f"1280000000{more - 1}"
    assert_same(a, b)


@pytest.mark.parametrize("limit", [10, 1000])
def test_a_day_of_offline_edits_comes_to_one_revision(site, limit) -> None:
    """Also where PouchDB has forgotten what it wrote them on: each tablet's last word of its own items is there."""
    mother = site.home.mother
    tablets = [site.tablet("li.na", revs_limit=limit), site.tablet("zhang.wei", "helper", revs_limit=limit)]
    for tablet in tablets:
        tablet("sync")
    for number in range(30):
        edit(tablets[0], mother, occupation=f"job {number}")
        edit(tablets[1], mother, employer=f"employer {number}")
    for tablet in tablets:
        tablet("sync")
    site.settle(*tablets)
    for tablet in tablets:
        data = tablet("get", id=mother)["data"]
        assert (data["occupation"], data["employer"]) == ("job 29", "employer 29")
    assert_same(*tablets)


def test_two_people_added_to_a_household_offline_are_both_there(site, a, b) -> None:
    """Members are documents of their own: two additions are no conflict."""
    home = site.home
    added = {}
    for tablet, name in ((a, "祖母"), (b, "租客")):
        tablet("sync")
        person, stay = named("person", site.cell, name), named("stay", site.cell, name)
        tablet("put", doc=document(person, name=name, sex="2", birth_date="1950-01-01"))
        tablet("put", doc=document(stay, person=person, household=home.household, kind="usual"))
        added[person] = {"name": name}
    for tablet in (a, b):
        tablet("sync")
    site.settle(a, b)
    for tablet in (a, b):
        tablet.until(items=added)
    assert_same(a, b)


def test_a_deleted_person_comes_back_on_both_tablets(site, a, b) -> None:
    """Nobody deletes a person: the tombstone is undone in the same push, and staff get a case."""
    son = site.home.son
    for tablet in (a, b):
        tablet("sync")
    before = a("get", id=son)["data"]
    a("remove", id=son)
    a("sync")
    site.settle(a, b)
    for tablet in (a, b):
        assert tablet("get", id=son)["data"] == before
    assert_same(a, b)
    assert [case["document"] for case in site.reviewer.open_cases(site.cell, "deletion")] == [son]


def test_a_person_added_by_mistake_and_removed_before_the_sync_is_nowhere(site, a, b) -> None:
    """What no server ever saw is not brought back as an empty person, and nobody is asked about it."""
    mistake = named("person", site.cell, "mistake")
    a("put", doc=document(mistake, name="误填"))
    a("remove", id=mistake)
    a("sync")
    site.settle(a, b)
    for tablet in (a, b):
        assert mistake not in [doc["_id"] for doc in tablet("list", prefix="person:")]
    assert site.reviewer.open_cases(site.cell, "deletion") == []
    assert_same(a, b)


def test_an_edit_beside_a_deletion_is_kept(site, a, b) -> None:
    """What one tablet changed of a person survives another's deletion of the person."""
    son = site.home.son
    for tablet in (a, b):
        tablet("sync")
    edit(b, son, occupation="cook")
    a("remove", id=son)
    for tablet in (a, b):
        tablet("sync")
    site.settle(a, b)
    for tablet in (a, b):
        assert tablet("get", id=son)["data"]["occupation"] == "cook"
    assert_same(a, b)


def test_a_contested_name_stays_as_it_was_until_it_is_decided(site, a, b) -> None:
    """Two values of a key item: both replicas show the old one, and after the decision both get the chosen one."""
    mother = site.home.mother
    for tablet in (a, b):
        tablet("sync")
    chosen = edit(a, mother, name="王芬")
    edit(b, mother, name="汪芳")
    for tablet in (a, b):
        tablet("sync")
    site.settle(a, b)
    assert [tablet("get", id=mother)["data"]["name"] for tablet in (a, b)] == ["王芳", "王芳"]
    wait_for(lambda: site.reviewer.open_cases(site.cell, "contest"))
    (case,) = site.reviewer.open_cases(site.cell, "contest")
    assert sorted(candidate["value"] for candidate in case["candidates"]) == sorted(["王芬", "汪芳"])
    site.reviewer.post(f"cases/{case['id']}/decision", action="choose", rev=chosen)
    site.settle(a, b)
    assert [tablet("get", id=mother)["data"]["name"] for tablet in (a, b)] == ["王芬", "王芬"]
    assert_same(a, b)
