"""Duplicates: persons of the registry who are likely one; each pair becomes a case, once.

Every person who was written to since the import is looked for among all others, as the registry grows: whichever of two
comes later finds the earlier, in the same cell or in another. What a pair was decided to be is remembered by its case.
The case of a pair that is no longer alike, since one of them was mended, closes by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from fieldsync.cases import CLOSED, LEVELS, OPEN, Case, Cases, case_id
from fieldsync.clock import write_time
from fieldsync.filing import Filing
from fieldsync.matching.compare import LIKELY, Likeness, compare
from fieldsync.matching.profile import Profile, profile_of
from fieldsync.matching.wording import told
from fieldsync.preload import Preload
from fieldsync.registry import Item, Record, Registry
from fieldsync.same_person import SamePerson

PAGES = 5
"""How many pages of the registry one call looks at, at most."""
NO_LONGER = "they are no longer alike"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A person of the registry who may be the one at hand, and how likely that is."""

    record: Record
    likeness: Likeness


class Duplicates:
    """Finds persons who are likely one, and opens and closes the cases about them."""

    def __init__(self, registry: Registry, cases: Cases, filing: Filing, preload: Preload, same: SamePerson) -> None:
        self._registry, self._cases, self._filing = registry, cases, filing
        self._answers, self._same = preload.answers, same

    def catch_up(self, pages: int = PAGES) -> int:
        """Look at what the registry has gained; returns how many persons were looked for."""
        looked = 0
        for records in self._filing.pages(pages):
            self._same.follow([record for record in records if record.kind == "stay"])
            for record in records:
                if record.kind == "person" and not record.is_imported and not record.alias_of:
                    self._look(record)
                    looked += 1
        return looked

    def of_record(self, record: Record) -> list[Suspect]:
        """Return the persons of the registry who are likely the same as one of them, the likeliest first."""
        return self.of(self._profile(record))

    def of(self, profile: Profile) -> list[Suspect]:
        """Return the persons of the registry who are likely the same as somebody, the likeliest first."""
        names = self._filing.alike(profile) - {profile.id}
        records = self._registry.read(sorted(names), Record)
        compared = [Suspect(r, compare(profile, self._profile(r))) for r in records.values() if not r.alias_of]
        likely = [one for one in compared if one.likeness.probability >= LIKELY]
        return sorted(likely, key=lambda one: (-one.likeness.probability, one.record.id))

    def _look(self, record: Record) -> None:
        likely = self.of_record(record)
        for suspect in likely:
            self._open(record, suspect)
        alike = {suspect.record.id for suspect in likely}
        for case in self._about(record.id):
            pair = {case.document, case.other} - {record.id}
            if case.is_open and not pair & alike:
                self._close(case)

    def _profile(self, record: Record) -> Profile:
        return profile_of(record.id, self._answers(record))

    def _about(self, record: str) -> list[Case]:
        found = [*self._cases.where(document=record), *self._cases.where(other=record)]
        return [case for case in found if case.kind == "duplicate"]

    def _open(self, one: Record, suspect: Suspect) -> None:
        """Open the pair's case, or bring it up to date; one that was decided stays as it is."""
        first, later = sorted((one, suspect.record), key=_entered)
        name, likeness = case_id("duplicate", *sorted((first.id, later.id))), suspect.likeness
        wanted: dict[str, Any] = {"evidence": evidence_of(likeness), "probability": round(likeness.probability, 4)}
        case = Case(
            id=name,
            kind="duplicate",
            cell=later.cell,
            state=OPEN,
            opened=write_time(self._same.now()),
            level=self._level(first.cell, later.cell),
            document=later.id,
            other=first.id,
            submitted_by=sorted({item.by for item in later.items.values() if item.by}),
            **wanted,
        )
        if not self._cases.add([case])[0]:
            held, rev = self._cases.get(name)
            if held.is_open or held.closed_because == NO_LONGER:
                changed = msgspec.structs.replace(held, state=OPEN, closed_because=None, **wanted)
                if changed != held:
                    self._cases.put(changed, rev)

    def _close(self, case: Case) -> None:
        held, rev = self._cases.get(case.id)
        if held.is_open:
            self._cases.put(msgspec.structs.replace(held, state=CLOSED, closed_because=NO_LONGER), rev)

    def _level(self, cell: str, other: str) -> str:
        """Return the lowest level whose staff answer for both cells."""
        common = next((n for n, (a, b) in enumerate(zip(cell, other, strict=False)) if a != b), len(cell))
        return next((level for level in LEVELS if self._cases.level_digits[level] <= common), LEVELS[-1])


def _entered(record: Record) -> tuple[bool, str, str]:
    """Return when a record came into the registry: what comes first is kept, what the city handed over before all."""
    written = [one for item in record.items.values() for one in _written(item)]
    times = [one["admitted_at"] for one in written if one.get("admitted_at")]
    return all(one["source"] != "import" for one in written), min(times, default=""), record.id


def _written(item: Item) -> list[dict[str, Any]]:
    built: dict[str, Any] = msgspec.to_builtins(item)
    return [built, *item.before]


def evidence_of(likeness: Likeness) -> list[dict[str, Any]]:
    """Return what speaks for and against, the weightiest first: item, level, weight in bits, text by language."""
    return [
        {"item": e.item, "level": e.level, "weight": round(e.weight, 1), "text": told(e)} for e in likeness.evidence
    ]
