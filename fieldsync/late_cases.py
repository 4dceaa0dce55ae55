"""Late cases: what was made after a handover, before a person; one for each household and tablet.

The case follows from the ledger, so it may be opened again and again. Whoever sent it is told, in a notice that `/me`
brings to a tablet which can no longer pull; and told again when somebody has decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from fieldsync.admit import Admission, Books
from fieldsync.cases import CLOSED, DECIDED, LEVELS, OPEN, Case, case_id
from fieldsync.clock import parse_time, write_time
from fieldsync.documents import RECORDS, SUBJECTS, DocId, Rev, data_of, derived_id, kind_of
from fieldsync.earlier import earlier_rulings
from fieldsync.errors import BadInput
from fieldsync.late import LETS_IN, body_let_in, has_late, outermost, replacing, undecided
from fieldsync.ledger import DocumentLog, Entry
from fieldsync.merging import value_in, value_to
from fieldsync.proposals import Ruling
from fieldsync.resolve import Resolver
from fieldsync.server_writes import Draft, Pen
from fieldsync.states import ruling_on
from fieldsync.telling.late import LateWords
from fieldsync.units import Units

NOTICE_DAYS = 30
_KEY = ("document", "rev", "item")


class LateCases:
    """Opens late cases, carries out what was decided about them, and tells their collectors."""

    def __init__(self, books: Books, admission: Admission, pen: Pen, resolver: Resolver, words: LateWords) -> None:
        self._books, self._admission, self._pen, self._resolver = books, admission, pen, resolver
        self._units, self._words = Units(books.store), words

    def review(self, cell: str, documents: Iterable[str]) -> None:
        """Bring what is late in some documents before a person; may be repeated."""
        logs = self._books.ledger.several(cell, list(documents))
        late = {document: log for document, log in logs.items() if has_late(log)}
        for document in sorted(late, key=_before_persons):
            self._give_way(cell, late[document])
            waiting = [(e, item) for e, item in undecided(late[document]) if not replacing(late[document], e, item)]
            for tablet in sorted({entry.tablet or "" for entry, _ in waiting}):
                mine = self._not_decided(document, [w for w in waiting if (w[0].tablet or "") == tablet])
                if mine:
                    self._ask(cell, document, late[document], mine)
        self._withdraw(cell, late)

    def carry_out(self, case: Case) -> None:
        """Let in what was accepted, refuse the rest; may be repeated."""
        for document, rev in sorted({(i["document"], i["rev"]) for i in case.items}):
            log = self._books.ledger.document(case.cell, document)
            entry = log.entries.get(rev)
            mine = [i for i in case.items if (i["document"], i["rev"]) == (document, rev)]
            if entry is not None:
                self._decide(case, log, entry, mine)
        self.tell(case)

    def check(self, case: Case, decision: Mapping[str, Any]) -> None:
        """See that the entries of one roster are decided alike. Raises BadInput."""
        actions: dict[tuple[str, str], str] = {}
        for item in case.items:
            rules = self._books.kinds.merge_rules(kind_of(item["document"]))
            key = (item["document"], outermost(item["item"], rules))
            action = ruling_on(decision, item)["action"]
            if actions.setdefault(key, action) != action:
                raise BadInput(
                    f"The entries of {key[1]} of {key[0]} came together: accept all of them or none.",
                    zh=f"{key[0]} 的 {key[1]} 的各条目一并送达：须全部采用或全部不采用。",
                )

    def tell(self, case: Case) -> None:
        """Write the notice of a case as it stands."""
        whom = case.submitted_by[0] if case.submitted_by else ""
        moment = parse_time((case.decision or {}).get("at") or case.opened) or self._books.now()
        text = self._words.text(case)
        message = {"id": case.id, "outcome": "late", "at": write_time(moment), "text": text}
        data = {
            "for": whom,
            "tablet": case.tablet,
            "cell": case.cell,
            "case": case.id,
            "messages": [message],
            "text": text,
            "expires": write_time(moment + timedelta(days=NOTICE_DAYS)),
        }
        self._pen.publish(case.cell, {_notice(case): {"kind": "notice", "data": data}}, "late")

    def _give_way(self, cell: str, log: DocumentLog) -> None:
        """Note which late changes their tablet has replaced by another before anybody decided."""
        replaced = [(e, i, by) for e, i in undecided(log) if (by := replacing(log, e, i))]
        for entry, item, by in replaced:
            detail = {"by": "a later change"}
            ruling = Ruling(entry.rev, item, "superseded", by.rev, by.author, detail)
            self._admission.conclude(log, cell, entry.document, [ruling])

    def _not_decided(self, document: str, waiting: Sequence[tuple[Entry, str]]) -> list[tuple[Entry, str]]:
        """Return the changes that are in no case whose decision a crash kept from being carried out."""
        cases = [c for c in self._books.cases.where(tablet=waiting[0][0].tablet or "") if c.state == DECIDED]
        decided = {_key(item) for case in cases if case.kind == "late" for item in case.items}
        return [(entry, item) for entry, item in waiting if (document, entry.rev, item) not in decided]

    def _ask(self, cell: str, document: str, log: DocumentLog, waiting: Sequence[tuple[Entry, str]]) -> None:
        """Enter changes into the open case of their household and tablet, and let them wait for it."""
        asked = [self._asked(log, entry, item) for entry, item in waiting]
        case = self._case(cell, self._unit(cell, document, waiting[0][0]), waiting[0][0])
        known = {_key(item) for item in case.items}
        if news := [item for item in asked if _key(item) not in known]:
            items = sorted([*case.items, *news], key=_key)
            case = self._put(case, items=items, earlier=self._earlier(case, items))
        self.tell(case)
        rulings = [Ruling(entry.rev, item, "waiting", case.id) for entry, item in waiting]
        self._admission.conclude(log, cell, document, rulings)

    def _earlier(self, case: Case, items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        about = {(item["document"], item["item"]) for item in items}
        return earlier_rulings(self._books.cases.where(household=case.household or ""), about)

    def _case(self, cell: str, unit: str, entry: Entry) -> Case:
        """Return the open case of a unit and a tablet, made if there is none."""
        mine = [c for c in self._books.cases.where(household=unit) if _is_of(c, cell, entry)]
        found = next((c for c in mine if c.is_open), None)
        if found:
            return found
        now = self._books.now()
        case = Case(
            id=case_id("late", cell, unit, entry.tablet or "", str(len(mine))),
            kind="late",
            state=OPEN,
            level=LEVELS[0],
            cell=cell,
            household=unit,
            tablet=entry.tablet,
            opened=write_time(now),
            submitted_by=[entry.author] if entry.author else [],
        )
        self._books.cases.add([case])
        return self._books.cases.get(case.id)[0]

    def _unit(self, cell: str, document: str, entry: Entry) -> str:
        """Return the household that a document is about; one that is late itself says so, or a late stay does."""
        named = data_of(entry.body or {})
        for name in ("household", "dwelling"):
            if isinstance(named.get(name), str) and kind_of(named[name]) == name and kind_of(document) != "household":
                return str(named[name])
        found = self._units.of_document(cell, document)
        return min(found, default=None) or self._unit_of_late_stay(cell, document, entry) or document

    def _unit_of_late_stay(self, cell: str, person: str, entry: Entry) -> str | None:
        cases = self._books.cases.where(tablet=entry.tablet or "") if kind_of(person) == "person" else []
        about = {"person": person}
        mine = [c for c in cases if c.kind == "late" and c.cell == cell and c.is_open]
        return next(
            (c.household for c in mine if any(about.items() <= i.get("names", {}).items() for i in c.items)), None
        )

    def _asked(self, log: DocumentLog, entry: Entry, item: str) -> dict[str, Any]:
        """Return an item of a case: what was written, what stood there before, and what the registry has."""
        rules = self._books.kinds.merge_rules(kind_of(entry.document))
        record = self._books.registry.get(entry.document)
        before = log.nearest_live(entry.rev)
        data = data_of(entry.body or {})
        return {
            "document": entry.document,
            "rev": entry.rev,
            "item": item,
            "proposed": {} if item == "*" else value_to(value_in(entry.body, item, rules)),
            "told": {} if item == "*" else value_to(value_in(before.body if before else None, item, rules)),
            "registry": value_to(record.value(item)) if record else {},
            "edits": [entry.rev],
            "level": LEVELS[0],
            "by": entry.author,
            "tablet": entry.tablet,
            "at": entry.stamps.get(item, entry.arrived),
            **({"names": {"person": data["person"]}} if isinstance(data.get("person"), str) else {}),
        }

    def _withdraw(self, cell: str, late: Mapping[str, DocumentLog]) -> None:
        """Take out of open cases what has come to an end without a decision; close those that are left empty."""
        tablets = {e.tablet or "" for log in late.values() for e in log.entries.values() if e.late}
        for case in [c for tablet in sorted(tablets) for c in self._books.cases.where(tablet=tablet)]:
            if case.kind == "late" and case.cell == cell and case.is_open:
                left = [i for i in case.items if i["document"] not in late or _waits(late[i["document"]], i)]
                if left != case.items:
                    closing = {} if left else {"state": CLOSED, "closed_because": "nothing is left to decide"}
                    self.tell(self._put(case, items=left, **closing))

    def _decide(self, case: Case, log: DocumentLog, entry: Entry, items: Sequence[Mapping[str, Any]]) -> None:
        decision = case.decision or {}
        accepted = [i["item"] for i in items if ruling_on(decision, i)["action"] == "accept"]
        if accepted and kind_of(entry.document) in SUBJECTS:
            self._let_in(case, log, entry, sorted(accepted))
        rulings = [_ruling(case, entry, i, i["item"] in accepted) for i in items]
        self._admission.conclude(log, case.cell, entry.document, [r for r in rulings if not _is_over(log, r)])

    def _let_in(self, case: Case, log: DocumentLog, entry: Entry, items: Sequence[str]) -> None:
        """Write a child of the late revision with what was accepted, and have it merged."""
        rules = self._books.kinds.merge_rules(kind_of(entry.document))
        draft = Draft(
            document=DocId(entry.document),
            content=body_let_in(log, entry, items, rules),
            path=(Rev(entry.rev),),
            cause=case.id,
            meta={LETS_IN: entry.rev, "items": list(items)},
            stamps=entry.stamps,
            contests=entry.contests,
            author=entry.author,
            tablet=entry.tablet,
            authority=entry.authority,
        )
        for written in self._pen.write(case.cell, [draft]):
            log.add(written.entry)
        self._resolver.settle(case.cell, DocId(entry.document), log)

    def _put(self, case: Case, **values: Any) -> Case:
        current, parent = self._books.cases.get(case.id)
        changed = msgspec.structs.replace(current, **values)
        if changed != current and current.is_open:
            self._books.cases.put(changed, parent)
        return changed


def _ruling(case: Case, entry: Entry, item: Mapping[str, Any], is_accepted: bool) -> Ruling:
    """Return what a late change comes to: a record is recorded, a subject's waits for its submission; or refused."""
    decision = case.decision or {}
    if not is_accepted:
        detail = {"reason": ruling_on(decision, item)["reason"]}
        return Ruling(entry.rev, item["item"], "refused", case.id, decision["by"], detail)
    if kind_of(entry.document) in RECORDS:
        return Ruling(entry.rev, item["item"], "recorded", case.id, decision["by"])
    return Ruling(entry.rev, item["item"], "waiting", f"accepted:{case.id}", decision["by"])


def _is_over(log: DocumentLog, ruling: Ruling) -> bool:
    """Tell whether a change has gone on from what was decided; a repeat does not turn it back."""
    last = log.outcomes.get((ruling.rev, ruling.item))
    return last is not None and not (last.outcome == "waiting" and last.cause.startswith("late:"))


def _waits(log: DocumentLog, item: Mapping[str, Any]) -> bool:
    return any((e.rev, changed) == (item["rev"], item["item"]) for e, changed in undecided(log))


def _is_of(case: Case, cell: str, entry: Entry) -> bool:
    return (case.kind, case.cell, case.tablet) == ("late", cell, entry.tablet)


def _key(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(item[name] for name in _KEY)


def _before_persons(document: str) -> tuple[bool, str]:
    """Return the order of review: stays say which household a person is of."""
    return kind_of(document) == "person", document


def _notice(case: Case) -> DocId:
    return DocId(f"notice:{derived_id('late', case.id)}")
