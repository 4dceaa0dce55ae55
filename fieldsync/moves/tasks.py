"""Tasks about moves, as the collectors read them in their cells. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fieldsync.documents import Body, DocId, derived_id
from fieldsync.moves.ends import End, household_of
from fieldsync.telling.phrases import LANGUAGES, Phrase, said

if TYPE_CHECKING:
    from fieldsync.moves.matching import Move

_MATCHED: Final[Phrase] = (
    "This newcomer is known in the city: their record has come into your cell. Please point the stay at that record and"
    " enter there what you learned anew.",
    "该新来人员在本市已有登记，其记录已下发到您的网格。请将居住记录改为指向该记录，并补录新了解到的内容。",
)
_VERIFY: Final[Phrase] = (
    "This person is reported to live elsewhere in the city since {day}. Please see whether the stay here has ended.",
    "据报该人员自{day}起已在本市他处居住，请核实其在此处的居住是否已结束。",
)


def matched_id(move: Move) -> DocId:
    """Return the identifier of the task for the collector where somebody arrived."""
    return DocId(f"task:{derived_id('newcomer_matched', move.id)}")


def verify_id(stay: str, arrival: str) -> DocId:
    """Return the identifier of the task where somebody still lives by the books: their stay, and the one elsewhere."""
    return DocId(f"task:{derived_id('verify_departure', stay, arrival)}")


def matched_task(move: Move, due: str) -> dict[str, Any]:
    """Return the task for the collector where somebody arrived: go on with the record that is known."""
    data = {
        "type": "newcomer_matched",
        "person": move.departure.person,
        "instead": move.arrival.person,
        "stay": move.arrival.stay,
    }
    return _task(data, move.arrival.household, f"move:{move.id}", due, _MATCHED, "")


def verify_task(arrival: End, stay: tuple[str, Body], due: str) -> dict[str, Any]:
    """Return the task for the collector where somebody still lives by the books; it does not say where they went."""
    data = {"type": "verify_departure", "person": arrival.person, "stay": stay[0]}
    source = f"arrival:{arrival.stay}"
    return _task(data, household_of(stay[1]), source, due, _VERIFY, arrival.day or "")


def _task(
    about: dict[str, Any], household: str | None, source: str, due: str, words: Phrase, day: str
) -> dict[str, Any]:
    text = {language: said(words, language).format(day=day) for language in LANGUAGES}
    where = {"household": household} if household else {}
    return {
        "kind": "task",
        "data": {**about, **where, "source": source, "due": due, "priority": "normal", "text": text},
    }
