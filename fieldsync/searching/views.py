"""What was found, as it is shown: the record, masked, with its status and its stays. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fieldsync.events.history import happened_view
from fieldsync.events.reading import KIND as EVENT
from fieldsync.filing_keys import NAMED
from fieldsync.kinds import Kinds
from fieldsync.record_views import shown
from fieldsync.searching.search import Found


def people_in(found: Iterable[Found]) -> list[str]:
    """Return the persons and households that are shown: what the audit trail notes.

    Of an event its person; of one that befell nobody alone, as a split, the households.
    """
    named = (name for one in found for name in _named(one))
    return list(dict.fromkeys(name for name in named if isinstance(name, str)))


def _named(one: Found) -> Iterable[Any]:
    if one.record.kind == EVENT:
        households = (one.answers.get("household"), one.answers.get("other_household"))
        return (one.answers["person"],) if one.answers.get("person") else households
    return (one.record.id,) if one.record.kind in NAMED else ()


def found_view(found: Found, kinds: Kinds, covers: Callable[[str], bool], *, reveal: bool = False) -> dict[str, Any]:
    """Return a record for whoever sees the cells that `covers` tells; of stays elsewhere only that there are such."""
    view = shown(found.record, kinds, reveal=reveal)
    view["reconciled"] = {cell: told for cell, told in view.get("reconciled", {}).items() if covers(cell)}
    if found.status is not None:
        view["status"] = found.status
    if found.record.kind in ("person", "household"):
        view["stays"] = [stay.told(covers(stay.cell)) for stay in found.stays]
    if found.events:
        view["events"] = [happened_view(one, kinds, covers) for one in found.events]
    if found.found_as is not None:
        view["found_as"] = found.found_as
    return view
