"""Check: what is wrong or doubtful in a unit's documents, by the rules of their forms."""

from __future__ import annotations

from typing import Any

from fieldsync.documents import data_of, missing_of
from fieldsync.kinds import Kinds
from fieldsync.units import Document, Unit

LANGUAGES = ("en", "zh")


class Checker:
    """Checks units against the forms in use."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def findings(self, unit: Unit, today: str) -> list[dict[str, Any]]:
        """Return the findings of a unit's subjects: document, item, code, severity, message by language."""
        return [f for d in sorted(unit.subjects.values(), key=lambda d: d.id) for f in self._of(d, today)]

    def _of(self, document: Document, today: str) -> list[dict[str, Any]]:
        validator = self._kinds.validator(document.kind, document.body.get("version"))
        if validator is None:
            return []
        found = validator.findings(data_of(document.body), missing_of(document.body), today)
        return [
            {
                "document": document.id,
                "item": finding.field,
                "code": finding.code,
                "severity": finding.severity,
                "message": dict(finding.message),
            }
            for finding in found
        ]


def errors_of(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings that hold a submission back."""
    return [finding for finding in findings if finding["severity"] == "error"]
