"""What keeps a document that ran out: a hold, an open case, what a tablet still has to send, or how it was sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fieldsync.admit import Books
from fieldsync.cases import CLOSED, Case
from fieldsync.documents import (
    RECORDS,
    DocId,
    cell_database,
    data_of,
    decode_body,
    is_sealed_cell,
    kind_of,
    sealed_cell,
)
from fieldsync.erasing import Reach
from fieldsync.handovers.receipts import Receipts
from fieldsync.holds import Hold, Holds
from fieldsync.stores.base import Revision


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why something stays: `hold`, `case`, `handover` or `sealing`, and the words for it."""

    code: str
    en: str
    zh: str


class Obstacles:
    """Looks for what keeps the documents of one cell; reads holds, cases and handovers once for all of them."""

    def __init__(self, books: Books, holds: Holds, receipts: Receipts, reach: Callable[[str, str], Reach]) -> None:
        """`reach` tells what goes with a document of a cell."""
        self._books, self._holds, self._receipts, self._reach = books, holds, receipts, reach

    def of(self, cell: str, documents: Sequence[str]) -> dict[str, list[Obstacle]]:
        """Return for each of a cell's documents what keeps it; an empty list: nothing."""
        if not documents:
            return {}
        holds, room = self._holds.present(), sealed_cell(cell)
        cases = [c for one in (cell, room) for c in self._books.cases.where(cell=one) if c.state != CLOSED]
        unsent = [_unsent(one.tablet, one.missing) for one in self._receipts.waiting(iter([cell])) if one.missing]
        about = {name: self._about(cell, name) for name in documents}
        if any(case.cell == room for case in cases):
            for name in documents:
                about[name] |= self._books.ledger.naming(room, ("answer",), [name])
        return {
            name: [
                *(_held(hold) for one in about[name] for hold in holds.get(one, ())),
                *(_waits(case) for case in cases if _is_about(case, about[name])),
                *unsent,
                *self._sealing(cell, name),
            ]
            for name in documents
        }

    def _about(self, cell: str, name: str) -> set[str]:
        """Return what would go with a document, the forms of all that, and the persons and households it names."""
        reach = self._reach(cell, name)
        about = {name, kind_of(name)} | {one for held in reach.names() for one in (held, kind_of(held))}
        for place, held in reach.documents.items():
            if not is_sealed_cell(place):
                database = self._books.store.database(cell_database(place))
                found = database.revisions([(DocId(one), None) for one in held], latest=False)
                about |= {named for one in found for named in _named(one)}
        return about

    def _sealing(self, cell: str, name: str) -> Iterator[Obstacle]:
        ledger, registry = self._books.ledger, self._books.registry
        if kind_of(name) in RECORDS:
            is_old = ledger.lacks_own_key(cell, name)
        else:
            is_old = ledger.is_plain(cell, name) or registry.is_plain(name)
        if is_old:
            yield Obstacle(
                "sealing",
                "it was written before it had a key of its own: run fieldsync keys seal",
                "写入时尚无独立密钥：请运行 fieldsync keys seal",
            )


def _named(found: list[Revision]) -> set[str]:
    """Return the form of a document, and whom it is about."""
    body = decode_body(found[0].body) if found and not found[0].deleted else {}
    named = (body.get("form"), *(data_of(body).get(field) for field in ("person", "household")))
    return {value for value in named if isinstance(value, str)}


def _is_about(case: Case, names: set[str]) -> bool:
    return bool(names & {case.document, case.other, case.household, *(item.get("document") for item in case.items)})


def _held(hold: Hold) -> Obstacle:
    until = f" until {hold.until}" if hold.until else ""
    until_zh = f"，至 {hold.until}" if hold.until else ""
    return Obstacle(
        "hold",
        f"hold {hold.id} of {hold.subject} by {hold.by}{until}: {hold.reason}",
        f"保全 {hold.id}（{hold.subject}，{hold.by}{until_zh}）：{hold.reason}",
    )


def _waits(case: Case) -> Obstacle:
    return Obstacle("case", f"the case {case.id} is open", f"案件 {case.id} 尚未办结")


def _unsent(tablet: str, missing: int) -> Obstacle:
    return Obstacle(
        "handover",
        f"the cell was handed over, and tablet {tablet} has {missing} revisions to send",
        f"网格已交接，平板 {tablet} 尚有 {missing} 处修改未发送",
    )
