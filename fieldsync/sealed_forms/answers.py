"""Answers to sealed forms as they are sent: what may be kept of one, and what the cell is told of it. Pure.

An answer is a document of the kind `answer` whose `form` is a sealed one. Its data says whom it is about (`person`,
`household`) and perhaps which `task` asked for it; all else was told in confidence. Without consent the refusal is
kept, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from fieldsync.attached import NOTHING
from fieldsync.documents import ATTACHMENTS, Body, data_of, encode_body, kind_of, meta_of, missing_of
from fieldsync.form_catalogue import VERSION
from fieldsync.judgement import CANNOT_STAND, Limits, Reason, Sent, read_document
from fieldsync.ledger import Entry
from fieldsync.sealed_forms.known import SealedForms
from forms_spec.sealed import RESERVED

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ABOUT = {name: re.compile(f"{name}:{_UUID}") for name in RESERVED}
_LONGEST_CONSENT = 100
_META = ("at", "by", "device", "round")


class Consent(StrEnum):
    """What became of the question whether somebody agrees."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


def read_answer(raw: bytes, limits: Limits, forms: SealedForms) -> Sent:
    """Read what is sent to a sealed database: as any document, and with the faults that only an answer there has."""
    sent = read_document(raw, limits)
    if sent.deleted or sent.fault in CANNOT_STAND - {Reason.REVISION}:
        return sent
    if kind_of(sent.id) != "answer" or sent.body.get("form") not in forms.names():
        return replace(sent, fault=Reason.NOT_SEALED, attached=NOTHING)
    if not forms.consents(sent.body):
        sent = _refusal(sent, forms.consent_items(sent.body))
    elif sent.attached.sent or ATTACHMENTS in sent.body:
        sent = replace(sent, fault=Reason.SEALED_FILE, attached=NOTHING)
    return sent if _is_shaped(sent.body) else replace(sent, fault=sent.fault or Reason.SHAPE)


def _is_shaped(body: Mapping[str, Any]) -> bool:
    """Tell whether an answer is about somebody, and has no members named like the paths that sealing uses."""
    return subject_of(body) is not None and not any("/" in name for name in body)


def _refusal(sent: Sent, items: frozenset[str]) -> Sent:
    """Return an answer without consent with the refusal alone, whatever was sent beside it."""
    body = refusal_of(sent.body, items)
    fault = sent.fault if sent.fault in CANNOT_STAND else None
    return replace(sent, body=body, raw=encode_body(body), fault=fault, attached=NOTHING)


def refusal_of(body: Mapping[str, Any], items: frozenset[str]) -> Body:
    """Return what is kept of an answer without consent; `items` are the questions that ask for it."""
    said = {name: value for name, value in data_of(body).items() if name in items and _is_short(value)}
    reasons = {name: reason for name, reason in missing_of(body).items() if name in items and _is_short(reason)}
    meta = {name: meta_of(body)[name] for name in _META if _is_short(meta_of(body).get(name))}
    kept: Body = {"kind": "answer", **_form_of(body), "data": {**about(body), **said}, "meta": meta}
    return {**kept, "missing": reasons} if reasons else kept


def about(body: Mapping[str, Any]) -> dict[str, str]:
    """Return whom an answer is about, and which task asked for it, as far as these are identifiers."""
    data = data_of(body)
    named = ((name, data.get(name), pattern) for name, pattern in _ABOUT.items())
    return {name: value for name, value, pattern in named if isinstance(value, str) and pattern.fullmatch(value)}


def subject_of(body: Mapping[str, Any]) -> str | None:
    """Return whom an answer, or its stub, is about: the person, else the household."""
    named = about(body)
    return named.get("person") or named.get("household")


def stub_of(body: Mapping[str, Any], consent: Consent, entry: Entry) -> Body:
    """Return what the cell is told of an answer: of which form, about whom, when, by whom, and whether they agreed."""
    told = {"consent": consent.value, "at": entry.stamps.get("*", entry.arrived), "by": entry.author}
    return {"kind": "answer", **_form_of(body), "sealed": True, "data": {**about(body), **told}}


def is_stub(body: Mapping[str, Any]) -> bool:
    """Tell whether a document of a cell is what the server tells of a sealed answer."""
    return body.get("sealed") is True and body.get("kind") == "answer"


def _form_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Return form and version, if that can be the name of one: it might hold anything."""
    version = body.get("version")
    named = isinstance(version, str) and VERSION.fullmatch(version)
    return {"form": str(body.get("form")), **({"version": str(version)} if named else {})}


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_CONSENT
