"""Documents made with a form that was retired by then. Pure."""

from __future__ import annotations

from typing import Any

from fieldsync.checking.finding import Hit, finding_of
from fieldsync.clock import write_time
from fieldsync.form_versions import Retirement
from fieldsync.ledger import DocumentLog
from fieldsync.units import Document


def check_retired(document: Document, retired: Retirement, log: DocumentLog) -> list[dict[str, Any]]:
    """Return the error of a document that a tablet made after its form was retired; older ones stay valid."""
    made = _made(log)
    if made is None or made <= write_time(retired.at):
        return []
    named = {"form": dict.fromkeys(("en", "zh"), document.kind), "reason": dict.fromkeys(("en", "zh"), retired.reason)}
    return [finding_of("retired_form", "error", Hit(document.id, "", named))]


def _made(log: DocumentLog) -> str | None:
    """Return when a tablet made a document, by its own corrected stamps; None for what the server brought."""
    first = min(log.entries.values(), key=lambda entry: (entry.arrived, entry.rev), default=None)
    if first is None or not first.is_edit:
        return None
    return max(first.stamps.values(), default=first.arrived)
