"""A photo that a tablet adds, replaces or removes is a change, with an outcome."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from fieldsync.attachments import stubs_of
from fieldsync.revisions import revisions_of

from .conftest import CELL, DWELLING, Field, Tablet


def push(tablet: Tablet, photos: dict[str, bytes | None], **items: Any) -> str:
    """Push a child of the dwelling as the tablet sees it, with exactly these photos (None: as it was before)."""
    path = tablet.heads[DWELLING]
    digest = hashlib.md5(f"{tablet.user}{photos}{items}".encode(), usedforsecurity=False).hexdigest()
    rev = f"{int(path[0].partition('-')[0]) + 1}-{digest}"
    held = stubs_of(tablet.field.body(DWELLING, path[0]))
    files = {name: _sent(content, held.get(name)) for name, content in photos.items()}
    data = {**tablet.field.body(DWELLING, path[0]).get("data", {}), **items}
    at = tablet.field.moment.isoformat()
    body = {"kind": "dwelling", "data": data, "meta": {"at": at, "by": tablet.user}, "_attachments": files}
    tablet.heads[DWELLING] = (rev, *path)
    tablet.push({**body, "_id": DWELLING, "_rev": rev, "_revisions": revisions_of(tablet.heads[DWELLING])})
    return rev


def _sent(content: bytes | None, held: Any) -> dict[str, Any]:
    if content is None:
        return {"stub": True, "content_type": held.content_type, "digest": held.digest, "revpos": held.revpos}
    return {"content_type": "image/jpeg", "data": base64.b64encode(content).decode()}


def changes(field_: Field, rev: str) -> list[str]:
    """Return the changes of an edit of the dwelling."""
    entry = field_.services.ledger.entry(CELL, DWELLING, rev)
    assert entry is not None
    return entry.changes


def test_added_kept_replaced_and_removed(field_: Field) -> None:
    """Each edit's changes name the photos that it touched, and only those; all are accounted for."""
    tablet = field_.tablet("li.na")
    added = push(tablet, {"door.jpg": b"1", "roof.jpg": b"2"}, room="302")
    kept = push(tablet, {"door.jpg": None, "roof.jpg": None}, room="303")
    replaced = push(tablet, {"door.jpg": b"3", "roof.jpg": None})
    removed = push(tablet, {"door.jpg": None})
    assert changes(field_, added) == ["room", "@door.jpg", "@roof.jpg"]
    assert changes(field_, kept) == ["room"]
    assert changes(field_, replaced) == ["@door.jpg"]
    assert changes(field_, removed) == ["@roof.jpg"]
    field_.run()
    outcomes = field_.outcomes(DWELLING)
    assert outcomes[added, "@door.jpg"] == outcomes[added, "@roof.jpg"] == "superseded"
    assert outcomes[replaced, "@door.jpg"] == outcomes[removed, "@roof.jpg"] == "recorded"
    assert field_.books()["adds_up"]


def test_two_photos_of_one_name_both_stand(field_: Field) -> None:
    """Two tablets photograph the door: both contents are kept, so both changes are recorded."""
    first, second = field_.tablet("li.na"), field_.tablet("wang.fang")
    mine, other = push(first, {"door.jpg": b"1"}), push(second, {"door.jpg": b"2"})
    field_.run()
    outcomes = field_.outcomes(DWELLING)
    assert outcomes[mine, "@door.jpg"] == outcomes[other, "@door.jpg"] == "recorded"
    assert len(stubs_of(field_.body(DWELLING))) == 2
    assert field_.books()["adds_up"]


def test_a_removal_gives_way_to_a_new_photo(field_: Field) -> None:
    """One tablet removes the photo that another replaces: the merge keeps the new one."""
    tablet = field_.tablet("li.na")
    push(tablet, {"door.jpg": b"1"})
    field_.run()
    first, second = field_.tablet("li.na"), field_.tablet("wang.fang")
    removed, replaced = push(first, {}), push(second, {"door.jpg": b"2"})
    field_.run()
    outcomes = field_.outcomes(DWELLING)
    assert (outcomes[removed, "@door.jpg"], outcomes[replaced, "@door.jpg"]) == ("overruled", "recorded")
    assert field_.books()["adds_up"]


def test_a_story_names_the_photo(field_: Field) -> None:
    """Staff read which photo came, and what became of it."""
    rev = push(field_.tablet("li.na"), {"door.jpg": b"1"})
    field_.run()
    (step,) = [s for s in field_.pipeline.teller.edit(CELL, DWELLING, rev) if s["rev"] == rev]
    (change,) = step["changes"]
    assert (change["item"], change["outcome"]) == ("@door.jpg", "recorded")
    assert "image/jpeg md5-" in change["en"]
