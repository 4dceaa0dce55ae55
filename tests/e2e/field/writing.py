"""What a tablet writes: one revision for each form that is closed, on the revision that was opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.tablets import Tablet


def document(doc_id: str, *, minutes_ago: float = 0, **data: Any) -> dict[str, Any]:
    """Return a new document."""
    moment = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    kind = doc_id.partition(":")[0]
    return {"_id": doc_id, "kind": kind, "form": kind, "data": data, "meta": {"at": moment.isoformat()}}


def edited(opened: dict[str, Any], *, minutes_ago: float = 0, **items: Any) -> dict[str, Any]:
    """Return what is written when these items of the document that was opened were changed."""
    fresh = document(opened["_id"], minutes_ago=minutes_ago)
    data = {**opened["data"], **items}
    return {**opened, "data": data, "meta": {**fresh["meta"], "opened": opened["_rev"]}}


def close(tablet: Tablet, written: dict[str, Any]) -> str:
    """Write a form on the revision that was opened, whatever came in between; returns the new revision."""
    rev: str = tablet("put", doc=written, options={"force": True})["rev"]
    return rev


def edit(tablet: Tablet, doc_id: str, **items: Any) -> str:
    """Open a document, change items and close it; returns the new revision."""
    return close(tablet, edited(tablet("get", id=doc_id), **items))


def assert_same(*tablets: Tablet) -> None:
    """Make sure that replicas have the server's leaves and winners, and no document more than one that lives."""
    trees = tablets[0]("remote-leaves")
    for tablet in tablets:
        assert tablet("leaves") == trees
        for doc in tablet("list", prefix=""):
            assert "_conflicts" not in tablet("get", id=doc["_id"], options={"conflicts": True}), doc["_id"]
