"""Quarantine: keeps a tablet from forking for good when something of its may not enter the cell.

The branch is closed below the quarantined revision, in the same push; the collector gets a notice, the staff a case.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from fieldsync.cases import CLOSED, LEVELS, OPEN, Case, Cases, case_id
from fieldsync.clock import parse_time, write_time
from fieldsync.documents import DocId, Rev, data_of, derived_id, home_cell, missing_of
from fieldsync.errors import Conflict
from fieldsync.judgement import APART, CANNOT_STAND, Reason, Sent
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.merging import content
from fieldsync.revisions import generation
from fieldsync.server_writes import Draft, Pen
from fieldsync.stores.base import Database
from fieldsync.telling.set_aside import SetAside

NOTICE_DAYS = 14


class Quarantine:
    """Closes branches, tells collectors, and closes the case when a good version comes."""

    def __init__(self, cases: Cases, pen: Pen, words: SetAside, now: Callable[[], datetime]) -> None:
        self._cases, self._pen, self._words, self._now = cases, pen, words, now

    def contain(self, database: Database, entry: Entry, sent: Sent, log: DocumentLog) -> None:
        """Tell the collector of a quarantined revision and close the branch below it; may be repeated.

        The branch comes last: once it is closed the cell knows the revision, and nobody sends it again. So what a crash
        left half done of the quarantined revisions right above is done first.
        """
        for one, at in reversed([(entry, sent), *_quarantined_above(sent, log)]):
            self._notify(one, log)
            if one.quarantined not in CANNOT_STAND:
                self._close_branch(database, one, at, log)

    def is_contained(self, entry: Entry) -> bool:
        """Tell whether nothing is left to do for a quarantined revision that the cell does not know.

        Where the branch can be closed, that is left to do. Else the notice is what is written last.
        """
        if entry.quarantined == Reason.DESIGN:
            return True
        return entry.quarantined in CANNOT_STAND and self._is_told(entry)

    def _close_branch(self, database: Database, entry: Entry, sent: Sent, log: DocumentLog) -> None:
        """Bring the tablet back to the common winner: a server revision below the quarantined one.

        A live copy of the nearest accepted ancestor, or a tombstone where another live leaf has all that the ancestor
        had, or no such ancestor is known: a tombstone below the only leaf that has it would lose it everywhere.
        """
        doc_id = DocId(sent.id)
        if not database.missing({doc_id: [Rev(sent.rev)]}):
            return
        ancestor = log.nearest_live(sent.rev)
        others = [leaf.rev for leaf in database.leaves(doc_id) if not leaf.deleted and leaf.rev not in sent.path]
        lone = ancestor and not any(ancestor.rev in log.contents().of(rev) for rev in others)
        draft = closing(doc_id, sent, ancestor if lone else None)
        for written in self._pen.write(entry.cell, [draft]):
            log.add(written.entry)

    def _is_told(self, entry: Entry) -> bool:
        return bool(self._pen.leaves(home_cell(entry.cell), notice_id(entry)))

    def _notify(self, entry: Entry, log: DocumentLog) -> None:
        """Write the notice, unless it was; about what may not enter a sealed database, in the cell that it is of."""
        if entry.quarantined in APART or self._is_told(entry):
            return
        arrived = parse_time(entry.arrived) or self._now()
        data = {
            "for": entry.author,
            "tablet": entry.tablet,
            "document": entry.document,
            "reason": entry.quarantined,
            "text": self._words.text(entry, log),
            "expires": write_time(arrived + timedelta(days=NOTICE_DAYS)),
        }
        notice = {notice_id(entry): {"kind": "notice", "data": data}}
        self._pen.publish(home_cell(entry.cell), notice, "quarantine")

    def close_above(self, database: Database, sent: Sent, log: DocumentLog) -> None:
        """Close the cases of the quarantined ancestors that a good version came on; may be repeated."""
        above = _quarantined_above(sent, log)
        if above:
            self.contain(database, *above[0], log)
        elif sent.path[-1] not in log.entries and generation(sent.path[-1]) > 1:
            self._finish_forgotten(database, sent, log)
        for entry, _ in above:
            self._close_case(case_id("quarantine", entry.cell, entry.document, entry.rev))

    def _finish_forgotten(self, database: Database, sent: Sent, log: DocumentLog) -> None:
        """Finish what a crash left half done of this tablet's quarantined versions, where it forgot what it wrote on.

        It has one of them below the version at hand, perhaps, and sends it no more.
        """
        mine = [e for e in log.entries.values() if e.quarantined and e.tablet == log.entries[sent.rev].tablet]
        for entry in mine:
            if entry.quarantined not in CANNOT_STAND and database.missing({DocId(sent.id): [Rev(entry.rev)]}):
                path = tuple(map(Rev, log.path(entry.rev)))
                at = dataclasses.replace(sent, rev=entry.rev, path=path, deleted=entry.deleted)
                self.contain(database, entry, at, log)

    def _close_case(self, identifier: str) -> None:
        """Close a case unless somebody did; another server may have been sent the same version at the same time."""
        while self._cases.find(identifier) is not None:
            case, parent = self._cases.get(identifier)
            if not case.is_open:
                return
            mended = msgspec.structs.replace(case, state=CLOSED, closed_because="mended by a later version")
            with suppress(Conflict):
                self._cases.put(mended, parent)
                return


def case_of(kind: str, entry: Entry) -> Case:
    """Return the case that a pushed revision opens: a quarantine, or a deletion."""
    return Case(
        id=case_id(kind, entry.cell, entry.document, entry.rev),
        kind=kind,
        state=OPEN,
        level=LEVELS[0],
        cell=entry.cell,
        opened=entry.arrived,
        document=entry.document,
        rev=entry.rev,
        tablet=entry.tablet,
        submitted_by=[entry.author] if entry.author else [],
        reason=entry.quarantined,
    )


def _quarantined_above(sent: Sent, log: DocumentLog) -> list[tuple[Entry, Sent]]:
    """Return the quarantined revisions that a pushed one comes on, newest first, each as it would be sent.

    Versions between them that never came, since only leaves are sent, are passed over.
    """
    found = []
    for place, rev in enumerate(sent.path[1:], start=1):
        entry = log.entries.get(rev)
        if entry is None:
            continue
        if entry.quarantined is None:
            break
        found.append((entry, dataclasses.replace(sent, rev=rev, path=sent.path[place:], deleted=entry.deleted)))
    return found


def notice_id(entry: Entry) -> DocId:
    """Return the notice that tells a collector of a quarantined version."""
    return DocId(f"notice:{derived_id('quarantine', entry.cell, entry.document, entry.rev)}")


def closing(doc_id: DocId, sent: Sent, ancestor: Entry | None) -> Draft:
    """Return what closes a branch below a revision: the accepted ancestor once more, or a tombstone without one."""
    if ancestor is None:
        return Draft(doc_id, {}, sent.path, deleted=True, cause="quarantine", meta={"closes": sent.rev})
    body = ancestor.body or {}
    return Draft(
        document=doc_id,
        content=content(body, data_of(body), missing_of(body)),
        path=sent.path,
        cause="quarantine",
        meta={"closes": sent.rev},
        stamps=ancestor.stamps,
        contests=ancestor.contests,
        restores=(ancestor.rev,),
    )
