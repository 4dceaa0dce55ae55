"""Who may replicate what, as stock PouchDB meets it: revoked tablets, foreign cells, expired tokens, handovers."""

from __future__ import annotations

import pytest

from tests.e2e.field.town import named
from tests.e2e.field.writing import document, edit
from tests.e2e.tablets import TabletError

ABSENT = "510107999999999"
TWO_HOURS = "7200"


def test_a_revoked_tablet_gets_nothing_any_more(site, a) -> None:
    """After the tablet was reported lost both directions answer 401, and it is told to wipe itself."""
    a("sync")
    edit(a, site.home.mother, occupation="cook")
    site.admin.post(f"devices/{site.credentials['li.na']['tablet']}/revoke", reason="lost")
    for do in ("pull", "push", "sync"):
        with pytest.raises(TabletError, match="destroy what it holds") as refused:
            a(do)
        assert refused.value.status == 401
    with site.as_collector("li.na") as http:
        answer = http.get("/api/v1/me")
    assert (answer.status_code, answer.json()["wipe"]) == (401, True)


def test_a_live_tablet_that_is_revoked_stops(site, a, b) -> None:
    """Cut off in the middle of a live sync, the tablet learns nothing of what comes after."""
    a("live", options={"heartbeat": 500})
    a.until(items={site.home.mother: {"name": "王芳"}})
    site.admin.post(f"devices/{site.credentials['li.na']['tablet']}/revoke", reason="stolen")
    b("pull")
    edit(b, site.home.mother, name="秘密")
    b("push")
    a("await-event", name="error")
    assert a("get", id=site.home.mother)["data"]["name"] == "王芳"


def test_a_foreign_cell_and_one_that_does_not_exist_answer_alike(site, a) -> None:
    """Both are 403 with the same words, and PouchDB tries to create neither."""
    foreign = f"{site.cell[:12]}{int(site.cell[12:]) + 1:03}"
    with site.as_collector("li.na") as http:
        answers = [http.get(f"/db/{cell}/_changes") for cell in (foreign, ABSENT)]
        created = [http.put(f"/db/{cell}") for cell in (foreign, ABSENT)]
    assert {answer.status_code for answer in (*answers, *created)} == {403}
    assert len({answer.content for answer in (*answers, *created)}) == 1
    for cell in (foreign, ABSENT):
        stranger = site.stranger("li.na", cell)
        stranger("put", doc=document(named("person", cell, "x"), name="x"))
        for do in ("pull", "push", "sync"):
            with pytest.raises(TabletError, match="not assigned") as refused:
                stranger(do)
            assert refused.value.status == 403
        assert list(stranger("leaves")) == [named("person", cell, "x")]


def test_a_token_that_expires_during_a_live_sync_is_renewed(timed) -> None:
    """Edits go on in both directions after the access tokens have run out, with one renewal for each tablet."""
    a, b = timed.tablet("li.na"), timed.tablet("zhang.wei", "helper")
    mother = timed.home.mother
    for tablet in (a, b):
        tablet("live", options={"heartbeat": 500})
        tablet.until(items={mother: {"name": "王芳"}})
    (timed.folder / "ahead").write_text(TWO_HOURS)
    with timed.as_collector("li.na") as http:
        assert http.get(f"/db/{timed.cell}").status_code == 401
    edit(a, mother, occupation="cook")
    b.until(items={mother: {"occupation": "cook"}})
    edit(b, mother, employer="school")
    a.until(items={mother: {"employer": "school"}})
    assert [tablet("renewals") for tablet in (a, b)] == [1, 1]
    for tablet in (a, b):
        tablet("stop")


def test_the_old_holder_hands_in_everything_after_a_handover(site, a) -> None:
    """His 300 unsent edits arrive in batches and reach the new holder, of whose work he sees nothing.

    The notice about the one that may not enter the cell, which he cannot pull, is in `/me`.
    """
    a("sync")
    people = [named("person", site.cell, str(number)) for number in range(298)]
    a("bulk", docs=[document(person, minutes_ago=5, name="新来的") for person in people])
    edit(a, site.home.mother, minutes_ago=5, occupation="cook")
    a("put", doc={**a("get", id=site.home.son), "data": "spoiled"})
    successor = site.tablet("wu.min")
    successor("sync")
    secret = named("person", site.cell, "secret")
    successor("put", doc=document(secret, name="秘密"))
    edit(successor, site.home.mother, employer="school")
    successor("sync")
    done = a("sync", options={"batch_size": 50})
    assert (done["push"]["docs_written"], done["push"]["doc_write_failures"]) == (300, 0)
    assert done["pull"]["docs_written"] == 0
    assert a("sync")["pull"]["docs_written"] == 0
    with site.as_collector("li.na") as http:
        me = http.get("/api/v1/me").json()
        assert [cell["state"] for cell in me["cells"] if cell["code"] == site.cell] == ["draining"]
        assert [notice["document"] for notice in me["notices"]] == [site.home.son]
        assert http.get(f"/db/{site.cell}/{secret}").status_code == 403
    site.settle(successor)
    successor.until(items={person: {"name": "新来的"} for person in people})
    successor.until(items={site.home.mother: {"occupation": "cook", "employer": "school"}})
    assert secret not in a("leaves")
    assert "employer" not in a("get", id=site.home.mother)["data"]
