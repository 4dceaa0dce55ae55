"""What the offices decide: an admission, a return that is mended, a refusal, a duplicate, what is left for tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from fieldsync.simulate.homes import add_member, interview, submit, visit
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


def entered_twice(stage: Stage) -> Iterator[Phase]:
    """A newcomer seems to be somebody known already; joined by mistake, then parted when the family says otherwise."""
    (tablet, home), (_, other) = stage.alone("ma.yun"), stage.alone("ma.yun")
    known = other.persons[0]
    answers = {name: tablet.shown(known).data[name] for name in ("name", "sex", "birth_date")}
    visit(tablet, home, "complete")
    guest = {"kind": "usual", "relation": "99", "since": "2026-11-10", "came_from": "南充市", "reason": "family"}
    person, stay = add_member(tablet, home, answers, guest, "arrival")
    submit(tablet, home)
    yield Phase.OFFICE
    desk = stage.supervisor(home.cell)
    case = desk.case(kind="duplicate", document=person)
    stage.check("the case names who it may be", case["other"] == known, case["other"])
    desk.decide(case, "same")
    yield Phase.NEXT_DOOR
    given = tablet.shown(stay).data["person"]
    stage.check("the stay has become that person's", given == known, given)
    yield Phase.SECOND_OFFICE
    desk.post(f"cases/{case['id']}/undo", {"reason": "They were born on one day, in two towns / 同日出生，并非同一人"})
    desk.decide(desk.case(kind="duplicate", document=person), "different")
    yield Phase.CLOSING
    stage.expect(stay, "person", person)
    stage.check("both are persons again", "alias_of" not in stage.reviewer.record(person))
    stage.check("the tablet shows the newcomer", tablet.shown(stay).data["person"] == person)


DECISIONS = (
    Scene(Text("A correction that is admitted", "核准一项更正"), admitted),
    Scene(Text("A return, mended and submitted again", "退回后改正并重新提交"), returned_and_mended),
    Scene(Text("A refusal that goes back down", "未予采纳，原值下发"), refused),
    Scene(Text("A case left for tomorrow", "留待明日处理"), left_for_tomorrow),
    Scene(Text("Entered twice, it seems; parted again", "疑似重复登记，后撤销合并"), entered_twice),
)
