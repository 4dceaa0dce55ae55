"""Documents that may not enter a cell, pushed by PouchDB: nothing else stops, nothing forks, the collector is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.field.conftest import Site
from tests.e2e.field.town import named
from tests.e2e.field.writing import assert_same, document, edit, edited
from tests.e2e.tablets import Tablet

HUGE = f"{10**18}-{'ab' * 16}"
"""A revision that PouchDB takes in, and that no revision tree can hold."""


def nested(levels: int) -> list[Any]:
    """Return lists within lists."""
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def rewritten_visit(site: Site, tablet: Tablet) -> str:
    """Change a visit that was sent before."""
    visit = named("visit", site.cell)
    tablet("put", doc=document(visit, dwelling=site.home.dwelling, round="2026-11", result="complete"))
    tablet("sync")
    edit(tablet, visit, result="refused")
    return visit


def spoiled(**changes: Any) -> Callable[[Site, Tablet], str]:
    """Return what spoils the son's document by putting these members in."""

    def spoil(site: Site, tablet: Tablet) -> str:
        opened = tablet("get", id=site.home.son)
        tablet("put", doc={**edited(opened, occupation="cook"), **changes})
        return site.home.son

    return spoil


def changed_cell(site: Site, tablet: Tablet) -> str:
    """Change the server's own description of the cell."""
    cell = f"cell:{site.cell}"
    opened = tablet("get", id=cell)
    tablet("put", doc={**opened, "data": {**opened["data"], "name": "mine"}})
    return cell


def invented_task(site: Site, tablet: Tablet) -> str:
    """Write a document of a kind that only the server writes."""
    task = named("task", site.cell)
    tablet("put", doc=document(task, round="2026-11"))
    return task


BAD = {
    "second_revision": rewritten_visit,
    "server_kind": changed_cell,
    "shape": spoiled(data=["not", "an", "object"]),
    "too_deep": spoiled(data={"name": nested(70)}),
    "half_character": spoiled(data={"name": "\ud800"}),
    "too_large": spoiled(data={"note": "x" * 1_100_000}),
}


def notices(tablet: Tablet) -> list[tuple[str, str]]:
    """Return which documents the notices on a tablet are about, and their reasons."""
    return [(doc["data"]["document"], doc["data"]["reason"]) for doc in tablet("list", prefix="notice:")]


@pytest.mark.parametrize("reason", BAD)
def test_what_may_not_enter_stops_nothing_and_leaves_no_fork(site, a, b, reason) -> None:
    """Edits before and after it arrive, both replicas come back to the server's winner, and the notice is pulled."""
    for tablet in (a, b):
        tablet("sync")
    mother, newcomer = site.home.mother, named("person", site.cell, "newcomer")
    known = {doc["_id"]: doc["data"] for doc in a("list", prefix="")}
    edit(a, mother, occupation="cook")
    bad = BAD[reason](site, a)
    refused = a("get", id=bad)["_rev"]
    a("put", doc=document(newcomer, name="新来的"))
    done = a("sync")
    assert done["push"]["ok"]
    assert done["push"]["doc_write_failures"] == 0
    site.settle(a, b)
    assert b("get", id=mother)["data"]["occupation"] == "cook"
    assert b("get", id=newcomer)["data"]["name"] == "新来的"
    restored = a("get", id=bad, options={"revs": True})
    assert refused.partition("-")[2] in restored["_revisions"]["ids"][1:]
    assert restored["data"] == known.get(bad, {**restored["data"], "result": "complete"})
    assert "_attachments" not in restored
    assert notices(a) == [(bad, reason)]
    assert [case["reason"] for case in site.reviewer.open_cases(site.cell, "quarantine")] == [reason]
    assert_same(a, b)


def test_a_document_of_the_servers_kind_that_a_tablet_invented_goes_away(site, a, b) -> None:
    """With nothing accepted to go back to, the document is deleted on the tablet that made it up."""
    a("sync")
    task = invented_task(site, a)
    a("sync")
    site.settle(a, b)
    assert a("leaves")[task]["deleted"]
    assert notices(a) == [(task, "server_kind")]
    assert_same(a, b)


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_good_edit_after_a_bad_one_arrives_and_closes_the_case(site, a, b, is_seen) -> None:
    """The next version of the same document enters, written on what closed the branch or on the bad version itself."""
    son = site.home.son
    for tablet in (a, b):
        tablet("sync")
    good = a("get", id=son)["data"]
    BAD["shape"](site, a)
    a("sync" if is_seen else "push")
    if is_seen:
        site.settle(a)
    a("put", doc={**a("get", id=son), "data": {**good, "employer": "school"}})
    a("sync")
    site.settle(a, b)
    for tablet in (a, b):
        assert tablet("get", id=son)["data"] == {**good, "employer": "school"}
    assert_same(a, b)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_bad_edit_beside_anothers_good_one_gives_way_to_it(site, a, b, is_first) -> None:
    """The good edit stands on both tablets, and the bad branch is closed, whichever came first."""
    son = site.home.son
    for tablet in (a, b):
        tablet("sync")
    edit(b, son, employer="school")
    BAD["shape"](site, a)
    for tablet in (a, b) if is_first else (b, a):
        tablet("push")
    site.settle(a, b)
    for tablet in (a, b):
        data = tablet("get", id=son)["data"]
        assert data["employer"] == "school"
        assert "occupation" not in data
    assert_same(a, b)


def impossible_revision(site: Site) -> dict[str, Any]:
    """Return a document on a revision that cannot be."""
    return {**document(site.home.son, name="x"), "_rev": HUGE}


def foreign_kind(site: Site) -> dict[str, Any]:
    """Return a document of a kind that is not known."""
    return {**document(named("spaceship", site.cell), name="x"), "_rev": f"1-{'ab' * 16}"}


@pytest.mark.parametrize("made", [impossible_revision, foreign_kind])
def test_what_cannot_stand_in_a_tree_stops_nothing_until_the_replica_is_rebuilt(site, a, b, made) -> None:
    """Other edits go on arriving, `/me` asks for a rebuild, and the rebuilt replica is the server's again."""
    for tablet in (a, b):
        tablet("sync")
    before = b("get", id=site.home.son)["data"]
    odd = made(site)
    a("put", doc=odd, options={"new_edits": False})
    edit(a, site.home.mother, occupation="cook")
    assert a("sync")["push"]["doc_write_failures"] == 0
    edit(a, site.home.mother, employer="school")
    assert a("sync")["push"]["doc_write_failures"] == 0
    site.settle(a, b)
    data = b("get", id=site.home.mother)["data"]
    assert (data["occupation"], data["employer"]) == ("cook", "school")
    assert [document for document, _ in notices(a)] == [odd["_id"]]
    with site.as_collector("li.na") as me:
        assert me.get("/api/v1/me").json()["rebuild"] == [site.cell]
        a("rebuild")
        site.settle(a)
        assert me.post("/api/v1/me/rebuilt", json={"cell": site.cell}).status_code == 204
        assert me.get("/api/v1/me").json()["rebuild"] == []
    assert a("get", id=site.home.son)["data"] == before
    edit(a, site.home.son, occupation="cook")
    a("sync")
    site.settle(a, b)
    assert b("get", id=site.home.son)["data"] == {**before, "occupation": "cook"}
    assert_same(a, b)


def test_a_design_document_stays_on_the_tablet_and_disturbs_nothing(site, a, b) -> None:
    """A view that the tablet's app keeps for itself is taken in silence; nobody else gets it."""
    a("put", doc={"_id": "_design/mine", "views": {}})
    edit_of = named("person", site.cell, "newcomer")
    a("put", doc=document(edit_of, name="新来的"))
    assert a("sync")["push"]["doc_write_failures"] == 0
    site.settle(a, b)
    assert b("get", id=edit_of)["data"]["name"] == "新来的"
    assert "_design/mine" not in b("leaves")
    assert notices(a) == []
    assert site.reviewer.open_cases(site.cell, "quarantine") == []
