"""What a cell holds, against what the ledger has of it: nothing is unknown to it, nothing lost, nothing changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conflict import json_equal
from fieldsync.accounting.faults import Fault
from fieldsync.accounting.lines import Line, Sheet
from fieldsync.documents import DocId, Rev, decode_body
from fieldsync.stores.base import ChangesQuery, Database, Leaf, Revision

_PAGE = 1000


class CellView:
    """One cell: the leaves of all its documents, and what else is asked for by batches of documents."""

    def __init__(self, code: str, database: Database | None) -> None:
        self.code, self._database = code, database
        self.leaves: dict[str, tuple[Leaf, ...]] = dict(_leaves(database)) if database else {}
        self._strange = set(self.leaves)

    @property
    def is_there(self) -> bool:
        """Tell whether the cell has a database."""
        return self._database is not None

    def live(self, document: str) -> list[Rev]:
        """Return the revisions of a document's live leaves."""
        return [leaf.rev for leaf in self.leaves.get(document, ()) if not leaf.deleted]

    def look_again(self, documents: Iterable[str]) -> None:
        """Read the leaves of some documents anew."""
        for document in documents:
            if self._database:
                self.leaves[document] = self._database.leaves(DocId(document))

    def faults(self, sheets: Sequence[Sheet]) -> Iterator[Fault]:
        """Yield what differs between the cell and the ledger in some documents."""
        self._strange.difference_update(sheet.document for sheet in sheets)
        found = self._held([(s.document, leaf.rev) for s in sheets for leaf in self.leaves.get(s.document, ())])
        bodiless: list[tuple[Sheet, list[str]]] = []
        for sheet in sheets:
            leaves = self.leaves.get(sheet.document, ())
            held = {r.rev: r for leaf in leaves for r in found.get((sheet.document, leaf.rev), ())}
            yield from self._leaf_faults(sheet, held)
            known: set[str] = {rev for revision in held.values() for rev in revision.path}
            if known != sheet.lines.keys():
                yield from _gaps(sheet)
                paths: set[str] = {rev for line in sheet.lines.values() if line.is_accepted for rev in line.path}
                bodiless.append((sheet, sorted((known | paths) - sheet.lines.keys())))
        yield from self._unrecorded(bodiless)
        yield from self._absent(sheets, found)

    def rest(self) -> Iterator[Fault]:
        """Yield the leaves of documents of which the ledger knows nothing at all."""
        for document in sorted(self._strange):
            for leaf in self.leaves[document]:
                yield Fault("not_in_ledger", self.code, document, leaf.rev)

    def _held(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Revision]]:
        if not self._database or not wanted:
            return {}
        asked: list[tuple[DocId, Rev | None]] = [(DocId(document), Rev(rev)) for document, rev in wanted]
        return dict(zip(wanted, self._database.revisions(asked, latest=False), strict=True))

    def _leaf_faults(self, sheet: Sheet, held: dict[Rev, Revision]) -> Iterator[Fault]:
        for leaf in self.leaves.get(sheet.document, ()):
            line = sheet.lines.get(leaf.rev)
            if line is None:
                yield Fault("not_in_ledger", self.code, sheet.document, leaf.rev)
            elif (revision := held.get(leaf.rev)) and not _is_same(line, revision):
                yield Fault("body_differs", self.code, sheet.document, leaf.rev)

    def _unrecorded(self, bodiless: Iterable[tuple[Sheet, list[str]]]) -> Iterator[Fault]:
        """Yield inner revisions that came to the cell with a body and have no entry: entries that are gone."""
        wanted = [(sheet.document, rev) for sheet, revs in bodiless for rev in revs]
        for (document, rev), found in self._held(wanted).items():
            if found and not any(leaf.rev == rev for leaf in self.leaves.get(document, ())):
                yield Fault("not_in_ledger", self.code, document, rev, detail="a version in the middle of a path")

    def _absent(self, sheets: Sequence[Sheet], found: dict[tuple[str, str], list[Revision]]) -> Iterator[Fault]:
        """Yield accepted revisions that the cell does not know: acknowledged, and lost."""
        reached: dict[str, set[str]] = {}
        for (document, _), revisions in found.items():
            reached.setdefault(document, set()).update(rev for revision in revisions for rev in revision.path)
        lacking = {
            DocId(sheet.document): revs
            for sheet in sheets
            if (revs := [Rev(line.rev) for line in sheet.lines.values() if _is_lacking(line, reached)])
        }
        gaps = self._database.missing(lacking) if self._database and lacking else {}
        for document, revs in lacking.items():
            for rev in revs if self._database is None else gaps[document].missing if document in gaps else ():
                yield Fault("not_in_cell", self.code, document, rev)


def _is_lacking(line: Line, reached: dict[str, set[str]]) -> bool:
    return line.is_accepted and not line.erased and line.rev not in reached.get(line.document, ())


def _is_same(line: Line, revision: Revision) -> bool:
    """Tell whether the cell's body is the ledger's; an archived one is compared where it is."""
    if line.archived or line.erased:
        return True
    if line.deleted != revision.deleted:
        return False
    return bytes(line.body) == revision.body or json_equal(line.content(), decode_body(revision.body))


def _gaps(sheet: Sheet) -> Iterator[Fault]:
    """Yield the server's revisions whose parent has no entry: the server writes only on what it knows."""
    for line in sheet.lines.values():
        if line.origin == "server" and len(line.path) == 2 and line.path[1] not in sheet.lines:
            yield Fault("gap_in_path", sheet.cell, sheet.document, line.rev, detail=f"written on {line.path[1]}")


def _leaves(database: Database) -> Iterator[tuple[str, tuple[Leaf, ...]]]:
    since = "0"
    while (page := database.changes(ChangesQuery(since=since, limit=_PAGE))).rows:
        yield from ((row.id, row.leaves) for row in page.rows)
        since = page.last_seq
