"""The server dies without warning while tablets push; when it is back, everything is there, once."""

from __future__ import annotations

from typing import Any

from tests.e2e.field.office import audit
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
    before = arrived(mortal)
    for tablet in (a, b):
        tablet("live", options={"batch_size": 10})
    a("bulk", docs=[document(person, name=f"第{number}人") for number, person in enumerate(people)])
    wait_for(lambda: arrived(mortal) > before + 50, pause_s=0.005)
    mortal.server.kill()
    edit(a, mortal.home.mother, occupation="cook")
    edit(b, mortal.home.mother, employer="school")
    mortal.server.start()
    assert arrived(mortal) < before + COUNT, "the server was killed after the push, not in it"
    b.until(items={person: {"name": f"第{number}人"} for number, person in enumerate(people)})
    for tablet in (a, b):
        tablet.until(items={mortal.home.mother: {"occupation": "cook", "employer": "school"}})
        tablet("stop")
    mortal.settle(a, b)
    assert_same(a, b)
    assert set(people) <= set(b("remote-leaves"))
    books: dict[str, Any] = audit(mortal.folder)
    assert (books["unaccounted"], books["adds_up"], books["faults"]) == (0, True, [])
    assert books["edits"] == COUNT + 2
    assert "denied" not in a("events") + b("events")


def arrived(site) -> int:
    """Return how many documents the server has in the cell."""
    with site.as_collector("li.na") as http:
        count: int = http.get(f"/db/{site.cell}").json()["doc_count"]
        return count
