"""Photos that stock PouchDB attaches: they reach the server and the other tablets byte for byte, and none is lost."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from fieldsync.attachments import digest_of, stubs_of
from fieldsync.keys import key_file, load_keys
from fieldsync.ledger import Ledger
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from fieldsync.vault import Vault
from tests.e2e.field.conftest import Site
from tests.e2e.field.office import store_url
from tests.e2e.field.town import named
from tests.e2e.field.writing import assert_same, close, document, edit, edited
from tests.e2e.tablets import Tablet

DOOR, GATE = bytes(range(256)) * 400, "门口".encode() * 1000


def photo(content: bytes) -> dict[str, str]:
    """Return a photo as a tablet attaches it."""
    return {"content_type": "image/jpeg", "data": b64encode(content).decode()}


def attach(tablet: Tablet, doc_id: str, **photos: bytes) -> str:
    """Open a document, attach photos beside those it has and close it; returns the new revision."""
    opened = tablet("get", id=doc_id)
    held = opened.get("_attachments", {}) | {f"{name}.jpg": photo(content) for name, content in photos.items()}
    return close(tablet, {**edited(opened), "_attachments": held})


def detach(tablet: Tablet, doc_id: str) -> str:
    """Open a document, remove its photos and close it; returns the new revision."""
    return close(tablet, {**edited(tablet("get", id=doc_id)), "_attachments": {}})


def seen(tablet: Tablet, doc_id: str, do: str = "get") -> dict[str, str]:
    """Return the digest of each photo of a document, from its bytes."""
    held: dict[str, Any] = tablet(do, id=doc_id, options={"attachments": True}).get("_attachments", {})
    return {name: digest_of(b64decode(one["data"])) for name, one in held.items()}


def assert_all_see(doc_id: str, photos: dict[str, bytes], *tablets: Tablet) -> None:
    """Make sure that the server and the tablets have exactly these photos of a document."""
    expected = {name: digest_of(content) for name, content in photos.items()}
    assert seen(tablets[0], doc_id, "remote-get") == expected
    for tablet in tablets:
        assert seen(tablet, doc_id) == expected


def together(site: Site, *tablets: Tablet) -> None:
    """Sync all tablets until they have what the others wrote, and make sure that nothing was kept out."""
    for tablet in tablets:
        tablet("sync")
    site.settle(*tablets)
    assert_same(*tablets)
    assert site.admin.open_cases(site.cell, "quarantine") == []


def test_photos_taken_offline_reach_everybody(site, a, b) -> None:
    """Of a person that was there and of a visit that is new."""
    together(site, a, b)
    visit = named("visit", site.cell)
    attach(a, site.home.mother, door=DOOR)
    a("put", doc={**document(visit, dwelling=site.home.dwelling), "_attachments": {"gate.jpg": photo(GATE)}})
    together(site, a, b)
    assert_all_see(site.home.mother, {"door.jpg": DOOR}, a, b)
    assert_all_see(visit, {"gate.jpg": GATE}, a, b)


def test_different_photos_under_one_name_are_both_kept(site, a, b) -> None:
    """Taken by two tablets at once, with different answers beside them."""
    together(site, a, b)
    attach(a, site.home.son, door=DOOR)
    edit(a, site.home.son, occupation="cook")
    attach(b, site.home.son, door=GATE)
    edit(b, site.home.son, phone="12811111111")
    together(site, a, b)
    assert sorted(seen(a, site.home.son).values()) == sorted([digest_of(DOOR), digest_of(GATE)])
    assert seen(a, site.home.son) == seen(b, site.home.son) == seen(a, site.home.son, "remote-get")
    assert "door.jpg" in seen(a, site.home.son)
    data = a("get", id=site.home.son)["data"]
    assert (data["occupation"], data["phone"]) == ("cook", "12811111111")


def test_a_photo_is_removed_while_another_edits(site, a, b) -> None:
    """Both are: the photo is gone, the answer is there."""
    attach_first(site, a, b)
    detach(a, site.home.mother)
    edit(b, site.home.mother, occupation="cook")
    together(site, a, b)
    assert_all_see(site.home.mother, {}, a, b)
    assert a("get", id=site.home.mother)["data"]["occupation"] == "cook"


def attach_first(site: Site, a: Tablet, b: Tablet) -> None:
    """Begin with a photo of the mother that both tablets have."""
    a("sync")
    attach(a, site.home.mother, door=DOOR)
    together(site, a, b)


def test_an_edit_of_answers_keeps_the_photo(site, a, b) -> None:
    """Alone, and where two tablets edit at once."""
    attach_first(site, a, b)
    edit(b, site.home.mother, occupation="cook")
    together(site, a, b)
    assert_all_see(site.home.mother, {"door.jpg": DOOR}, a, b)
    edit(a, site.home.mother, phone="12822222222")
    edit(b, site.home.mother, occupation="driver")
    together(site, a, b)
    assert_all_see(site.home.mother, {"door.jpg": DOOR}, a, b)


def test_a_photo_is_replaced_and_another_added_at_once(site, a, b) -> None:
    """Both are."""
    attach_first(site, a, b)
    attach(a, site.home.mother, door=GATE)
    attach(b, site.home.mother, view=b"view")
    together(site, a, b)
    assert_all_see(site.home.mother, {"door.jpg": GATE, "view.jpg": b"view"}, a, b)


def test_the_ledger_names_photos_and_the_store_keeps_them_once(site, a, b) -> None:
    """Entries hold stubs; equal photos of different people are one content."""
    a("sync")
    content = b"equal " * 500
    attach(a, site.home.mother, door=content)
    attach(a, site.home.son, door=content)
    together(site, a, b)
    store = open_store(store_url(site.folder))
    vault = Vault(store, load_keys(key_file(Settings(store=store_url(site.folder)))).data_keys)
    try:
        entries = [
            entry
            for doc_id in (site.home.mother, site.home.son)
            for entry in Ledger(store, vault).document(site.cell, doc_id).entries.values()
            if entry.is_edit
        ]
        assert [stubs_of(entry.body)["door.jpg"].digest for entry in entries] == [digest_of(content)] * 2
        assert not any("data" in entry.body["_attachments"]["door.jpg"] for entry in entries)
        assert list(store.blobs().digests()).count(digest_of(content)) == 1
    finally:
        store.close()


def test_an_attachment_that_cannot_be_read_is_kept_outside(site, a) -> None:
    """PouchDB sends none; from another client it is a case for the office, and what it came with is accepted."""
    visit, good = named("visit", site.cell), named("visit", site.cell, "good")
    sent = {**document(visit, dwelling=site.home.dwelling), "_rev": f"1-{'a' * 32}"}
    docs = [
        {**sent, "_attachments": {"door.jpg": {"content_type": "image/jpeg", "data": "no base64"}}},
        {**sent, "_id": good},
    ]
    with site.as_collector("li.na") as client:
        answer = client.post(f"/db/{site.cell}/_bulk_docs", json={"docs": docs, "new_edits": False})
    assert (answer.status_code, answer.json()) == (201, [])
    site.settle(a)
    assert [case["reason"] for case in site.admin.open_cases(site.cell, "quarantine")] == ["attachments"]
    assert a("get", id=good)["data"]["dwelling"] == site.home.dwelling
