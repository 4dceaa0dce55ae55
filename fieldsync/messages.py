"""Messages: what a tablet is told besides its cells: notices, and which replicas to build anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from fieldsync.cases import Case, Cases
from fieldsync.clock import write_time
from fieldsync.documents import DocId, cell_database, data_of, decode_body, derived_id, home_cell, is_sealed_cell
from fieldsync.judgement import CANNOT_STAND
from fieldsync.stores.base import Store


class Messages:
    """Reads what concerns one tablet."""

    def __init__(self, store: Store, cases: Cases, now: Callable[[], datetime]) -> None:
        self._store, self._cases, self._now = store, cases, now

    def notices(self, tablet: str, user: str, cells: Iterable[str]) -> list[dict[str, Any]]:
        """Return the notices for a tablet and its collector that have not expired.

        `cells` are those he has to do with, also those that he can no longer pull.
        """
        found = [notice for case in self._quarantined(tablet) if (notice := self._notice(case))]
        found += [notice for cell in cells for notice in self._told(cell, user)]
        return [notice for notice in found if notice["expires"] > write_time(self._now())]

    def _told(self, cell: str, user: str) -> list[dict[str, Any]]:
        """Return what a collector is told of the households of a cell."""
        revisions = self._store.database(cell_database(cell)).documents("notice:", "notice;")
        read = [{"id": r.id, **data_of(decode_body(r.body))} for r in revisions]
        return [notice for notice in read if notice.get("for") == user and "messages" in notice]

    def rebuild(self, tablet: str) -> list[str]:
        """Return the cells whose replica the tablet should build anew once its other work is in.

        Something that cannot stand in a revision tree came from there; the tablet will not get rid of it otherwise.
        """
        stuck = [c for c in self._quarantined(tablet) if c.reason in CANNOT_STAND and c.rebuilt_at is None]
        return sorted({case.cell for case in stuck if not is_sealed_cell(case.cell)})

    def note_rebuilt(self, tablet: str, cell: str) -> None:
        """Note that a tablet has built its replica of a cell anew."""
        for case in self._quarantined(tablet):
            if case.cell == cell and case.rebuilt_at is None:
                current, parent = self._cases.get(case.id)
                self._cases.put(msgspec.structs.replace(current, rebuilt_at=write_time(self._now())), parent)

    def _quarantined(self, tablet: str) -> list[Case]:
        return [case for case in self._cases.where(tablet=tablet) if case.kind == "quarantine"]

    def _notice(self, case: Case) -> dict[str, Any] | None:
        notice = DocId(f"notice:{derived_id('quarantine', case.cell, case.document or '', case.rev or '')}")
        found = self._store.database(cell_database(home_cell(case.cell))).get(notice)
        return None if found is None or found.deleted else {"id": notice, **data_of(decode_body(found.body))}
