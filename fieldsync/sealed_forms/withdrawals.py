"""Withdrawals: whoever agreed and then says no has what was told before it erased. Idempotent.

What was set aside under seal goes too; and a no that changes one's own answer, which is set aside, withdraws it.

Order: the list of the erased, by which a restore erases again; the books, whose change becomes `erased`; the sealed
database; the key, with which the ledger's copy goes too; the files, written anew; last the stub, which says `withdrawn`
to the cell. Who was interrupted begins again, for the stub still says that consent was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsync.admit import Books
from fieldsync.burying import Burying, Ground, wipe
from fieldsync.clock import write_time
from fieldsync.documents import DocId, Rev, cell_database, data_of, decode_body, kind_of, sealed_cell
from fieldsync.erased import Erasure, Erasures
from fieldsync.filing_keys import places_of
from fieldsync.holds import Holds
from fieldsync.ledger import entry_id
from fieldsync.sealed_forms.answers import Consent, is_stub, subject_of
from fieldsync.sealed_forms.set_aside import SetAside, SetAsides
from fieldsync.sealed_forms.waiting import WaitingRefusals
from fieldsync.server_writes import Draft, Pen
from fieldsync.stores.base import Query
from fieldsync.trail import Trail, about
from fieldsync.vault import PersonKeys
from fieldsync.vault.owners import owner_of_quarantined

CAUSE = "withdrawal"
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a withdrawal goes by: what was set aside, what is held, and the refusals that wait for the end of a hold."""

    set_asides: SetAsides
    holds: Holds
    waiting: WaitingRefusals


@dataclass(frozen=True, slots=True)
class Told:
    """A stub: in which cell, of which answer, and what it says."""

    cell: str
    answer: str
    path: tuple[Rev, ...]
    body: Mapping[str, Any]

    @property
    def question(self) -> tuple[str, str | None]:
        """Return what was asked: of which form, about whom."""
        return str(self.body.get("form")), subject_of(self.body)

    @property
    def at(self) -> str:
        """Return when it was answered, in the server's time."""
        return str(data_of(self.body).get("at"))

    def says(self, consent: Consent) -> bool:
        """Tell whether this is what became of the question for consent."""
        return data_of(self.body).get("consent") == consent


class Withdrawals:
    """Finds what a refusal withdraws, and erases it."""

    def __init__(
        self, books: Books, pen: Pen, keys: PersonKeys, erasures: Erasures, trail: Trail, grounds: Grounds
    ) -> None:
        self._books, self._pen, self._keys, self._erasures, self._trail = books, pen, keys, erasures, trail
        self._burying = Burying(books, pen)
        self._set_asides, self._holds, self._waiting = grounds.set_asides, grounds.holds, grounds.waiting

    def review(self, cell: str, answers: Sequence[str]) -> bool:
        """Erase what was told before a refusal, where some answers of a cell are one of the two.

        Returns whether something waits, since it is held.
        """
        wanted = [(DocId(answer), None) for answer in answers]
        found = self._books.store.database(cell_database(cell)).revisions(wanted, latest=False)
        asked = {told.question for told in _stubs(cell, (one[0] for one in found if one))}
        asked |= {one.question for one in self._set_asides.of(cell) if one.answer in answers}
        questions = sorted((form, subject) for form, subject in asked if subject)
        waits = [self._settle(cell, form, subject) for form, subject in questions]
        return any(waits)

    def resume(self) -> None:
        """Withdraw what was on hold when it was refused, and is not any more."""
        for one in list(self._waiting.all()):
            if not self.review(one.cell, [one.answer]):
                self._waiting.end(one)

    def _settle(self, cell: str, form: str, subject: str) -> bool:
        """Withdraw what a refusal is about; tell whether some of it is held."""
        places = self._places(cell, subject)
        told = [one for one in self._about(places, subject) if one.question == (form, subject)]
        answers = {one.answer for one in told}
        every = [one for place in places for one in self._set_asides.of(place)]
        apart = [one for one in every if one.answer in answers or one.is_of(form, subject)]
        refusals = [one for one in told if one.says(Consent.REFUSED)] + [
            _refusal(one) for one in apart if one.refuses and one.is_of(form, subject)
        ]
        refusal = max(refusals, key=lambda one: one.at, default=None)
        gone = [one for one in told if refusal and one.says(Consent.GIVEN) and one.at <= refusal.at]
        for one in told:
            if one not in gone and one.says(Consent.GIVEN) and self._is_gone(one):
                self._tell(one)
        if refusal is None:
            return False
        return self._carry_out(refusal, [*gone, *(other for other in apart if other.at <= refusal.at)])

    def _carry_out(self, refusal: Told, found: Sequence[Told | SetAside]) -> bool:
        """Erase what a refusal withdraws, but for what is held; tell whether something is."""
        present = self._holds.present() if found else {}
        held = [one for one in found if present.keys() & _held_by(one, refusal)]
        if held:
            self._waiting.enter(refusal.cell, refusal.answer)
        for one in found:
            if one in held:
                continue
            if isinstance(one, SetAside):
                self._drop(one, refusal)
            else:
                self._withdraw(one, refusal)
        return bool(held)

    def _places(self, cell: str, subject: str) -> list[str]:
        """Return the cells that know somebody, with the one that was told."""
        record = self._books.registry.get(subject)
        return sorted({cell, *(places_of(record) if record else ())})

    def _about(self, places: Sequence[str], subject: str) -> Iterator[Told]:
        """Yield what cells are told of somebody's answers."""
        for place in places:
            query = Query({f"data.{kind_of(subject)}": subject}, limit=_MOST)
            yield from _stubs(place, self._books.store.database(cell_database(place)).find(query))

    def _drop(self, one: SetAside, refusal: Told) -> None:
        """Erase a revision that was set aside; a refusal says nothing and is kept. Its case is over."""
        self._books.cases.close(one.case, CAUSE)
        if one.refuses:
            return
        room, at, by = sealed_cell(one.cell), write_time(self._books.now()), str(data_of(refusal.body).get("by"))
        owner = owner_of_quarantined(entry_id(room, one.answer, one.entry.rev))
        self._erasures.note(Erasure(record=one.answer, at=at, by=by, reason=CAUSE, others=[owner], cells=[room]))
        self._destroy([owner], at)
        self._trail.note(
            by, "sealed.withdraw", one.answer, f"by {refusal.answer}; {about([refusal.question[1] or ''])}"
        )

    def _destroy(self, owners: Sequence[str], at: str) -> None:
        self._keys.destroy(owners, at)
        wipe(self._keys.database)

    def _withdraw(self, told: Told, refusal: Told) -> None:
        room, at = sealed_cell(told.cell), write_time(self._books.now())
        by, subject = str(data_of(refusal.body).get("by")), told.question[1] or ""
        self._erasures.note(Erasure(record=told.answer, at=at, by=by, reason=CAUSE, cells=[room]))
        self._burying.bury(room, told.answer, Ground(f"{CAUSE}:{refusal.answer}", at, by))
        self._destroy([told.answer], at)
        self._burying.clean(room, [told.answer])
        self._trail.note(by, "sealed.withdraw", told.answer, f"by {refusal.answer}; {about([subject])}")
        self._tell(told)

    def _tell(self, told: Told) -> None:
        content = {name: value for name, value in told.body.items() if name != "meta"}
        content["data"] = {**data_of(told.body), "consent": Consent.WITHDRAWN.value}
        self._pen.write(told.cell, [Draft(DocId(told.answer), content, told.path, cause=CAUSE)])

    def _is_gone(self, told: Told) -> bool:
        """Tell whether an answer was erased from under seal and its stub does not say so: a restore erased it again."""
        room = cell_database(sealed_cell(told.cell))
        leaves = (
            self._books.store.database(room).leaves(DocId(told.answer)) if room in self._books.store.names() else ()
        )
        return bool(leaves) and all(leaf.deleted for leaf in leaves)


def _held_by(one: Told | SetAside, refusal: Told) -> set[str]:
    """Return what a hold may be of that keeps an answer."""
    named = (*refusal.question, *(data_of(one.body).get(name) for name in ("person", "household")))
    return {"answer", *(name for name in named if isinstance(name, str))}


def _refusal(one: SetAside) -> Told:
    """Return a refusal that was set aside as a stub would tell of it."""
    said = {"consent": Consent.REFUSED.value, "at": one.at, "by": one.entry.author}
    return Told(one.cell, one.answer, (), {**one.body, "data": {**data_of(one.body), **said}})


def _stubs(cell: str, found: Iterable[Any]) -> Iterator[Told]:
    for one in found:
        body = {} if one.deleted else decode_body(one.body)
        if is_stub(body):
            yield Told(cell, one.id, one.path, body)
