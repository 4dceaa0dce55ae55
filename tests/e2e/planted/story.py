"""The story of the planted values: whom the city's files bring, what tablets send, and what staff make of it.

`COVERED` are in items that forms mark as sensitive; `OPEN` in all else: other answers, reasons, words of staff.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.e2e.planted.office import CELL, PASSWORD, Desk, Tablet, uid, workbook_of
from tests.e2e.planted.planting import NUMBERS, PHONES, WORDS
from tests.e2e.processes import wait_for

HOME, FANG, TWIN = f"household:{uid('home')}", f"person:{uid('fang')}", f"person:{uid('twin')}"
STAY, STAY_2 = f"stay:{uid('stay')}", f"stay:{uid('stay 2')}"
NEW_HOME, NEWCOMER, NEW_STAY = (f"{kind}:{uid('new')}" for kind in ("household", "person", "stay"))
WORDS_COVERED, OPEN = WORDS[:8], WORDS[8:]
COVERED = [*NUMBERS, *PHONES, *WORDS_COVERED]
Rows = dict[str, list[dict[str, str]]]


@dataclass
class Town:
    """A server at work, and those who work with it."""

    address: str
    admin: Desk
    reviewer: Desk
    auditor: Desk
    first: Tablet
    second: Tablet
    numbers: Iterator[str]
    phones: Iterator[str]
    covered: Iterator[str]
    open: Iterator[str]

    def settle(self) -> None:
        """Wait until what was pushed has been worked off."""
        wait_for(lambda: not self.admin.json("reports/steps", area=CELL)["behind"], pause_s=0.2)


def engage(address: str) -> Town:
    """Let an administrator give everybody an account, and collectors their cell and tablets."""
    admin = Desk(address, "admin")
    for name, role in (("wu.min", "reviewer"), ("auditor", "auditor")):
        admin.post("staff", name=name, roles=[role], areas=["510107"], password=PASSWORD)
    tablets = []
    for name, role in (("li.na", "holder"), ("zhang.wei", "helper")):
        admin.post("staff", name=name, roles=["collector"], areas=["510107"])
        admin.post("assignments", cell=CELL, collector=name, role=role)
        code = admin.post("devices/enrolments", collector=name)["code"]
        tablets.append(Tablet(address, admin.post("devices/enrol", code=code, label="Tablet")["access"]))
    values = map(iter, (NUMBERS, PHONES, WORDS_COVERED, OPEN))
    return Town(address, admin, Desk(address, "wu.min"), Desk(address, "auditor"), *tablets, *values)


def hand_over(town: Town) -> None:
    """Import a workbook but for a row that cannot enter, whose reasons are downloaded."""
    rows = _rows(town)
    rows["person"].append({**rows["person"][0], "id": uid("odd"), "birth_date": next(town.open)})
    job = town.admin.post("registry/imports?skip_rejects=true", content=workbook_of(rows))["id"]
    wait_for(lambda: town.admin.json(f"registry/imports/{job}")["state"] != "running", pause_s=0.3)
    assert town.admin.json(f"registry/imports/{job}")["state"] == "done"
    told = town.admin.get(f"registry/imports/{job}/rejects").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(told))
    assert (row["file"], row["id"]) == ("city.xlsx", f"person:{uid('odd')}")


def _rows(town: Town) -> Rows:
    """Return a household, and two persons who look alike."""
    fang = {"name": "王芳", "sex": "2", "birth_date": "1980-02-03", "id_type": "990"}
    lives = {"household": uid("home"), "kind": "usual", "since": "2019-05-01"}
    return {
        "building": [{"id": uid("b"), "cell": CELL, "name": "锦里3栋"}],
        "dwelling": [
            {"id": uid("d"), "building": uid("b"), "room": "301", "use": "residential", "occupancy": "occupied"}
        ],
        "household": [
            {"id": uid("home"), "dwelling": uid("d"), "type": "family", "languages": "zh"}
            | {"phone": next(town.covered), "contact_name": next(town.open)}
        ],
        "person": [
            {"id": uid(name), **fang, "id_number": next(town.numbers), "phone": next(town.phones)}
            | {"employer": next(town.open)}
            for name in ("fang", "twin")
        ],
        "stay": [
            {"id": uid(stay), "person": uid(name), "relation": relation, **lives, "came_from": next(town.open)}
            for stay, name, relation in (("stay", "fang", "02"), ("stay 2", "twin", "77"))
        ],
    }


def collect(town: Town) -> None:
    """Let two collectors meet the same person; one sends what cannot enter, too."""
    first, second = town.first, town.second
    seen = first.get(FANG)
    contact = {"emergency_name": next(town.covered), "emergency_phone": next(town.phones)}
    first.edit(seen, phone=next(town.phones), id_number=next(town.numbers), **contact)
    second.edit(seen, phone=next(town.phones), id_number=next(town.numbers), employer=next(town.open))
    first.edit(first.get(HOME), phone=next(town.covered), note=next(town.open))
    first.edit(first.get(STAY), left_for=next(town.open))
    first.edit(first.get(TWIN), residence_permit=next(town.covered))
    first.push({"_id": TWIN, "_rev": "no revision", "phone": next(town.covered)})
    first.push({"_id": FANG, "_rev": "1-" + "f" * 32, "kind": "person", "data": next(town.covered)})
    assert first.send(f'{{"docs": [{{"_id": "{FANG}", "data": {next(town.open)}'.encode()) == 400
    town.settle()


def decide(town: Town) -> None:
    """Let a reviewer decide what waits, in words that hold values: contests, returns, refusals, quarantine, doubles."""
    reviewer, words = town.reviewer, town.open
    (contest,) = reviewer.cases("contest")
    chosen = {"value": {"id_type": "990", "id_number": next(town.numbers)}}
    reviewer.decide(contest["id"], action="value", value=chosen, reason=next(words))
    for action in ("return", "refuse"):
        case = _proposed(town, action)
        items = [_ruling(case["items"][0], action, next(words))]
        reviewer.decide(case["id"], action=action, reason=next(words), items=items)
    case = _proposed(town, "admit")
    reviewer.decide(case["id"], action="admit")
    reviewer.post(f"cases/{case['id']}/revert", reason=next(words))
    for case in reviewer.cases("quarantine"):
        reviewer.decide(case["id"], action="dismiss", reason=next(words))
    (double,) = reviewer.cases("duplicate")
    reviewer.decide(double["id"], action="same", reason=next(words))
    reviewer.post(f"cases/{double['id']}/undo", reason=next(words))
    reviewer.decide(double["id"], action="different", reason=next(words))
    town.settle()


def welcome(town: Town) -> None:
    """Let somebody move in, be drawn in a lot that is rejected for a fault, and be admitted after all."""
    home = {"dwelling": f"dwelling:{uid('d')}", "type": "family", "languages": "zh", "contact_name": next(town.open)}
    card = {"id_type": "990", "id_number": next(town.numbers), "phone": next(town.phones)}
    town.first.new(NEW_HOME, **home)
    town.first.new(NEWCOMER, name=next(town.open), sex="1", birth_date="1990-01-02", **card)
    town.first.new(NEW_STAY, person=NEWCOMER, household=NEW_HOME, kind="usual", relation="02", since="2026-11-01")
    town.first.submit("new", NEW_HOME, NEWCOMER, NEW_STAY)
    town.settle()
    lot = town.reviewer.post("lots", area="510107", round="r")
    town.auditor.get(f"lots/{lot['id']}")
    faults = [{"case": case, "fault": next(town.open)} for case in lot["sample"]]
    town.reviewer.post(f"lots/{lot['id']}/decision", action="reject", looked_at=faults)
    for case in lot["sample"]:
        town.reviewer.decide(case, action="admit")


def _ruling(item: dict[str, Any], action: str, reason: str) -> dict[str, Any]:
    return {"document": item["document"], "item": item["item"], "action": action, "reason": reason}


def _proposed(town: Town, name: str) -> dict[str, Any]:
    """Let a collector change what needs a decision and what does not, and hand the household in; returns the case."""
    town.first.edit(town.first.get(FANG), name=next(town.open), former_name=next(town.open))
    town.first.submit(name, HOME, FANG, STAY, TWIN, STAY_2, insist={"constraint": next(town.open)})
    town.settle()
    (case,) = town.reviewer.cases("admission")
    return case


def provoke(town: Town) -> None:
    """Ask what cannot be answered, each time with a value in it; one time the server fails."""
    value = next(town.open)
    asked: list[Callable[[], object]] = [
        lambda: town.admin.get(f"registry/{quote(value)}"),
        lambda: town.admin.get("registry", identity=value, phone=value, name=value),
        lambda: town.admin.get("registry", cursor=value, at=value),
        lambda: town.admin.get(f"cases/{quote(value)}", kind=value),
        lambda: town.admin.get(f"{quote(value)}/nowhere"),
        lambda: town.admin.post("session", status=401, name=value, password=value),
        lambda: town.admin.post("cases/decisions", status=403, decisions=[{"case": value, "action": "admit"}]),
        lambda: town.reviewer.post("lots", status=400, area=value, round=value),
        lambda: town.reviewer.post("cases/decisions", decisions=[{"case": value[:9], "action": "value", "rev": value}]),
        lambda: town.admin.post("forms?filename=x.xlsx", status=400, content=value.encode()),
        lambda: town.admin.post("plans?name=x&date=2026-11-01", status=400, content=value.encode()),
        lambda: town.admin.post("registry/imports", status=400, content=value.encode()),
        lambda: town.first.send(b"\x1f\x8b" + value.encode()),
        lambda: town.first.send(f'{{"docs": "{value}"}}'.encode()),
        lambda: town.first.get(f"{FANG}?rev={quote(value)}"),
        lambda: town.admin.post(f"broken?{quote(value)}", status=500, name=value),
    ]
    for one in asked:
        one()


def write_on(town: Town) -> None:
    """Let a collector write what is left of the values, one after the other, into one item each."""
    for item, values in (("emergency_name", town.covered), ("note", town.open)):
        for value in values:
            town.first.edit(town.first.get(FANG), **{item: value})
    town.settle()


def look(town: Town) -> None:
    """Let an auditor, to whom nothing sensitive is shown, read all; others what is shown to them with a reason."""
    for path in (
        "registry",
        "cases",
        "lots",
        "moves",
        "reports/accounting",
        "reports/completeness",
        "exchange/systems",
    ):
        town.auditor.get(path)
    for state in ("open", "closed"):
        for case in town.auditor.json("cases", state=state)["cases"]:
            town.auditor.get(f"cases/{case['id']}")
    for record in (FANG, TWIN, HOME, STAY):
        town.auditor.get(f"registry/{record}")
        town.auditor.get(f"registry/{record}/history")
        town.auditor.get(f"registry/{record}/duplicates")
        town.auditor.get(f"documents/{record}/story", cell=CELL)
        for path in (f"registry/{record}", f"registry/{record}/history", f"documents/{record}/story"):
            town.reviewer.get(path, cell=CELL, reveal="true", reason="request 7")
    for kind, form in (("household", "csv"), ("stay", "csv"), ("person", "xlsx"), ("person", "parquet")):
        town.auditor.get("registry/export", kind=kind, format=form)
        town.admin.get("registry/export", kind=kind, format=form, reveal="true", reason="request 7")
    town.admin.get(f"registry/{FANG}/file", reason="request 7")
    town.admin.get("/metrics")
