"""Documents as the cells hold them: identifiers, kinds, and the members that merge.

Pure. A body is a JSON object without members that begin with an underscore; those (`_id`, `_rev`, `_deleted`,
`_revisions`) belong to the replication protocol and travel beside it. Only `_attachments` is a body's own: as stubs.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, NewType

import msgspec

CellCode = NewType("CellCode", str)
DocId = NewType("DocId", str)
Rev = NewType("Rev", str)
Body = dict[str, Any]

SUBJECTS = frozenset({"building", "dwelling", "household", "person", "stay"})
"""Kinds that merge, and that nobody deletes."""
RECORDS = frozenset({"event", "visit", "submission", "answer"})
"""Kinds that are written once and never changed."""
REGISTERED = SUBJECTS | {"event"}
"""Kinds of which the registry has records."""
SERVER_KINDS = frozenset({"task", "state", "notice", "cell", "round", "form"})
"""Kinds that only the server writes."""
TABLET_KINDS = SUBJECTS | RECORDS
RETAINED = RECORDS | {"person", "household"}
"""Kinds whose forms may say how long their documents are kept; stays go with their person."""

_SEALED = "-sealed"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TABLET_ID = re.compile(rf"^(?:{'|'.join(sorted(TABLET_KINDS))}):{_UUID}$")
ATTACHMENTS = "_attachments"
"""The one member with an underscore that a body may have."""
NAMESPACE = uuid.UUID("6f1c7a52-53d1-5c3e-9a51-0f1d5f1f6a10")
"""The namespace of identifiers that the steps derive from their causes."""


def kind_of(doc_id: str) -> str:
    """Return the kind an identifier names: what stands before its first colon."""
    return doc_id.partition(":")[0]


def is_tablet_id(doc_id: str) -> bool:
    """Tell whether a tablet may write under this identifier: a known kind and a lower-case UUID."""
    return _TABLET_ID.match(doc_id) is not None


def derived_id(*cause: str) -> str:
    """Return the UUID of a cause: the same cause gives the same identifier on every server and every repeat."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(cause)))


def cell_database(cell: str) -> str:
    """Return the name of the database that holds a cell."""
    return f"cell-{cell}"


def sealed_cell(cell: str) -> str:
    """Return what the ledger calls the sealed database of a cell: its name is made of this as that of a cell."""
    return f"{home_cell(cell)}{_SEALED}"


def is_sealed_cell(name: str) -> bool:
    """Tell whether a cell's name, or a database's, is that of a sealed database."""
    return name.endswith(_SEALED)


def home_cell(name: str) -> str:
    """Return the cell that a sealed database belongs to; a cell's own name stays as it is."""
    return name.removesuffix(_SEALED)


def decode_body(raw: bytes) -> Body:
    """Parse the stored bytes of a body."""
    body: Body = msgspec.json.decode(raw, type=dict[str, Any])
    return body


def encode_body(body: Mapping[str, Any]) -> bytes:
    """Write a body as the bytes the store keeps: its attachments come first."""
    if ATTACHMENTS in body:
        body = {ATTACHMENTS: body[ATTACHMENTS], **body}
    return msgspec.json.encode(body)


def data_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a body; an object even where a tablet sent something else."""
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def missing_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the reasons for absent answers, by field; an object even where a tablet sent something else."""
    missing = body.get("missing")
    return {k: v for k, v in missing.items() if isinstance(v, str)} if isinstance(missing, dict) else {}


def meta_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a revision says of its writing; an object even where a tablet sent something else."""
    meta = body.get("meta")
    return meta if isinstance(meta, dict) else {}
