"""Answers to a sealed form, sent by stock PouchDB: under seal, fetched by nobody, and a stub for all in the cell."""

from __future__ import annotations

from typing import Any

from tests.e2e.field.conftest import Site
from tests.e2e.field.town import named
from tests.e2e.field.writing import document
from tests.e2e.processes import wait_for
from tests.e2e.tablets import Tablet

TOLD = "told in confidence"


def answer_of(site: Site, *names: str) -> dict[str, Any]:
    """Return an answer of the mother's to the form about health, as the tablet's app writes it."""
    data = {"person": site.home.mother, "household": site.home.household, "agrees": "yes", "long_term": TOLD}
    return {**document(named("answer", site.cell, *names), **data), "form": "health", "version": "2026-11-01"}


def sealed_tablet(site: Site, collector: str) -> Tablet:
    """Return the database of a collector's tablet that answers to sealed forms wait in."""
    given = site.credentials[collector]
    tokens = {"token": given["access"], "refresh": given["refresh"], "session": f"{site.server.address}/api/v1/session"}
    return site.tablets.open(f"sealed {collector} {site.cell}", f"{site.server.url}/{site.cell}-sealed", **tokens)


def test_a_stock_client_sends_and_nobody_fetches(site: Site, a: Tablet) -> None:
    """A push ends as one to a cell does, a sync fetches nothing and cancels nothing, and every way to read is shut."""
    sealed, mine = sealed_tablet(site, "li.na"), answer_of(site, "one")
    sealed("put", doc=mine)
    assert sealed("push")["docs_written"] == 1
    sealed("put", doc=answer_of(site, "two"))
    sealed("sync")
    assert sealed("push")["docs_written"] == 0
    client, room = site.as_collector("li.na"), f"/db/{site.cell}-sealed"
    changes = client.get(f"{room}/_changes?include_docs=true&since=0")
    assert (changes.status_code, changes.json()["results"], changes.json()["last_seq"]) == (200, [], "0")
    reads = [f"{mine['_id']}?rev=1-x", f"{mine['_id']}?open_revs=all", "_all_docs?include_docs=true", mine["_id"]]
    assert {client.get(f"{room}/{path}").status_code for path in reads} == {403}
    assert client.post(f"{room}/_bulk_get", json={"docs": [{"id": mine["_id"]}]}).status_code == 403
    site.settle(a)
    stub = a("get", id=mine["_id"])
    assert (stub["data"]["consent"], stub["data"]["by"]) == ("given", "li.na")
    assert TOLD not in str(stub)


def test_a_live_sync_goes_on(site: Site, a: Tablet) -> None:
    """Replication that stays on sends what is answered later, though its other half never gets a row."""
    sealed = sealed_tablet(site, "li.na")
    sealed("live")
    sealed("put", doc=answer_of(site, "later"))
    with site.as_collector("li.na") as client:
        wait_for(lambda: client.get(f"/db/{site.cell}-sealed").json()["doc_count"] == 1)
    sealed("stop")


def test_an_answer_in_the_wrong_place_becomes_a_stub_everywhere(site: Site, a: Tablet) -> None:
    """A tablet that syncs it with the cell: no conflict there, and the next tablet gets the stub alone."""
    mine = answer_of(site, "astray")
    a("put", doc=mine)
    a("sync")
    site.settle(a)
    held = a("get", id=mine["_id"], options={"conflicts": True})
    assert held["data"]["consent"] == "given"
    assert "_conflicts" not in held
    b = site.tablet("zhang.wei", "helper")
    site.settle(b)
    assert b("get", id=mine["_id"]) == {name: value for name, value in held.items() if name != "_conflicts"}
    assert TOLD not in str(b("get", id=mine["_id"], options={"revs": True}))
    assert a("push")["docs_written"] == 0


def test_who_drains_still_sends(site: Site, a: Tablet) -> None:
    """After a handover what was answered before arrives, and a stranger's does not."""
    sealed = sealed_tablet(site, "li.na")
    sealed("put", doc=answer_of(site, "before"))
    site.tablet("zhang.wei")
    assert sealed("push")["docs_written"] == 1
    site.stranger("wu.min", site.cell)
    assert site.as_collector("wu.min").get(f"/db/{site.cell}-sealed").status_code == 403
