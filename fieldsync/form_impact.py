"""What a change of a form means for the documents under way: how many there are, in which cells, with which answers.

Counted from the winners in the cells' databases; nothing is kept, and no answer leaves this module but as a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from fieldsync.documents import TABLET_KINDS, cell_database
from fieldsync.errors import DatabaseMissing
from fieldsync.shelf import LAST
from fieldsync.stores.base import Store
from forms_spec import Change

AT_ONCE = 4
"""Cells that are read at the same time."""


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of a form's kind: by cell, by the version they name (empty: none), and by what changes in them.

    `answers` has, by field, how many documents have an answer to a question that is gone; `choices`, by field and
    choice, how many have a choice that is gone.
    """

    documents: int = 0
    cells: dict[str, int] = {}
    versions: dict[str, int] = {}
    answers: dict[str, int] = {}
    choices: dict[str, dict[str, int]] = {}


class _Body(msgspec.Struct):
    version: Any = None
    data: Any = None


def count_impact(
    store: Store,
    form: str,
    cells: Iterable[str],
    changes: Iterable[Change],
    counted: Callable[[str], None] = lambda _: None,
) -> Impact:
    """Count the documents of a form in some cells, and what of their answers the changes touch.

    `counted` hears of each cell that is done. A form that is no kind of document has none.
    """
    if form not in TABLET_KINDS:
        return Impact()
    found = list(changes)
    removed = [change.field for change in found if change.kind == "removed"]
    choices = {change.field: frozenset(change.choices) for change in found if change.kind == "choices_removed"}
    total = _Tally(removed, choices)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="impact") as pool:
        for cell, tally in pool.map(lambda cell: (cell, _count(store, form, cell, removed, choices)), cells):
            total.take(cell, tally)
            counted(cell)
    return total.impact()


class _Tally:
    """Sums on their way."""

    def __init__(self, removed: Iterable[str], choices: Mapping[str, frozenset[str]]) -> None:
        self._removed, self._choices = list(removed), choices
        self.cells: Counter[str] = Counter()
        self.versions: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.chosen: Counter[tuple[str, str]] = Counter()

    def see(self, body: _Body) -> None:
        """Count one document."""
        self.versions[body.version if isinstance(body.version, str) else ""] += 1
        self.answers.update(name for name in self._removed if any(True for _ in _answers(body.data, name)))
        for name, gone in self._choices.items():
            chosen = {value for answer in _answers(body.data, name) for value in _chosen(answer)}
            self.chosen.update((name, value) for value in chosen & gone)

    def take(self, cell: str, other: _Tally) -> None:
        """Add the sums of a cell."""
        self.cells[cell] += other.versions.total()
        self.versions += other.versions
        self.answers += other.answers
        self.chosen += other.chosen

    def impact(self) -> Impact:
        """Return the sums; what nobody has is named with 0, a cell without documents is not."""
        choices = {
            name: {value: self.chosen[name, value] for value in sorted(gone)} for name, gone in self._choices.items()
        }
        return Impact(
            documents=self.versions.total(),
            cells={cell: count for cell, count in sorted(self.cells.items()) if count},
            versions=dict(sorted(self.versions.items())),
            answers={name: self.answers[name] for name in self._removed},
            choices=choices,
        )


def _count(store: Store, form: str, cell: str, removed: Iterable[str], choices: Mapping[str, frozenset[str]]) -> _Tally:
    tally, decoder = _Tally(removed, choices), msgspec.json.Decoder(_Body)
    try:
        for found in store.database(cell_database(cell)).documents(f"{form}:", f"{form}:{LAST}"):
            tally.see(decoder.decode(found.body))
    except DatabaseMissing:
        return tally
    return tally


def _answers(data: Any, place: str) -> Iterator[Any]:
    """Yield the answers at a place (`members.age`: of each member) that are there."""
    name, _, inner = place.partition(".")
    answer = data.get(name) if isinstance(data, dict) else None
    if not inner:
        if answer not in (None, "", []):
            yield answer
        return
    for member in answer if isinstance(answer, list) else ():
        yield from _answers(member, inner)


def _chosen(answer: Any) -> list[str]:
    if isinstance(answer, str):
        return [answer, *answer.split()]
    return [value for value in answer if isinstance(value, str)] if isinstance(answer, list) else []
