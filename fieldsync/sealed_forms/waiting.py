"""Refusals that wait: what they withdraw is on hold, and goes once no hold is on it any more."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fieldsync.holds import NAME
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal, by its answer and the cell that was told of it; `over` once it has withdrawn all that it can."""

    cell: str
    answer: str
    over: bool = False


class WaitingRefusals:
    """Reads and writes them; they name answers, nobody else."""

    def __init__(self, store: Store) -> None:
        self._shelf = Shelf(store.create(NAME), "refusal:", Waiting)

    def enter(self, cell: str, answer: str) -> None:
        """Have a refusal looked at again by each sweep."""
        waiting = Waiting(cell=cell, answer=answer)
        if not self._shelf.add(_key(waiting), waiting):
            self._shelf.change(_key(waiting), "refusal", lambda _: waiting)

    def end(self, waiting: Waiting) -> None:
        """Let one be."""
        self._shelf.change(_key(waiting), "refusal", lambda held: msgspec.structs.replace(held, over=True))

    def all(self) -> Iterator[Waiting]:
        """Yield those that wait."""
        yield from (one for one in self._shelf.all() if not one.over)


def _key(waiting: Waiting) -> str:
    return f"{waiting.cell}/{waiting.answer}"
