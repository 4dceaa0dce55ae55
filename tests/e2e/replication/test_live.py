"""Live synchronisation: both ways at once, through restarts of the server, beside other processes."""

from __future__ import annotations

import json

from fieldsync.documents import cell_database
from fieldsync.stores.base import Graft
from fieldsync.stores.factory import open_store


def test_live_tablets_see_each_others_edits(server, a, b) -> None:
    """What one live tablet writes appears on the other, and the answer comes back."""
    a("live")
    b("live")
    a("put", doc={"_id": "x", "v": "from a"})
    b.until(ids={"x": "from a"})
    b("put", doc={**b("get", id="x"), "v": "answer of b"})
    a.until(ids={"x": "answer of b"})
    a("bulk", docs=[{"_id": f"many:{n}", "v": n} for n in range(300)])
    b.until(count=301)
    b("remove", id="x")
    a.until(gone="x")
    assert a("stop")
    assert b("stop")


def test_live_sync_survives_a_server_that_is_killed(mortal, pair) -> None:
    """Edits made while the server is down, or being killed, reach the other tablet once it is back."""
    a, b = pair
    a("live")
    b("live")
    a("put", doc={"_id": "before", "v": 1})
    b.until(ids={"before": 1})
    a("bulk", docs=[{"_id": f"during:{n}", "v": n} for n in range(500)])
    mortal.kill()
    a("put", doc={"_id": "while down", "v": 2})
    b("put", doc={"_id": "while down too", "v": 3})
    mortal.start()
    b.until(count=503)
    a.until(count=503)
    mortal.kill()
    mortal.start()
    b("put", doc={**b("get", id="before"), "v": "after"})
    a.until(ids={"before": "after"})
    assert a("leaves") == b("leaves")
    assert "denied" not in a("events") + b("events")


def test_another_process_writing_to_the_store_wakes_a_live_tablet(server, cell, a) -> None:
    """A write that this server made no hint of is noticed all the same."""
    a("live")
    a("put", doc={"_id": "x", "v": 1})
    a.until(ids={"x": 1})
    store = open_store(server.store_url)
    rev = "1-" + "a" * 32
    store.create(cell_database(cell)).graft([Graft("elsewhere", (rev,), json.dumps({"v": 2}).encode())])
    a.until(ids={"elsewhere": 2})
    store.close()
    assert a("stop")


def test_a_server_that_is_told_to_stop_does_not_wait_for_feeds(mortal, pair) -> None:
    """With live tablets connected the server ends at once, without an error, and they go on with the next one."""
    a, b = pair
    a("live")
    b("live")
    a("put", doc={"_id": "x", "v": 1})
    b.until(ids={"x": 1})
    assert mortal.stop() in {0, -15}
    mortal.start()
    b("put", doc={**b("get", id="x"), "v": 2})
    a.until(ids={"x": 2})
