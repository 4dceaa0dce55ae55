"""Random days: tablets that edit offline, push, pull and submit; staff who decide; steps that run in between.

A day is a sequence of acts drawn from a seeded generator. After each act the outcomes are compared with what they were:
what is final changes by a person's decision and in no other way. At the end everybody submits and everything is
decided; then the books, the cells and the registry must agree, and running the steps again must change nothing.
"""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from fieldsync.accounting.reports import Wanted, accounting_report
from fieldsync.archiving import Archiving
from fieldsync.audit import Selection
from fieldsync.checking.rules import RULES
from fieldsync.decisions import Verdict
from fieldsync.documents import SUBJECTS, DocId, decode_body, kind_of
from fieldsync.errors import Conflict
from fieldsync.keys import key_file, load_keys
from fieldsync.merging import value_in
from fieldsync.pipeline import Pipeline
from fieldsync.proposals import FINAL
from fieldsync.registry import is_same_fact
from fieldsync.registry_import import Progress
from fieldsync.replication import Access, Caller, PushRequest
from fieldsync.revisions import server_rev
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store

CODES = ("constraint", "required", "choice", "relevant", "type", *(rule.code for rule in RULES))
"""What a collector may insist on."""
HOME, AWAY = "510107001004001", "510107001004002"
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
Seen = dict[tuple[str, str, str, str], str]
"""Outcomes by cell, document, revision and item."""


def uid(name: str) -> str:
    """Return a UUID by a name that reads well."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def named(kind: str, name: str) -> str:
    """Return a document's identifier by a name."""
    return f"{kind}:{uid(name)}"


FATHER, MOTHER = named("person", "father"), named("person", "mother")
FAMILY, TENANTS, ABROAD = (named("household", n) for n in ("family", "tenants", "abroad"))
HOUSEHOLDS = {HOME: (FAMILY, TENANTS), AWAY: (ABROAD,)}
_STAYS = (
    ("father", "family", "usual", "02"),
    ("mother", "family", "usual", "10"),
    ("mother", "tenants", "temporary", "02"),
)
_ALL_STAYS = (*_STAYS, ("father", "abroad", "usual", "02"))
ROWS = {
    "building": "id,cell,name,address,use\n"
    f"{uid('b1')},{HOME},Jinli 3,Jinli 3,residential\n{uid('b2')},{AWAY},Jinli 4,Jinli 4,residential\n",
    "dwelling": "id,building,room,use,occupancy\n"
    + "".join(f"{uid(d)},{uid(b)},301,residential,occupied\n" for d, b in (("d1", "b1"), ("d2", "b2"))),
    "household": "id,dwelling,type,languages\n"
    + "".join(f"{uid(h)},{uid(d)},family,zh\n" for h, d in (("family", "d1"), ("tenants", "d1"), ("abroad", "d2"))),
    "person": "id,name,sex,birth_date,id_type,id_number,phone\n"
    f"{uid('father')},王刚,1,1980-02-03,990,999999198002030010,12812345678\n"
    f"{uid('mother')},李芳,2,1981-02-03,990,999999198102030029,12812345679\n",
    "stay": "id,person,household,kind,relation,since\n"
    + "".join(f"{uid(f'{p}@{h}')},{uid(p)},{uid(h)},{k},{r},2019-05-01\n" for p, h, k, r in _ALL_STAYS),
}
VALUES: dict[str, dict[str, list[dict[str, Any]]]] = {
    "person": {
        "name": [{"name": n} for n in ("王刚", "王钢", "汪刚")],
        "birth_date": [{"birth_date": d} for d in ("1980-02-03", "1980-02-04", "1979-12-31")],
        "identity": [
            {"id_type": "990", "id_number": "999999198002030037"},
            {"id_type": "414", "id_number": "E00000001"},
            {"id_type": "990", "id_number": "999999198002030010"},
            {"id_type": None, "id_number": None},
            {"id_type": "111", "id_number": "?refused"},
        ],
        "phone": [{"phone": p} for p in ("12800000001", "12800000002", "12812345678", "?refused", None, "12")],
        "employer": [{"employer": e} for e in ("Jinli Tea", "Wuhou Post", "?unknown", None)],
        "languages": [{"languages": v} for v in ("zh", "zh en", "en yi", "yi", None, "?not_asked")],
        "note": [{"note": v} for v in ("dog", "dog\nstairs", "stairs", None)],
    },
    "household": {
        "languages": [{"languages": v} for v in ("zh", "zh en", "yi", "?unknown")],
        "contact_name": [{"contact_name": v} for v in ("Wang", "Li", None)],
    },
    "stay": {
        "relation": [{"relation": v} for v in ("01", "02", "10")],
        "since": [{"since": v} for v in ("2019-05-01", "2020-01-01", None)],
    },
    "dwelling": {"room": [{"room": v} for v in ("301", "302", "303")], "note": [{"note": v} for v in ("bell", None)]},
    "building": {"name": [{"name": v} for v in ("Jinli 3", "Jinli 3A")]},
}
"""Values by kind and item; a text that begins with `?` is a reason for a missing answer, None removes one."""


@dataclass
class Tablet:
    """A tablet of one cell: its heads, and what it has not pushed yet."""

    day: Day
    user: str
    cell: str
    error: timedelta
    heads: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = field(default_factory=dict)
    unsent: dict[str, bool] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    drained_at: datetime | None = None

    def pull(self) -> None:
        """Take the cell's winners, but for what was edited here and not pushed; a draining tablet gets nothing."""
        if self.drained_at:
            return
        gone = [i for i in self.heads if (w := self.day.database(self.cell).get(DocId(i))) and w.deleted]
        for doc_id in gone:
            if doc_id not in self.unsent:
                del self.heads[doc_id]
        for revision in self.day.database(self.cell).documents():
            if kind_of(revision.id) in SUBJECTS and revision.id not in self.unsent:
                self.heads[revision.id] = (revision.path, decode_body(revision.body))

    def edit(self, doc_id: str, values: dict[str, Any]) -> str:
        """Write a revision on the head."""
        path, body = self.heads.get(doc_id, ((), {"data": {}}))
        data, missing = dict(body.get("data", {})), dict(body.get("missing", {}))
        for name, value in values.items():
            data.pop(name, None)
            missing.pop(name, None)
            if isinstance(value, str) and value.startswith("?"):
                missing[name] = value[1:]
            elif value is not None:
                data[name] = value
        content: dict[str, Any] = {"kind": kind_of(doc_id), "data": data}
        return self._write(doc_id, {**content, **({"missing": missing} if missing else {})}, path)

    def delete(self, doc_id: str) -> str:
        """Write a tombstone on the head."""
        return self._write(doc_id, {}, self.heads[doc_id][0], deleted=True)

    def _write(self, doc_id: str, body: dict[str, Any], path: tuple[str, ...], *, deleted: bool = False) -> str:
        body = {**body, "meta": {"at": (self.day.moment + self.error).isoformat(), "by": self.user}}
        rev = server_rev(path[0] if path else None, deleted, body)
        self.heads[doc_id] = ((rev, *path), body)
        self.unsent[doc_id] = deleted
        return rev

    def submit(self, household: str, name: str, insist: dict[str, str]) -> None:
        """Write a submission that covers the household as this tablet has it."""
        covers = {i: path[0] for i, (path, _) in self.heads.items() if i in self.day.covered(self, household)}
        data = {"household": household, "round": "2026", "result": "complete", "covers": covers}
        data |= {"insist": insist} if insist else {}
        body = {"kind": "submission", "data": data, "meta": {"at": (self.day.moment + self.error).isoformat()}}
        rev = server_rev(None, False, body)
        self.records.append({**body, "_id": named("submission", name), **_revision((rev,), False)})

    def push(self) -> None:
        """Push every leaf that was not sent yet; inner revisions never come."""
        documents = [
            {**self.heads[i][1], "_id": i, **_revision(self.heads[i][0], deleted)} for i, deleted in self.unsent.items()
        ]
        raw = [json.dumps(d).encode() for d in (*documents, *self.records)]
        access = Access.DRAINING if self.drained_at else Access.HELD
        caller = Caller(self.user, f"tablet:{self.user}", access, self.drained_at)
        reading = (self.day.moment + self.error).isoformat()
        self.day.pipeline.intake.push(PushRequest(self.cell, caller, raw, reading))
        for doc_id in [i for i, deleted in self.unsent.items() if deleted]:
            del self.heads[doc_id]
        self.unsent.clear()
        self.records.clear()


def _revision(path: tuple[str, ...], deleted: bool) -> dict[str, Any]:
    start = int(path[0].partition("-")[0])
    revisions = {"start": start, "ids": [rev.partition("-")[2] for rev in path]}
    return {"_rev": path[0], "_revisions": revisions, **({"_deleted": True} if deleted else {})}


class Day:
    """An installation with two cells, four tablets and one reviewer, driven by a seeded generator."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random, self.moment, self.history = random.Random(seed), START, [f"seed {seed}"]
        settings = Settings(store=f"sqlite:///{folder}")
        self.zone, self.store = settings.zone, open_store(settings.store)
        for cell in (HOME, AWAY):
            self.store.create(f"cell-{cell}")
        keys = replace(load_keys(key_file(settings)), seal=bytes(32))  # a seed gives the same revisions every time
        services = Services.of(self.store, keys, settings, lambda: self.moment)
        self.ledger, self.pipeline = services.ledger, Pipeline.of(services)
        self.pipeline.importer(frozenset({HOME, AWAY})).take(ROWS, START, Progress())
        errors = (timedelta(), timedelta(hours=1), timedelta(days=-365), timedelta())
        users = (("li.na", HOME), ("zhang.wei", HOME), ("chen.jing", HOME), ("zhao.min", AWAY))
        self.tablets = [Tablet(self, u, c, e) for (u, c), e in zip(users, errors, strict=True)]
        for tablet in self.tablets:
            tablet.pull()
        self.seen: Seen = {}
        self.number = 0

    def database(self, cell: str) -> Any:
        """Return the database of a cell."""
        return self.store.database(f"cell-{cell}")

    def covered(self, tablet: Tablet, household: str) -> set[str]:
        """Return what a submission of a household covers: all that the tablet has of it."""
        bodies = {i: body.get("data", {}) for i, (_, body) in tablet.heads.items()}
        stays = [i for i, data in bodies.items() if kind_of(i) == "stay" and data.get("household") == household]
        dwelling = bodies.get(household, {}).get("dwelling", "")
        building = bodies.get(dwelling, {}).get("building", "")
        members = {bodies[i].get("person", "") for i in stays}
        housed = {data.get("person") for data in bodies.values() if data.get("household")}
        homeless = {i for i, data in bodies.items() if kind_of(i) == "stay" and not data.get("household")}
        strays = {i for i in bodies if kind_of(i) == "person" and i not in housed} | homeless
        return {household, dwelling, building, *stays, *members, *strays}

    def live(self, acts: int) -> None:
        """Live through a number of random acts."""
        weighted = {
            self._edit: 40, self._push: 18, self._pull: 14, self._submit: 10, self._run: 14, self._decide: 12,
            self._newcomer: 2, self._delete: 1, self._hand_over: 3, self._hand_back: 2,
        }  # fmt: skip
        for _ in range(acts):
            self.moment += timedelta(seconds=self.random.randrange(1, 900))
            self.random.choices(list(weighted), list(weighted.values()))[0]()

    def note(self, text: str) -> None:
        """Write an act into the history that a failure prints."""
        self.history.append(text)

    def _edit(self) -> None:
        tablet = self.random.choice(self.tablets)
        ids = sorted(i for i in tablet.heads if kind_of(i) in VALUES)
        people = [i for i in ids if kind_of(i) == "person"]
        doc_id = self.random.choice(people if people and self.random.random() < 0.7 else ids)
        item = self.random.choice(sorted(VALUES[kind_of(doc_id)]))
        values = self.random.choice(VALUES[kind_of(doc_id)][item])
        rev = tablet.edit(doc_id, values)
        self.note(f"{tablet.user} edits {doc_id[:12]} {item}: {values} -> {rev[:8]}")

    def _delete(self) -> None:
        tablet = self.random.choice(self.tablets)
        sent = [i for i in tablet.heads if self.database(tablet.cell).get(DocId(i))]
        doc_id = self.random.choice(sorted(i for i in sent if kind_of(i) in ("person", "stay")))
        self.note(f"{tablet.user} deletes {doc_id[:12]} -> {tablet.delete(doc_id)[:8]}")
        self._checked("delete", tablet.push)

    def _newcomer(self) -> None:
        tablet = self.random.choice(self.tablets)
        household = self.random.choice(HOUSEHOLDS[tablet.cell])
        self.number += 1
        person, stay = named("person", f"new{self.number}"), named("stay", f"new{self.number}")
        tablet.edit(person, {"name": "小明", "sex": "1", "birth_date": "2026-01-02", "phone": "12800000009"})
        tablet.edit(stay, {"person": person, "household": household, "kind": "usual", "relation": "20"})
        self.note(f"{tablet.user} adds {person[:12]}")

    def _push(self) -> None:
        tablet = self.random.choice(self.tablets)
        self.note(f"{tablet.user} pushes {len(tablet.unsent)}+{len(tablet.records)}")
        self._checked("push", tablet.push)

    def _pull(self) -> None:
        tablet = self.random.choice(self.tablets)
        self.note(f"{tablet.user} pulls")
        tablet.pull()

    def _hand_over(self) -> None:
        """Take a cell from a collector, as long as another still has it."""
        having = [t for t in self.tablets if not t.drained_at and t.cell == HOME]
        if len(having) > 1:
            tablet = self.random.choice(having)
            tablet.drained_at = self.moment
            self.note(f"{tablet.user} drains")

    def _hand_back(self) -> None:
        draining = [t for t in self.tablets if t.drained_at]
        if draining:
            tablet = self.random.choice(draining)
            tablet.drained_at = None
            self.note(f"{tablet.user} has the cell again")

    def _submit(self) -> None:
        tablet = self.random.choice(self.tablets)
        self._submit_of(tablet, self.random.choice(HOUSEHOLDS[tablet.cell]), self.random.random() < 0.2)

    def _submit_of(self, tablet: Tablet, household: str, insists: bool) -> None:
        self.number += 1
        insist = dict.fromkeys(CODES, "seen") if insists else {}
        tablet.submit(household, f"s{self.number}", insist)
        self.note(f"{tablet.user} submits {household[:14]} s{self.number} {'insisting' if insists else ''}")

    def _run(self) -> None:
        self.note("steps run")
        self._checked("run", self.catch_up)
        if self.random.random() < 0.2:
            self._must_rest()

    def catch_up(self) -> None:
        """Let the steps work off both cells."""
        for cell in (HOME, AWAY):
            self.pipeline.steps.catch_up(cell)

    def _decide(self) -> None:
        cases = self.pipeline.cases.where(state="open")
        if cases:
            self.decide(self.random.choice(cases), may_return=True)

    def decide(self, case: Any, *, may_return: bool) -> None:
        """Decide a case at random, as somebody who had nothing to do with it."""
        verdict = self._verdict(case, may_return)
        self.note(f"decides {case.kind} {case.id[-6:]} {case.item or ''}: {verdict.action} {list(verdict.items)}")
        before = self.outcomes()
        try:
            self.pipeline.steps.decide(case.id, verdict)
        except Conflict as conflict:
            self.note(f"  409 {conflict.message}")
        self._compare("decide", before, decided=case)

    def _verdict(self, case: Any, may_return: bool) -> Verdict:
        by, areas = "wu.min", ("5101",)
        if case.kind == "contest":
            if self.random.random() < 0.2:
                values = VALUES[kind_of(case.document)][case.item]
                third = next(v for v in values if not any(str(p).startswith("?") for p in v.values()))
                value = third if case.item == "identity" else third[case.item]
                return Verdict(by, areas, "value", value={"value": value})
            return Verdict(by, areas, "choose", rev=self.random.choice(case.candidates)["rev"])
        if case.kind == "deletion":
            return Verdict(by, areas, "refuse", "not deleted")
        if case.kind == "quarantine":
            return Verdict(by, areas, "dismiss", "seen")
        if case.kind == "late":
            return self._verdict_by_item(case, ["accept", "refuse"])
        return self._verdict_by_item(case, ["admit", "admit", "refuse", *(["return"] if may_return else [])])

    def _verdict_by_item(self, case: Any, actions: list[str]) -> Verdict:
        by, areas = "wu.min", ("5101",)
        items = [
            {"document": i["document"], "item": i["item"], "action": self.random.choice(actions), "reason": "so"}
            for i in case.items
            if self.random.random() < 0.3
        ]
        return Verdict(by, areas, self.random.choice(actions), "because", items=items)

    def outcomes(self) -> Seen:
        """Return every outcome that counts now."""
        return {
            (cell, document, rev, item): o.outcome
            for cell, document, log in self.ledger.documents()
            for (rev, item), o in log.outcomes.items()
        }

    def _checked(self, what: str, act: Any) -> None:
        before = self.outcomes()
        act()
        self._compare(what, before)

    def _compare(self, what: str, before: Seen, decided: Any = None) -> None:
        """Fail where a final outcome changed without a person who decided about it."""
        after = self.outcomes()
        for key, outcome in before.items():
            if outcome in FINAL and after.get(key) != outcome and not _is_about(decided, key):
                raise AssertionError(f"{what} changed {key} from {outcome} to {after.get(key)}")

    def evening(self, rounds: int = 12) -> None:
        """Everybody sends everything and submits, everything is decided, until nothing is left."""
        self._everybody_in()
        for tablet in self.tablets:
            tablet.drained_at = None
        for turn in range(rounds):
            self.moment += timedelta(minutes=20)
            self._everybody_in()
            self._mend_and_submit(insists=turn > 3)
            self._run()
            while cases := self.pipeline.cases.where(state="open"):
                self.decide(self.random.choice(cases), may_return=False)
                self._run()
            if turn and not self.waiting():
                return
        raise AssertionError(f"still waiting: {self.waiting()}")

    def think_again(self) -> None:
        """Take back something of what was decided, after the evening; on most days nobody does."""

    def _everybody_in(self) -> None:
        for tablet in self.tablets:
            self._checked("push", tablet.push)
            tablet.pull()
        self._run()

    def _mend_and_submit(self, *, insists: bool) -> None:
        for cell, households in HOUSEHOLDS.items():
            tablet = self.random.choice([t for t in self.tablets if t.cell == cell])
            tablet.pull()
            self._mend(tablet)
            for household in households:
                self._submit_of(tablet, household, insists)
            self._checked("push", tablet.push)

    def _mend(self, tablet: Tablet) -> None:
        for doc_id, (_, body) in list(tablet.heads.items()):
            data = body.get("data", {})
            mended: dict[str, Any] = {"phone": "12800000001"} if data.get("phone") == "12" else {}
            if kind_of(doc_id) == "person" and data.get("id_number") and not data.get("id_type"):
                mended |= {"id_type": "111"}
            if mended:
                self.note(f"{tablet.user} mends {doc_id[:12]} {tablet.edit(doc_id, mended)[:8]}")

    def waiting(self) -> dict[str, int]:
        """Return the changes that have not come to an end."""
        outcomes = self.pipeline.auditor.run().report()["outcomes"]
        return {k: n for k, n in outcomes.items() if k in ("waiting", "not_submitted")}

    def faults(self) -> Iterator[str]:
        """Yield what does not agree at the end of the day."""
        yield from self._book_faults()
        for cell in (HOME, AWAY):
            for revision in self.database(cell).documents():
                if kind_of(revision.id) in SUBJECTS:
                    yield from self._differences(cell, revision.id)
        yield from self._untold()
        yield from self._restlessness()

    def _book_faults(self) -> Iterator[str]:
        """Yield what does not agree in the books, before what is concluded goes to the archive, and after."""
        for _ in range(2):
            books = self.pipeline.auditor.run().report()
            yield from (f"books: {fault}" for fault in books["faults"])
            if not books["adds_up"]:
                yield f"the books do not add up: {books['unaccounted']} unaccounted"
            counted = accounting_report(self.pipeline.tallies, Wanted([""], Selection()))
            same = ("edits", "changes", "revisions", "outcomes", "by_collector", "by_day")
            yield from (f"tallies: {name} is {counted[name]}" for name in same if counted[name] != books[name])
            tallies = self.pipeline.tallies
            Archiving(self.store, self.ledger, self.pipeline.cases, tallies, self.zone).run(date(2099, 1, 1))

    def _untold(self) -> Iterator[str]:
        """Yield the steps of stories and the notices that lack a sentence or a word, or show what is sensitive."""
        for cell in (HOME, AWAY):
            documents = [r.id for r in self.database(cell).documents() if kind_of(r.id) in SUBJECTS]
            for step in (s for i in documents for s in self.pipeline.teller.document(cell, i)):
                if not (step["en"] and step["zh"]) or "The server wrote" in step["en"] or "{" in step["en"]:
                    yield f"{cell}: no words for {step}"
            for notice in self.database(cell).documents("notice:", "notice;"):
                if not all(m["text"]["zh"] for m in decode_body(notice.body)["data"].get("messages", ())):
                    yield f"{cell}: no words in {notice.id}"
                if re.search(r"128\d{8}|9999991\d{11}", notice.body.decode()):
                    yield f"{cell}: {notice.id} shows what is sensitive"

    def _differences(self, cell: str, doc_id: str) -> Iterator[str]:
        live = [leaf.rev for leaf in self.database(cell).leaves(DocId(doc_id)) if not leaf.deleted]
        if len(live) != 1:
            yield f"{doc_id} has live leaves {live}"
        body = decode_body(self.database(cell).get(DocId(doc_id)).body)
        record, rules = self.pipeline.registry.get(doc_id), self.pipeline.kinds.merge_rules(kind_of(doc_id))
        names = {rules.item_of(n) for n in (*body.get("data", {}), *body.get("missing", {}))}
        for item in sorted(names | set(record.items if record else ())):
            held, known = value_in(body, item, rules), record.value(item) if record else None
            if record is None or not is_same_fact(held, known):
                yield f"{cell} {doc_id} {item}: the cell has {held!r}, the registry {known!r}"

    def _must_rest(self) -> None:
        """Run the steps over everything, then again: the second time nothing may be written."""
        self._checked("run again", self._run_all)
        restless = list(self._restlessness())
        assert not restless, restless

    def _restlessness(self) -> Iterator[str]:
        names = [*(f"cell-{c}" for c in (HOME, AWAY)), "ledger", "registry", "cases"]
        before = {name: self.store.database(name).info().update_seq for name in names}
        self._run_all()
        after = {name: self.store.database(name).info().update_seq for name in names}
        yield from (f"running the steps again writes to {n}" for n in names if before[n] != after[n])

    def _run_all(self) -> None:
        for cell in (HOME, AWAY):
            self.pipeline.steps.run(cell, [r.id for r in self.database(cell).documents()])


def _is_about(case: Any, key: tuple[str, str, str, str]) -> bool:
    """Tell whether a decided case was about a change."""
    if case is None:
        return False
    about = {(i["document"], i["item"]) for i in case.items} | {(case.document, case.item or "_deleted")}
    return (key[1], key[3]) in about
