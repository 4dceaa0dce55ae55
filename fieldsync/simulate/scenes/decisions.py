"""What the offices decide: an admission, a return that is mended, a refusal, and what is left for tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from fieldsync.simulate.homes import interview, submit
from fieldsync.simulate.stage import Phase, Scene, Stage
from fieldsync.simulate.texts import Text


def admitted(stage: Stage) -> Iterator[Phase]:
    """A name was misspelt; the supervisor admits the correction."""
    tablet, home = stage.alone("zhou.ting")
    person = home.persons[0]
    name = tablet.shown(person).data["name"] + "君"
    interview(tablet, home, {person: {"name": name}})
    yield Phase.OFFICE
    desk = stage.supervisor(home.cell)
    desk.decide(desk.case(kind="admission", household=home.household), "admit")
    yield Phase.CLOSING
    stage.expect(person, "name", name)


def returned_and_mended(stage: Stage) -> Iterator[Phase]:
    """A name is returned with a reason; the collector asks again, mends it and submits again."""
    tablet, home = stage.alone("wu.gang")
    person = home.persons[0]
    family_name = tablet.shown(person).data["name"][0]
    interview(tablet, home, {person: {"name": f"{family_name}亚明"}})
    yield Phase.OFFICE
    desk = stage.supervisor(home.cell)
    reason = "The register says otherwise; please look at it / 与户口簿不符，请核对"
    desk.decide(desk.case(kind="admission", household=home.household), "return", reason=reason)
    yield Phase.NEXT_DOOR
    state = tablet.shown(f"state:{home.household}").data
    told = [one for one in state.get("returned", ()) if one["document"] == person and one["item"] == "name"]
    stage.check("the collector is told what came back and why", [o["reason"] for o in told] == [reason], str(state))
    tablet.edit(person, {"name": f"{family_name}雅明"})
    submit(tablet, home)
    yield Phase.SECOND_OFFICE
    desk.decide(desk.case(kind="admission", household=home.household), "admit")
    yield Phase.CLOSING
    stage.expect(person, "name", f"{family_name}雅明")
    status = tablet.shown(f"state:{home.household}").data.get("status")
    stage.check("the household is admitted in the end", status == "admitted", str(status))


def refused(stage: Stage) -> Iterator[Phase]:
    """A change of sex was a slip of the finger; the reviewer refuses it, and the old value goes back down."""
    tablet, home = stage.alone("xu.hui")
    person = home.persons[0]
    before = tablet.shown(person).data["sex"]
    interview(tablet, home, {person: {"sex": "9"}})
    yield Phase.OFFICE
    case = stage.reviewer.case(kind="admission", household=home.household)
    stage.reviewer.decide(case, "refuse", reason="A slip of the finger, the collector confirms / 误触，已与采集员确认")
    yield Phase.CLOSING
    stage.expect(person, "sex", before)
    stage.check("the tablet has the registry's value again", tablet.shown(person).data["sex"] == before)


def left_for_tomorrow(stage: Stage) -> Iterator[Phase]:
    """An identity document is seen for the first time; nobody gets round to it today, and it visibly waits."""
    tablet, home = stage.alone("sun.tao")
    person = home.persons[0]
    before = stage.reviewer.record(person)["items"]["identity"]["value"]
    interview(tablet, home, {person: {"id_type": "414", "id_number": "E00000202"}})
    yield Phase.CLOSING
    waiting = stage.reviewer.cases(kind="admission", household=home.household)
    stage.check("the case is still open", len(waiting) == 1, str(len(waiting)))
    now = stage.reviewer.record(person)["items"]["identity"]["value"]
    stage.check("nothing enters the registry before a decision", now == before, str(now))


DECISIONS = (
    Scene(Text("A correction that is admitted", "核准一项更正"), admitted),
    Scene(Text("A return, mended and submitted again", "退回后改正并重新提交"), returned_and_mended),
    Scene(Text("A refusal that goes back down", "未予采纳，原值下发"), refused),
    Scene(Text("A case left for tomorrow", "留待明日处理"), left_for_tomorrow),
)
