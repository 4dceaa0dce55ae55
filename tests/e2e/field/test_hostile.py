"""A cell under hostile requests of a tablet that is enrolled: what can be read is kept, the rest is refused whole."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.e2e import hostile
from tests.e2e.field.conftest import Site
from tests.e2e.hostile import GOOD, ODD, batch

JSON = {"content-type": "application/json"}
GOOD_ID = json.loads(GOOD)["_id"]


@pytest.fixture
def bearer(site: Site) -> dict[str, str]:
    """Return what the holder's tablet shows with every request."""
    site.tablet("li.na")
    return {"authorization": f"Bearer {site.credentials['li.na']['access']}"}


@pytest.fixture
def cell(site: Site, bearer: dict[str, str]) -> str:
    """Return the address of the cell."""
    return f"{site.server.url}/{site.cell}"


def test_what_cannot_be_read_is_refused_whole(site: Site, cell: str, bearer: dict[str, str]) -> None:
    """With a reason; nothing of it is stored, and the server holds no more memory than before."""
    before = httpx.get(cell, headers=bearer).json()["update_seq"]
    # Of each round's bomb half is unpacked before it is too much: three of them kept would be one and a half.
    assert hostile.leaked_bytes(site.server.pid, cell, bearer) < 0.75 * hostile.BOMB_BYTES
    for chunked in (True, False):
        hostile.cut_off(cell, bearer, chunked=chunked)
    assert httpx.get(cell, headers=bearer).json()["update_seq"] == before


def test_what_can_be_read_is_kept(site: Site, cell: str, bearer: dict[str, str]) -> None:
    """Each odd document is taken over for good, with a case, and enters no cell; the good one beside it does."""
    spoilt = [*hostile.judged(), *ODD.items()]
    for what, document in spoilt:
        answer = httpx.post(f"{cell}/_bulk_docs", content=batch(document, GOOD), headers=bearer | JSON)
        assert (answer.status_code, answer.json()) == (201, []), what
    site.admin.await_steps(site.cell)
    asked = {"docs": [{"id": GOOD_ID}, {"id": "twice"}, {"id": "zeros"}, {"id": "../../etc/passwd"}]}
    found = httpx.post(f"{cell}/_bulk_get", json=asked, headers=bearer).json()["results"]
    assert [("ok" in result["docs"][0], "error" in result["docs"][0]) for result in found] == [
        (True, False), (False, True), (False, True), (False, True),
    ]  # fmt: skip
    assert len(site.admin.open_cases(site.cell, "quarantine")) == len(spoilt)
