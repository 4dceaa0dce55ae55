"""The server dies without warning while tablets push; when it is back, everything is there, once."""

from __future__ import annotations

from fieldsync.documents import cell_database
from fieldsync.stores.factory import open_store
from tests.e2e.field.conftest import Site
from tests.e2e.field.office import audit, store_url
from tests.e2e.field.town import named
from tests.e2e.field.writing import assert_same, document, edit
from tests.e2e.processes import wait_for

COUNT = 400


def test_live_tablets_push_through_a_server_that_is_killed(mortal) -> None:
    """Several hundred documents survive a kill in the middle of their push, and the books balance afterwards."""
    a, b = mortal.tablet("li.na"), mortal.tablet("zhang.wei", "helper")
    people = [named("person", mortal.cell, str(number)) for number in range(COUNT)]
    for tablet in (a, b):
        tablet("sync")
    before = stored(mortal)
    for tablet in (a, b):
        tablet("live", options={"batch_size": 10})
    a("bulk", docs=[document(person, name=f"第{number}人") for number, person in enumerate(people)])
    with mortal.as_collector("li.na") as http:
        wait_for(lambda: http.get(f"/db/{mortal.cell}").json()["doc_count"] > before + 50, pause_s=0.005)
    mortal.server.kill()
    edit(a, mortal.home.mother, occupation="cook")
    edit(b, mortal.home.mother, employer="school")
    assert before + 50 < stored(mortal) < before + COUNT, "the server was not killed in the middle of the push"
    mortal.server.start()
    b.until(count=before + COUNT)
    for tablet in (a, b):
        tablet.until(items={mortal.home.mother: {"occupation": "cook", "employer": "school"}})
        tablet("stop")
    mortal.settle(a, b)
    assert_same(a, b)
    assert set(people) <= set(b("remote-leaves"))
    books = audit(mortal.folder)
    assert (books["unaccounted"], books["adds_up"], books["faults"]) == (0, True, [])
    assert books["edits"] == COUNT + 2
    assert "denied" not in a("events") + b("events")


def stored(site: Site) -> int:
    """Return how many documents of the cell are on disk, whatever the server says."""
    store = open_store(store_url(site.folder))
    count = store.database(cell_database(site.cell)).info().doc_count
    store.close()
    return count
