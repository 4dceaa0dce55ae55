"""Taking documents out for good: by `_purge`, which CouchDB has since 3.0, and compaction; without them by deleting.

A purged document leaves nothing but bytes that compaction drops. pouchdb-server and other servers that only speak the
protocol have no `_purge`: there the identifier of a deleted document stays, and what it says with it; that is logged.

Source: CouchDB documentation, "/{db}/_purge" and "/{db}/_compact".
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

import structlog

from fieldsync.documents import DocId
from fieldsync.stores.base import Leaf
from fieldsync.stores.couchdb.client import read, written
from fieldsync.stores.couchdb.remote import Remote

_AT_ONCE = 100
"""Documents in one request: CouchDB's own limit, unless its `[purge]` section says otherwise."""
_ABSENT = frozenset({404, 405, 501})
_TAKEN_FOR_A_DOCUMENT = "only_multipart_accepted"
"""What pouchdb-server answers."""
log = structlog.get_logger("fieldsync.stores.couchdb")


def purge(remote: Remote, leaves: dict[DocId, tuple[Leaf, ...]], delete: Callable[[DocId, Leaf], object]) -> int:
    """Take documents out with all their leaves; where the server cannot, `delete` each live one. Returns how many."""
    names = sorted(leaves)
    for at in range(0, len(names), _AT_ONCE):
        batch = names[at : at + _AT_ONCE]
        body = written({name: [leaf.rev for leaf in leaves[name]] for name in batch})
        answer = remote.send("POST", "/_purge", body=body)
        if answer.status in _ABSENT or answer.fault.reason == _TAKEN_FOR_A_DOCUMENT:
            log.warning("this server has no _purge: identifiers of what was erased stay in it", database=remote.name)
            _delete_all(leaves, names[at:], delete)
            break
        read(answer, object, remote.client)
    _forget_requests(remote)
    return len(names)


def _forget_requests(remote: Remote) -> None:
    """Have the database remember no more than a purge that names nobody: it keeps what it was asked for, by shard."""
    if remote.send("PUT", "/_purged_infos_limit", body=b"1").status == 200:
        nobody = {f"purge:{secrets.token_hex(8)}": ["1-" + "0" * 32] for _ in range(_AT_ONCE)}
        remote.send("POST", "/_purge", body=written(nobody))


def _delete_all(
    leaves: dict[DocId, tuple[Leaf, ...]], names: Sequence[DocId], delete: Callable[[DocId, Leaf], object]
) -> None:
    for name in names:
        for leaf in leaves[name]:
            if not leaf.deleted:
                delete(name, leaf)


def compact(remote: Remote) -> None:
    """Have the database compacted, which goes on after this returns: bodies that were replaced or purged go."""
    remote.client.begin(f"{remote.path}/_compact")
