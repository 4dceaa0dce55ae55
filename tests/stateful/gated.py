"""The model in which tablets speak to the real gate, and are told by the real routes what they may know, and no more.

`holding.py` knows who may do what. Whatever a tablet asks for, in whichever way, the answer is looked at; and of all
that it writes it is kept when that was in truth.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis.stateful import invariant

from fieldsync.documents import DocId
from tests.stateful.asking import Remote, Reply, Request, asked, every_way
from tests.stateful.holding import Right
from tests.stateful.machine import PEOPLE, FieldMachine, Tablet
from tests.stateful.offices import BUILDING, CELLS, Pass, passes_in
from tests.stateful.servers import CELL, Server
from tests.stateful.supervisors import Supervisors

Times = dict[str, tuple[datetime, timedelta]]
"""When each item was changed in truth, and by how much the clock was wrong then."""


class HandedOver(Tablet):
    """A tablet of a town where cells change hands: what it shows the gate, and when it really wrote what."""

    passed: Pass
    is_lost = False
    is_silent = False

    def __init__(self, user: str, error: timedelta, limit: int, *, tells_time: bool) -> None:
        super().__init__(user, error, limit, tells_time=tells_time)
        self.limit = limit
        self.written: dict[tuple[str, str], Times] = {}


class GatedMachine(FieldMachine):
    """The town of the model, in which tablets speak to the gate."""

    tablet_type = HandedOver

    def __init__(self) -> None:
        super().__init__()
        self.supervisors = Supervisors(self.town)
        self.passes = passes_in(self.folder / "store")
        self.lost: list[HandedOver] = []
        self.turn = 0

    def _ask(self, tablet: Tablet, server: Server, request: Request) -> Reply:
        """Ask a server, and see that it answers what the asker may know, and nothing else."""
        assert isinstance(tablet, HandedOver)
        self.supervisors.advance()
        right = self.supervisors.cells[request.cell].right(tablet.user)
        in_doubt = self.supervisors.is_in_doubt(request.cell)
        reply = asked(server.desk, request, tablet.passed.token)
        if tablet.is_lost:
            assert reply.status == 401, f"{tablet.user}'s lost tablet got {reply} for {request}"
        elif not in_doubt:
            may = right is Right.ALL or (right is Right.SEND and not request.reads)
            assert (reply.status != 403) == may, f"{tablet.user} may {right} and got {reply} for {request}"
        if tablet.is_lost or (right is not Right.ALL and not in_doubt):
            assert not reply.shows, f"{tablet.user} may {right} and was shown {reply} for {request}"
        return reply

    @invariant()
    def nobody_sees_what_he_may_not(self) -> None:
        """Whoever asks, for whichever cell, in whichever way: one after the other has a turn."""
        if self.tablets:
            self.turn += 1
            tablet, cell = self.tablets[self.turn % 3], CELLS[(self.turn // 3) % 5 == 0]
            document, rev = (PEOPLE[0], self._rev()) if cell == CELL else (BUILDING, "1-0")
            ways = list(every_way(cell, document, rev))
            self._ask(tablet, self.town.servers[self.turn % 2], ways[(self.turn * 5) % len(ways)])

    def _rev(self) -> str:
        return str(self.town.cell.get(DocId(PEOPLE[0])).rev)

    def _set_up(self, tablet: Tablet) -> None:
        assert isinstance(tablet, HandedOver)
        tablet.passed = self.passes[tablet.user]
        super()._set_up(tablet)

    def _fetch(self, tablet: Tablet, only: Callable[[str], bool] = lambda _: True) -> None:
        self.turn += 1
        server = self.town.servers[self.turn % 2]
        tablet.replica.fetch(Remote(lambda request: self._ask(tablet, server, request), CELL), only)

    def _lacking(self, tablet: Tablet, server: Server) -> list[bytes]:
        leaves = tablet.replica.leaves()
        reply = self._ask(tablet, server, Request("POST", CELL, "_revs_diff", leaves))
        if reply.status != 200:
            return []
        gaps = {doc_id: gap["missing"] for doc_id, gap in reply.json.items()}
        return [tablet.replica.document(doc_id, rev) for doc_id, revs in gaps.items() for rev in revs]

    def _send(self, tablet: Tablet, server: Server, documents: list[bytes], die_at: int) -> None:
        if not documents:
            return
        self.town.later(3)
        reading = (self.town.moment + tablet.error).isoformat() if tablet.tells_time else None
        body = {"docs": [json.loads(one) for one in documents], "new_edits": False}
        tablet.sent.append(documents)
        replies: list[Reply] = []
        request = Request("POST", CELL, "_bulk_docs", body, reading)
        server.survive(lambda: replies.append(self._ask(tablet, server, request)), die_at)
        if replies and replies[0].status == 201:
            tablet.kept |= {(one["_id"], one["_rev"]) for one in body["docs"]}

    def _meta(self, tablet: Tablet, doc_id: str, data: Any) -> dict[str, Any]:
        """Return what a tablet says of a version, among it when each item was changed, if it is one that does."""
        assert isinstance(tablet, HandedOver)
        if tablet.is_silent:
            return {"by": tablet.user}
        meta = super()._meta(tablet, doc_id, data)
        if not isinstance(data, dict) or not tablet.tells_time:
            return meta
        winner = tablet.replica.copy(doc_id).winner
        before, now = self._data(tablet, doc_id), (self.town.moment, tablet.error)
        changed = {item for item in {*before, *data} if before.get(item) != data.get(item)}
        self.upcoming = {**tablet.written.get((doc_id, winner or ""), {}), **dict.fromkeys(changed, now)}
        return meta | {"stamps": {item: (at + error).isoformat() for item, (at, error) in self.upcoming.items()}}

    def _write(self, tablet: Tablet, doc_id: str, data: Any, *, deleted: bool = False) -> None:
        self.upcoming: Times = {}
        super()._write(tablet, doc_id, data, deleted=deleted)
        assert isinstance(tablet, HandedOver)
        tablet.written[doc_id, tablet.replica.copy(doc_id).winner or ""] = self.upcoming

    def _right(self, tablet: Tablet) -> Right:
        return self.supervisors.cells[CELL].right(tablet.user)

    def _mine(self, number: int) -> HandedOver:
        tablet = self.tablets[number]
        assert isinstance(tablet, HandedOver)
        return tablet

    def _without(self) -> set[str]:
        """Return those who have no tablet that may speak."""
        return {tablet.user for number, tablet in enumerate(self.tablets) if self._mine(number).is_lost}
