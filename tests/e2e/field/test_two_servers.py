"""Two servers over one store, each of which dies in the middle of what both are doing."""

from __future__ import annotations

from dataclasses import replace

from tests.e2e.field.conftest import served
from tests.e2e.field.office import audit
from tests.e2e.field.test_crash import stored
from tests.e2e.field.town import named
from tests.e2e.field.writing import assert_same, document
from tests.e2e.processes import wait_for

COUNT = 40


def test_two_servers_that_die_in_turn_agree(mortal) -> None:
    """Two tablets write the same new persons, each to a server of its own; all of it meets, and the books balance."""
    second = served(mortal.folder)
    second.start()
    a, b = mortal.tablet("li.na"), replace(mortal, server=second).tablet("zhang.wei", "helper")
    try:
        for number, server in enumerate((mortal.server, second)):
            people = [named("person", mortal.cell, f"{number} {one}") for one in range(COUNT)]
            before = stored(mortal)
            for tablet in (a, b):
                tablet("sync")
                tablet("live", options={"batch_size": 10})
            a(
                "bulk",
                docs=[document(person, name=f"第{one}人", phone="12800000001") for one, person in enumerate(people)],
            )
            b("bulk", docs=[document(person, name=f"第{one}人", employer="茶馆") for one, person in enumerate(people)])
            wait_for(lambda before=before: stored(mortal) > before + 10, pause_s=0.005)
            server.kill()
            server.start()
            both = {person: {"phone": "12800000001", "employer": "茶馆"} for person in people}
            for tablet in (a, b):
                tablet.until(items=both)
                tablet("stop")
        mortal.settle(a, b)
        assert_same(a, b)
        books = audit(mortal.folder)
        assert (books["unaccounted"], books["adds_up"], books["faults"]) == (0, True, [])
        assert books["edits"] == 4 * COUNT
    finally:
        second.kill()
