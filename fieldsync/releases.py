"""Releases: a quarantined version let into its cell after all, as it came or with answers that staff have mended.

It enters as an edit of whoever wrote it, a child of what closed its branch (where a crash left it open, of what it was
written on), with the time at which it came; so it merges with what has been written since, and is proposed and
accounted for like any other. The quarantined version stays as it is in the ledger.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from fieldsync.cases import Case
from fieldsync.clock import Bearings, parse_time
from fieldsync.documents import SUBJECTS, Body, DocId, Rev, cell_database, encode_body, is_sealed_cell, kind_of, meta_of
from fieldsync.entries import Arrival, edit_entry
from fieldsync.errors import BadInput, Conflict
from fieldsync.judgement import Limits, Reason, Sent, read_document
from fieldsync.kinds import Kinds
from fieldsync.ledger import DocumentLog, Entry, Ledger
from fieldsync.quarantine import notice_id
from fieldsync.replication import Access, Caller
from fieldsync.resolve import Resolver
from fieldsync.revisions import server_rev
from fieldsync.server_writes import Pen
from fieldsync.stores.base import Graft, Store

ANSWERS = frozenset({"data", "missing"})
SHOWN = 20_000


class Releases:
    """Lets quarantined versions in; may be repeated."""

    def __init__(
        self, store: Store, ledger: Ledger, pen: Pen, resolver: Resolver, kinds: Kinds, limits: Limits
    ) -> None:
        self._store, self._ledger, self._pen, self._resolver = store, ledger, pen, resolver
        self._kinds, self._limits = kinds, limits

    def check(self, case: Case, mended: Mapping[str, Any] | None) -> None:
        """See that a version can be released. Raises BadInput, which says how."""
        log = self._ledger.document(case.cell, case.document or "")
        self._answers(self._quarantined(case, log), mended)

    def came(self, case: Case) -> str:
        """Return the text of the version that a case is about, as it came; its first 20,000 characters.

        Of what was meant for a sealed database, nothing.
        """
        if is_sealed_cell(case.cell):
            return ""
        log = self._ledger.document(case.cell, case.document or "")
        return _bytes_of(self._quarantined(case, log)).decode("utf-8", "replace")[:SHOWN]

    def release(self, case: Case) -> None:
        """Write the version that a decided case lets in, unless it is there; settle the document, end the notice."""
        doc_id = DocId(case.document or "")
        log = self._ledger.document(case.cell, doc_id)
        if not any(entry.cause == case.id for entry in log.entries.values()):
            entry = self._entry(case, self._quarantined(case, log), log)
            self._ledger.record([entry])
            log.add(entry)
            path = (Rev(entry.rev), *map(Rev, list(log.path(entry.rev))[1:]))
            graft = Graft(doc_id, path, encode_body(entry.body or {}))
            self._store.database(cell_database(case.cell)).graft([graft])
        self._resolver.settle(case.cell, doc_id, log)
        self._pen.withdraw(case.cell, [notice_id(self._quarantined(case, log))], "release")

    def _quarantined(self, case: Case, log: DocumentLog) -> Entry:
        entry = log.entries.get(case.rev or "")
        if entry is None or entry.quarantined is None:
            raise Conflict(
                f"The ledger has no quarantined version {case.rev} of {case.document}; run fieldsync audit.",
                zh=f"账簿中没有 {case.document} 的隔离版本 {case.rev}；请运行 fieldsync audit。",
            )
        return entry

    def _answers(self, entry: Entry, mended: Mapping[str, Any] | None) -> Body:
        """Return the body to let in: the mended answers, or those that came. Raises BadInput where there are none."""
        if kind_of(entry.document) not in SUBJECTS:
            raise BadInput(
                f"A {kind_of(entry.document)} cannot be released: only {', '.join(sorted(SUBJECTS))} can.",
                zh=f"此类文档（{kind_of(entry.document)}）不能放行；只能放行：{'、'.join(sorted(SUBJECTS))}。",
            )
        if entry.quarantined == Reason.ERASED:
            raise BadInput(
                "What this version is about was erased: dismiss the case.", zh="该版本所涉及的人员信息已删除：请结案。"
            )
        if mended is None:
            sent = read_document(_bytes_of(entry), self._limits)
            if sent.fault is not None or sent.deleted or entry.quarantined == Reason.SECOND_REVISION:
                raise BadInput(
                    f"This version cannot enter as it is ({sent.fault or entry.quarantined}):"
                    ' give mended answers as value, {"data": {…}, "missing": {…}}, or dismiss the case.',
                    zh=f"该版本不能原样入库（{entry.quarantined}）：请在 value 中给出更正后的内容，或结案。",
                )
            return sent.body
        if not (mended.keys() <= ANSWERS and all(isinstance(part, dict) for part in mended.values()) and mended):
            raise BadInput(
                'Mended answers are {"data": {…}} with all answers, and "missing" with reasons where any.',
                zh='更正后的内容应写作 {"data": {…}}（含全部答案），如有未答原因加 "missing"。',
            )
        kept = {name: value for name, value in _body_of(entry, self._limits).items() if name in ("form", "version")}
        return {"kind": kind_of(entry.document), **kept, **{name: dict(part) for name, part in mended.items()}}

    def _entry(self, case: Case, entry: Entry, log: DocumentLog) -> Entry:
        decision = case.decision or {}
        body = self._answers(entry, decision.get("value"))
        written_at = meta_of(_body_of(entry, self._limits)).get("at")
        body["meta"] = {"at": written_at, "by": entry.author, "released": entry.rev, "cause": case.id}
        above = _closing_of(entry, log)
        ancestor = log.nearest_live(entry.rev)
        rev = server_rev(Rev(above) if above else None, False, body)
        seen = (rev, Rev(ancestor.rev)) if ancestor else (rev,)
        arrived = parse_time(entry.arrived) or parse_time(decision["at"])
        caller = Caller(entry.author or "", entry.tablet, Access.HELD)
        offset = None if entry.offset_s is None else timedelta(seconds=entry.offset_s)
        arrival = Arrival(case.cell, caller, Bearings(arrived, offset))  # type: ignore[arg-type]
        sent = Sent(b"", entry.document, rev, seen, False, body, None)
        written = edit_entry(arrival, sent, log, self._kinds.merge_rules(kind_of(entry.document), entry.cell))
        return msgspec.structs.replace(written, path=[rev, above] if above else [rev], cause=case.id)


def _closing_of(entry: Entry, log: DocumentLog) -> str | None:
    """Return what closed a quarantined version's branch; where nothing did, what it was written on, if that is known.

    Never a version that whoever wrote it had not seen: its older answers would count as changes of the newer ones.
    """
    closed = [e for e in log.entries.values() if meta_of(e.body or {}).get("closes") == entry.rev]
    if closed:
        return min(e.rev for e in closed)
    ancestor = log.nearest_live(entry.rev)
    return ancestor.rev if ancestor else None


def _bytes_of(entry: Entry) -> bytes:
    raw = entry.raw or ""
    if not raw.startswith("base64:"):
        return raw.encode()
    try:
        return base64.b64decode(raw.removeprefix("base64:"))
    except binascii.Error:
        return b""


def _body_of(entry: Entry, limits: Limits) -> Body:
    return read_document(_bytes_of(entry), limits).body
