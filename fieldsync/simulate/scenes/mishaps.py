"""What goes wrong: a visit rewritten, a document out of shape, a person deleted, a power cut during a push."""

from __future__ import annotations

from collections.abc import Iterator

from fieldsync.simulate.homes import interview, submit, visit
from fieldsync.simulate.ordinary import ordinary_work
from fieldsync.simulate.protocol import LineBroken
from fieldsync.simulate.stage import Phase, Scene, Stage
from fieldsync.simulate.tablet import Tablet
from fieldsync.simulate.texts import Text


def visit_rewritten(stage: Stage) -> Iterator[Phase]:
    """A visit is rewritten, which is never done: the second version is quarantined, a correcting visit is recorded."""
    tablet, home = stage.alone("zhang.min")
    first = visit(tablet, home, "no_contact")
    yield Phase.AFTERNOON
    tablet.edit(first, {"result": "complete"})
    yield Phase.NEXT_DOOR
    stage.check("the visit stands as it was", tablet.shown(first).data["result"] == "no_contact")
    notices = [n for n in tablet.replicas[home.cell].documents("notice") if n.data.get("document") == first]
    stage.check("the collector has a notice", len(notices) == 1, str(len(notices)))
    visit(tablet, home, "complete", corrects=first)
    submit(tablet, home)
    yield Phase.SECOND_OFFICE
    desk = stage.supervisor(home.cell)
    desk.decide(desk.case(kind="quarantine", document=first), "dismiss")
    yield Phase.CLOSING
    confirmed = stage.reviewer.record(home.household).get("confirmed") or {}
    stage.check("the household is confirmed after all", confirmed.get("by") == tablet.user, str(confirmed))


def out_of_shape(stage: Stage) -> Iterator[Phase]:
    """A faulty app writes answers as a list: quarantined; a good edit on what the server put there is admitted."""
    tablet, home = stage.alone("liu.yang")
    person = home.persons[0]
    yield Phase.AFTERNOON
    before = tablet.shown(person)
    tablet.replicas[home.cell].write(before.id, {**before.body, "data": ["out of shape"]}, before.rev)
    yield Phase.NEXT_DOOR
    stage.check("the tablet is back on the common version", tablet.shown(person).data == before.data)
    interview(tablet, home, {person: {"occupation": "出租车司机"}})
    yield Phase.CLOSING
    stage.expect(person, "occupation", "出租车司机")


def person_deleted(stage: Stage) -> Iterator[Phase]:
    """A person is deleted on one tablet; the deletion is undone at once, and staff say that it stays undone."""
    tablet, home = stage.alone("chen.jing", members=2)
    person = home.persons[-1]
    tablet.delete(person)
    yield Phase.AFTERNOON
    stage.check("the tablet shows the person again after the sync", tablet.has(person))
    yield Phase.OFFICE
    desk = stage.supervisor(home.cell)
    desk.decide(desk.case(kind="deletion", document=person), "refuse", reason="Nobody is deleted / 人员不删除")
    yield Phase.CLOSING
    stage.check("the person is still there", tablet.has(person))


def power_cut(stage: Stage) -> Iterator[Phase]:
    """The server is killed in the middle of a push; started again, it gets the same push again, and nothing twice."""
    tablet = stage.tablets["ma.yun"]
    yield Phase.LATE_AFTERNOON
    for cell in tablet.cells:
        ordinary_work(stage, tablet, cell, homes=9)
    yield Phase.POWER_CUT
    underway = tablet.unsent()
    broken = _push_into_a_power_cut(stage, tablet)
    stage.check("the server was killed in the middle of the push", broken)
    seconds = stage.server.start()
    again = tablet.push()
    stage.check("what was under way is sent again", 0 < again <= underway, f"{again} of {underway}")
    stage.say(
        Text(
            f"The server was killed while {tablet.user} pushed {underway} revisions, and was up again after "
            f"{seconds:.1f} s; {again} were sent again.",
            f"{tablet.holder.zh}上传 {underway} 个版本时服务器被强行终止，{seconds:.1f} 秒后恢复，"
            f"重新上传 {again} 个。",
        )
    )
    yield Phase.CLOSING
    remaining = tablet.push()
    stage.check("nothing is left to send", remaining == 0, str(remaining))


def _push_into_a_power_cut(stage: Stage, tablet: Tablet) -> bool:
    """Kill the server as soon as it begins to write down a push; returns whether the push broke."""
    before = stage.store_mark()
    try:
        with stage.server.killed_when(lambda: stage.store_mark() != before):
            tablet.push()
    except LineBroken:
        return True
    return False


MISHAPS = (
    Scene(Text("A visit rewritten, then corrected", "改写走访记录，随后更正"), visit_rewritten),
    Scene(Text("A document out of shape, then a good edit", "文档结构错误，随后正确修改"), out_of_shape),
    Scene(Text("A person deleted on a tablet", "平板上删除了一个人"), person_deleted),
    Scene(Text("The server killed in the middle of a push", "上传途中服务器被强行终止"), power_cut),
)
