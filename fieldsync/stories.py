"""Stories: what happened to a document or to one edit, told from the ledger and the cases, for staff.

Each step says who wrote what and when; whose versions met, what counts and by which rule; what waits for whom, what
staff decided, and what became of each change. In English and Chinese; sensitive values are covered unless revealed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fieldsync.admit import Books
from fieldsync.cases import BY_ITEM, Case
from fieldsync.documents import is_sealed_cell, kind_of
from fieldsync.erased import Erasures
from fieldsync.errors import BadInput
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.revisions import generation
from fieldsync.telling.edits import EditWords
from fieldsync.telling.erasures import ErasureWords, erased_by
from fieldsync.telling.merges import MergeWords
from fieldsync.telling.people import People
from fieldsync.telling.phrases import OUTCOME_WORDS
from fieldsync.telling.reading import Reading
from fieldsync.telling.rulings import CaseWords, EndWords, endings
from fieldsync.telling.scene import Scene, Step
from fieldsync.units import Units

__all__ = ["OUTCOME_WORDS", "Page", "Teller"]


@dataclass(frozen=True, slots=True)
class Page:
    """Steps of a story in order of time, and the cursor from which the next page goes on; None at the end."""

    steps: list[Step]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Event:
    """Something to tell: its place in the story, which revisions it concerns, and how it is put into words."""

    key: str
    revs: Collection[str]
    tell: Callable[[], Step]


class Teller:
    """Tells stories."""

    def __init__(self, books: Books, people: People, zone: ZoneInfo, erasures: Erasures) -> None:
        self._books, self._people, self._zone, self._erasures = books, people, zone, erasures
        self._units = Units(books.store)

    def document(self, cell: str, document: str, *, reveal: bool = False) -> list[Step]:
        """Tell the story of a document, oldest step first; empty where the ledger has nothing about it."""
        return [event.tell() for event in self._events(cell, document, reveal)]

    def whole(self, cell: str, document: str) -> list[Step]:
        """Tell the same to be kept: nothing covered or cut, days by their dates."""
        return [event.tell() for event in self._events(cell, document, reveal=True, whole=True)]

    def page(self, cell: str, document: str, *, after: str = "", limit: int, reveal: bool = False) -> Page:
        """Tell a part of a document's story: at most `limit` steps after a cursor; only those are put into words."""
        events = [event for event in self._events(cell, document, reveal) if event.key > after]
        told = events[:limit]
        return Page([event.tell() for event in told], told[-1].key if len(events) > limit else None)

    def edit(self, cell: str, document: str, rev: str, *, reveal: bool = False) -> list[Step]:
        """Tell the story of one edit: itself, the merges that met it, the cases about it, and its end."""
        return [event.tell() for event in self._events(cell, document, reveal) if rev in event.revs]

    def case(self, case: Case) -> list[Step]:
        """Tell a case: of each document what waits, what each side says (`rev` to choose by), what was decided."""
        documents = sorted({case.document or "", *(item["document"] for item in case.items)} - {""})
        words = [CaseWords(self._scene(case.cell, document, {case.id: case}), case) for document in documents]
        return [step for one in words for step in one.told()]

    def _scene(
        self, cell: str, document: str, cases: Mapping[str, Case], *, reveal: bool = False, whole: bool = False
    ) -> Scene:
        log, kinds = self._books.ledger.document(cell, document), self._books.kinds
        reading = Reading(kinds.merge_rules(kind_of(document)), kinds.lineage(kind_of(document)), reveal, whole)
        return Scene(document, log, reading, self._people, self._zone, self._books.now(), cases)

    def _events(self, cell: str, document: str, reveal: bool, whole: bool = False) -> list[_Event]:
        if is_sealed_cell(cell) and not whole:
            raise BadInput(
                f"What is under seal is told in no story: fieldsync sealed show {document} opens an answer.",
                zh=f"保密内容不在经过中说明；请使用 fieldsync sealed show {document} 查看。",
            )
        log = self._books.ledger.document(cell, document)
        if not log.entries:
            return []
        scene = self._scene(cell, document, self._cases(cell, document, log), reveal=reveal, whole=whole)
        found = [*self._of_entries(scene), *_of_cases(scene), *_of_endings(scene)]
        return sorted(found, key=lambda event: event.key)

    def _of_entries(self, scene: Scene) -> Iterator[_Event]:
        for entry in scene.log.entries.values():
            place = 5 if entry.cause in scene.cases else 1  # a decision comes before what it writes
            key = f"{entry.arrived}~{place}~{_generation(entry):012}~{entry.rev}"
            if entry.is_edit:
                yield _Event(key, {entry.rev}, EditWords(scene, entry).step)
            elif record := erased_by(entry):
                yield _Event(key, _met(entry), ErasureWords(scene, entry, self._erasures.get(record)).step)
            elif not entry.merged_into:
                yield _Event(key, _met(entry), MergeWords(scene, entry).step)

    def _cases(self, cell: str, document: str, log: DocumentLog) -> Mapping[str, Case]:
        """Return the cases about a document: its own, and those of its households that asked about it."""
        own = self._books.cases.where(document=document)
        units = self._units.of_document(cell, document)
        asked = [case for unit in sorted(units) for case in self._books.cases.where(household=unit)]
        causes = {outcome.cause for outcome in log.outcomes.values() if outcome.cause.startswith(BY_ITEM)}
        asked += [case for cause in sorted(causes) if (case := self._books.cases.find(cause))]
        about = [case for case in asked if any(item["document"] == document for item in case.items)]
        return {case.id: case for case in (*own, *about) if case.cell == cell}


def _generation(entry: Entry) -> int:
    """Return a revision's generation; 0 of one that was set aside since its name is none."""
    with suppress(BadInput):
        return generation(entry.rev)
    return 0


def _met(entry: Entry) -> set[str]:
    """Return the revisions that a server's revision came on, merged, or has an opinion about."""
    values = [value["rev"] for decision in entry.decisions for value in decision["values"]]
    candidates = [candidate["rev"] for contest in entry.contests for candidate in contest["candidates"]]
    return {*entry.path[:2], *entry.merged, *values, *candidates}


def _of_cases(scene: Scene) -> Iterator[_Event]:
    for case in scene.cases.values():
        words, revs = CaseWords(scene, case), _asked(scene, case)
        yield _Event(f"{case.opened}~2~{case.id}", revs, words.opened)
        if case.decision:
            yield _Event(f"{case.decision['at']}~3~{case.id}", revs, words.decided)


def _asked(scene: Scene, case: Case) -> set[str]:
    """Return the edits that a case is about."""
    edits = [rev for item in case.items if item["document"] == scene.document for rev in item["edits"]]
    return {*edits, *(candidate["rev"] for candidate in case.candidates), *([case.rev] if case.rev else [])}


def _of_endings(scene: Scene) -> Iterator[_Event]:
    for outcomes in endings(scene.log.outcomes.values()):
        first = outcomes[0]
        key = f"{first.at}~4~{first.outcome}~{first.item}~{first.rev}"
        yield _Event(key, {outcome.rev for outcome in outcomes}, EndWords(scene, outcomes).step)
