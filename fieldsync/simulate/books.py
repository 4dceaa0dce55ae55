"""The closing figures of the day: what went in, what became of it, and whether everything holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fieldsync.simulate.ledger_reading import LedgerDay
from fieldsync.simulate.staff import Desk
from fieldsync.simulate.stage import Check
from fieldsync.simulate.tablet import Tablet
from fieldsync.simulate.texts import Text

EVER_PRESENT = ("merged", "agreed", "contests", "admitted", "returned", "quarantined", "lost_by_winner")
"""Figures that the planted situations make greater than zero."""
_CONVERGENCE = Text("Every tablet equals the server", "每台平板与服务器一致")
_BOOKS = Text("The books", "账目")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the registry holds at one moment: records by kind, and what is not as it was imported."""

    records: Mapping[str, int]
    items_changed: int
    confirmed: int


def take_snapshot(desk: Desk, cells: Iterable[str]) -> Snapshot:
    """Read the registry's records of some cells over the API; who has stays in two of them is one person."""
    found = {record["id"]: record for cell in cells for record in desk.records(cell)}.values()
    records = Counter(record["kind"] for record in found)
    changed = sum(item["source"] != "import" for record in found for item in record.get("items", {}).values())
    confirmed = sum(bool(record.get("confirmed")) for record in found)
    return Snapshot(dict(records), changed, confirmed)


@dataclass(frozen=True, slots=True)
class Books:
    """The day in figures."""

    cells: int
    tablets: int
    before: Snapshot
    after: Snapshot
    audit: Mapping[str, Any]
    ledger: LedgerDay
    seconds: float

    @property
    def outcomes(self) -> dict[str, int]:
        """Return the number of changes by final outcome."""
        return dict(self.audit["outcomes"])

    def line(self) -> dict[str, Any]:
        """Return the closing line."""
        return {
            "cells": self.cells,
            "tablets": self.tablets,
            "dwellings": self.after.records["dwelling"],
            "households": self.after.records["household"],
            "persons": self.after.records["person"],
            "edits": self.audit["edits"],
            "changes": self.audit["changes"],
            "merged": self.audit["merged"],
            "agreed": self.outcomes.get("agreed", 0),
            "contests": self.audit["contests"],
            "admitted": self.outcomes.get("admitted", 0),
            "returned": self.outcomes.get("returned", 0),
            "quarantined": self.outcomes.get("quarantined", 0),
            "waiting": self.outcomes.get("waiting", 0),
            "unaccounted": self.audit["unaccounted"],
            "lost_by_winner": self.ledger.lost.by_winner,
            "lost_by_arrival": self.ledger.lost.by_arrival,
            "outcomes": self.outcomes,
            "seconds": round(self.seconds, 1),
        }


def check_books(books: Books) -> list[Check]:
    """Return what must hold of the closing figures."""
    line = books.line()
    total = sum(books.outcomes.values())
    faults = books.audit["faults"]
    checks = [
        Check(_BOOKS, "every change is accounted for", line["unaccounted"] == 0, str(line["unaccounted"])),
        Check(_BOOKS, "the outcomes sum to the changes", total == line["changes"], f"{total} of {line['changes']}"),
        Check(_BOOKS, "the audit finds no fault", not faults, json.dumps(faults[:3], ensure_ascii=False)),
    ]
    return checks + [Check(_BOOKS, f"{name} is not zero", line[name] > 0) for name in EVER_PRESENT]


def check_convergence(tablets: Iterable[Tablet]) -> list[Check]:
    """Return for every tablet whether each of its replicas has the server's leaves, to the last revision."""
    return [
        Check(_CONVERGENCE, f"{tablet.user} in {cell}", not differing, ", ".join(sorted(differing)[:3]))
        for tablet in tablets
        for cell, differing in tablet.differences().items()
    ]
