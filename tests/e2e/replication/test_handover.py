"""What a tablet sees of a cell that it drains, that it has lost, and that was never its own."""

from __future__ import annotations

import pytest

from tests.e2e.replication.conftest import Server


@pytest.fixture(scope="module")
def server(server_on_each_store: Server) -> Server:
    """Hold what follows on every kind of store."""
    return server_on_each_store


def edits(count: int, value: str) -> list[dict]:
    """Return documents that one tablet wrote."""
    return [{"_id": f"{value}:{n:04}", "v": value} for n in range(count)]


def test_a_draining_tablet_sends_everything_and_sees_nothing(server, cell, a, b) -> None:
    """All 600 edits of the old holder arrive by `sync`, while nothing of the new holder's reaches it."""
    a("bulk", docs=edits(5, "early"))
    a("sync")
    a("bulk", docs=edits(600, "mine"))
    server.grant("a", "draining", cell)
    b("bulk", docs=edits(50, "secret"))
    b("sync")
    result = a("sync", options={"batch_size": 100})
    assert result["push"]["docs_written"] == 600
    assert result["pull"]["docs_written"] == 0
    assert a("info")["doc_count"] == 605
    assert b("sync")["pull"]["docs_written"] == 600


def test_a_live_tablet_that_begins_to_drain_gets_nothing_more(server, cell, a, b) -> None:
    """A feed that is open at the handover shows no row of what comes after it, and pushing goes on."""
    a("live", options={"heartbeat": 500, "timeout": 2000})
    b("live")
    b("put", doc={"_id": "shared", "v": 1})
    a.until(ids={"shared": 1})
    server.grant("a", "draining", cell)
    b("put", doc={"_id": "secret", "v": 1})
    a("bulk", docs=edits(200, "left"))
    b.until(count=202)
    assert sorted(set(a("leaves")) - {f"left:{n:04}" for n in range(200)}) == ["shared"]
    server.grant("a", "held", cell)
    a.until(ids={"secret": 1})
    assert a("stop")
    assert b("stop")


def test_a_cell_that_comes_back_goes_on_where_it_stopped(server, cell, a, b) -> None:
    """What came while a tablet drained is fetched once it has the cell again: no checkpoint has passed it."""
    a("bulk", docs=edits(20, "early"))
    a("sync")
    server.grant("a", "draining", cell)
    b("bulk", docs=edits(30, "meanwhile"))
    b("sync")
    a("bulk", docs=edits(10, "late"))
    assert a("sync")["pull"]["docs_written"] == 0
    server.grant("a", "held", cell)
    assert a("sync")["pull"]["docs_written"] == 30
    assert b("sync")["pull"]["docs_written"] == 10
    assert sorted(a("leaves")) == sorted(b("leaves"))


def test_a_foreign_cell_is_forbidden_and_not_created(server, tablets, cell) -> None:
    """A cell that is not the tablet's answers 403 to everything, and PouchDB does not try to create it."""
    foreign = server.tablet(tablets, "a", "510107999999999")
    foreign("put", doc={"_id": "x", "v": 1})
    for do in ("pull", "push", "remote-info"):
        with pytest.raises(Exception, match="not assigned") as refused:
            foreign(do)
        assert refused.value.status == 403


def test_an_unknown_token_is_unauthorized(server, tablets, cell) -> None:
    """Without valid credentials nothing is answered."""
    stranger = server.tablet(tablets, "nobody", cell)
    with pytest.raises(Exception, match="valid token") as refused:
        stranger("pull")
    assert refused.value.status == 401
