"""Many entries of the ledger in one read, for who looks at a page of changes or at a push as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldsync.documents import DocId
from fieldsync.ledger import NAME, Entry, entry_id
from fieldsync.stores.base import Store


def read_entries(store: Store, cell: str, revisions: Sequence[tuple[str, str]]) -> list[Entry | None]:
    """Return for each of a cell's revisions, named by document and revision, its entry in the ledger or None."""
    if not revisions:
        return []
    wanted = [(DocId(entry_id(cell, document, rev)), None) for document, rev in revisions]
    found = store.database(NAME).revisions(wanted, latest=False)
    return [msgspec.json.decode(one[0].body, type=Entry) if one and not one[0].deleted else None for one in found]
