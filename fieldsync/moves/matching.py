"""Moves: both ends of a move are brought together, whichever is reported first, and what follows from it is done.

What is sure is noted as a move, the registry's record of the person enters the new cell, and the collector there is
asked by a task to go on with that record, if the newcomer was entered as somebody new. What is only likely becomes a
case. Who arrives here and has not left there is a task for the collector there. Nothing is merged or ended by this: the
stays stay with their cells and go their own way into the registry. Derived from what the cells hold; may be repeated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import Any, Literal

import msgspec

from fieldsync.admit import Admission, Books
from fieldsync.cases import CLOSED, DUE_DAYS, LEVELS, OPEN, Case, case_id
from fieldsync.clock import parse_time, write_time
from fieldsync.documents import Body, DocId, cell_database, data_of, decode_body, derived_id, kind_of
from fieldsync.matching.profile import Profile, profile_of
from fieldsync.moves.ends import (
    End,
    How,
    arrival_day,
    departure_day,
    fits,
    household_of,
    identity_of,
    likeness_of,
    recognised,
)
from fieldsync.moves.events import standing_events
from fieldsync.moves.tasks import matched_id, matched_task, verify_id, verify_task
from fieldsync.revisions import generation
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Query, Wiping
from fieldsync.tasks import Tasks

NAME = "moves"
State = Literal["matched", "likely", "different", "undone", "withdrawn"]
DECIDED = frozenset({"different", "undone"})
OVER = DECIDED | {"withdrawn"}
"""States in which a move does not stand: by a person, or since one of its ends is not reported any more."""


class Move(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="move"):
    """A move as it is kept: its two ends, by what the person was recognised, and what was decided about it."""

    id: str
    departure: End
    arrival: End
    how: How
    state: State
    at: str
    by: str | None = None

    @property
    def is_one_record(self) -> bool:
        """Tell whether both ends name the same document of the person."""
        return self.departure.person == self.arrival.person


class Moves:
    """Finds moves, in the database `moves`."""

    def __init__(self, books: Books, admission: Admission, tasks: Tasks, secret: bytes) -> None:
        self._books, self._admission, self._tasks, self._secret = books, admission, tasks, secret
        database = books.store.create(NAME)
        self._ends, self._moves = Shelf(database, "end:", End), Shelf(database, "move:", Move)

    def review(self, cell: str, documents: Iterable[str]) -> None:
        """Bring the ends that some documents report up to date, and match them; may be repeated."""
        for stay in sorted(self._stays(cell, documents)):
            for end in self._ends_of(cell, stay):
                self._match(end)
                self._ask_there(end)

    def all(self, state: str | None = None) -> Iterator[Move]:
        """Yield the moves, or those in a state, in order of identifier."""
        return (move for move in self._moves.all() if state in (None, move.state))

    def unmatched(self) -> Iterator[End]:
        """Yield the ends of which the other is not known: to or from outside the city, or not reported yet."""
        taken = {end.key for move in self.all() if move.state not in OVER for end in (move.departure, move.arrival)}
        return (end for end in self._ends.all() if end.is_reported and end.key not in taken)

    def also_known_as(self, person: str) -> set[str]:
        """Return the other identifiers of a person by moves that stand, where both ends were not one record."""
        moves = [move for kept in self._ends.where(person=person) for move in self._moves_of(kept.value)]
        ends = [end for move in moves if move.state == "matched" for end in (move.departure, move.arrival)]
        return {end.person for end in ends} - {person}

    def forget(self, about: Collection[str]) -> None:
        """Take away all ends and moves of persons and stays; `wipe` ends it."""
        ends = [f"end:{end.key}" for end in self._ends.all() if {end.person, end.stay} & set(about)]
        moves = [
            f"move:{m.id}" for m in self.all() for e in (m.departure, m.arrival) if {e.person, e.stay} & set(about)
        ]
        database = self._books.store.database(NAME)
        if isinstance(database, Wiping) and (rows := [DocId(row) for row in dict.fromkeys([*ends, *moves])]):
            database.forget(rows)

    def wipe(self) -> None:
        """Write the moves anew, where the store can, so that nothing forgotten is left in a file."""
        database = self._books.store.database(NAME)
        if isinstance(database, Wiping):
            database.wipe()

    def need(self, move: str) -> Move:
        """Return a move. Raises NotFound."""
        return self._moves.need(move, "move").value

    def undo(self, move: str, by: str) -> Move:
        """Take a move back: its task is withdrawn, and it is not found again. Raises NotFound."""
        return self._settle(self.need(move), "undone", by)

    def decided(self, case: Case) -> None:
        """Carry out what was decided about a likely move; may be repeated."""
        decision = case.decision or {}
        state: State = "matched" if decision["action"] == "moved" else "different"
        self._settle(self.need(str(case.base["move"])), state, decision["by"])

    def _stays(self, cell: str, documents: Iterable[str]) -> set[str]:
        """Return the stays that some documents speak of."""
        found: set[str] = set()
        for document in documents:
            if kind_of(document) == "stay":
                found.add(document)
            elif kind_of(document) in ("person", "event"):
                person = document if kind_of(document) == "person" else self._befell(cell, document)
                found |= {i for i, _ in self._about(cell, str(person)) if kind_of(i) == "stay"}
        return found

    def _befell(self, cell: str, event: str) -> Any:
        """Return the person of an event, or of the one that it corrects."""
        data = data_of(self._body(cell, event) or {})
        return data.get("person") or data_of(self._body(cell, str(data.get("corrects"))) or {}).get("person")

    def _ends_of(self, cell: str, stay: str) -> Iterator[End]:
        """Yield the ends that a stay reports now, kept; one that it reports no more is forgotten."""
        body = self._body(cell, stay)
        person = str(data_of(body or {}).get("person") or "")
        about = self._about(cell, person) if body and kind_of(person) == "person" else []
        events = standing_events(self._events(cell, about), lambda home: self._events(cell, self._about(cell, home)))
        is_new = body is not None and self._is_new(cell, stay)
        days = {
            "departure": departure_day(body, events) if body else None,
            "arrival": arrival_day(body, events, is_new=is_new) if body else None,
        }
        for kind, day in days.items():
            if body and day:
                yield self._kept(self._end(cell, (stay, body), kind, day))
            else:
                self._forget(f"{kind}:{stay}")

    def _end(self, cell: str, stay: tuple[str, Body], kind: Any, day: str) -> End:
        data = data_of(stay[1])
        profile = self._profile(cell, str(data["person"]))
        place = data.get("left_for" if kind == "departure" else "came_from")
        return End(
            kind=kind,
            cell=cell,
            stay=stay[0],
            person=str(data["person"]),
            household=household_of(stay[1]),
            day=day,
            place=place if isinstance(place, str) else None,
            identity=identity_of(profile, self._secret),
            likeness=likeness_of(profile),
            noted=write_time(self._books.now()),
        )

    def _kept(self, end: End) -> End:
        """Keep an end as it is now; when it was first noted stays."""
        kept = self._ends.get(end.key)
        if kept is None:
            self._ends.add(end.key, end)
            return end
        end = msgspec.structs.replace(end, noted=kept.value.noted)
        return self._ends.change(end.key, "end", lambda _: end)

    def _forget(self, key: str) -> None:
        """Note that an end is not reported any more; a move that nobody has decided about goes with it."""
        kept = self._ends.get(key)
        if kept is None or not kept.value.is_reported:
            return
        self._ends.replace(kept, msgspec.structs.replace(kept.value, is_reported=False))
        for move in self._moves_of(kept.value):
            if move.state not in OVER:
                self._settle(move, "withdrawn", None)
                self._ask_there(move.arrival)

    def _match(self, end: End) -> None:
        """Note the likeliest move that an end is one of, unless it is one of a move already."""
        standing = [move for move in self._moves_of(end) if move.state == "matched"]
        for move in standing:
            self._carry_out(self._moves.change(move.id, "move", lambda kept: _with_end(kept, end)))
        if standing:
            return
        mine = self._profile(end.cell, end.person)
        for other in self._others(end):
            pair = [(end, mine), (other, self._profile(other.cell, other.person))]
            (left, came) = pair if end.kind == "departure" else pair[::-1]
            found = recognised(left, came) if fits(left[0], came[0]) else None
            if found == ("likeness", False) and self._companions(left[0], came[0], "matched"):
                found = "household", True
            if found and self._noted(left[0], came[0], *found):
                return

    def _others(self, end: End) -> list[End]:
        """Return the free ends of the other kind that may belong to this one, the surest and nearest first."""
        ways = (("person", end.person), ("identity", end.identity), ("likeness", end.likeness))
        found = {o.value.key: o.value for name, value in ways if value for o in self._ends.where(**{name: value})}
        other = [o for o in found.values() if o.kind != end.kind and o.is_reported and not self._is_taken(o)]
        return sorted(other, key=lambda o: (o.person != end.person, o.identity != end.identity, o.day or "", o.stay))

    def _is_taken(self, end: End) -> bool:
        return any(move.state == "matched" for move in self._moves_of(end))

    def _moves_of(self, end: End) -> list[Move]:
        return [kept.value for kept in self._moves.where(**{f"{end.kind}.stay": end.stay})]

    def _noted(self, left: End, came: End, how: How, is_sure: bool) -> bool:
        """Note a move, or find it noted; tell whether it stands."""
        name = derived_id("move", left.stay, came.stay)
        state: State = "matched" if is_sure else "likely"
        at = write_time(self._books.now())
        move = Move(id=name, departure=left, arrival=came, how=how, state=state, at=at)
        if not self._moves.add(name, move):
            move = self._moves.change(name, "move", lambda kept: _with_ends(kept, left, came))
            if move.state == "withdrawn" or (move.state == "likely" and is_sure):
                move = self._settle(move, state, None)
        self._carry_out(move)
        return move.state not in OVER

    def _companions(self, left: End, came: End, state: State) -> list[Move]:
        """Return the moves, in a state, of other persons between the households of two ends."""
        if not (left.household and came.household):
            return []
        rows = self._books.store.database(cell_database(came.cell)).find(Query({"data.household": came.household}))
        stays = [row.id for row in rows if kind_of(row.id) == "stay" and row.id != came.stay]
        moves = [kept.value for stay in stays for kept in self._moves.where(**{"arrival.stay": stay})]
        pair = left.household, came.household
        return [m for m in moves if m.state == state and (m.departure.household, m.arrival.household) == pair]

    def _take_along(self, move: Move) -> None:
        """Let those who were only likely go with a move that stands between the same households."""
        for other in self._companions(move.departure, move.arrival, "likely"):
            self._moves.change(other.id, "move", lambda kept: msgspec.structs.replace(kept, how="household"))
            self._settle(other, "matched", None)
            self._close(other, "the household moved")

    def _settle(self, move: Move, state: State, by: str | None) -> Move:
        def edit(kept: Move) -> Move:
            return kept if kept.state == state else msgspec.structs.replace(kept, state=state, by=by)

        settled = self._moves.change(move.id, "move", edit)
        self._carry_out(settled)
        return settled

    def _carry_out(self, move: Move) -> None:
        """Do what follows from a move as it stands."""
        if move.state == "likely":
            self._ask(move)
            return
        if move.state == "matched":
            self._bring_record(move)
            asked_there = verify_id(move.departure.stay, move.arrival.stay)
            self._tasks.settle(move.departure.cell, asked_there, f"move:{move.id}")
            self._take_along(move)
        self._ask_here(move)

    def _ask_here(self, move: Move) -> None:
        """Ask the collector where somebody arrived to go on with the record that is known, while that is not done."""
        cell, task, cause = move.arrival.cell, matched_id(move), f"move:{move.id}"
        if move.state in OVER:
            self._tasks.withdraw(cell, task, cause)
            self._close(move, "the move was taken back")
        elif move.is_one_record:
            self._tasks.settle(cell, task, cause)
        else:
            self._tasks.ask(cell, task, matched_task(move, self._due(move.at)), cause)

    def _bring_record(self, move: Move) -> None:
        """Bring the registry's record of the person into the new cell, where it is not there."""
        record = self._books.registry.get(move.departure.person)
        cell = move.arrival.cell
        if record is None or cell in record.reconciled:
            return
        self._books.preload.enter(cell, [record], f"move:{move.id}")
        self._books.registry.reconcile(record.id, cell, {item: record.value(item) for item in record.items})

    def _ask(self, move: Move) -> None:
        """Open the case of a likely move; `base` says what speaks of which stays."""
        left, came = move.departure, move.arrival
        about = {"move": move.id, "how": move.how, "person": left.person, "instead": came.person}
        ends = {"left": _told(left), "came": _told(came)}
        case = Case(
            id=case_id("move", move.id),
            kind="move",
            state=OPEN,
            level=LEVELS[0],
            cell=came.cell,
            household=came.household,
            document=came.person,
            opened=move.at,
            due=self._books.cases.due(move.at),
            base={**about, **ends},
        )
        if not self._books.cases.add([case])[0]:
            self._reopen(case)

    def _reopen(self, case: Case) -> None:
        """Open a case again that went with an end which is reported once more."""
        current, parent = self._books.cases.get(case.id)
        if current.state == CLOSED and not current.decision:
            self._books.cases.put(case, parent)

    def _close(self, move: Move, because: str) -> None:
        case = self._books.cases.find(case_id("move", move.id))
        if case and case.is_open:
            current, parent = self._books.cases.get(case.id)
            closed = msgspec.structs.replace(current, state=CLOSED, closed_because=because)
            self._books.cases.put(closed, parent)

    def _ask_there(self, end: End) -> None:
        """Ask where the person still lives by the books, for each other cell that holds the same record."""
        if end.kind == "departure":
            arrivals = [o.value.stay for o in self._ends.where(person=end.person) if o.value.kind == "arrival"]
            for stay in arrivals:
                self._tasks.settle(end.cell, verify_id(end.stay, stay), "departure reported")
            return
        record = self._books.registry.get(end.person)
        is_free = all(move.state == "withdrawn" for move in self._moves_of(end))
        for cell in sorted(record.reconciled) if record and is_free else ():
            for stay, body in self._about(cell, end.person):
                if stay != end.stay and _is_open(stay, body):
                    task = verify_task(end, (stay, body), self._due(end.noted))
                    self._tasks.ask(cell, verify_id(stay, end.stay), task, "move")

    def _due(self, at: str) -> str:
        return write_time((parse_time(at) or self._books.now()) + timedelta(days=DUE_DAYS))

    def _profile(self, cell: str, person: str) -> Profile:
        return profile_of(person, data_of(self._body(cell, person) or {}))

    def _body(self, cell: str, document: str) -> Body | None:
        found = self._books.store.database(cell_database(cell)).get(DocId(document))
        return decode_body(found.body) if found and not found.deleted else None

    def _events(self, cell: str, about: Iterable[tuple[str, Body]]) -> list[tuple[str, Body]]:
        return [(i, body) for i, body in about if kind_of(i) == "event" and self._is_counted(cell, i)]

    def _about(self, cell: str, named: str) -> list[tuple[str, Body]]:
        """Return the documents of a cell that name a person or a household; none for what is neither."""
        if kind_of(named) not in ("person", "household"):
            return []
        query = Query({f"data.{kind_of(named)}": named}, limit=1000)
        rows = self._books.store.database(cell_database(cell)).find(query)
        return [(row.id, decode_body(row.body)) for row in rows]

    def _is_new(self, cell: str, stay: str) -> bool:
        """Tell whether a stay was first written on a tablet, and did not come from the registry."""
        first = [e for e in self._books.ledger.document(cell, stay).entries.values() if generation(e.rev) == 1]
        return bool(first) and all(e.is_edit for e in first)

    def _is_counted(self, cell: str, event: str) -> bool:
        entries = self._books.ledger.document(cell, event).edits()
        return all(self._admission.is_counted(entry) for entry in entries)


def _with_ends(move: Move, left: End, came: End) -> Move:
    """Return a move with its ends as they are reported now, unless a person has decided about it."""
    return move if move.state in DECIDED else msgspec.structs.replace(move, departure=left, arrival=came)


def _with_end(move: Move, end: End) -> Move:
    """Return a move with one of its ends as it is reported now."""
    return msgspec.structs.replace(move, **{end.kind: end})


def _is_open(stay: str, body: Body) -> bool:
    data = data_of(body)
    return kind_of(stay) == "stay" and not data.get("until") and data.get("kind") in ("usual", "temporary")


def _keys(move: Move) -> tuple[str, str]:
    return move.departure.key, move.arrival.key


def _told(end: End) -> dict[str, Any]:
    return {"cell": end.cell, "stay": end.stay, "household": end.household, "day": end.day, "place": end.place}


def _is_about(end: End, about: Collection[str]) -> bool:
    return end.person in about or end.stay in about
