"""Identifiers as CouchDB has them: a design document goes under another name, so that no program in it is ever run.

CouchDB compiles what a `_design/` document holds, refuses the whole batch of one that it does not like, and lets its
`validate_doc_update` refuse other documents. So `_design/x` is kept as `^\\U0010ffff_design/x`: an ordinary document,
at the place where its own name would stand, since identifiers are in order of their bytes. Pure.
"""

from __future__ import annotations

from typing import TypeVar

from fieldsync.errors import BadInput

DESIGN = "_design/"
MARK = "^\U0010ffff"
"""Sorts after every other text that begins with `^`, and before all that begins with an underscore."""
MARK_BYTES = MARK.encode()
T = TypeVar("T", bound=str)


def check_id(doc_id: str) -> None:
    """Check that a document may have this identifier. Raises BadInput."""
    if not can_be_named(doc_id):
        raise BadInput(
            f"{doc_id!r:.80} cannot name a document: use a text that does not begin with an underscore, or _design/."
        )


def can_be_named(doc_id: str) -> bool:
    """Tell whether a document may have this identifier."""
    return bool(doc_id) and (not doc_id.startswith("_") or doc_id.startswith(DESIGN))


def there(doc_id: T) -> T:
    """Return what CouchDB has an identifier, or the end of a range of them, as; their order stays what it is."""
    return type(doc_id)(MARK + doc_id) if doc_id.startswith(("_", MARK)) else doc_id


def here(doc_id: T) -> T:
    """Return an identifier that CouchDB names, as it is known here."""
    return type(doc_id)(doc_id.removeprefix(MARK))
