"""Findings of the checks across documents, and whether a collector insisted on one. Pure.

A finding is `{"document", "item", "code", "severity", "message": {"en", "zh"}}`, as those of the forms' rules are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldsync.checking.wording import WORDS
from fieldsync.documents import data_of
from fieldsync.telling.phrases import LANGUAGES


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a rule does not hold: the document and the item to look at, and what the message names, by language."""

    document: str
    item: str
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def finding_of(code: str, severity: str, hit: Hit) -> dict[str, Any]:
    """Return what is said of a hit, in both languages."""
    message = {
        language: phrase.format(**{name: texts[language] for name, texts in hit.named.items()})
        for language, phrase in zip(LANGUAGES, WORDS[code], strict=True)
    }
    return {"document": hit.document, "item": hit.item, "code": code, "severity": severity, "message": message}


def insisted_on(submission: Mapping[str, Any]) -> dict[str, str]:
    """Return what the body of a submission insists on: reasons by code."""
    insisted = data_of(submission).get("insist")
    return {code: str(reason) for code, reason in insisted.items()} if isinstance(insisted, dict) else {}


def is_insisted(finding: Mapping[str, Any], insisted: Mapping[str, str]) -> bool:
    """Tell whether a submission insists on what a finding doubts.

    `insisted` has reasons by code, for every such finding of the household, or by `code@document#item` for one of them.
    """
    exactly = f"{finding['code']}@{finding['document']}#{finding['item']}"
    return finding["code"] in insisted or exactly in insisted


def errors_of(findings: Sequence[Mapping[str, Any]], insisted: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Return the findings that hold a submission back: the errors it does not insist on."""
    return [f for f in findings if f["severity"] == "error" and not is_insisted(f, insisted)]
