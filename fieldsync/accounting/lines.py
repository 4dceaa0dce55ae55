"""The ledger as the books read it: only what is counted or compared, document by document.

Bodies stay the bytes they are; a row costs a few microseconds, and memory holds one batch of documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from fieldsync.documents import Body, decode_body
from fieldsync.history import Ancestry
from fieldsync.ledger import OUTCOME_ROW, DocumentLog, Entry
from fieldsync.stores.base import Revision

_NONE = msgspec.Raw(b"null")


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One revision: `fieldsync.ledger.Entry` without what the books do not ask for."""

    cell: str
    document: str
    rev: str
    path: list[str]
    origin: str
    arrived: str
    deleted: bool = False
    body: msgspec.Raw = _NONE
    author: str | None = None
    tablet: str | None = None
    changes: list[str] = []
    late: list[str] = []
    decisions: msgspec.Raw = _NONE
    merged: list[str] = []
    quarantined: str | None = None
    cause: str | None = None
    archived: str | None = None
    counted: str | None = None
    erased: bool = False

    @property
    def is_counted(self) -> bool:
        """Tell whether its changes are in the books here: a tablet's edit, no design document, not put under seal."""
        return self.origin == "tablet" and self.quarantined not in ("design", "sealed")

    @property
    def is_accepted(self) -> bool:
        """Tell whether the revision is one of its cell's."""
        return self.quarantined is None

    def content(self) -> Body:
        """Return the body, parsed."""
        return decode_body(bytes(self.body)) if bytes(self.body) != b"null" else {}

    def entry(self) -> Entry:
        """Return the entry, without what the books do not ask for."""
        return Entry(
            cell=self.cell,
            document=self.document,
            rev=self.rev,
            path=self.path,
            origin=self.origin,
            arrived=self.arrived,
            deleted=self.deleted,
            body=self.content() if self.body != _NONE else None,
            decisions=msgspec.json.decode(self.decisions) or [],
            merged=self.merged,
            quarantined=self.quarantined,
            cause=self.cause,
            archived=self.archived,
            erased=self.erased,
        )

    def decided_items(self) -> set[str]:
        """Return the items that a merge decided in this revision."""
        return {decision["item"] for decision in msgspec.json.decode(self.decisions) or ()}


class Mark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One outcome: `fieldsync.ledger.Outcome` without what the books do not ask for."""

    cell: str
    document: str
    rev: str
    item: str
    outcome: str
    cause: str
    number: int = 0


_LINES, _MARKS = msgspec.json.Decoder(Line), msgspec.json.Decoder(Mark)


@dataclass
class Sheet:
    """All that the ledger has about one document of one cell; of several outcomes of a change the last one counts."""

    cell: str
    document: str
    lines: dict[str, Line] = field(default_factory=dict)
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, row: Line | Mark) -> None:
        """Take in a row of the document."""
        if isinstance(row, Line):
            self.lines[row.rev] = row
            return
        key = (row.rev, row.item)
        self.numbers[key] = self.numbers.get(key, 0) + 1
        if key not in self.marks or self.marks[key].number < row.number:
            self.marks[key] = row

    @cached_property
    def ancestry(self) -> Ancestry:
        """Return what each revision descends from."""
        parents: dict[str, set[str]] = {}
        for line in self.lines.values():
            for child, parent in zip(line.path, line.path[1:], strict=False):
                parents.setdefault(child, set()).add(parent)
            parents.setdefault(line.rev, set()).update(line.merged)
        return Ancestry(parents)

    def log(self) -> DocumentLog:
        """Return the document's entries as those who look at its merges read them."""
        return DocumentLog(line.entry() for line in self.lines.values())

    @property
    def is_archived(self) -> bool:
        """Tell whether of some of its entries only the short form is left."""
        return any(line.archived for line in self.lines.values())

    @property
    def is_edited(self) -> bool:
        """Tell whether a tablet wrote any of it."""
        return any(line.origin == "tablet" for line in self.lines.values())


def read_row(body: bytes) -> Line | Mark:
    """Read one document of the ledger's database."""
    return _MARKS.decode(body) if body.startswith(OUTCOME_ROW) else _LINES.decode(body)


def sheets(rows: Iterable[Revision]) -> Iterator[Sheet]:
    """Yield the documents that rows of the ledger, in order of identifier, tell about."""
    sheet: Sheet | None = None
    for revision in rows:
        row = read_row(revision.body)
        if sheet is None or row.document != sheet.document or row.cell != sheet.cell:
            if sheet is not None:
                yield sheet
            sheet = Sheet(row.cell, row.document)
        sheet.add(row)
    if sheet is not None:
        yield sheet
