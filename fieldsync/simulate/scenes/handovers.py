"""A cell changes hands at noon while its old holder is out of the network, with work that is not sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from fieldsync.simulate.clocks import TabletClock
from fieldsync.simulate.homes import Home, homes_in, submit, visit
from fieldsync.simulate.staff import Desk
from fieldsync.simulate.stage import Phase, Scene, Stage, Tale
from fieldsync.simulate.tablet import Collector, Tablet
from fieldsync.simulate.texts import Text

AREA = "510107062"
OLD, NEW = Collector("deng.kai", "邓凯", "Deng Kai"), Collector("luo.yan", "罗燕", "Luo Yan")


def handover_at_noon(stage: Stage) -> Iterator[Phase]:
    """What was made in time merges, what was made after it waits and is let in; the receipt ends it."""
    desk = stage.supervisor(AREA)
    cell = _free_cell(stage, desk)
    old = _engaged(stage, desk, OLD, cell, holds=True)
    old.pull()
    first, second = islice(_plain_homes(stage, old, cell), 2)
    _works(old, first, {"employer": "武侯祠博物馆"})
    yield Phase.AFTERNOON
    new = _engaged(stage, desk, NEW, cell, holds=False)
    _shown_before(stage, desk, old, cell)
    done = desk.post("handovers", {"cells": [cell], "to": NEW.user})
    stage.check("the cell has changed hands", [m["to"] for m in done["moves"]] == [NEW.user], str(done["moves"]))
    new.pull()
    new.edit(first.persons[0], {"occupation": "讲解员"})
    new.push()
    old.edit(second.persons[0], {"occupation": "园艺师"})
    stage.check("the old tablet gets nothing more", old.pull() == 0)
    old.push()
    stage.check("it is told that it drains", _standing(old)["state"] == "draining", str(_standing(old)))
    yield Phase.OFFICE
    new.pull()
    in_time = new.shown(first.persons[0]).data
    stage.check("what was made in time has merged", in_time.get("employer") == "武侯祠博物馆", str(in_time))
    stage.check("beside what the new holder wrote", in_time.get("occupation") == "讲解员", str(in_time))
    before = new.shown(second.persons[0]).data.get("occupation")
    stage.check("what was made after it does not show", before != "园艺师", str(before))
    desk.decide(desk.case(kind="late", cell=cell), "accept")
    yield Phase.NEXT_DOOR
    new.pull()
    for home in (first, second):
        visit(new, home, "complete")
        submit(new, home)
    new.push()
    heard = [n for n in old.me()["notices"] if "移交" in n["text"]["zh"]]
    stage.check("the old holder reads what was decided", len(heard) == 1, str(heard))
    stage.check("the old tablet may destroy its replica", _standing(old)["may_destroy"], str(_standing(old)))
    old.destroy(cell)
    stage.check("with its receipt the cell is gone", _standing(old)["state"] == "gone", str(_standing(old)))
    yield Phase.CLOSING
    stage.expect(first.persons[0], "employer", "武侯祠博物馆")
    stage.expect(first.persons[0], "occupation", "讲解员")
    stage.expect(second.persons[0], "occupation", "园艺师")
    waiting = desk.get("handovers/waiting", area=AREA)["waiting"]
    stage.check("no receipt is missing", waiting == [], str(waiting))
    stage.tell(_tale(cell, first.persons[0]))


def _tale(cell: str, person: str) -> Tale:
    title = Text("A handover over lunch", "午间移交")
    moral = Text(
        "deng.kai was out of the network when his cell went to luo.yan. What he had written before it merged with hers,"
        " item by item; what he wrote after it waited for a person.",
        "网格移交给罗燕时，邓凯处于离线状态。他在移交前填写的内容与罗燕的修改逐项合并，移交后填写的则由人工决定。",
    )
    return Tale(title, moral, cell, person, "employer")


def _free_cell(stage: Stage, desk: Desk) -> str:
    """Return a cell with people in it that nobody works today."""
    worked = {cell for tablet in stage.tablets.values() for cell in tablet.cells}
    codes = sorted(feature["id"] for feature in desk.get("cells", area=AREA)["features"])
    free = [code for code in codes if code not in worked and next(desk.records(code), None)]
    if not free:
        raise LookupError(f"In area {AREA} no cell with people is left that nobody works.")
    return str(free[0])


def _engaged(stage: Stage, desk: Desk, who: Collector, cell: str, *, holds: bool) -> Tablet:
    """Return the tablet of a collector who is new today; the supervisor makes the account and hands it out."""
    display = {"zh": who.zh, "en": who.en}
    desk.post("staff", {"name": who.user, "display": display, "roles": ["collector"], "areas": [AREA]})
    if holds:
        desk.post("assignments", {"cell": cell, "collector": who.user})
    tablet = Tablet(who, TabletClock(next(iter(stage.tablets.values())).clock.day), [cell])
    tablet.enrol(stage.server.address, desk.post("devices/enrolments", {"collector": who.user})["code"])
    stage.guests.append(tablet)
    return tablet


def _plain_homes(stage: Stage, tablet: Tablet, cell: str) -> Iterator[Home]:
    for _ in homes_in(tablet.replicas[cell]):
        yield stage.claim(tablet, cell)


def _works(tablet: Tablet, home: Home, answers: dict[str, str]) -> None:
    visit(tablet, home, "complete")
    tablet.edit(home.persons[0], answers)


def _shown_before(stage: Stage, desk: Desk, old: Tablet, cell: str) -> None:
    """See that the supervisor is told of the old holder's tablet before the cell changes hands."""
    told = desk.post("handovers?dry_run=true", {"cells": [cell], "to": NEW.user})["impact"][0]
    known = [tablet["tablet"] for tablet in told["tablets"] if tablet["seen"]]
    stage.check("the supervisor is told which tablet holds the cell", known == [old.id], str(told))


def _standing(tablet: Tablet) -> dict[str, Any]:
    standing: dict[str, Any] = tablet.me()["cells"][0]
    return standing


HANDOVERS = (
    Scene(Text("A cell changes hands at noon, with work unsent", "午间移交网格，尚有未上报内容"), handover_at_noon),
)
