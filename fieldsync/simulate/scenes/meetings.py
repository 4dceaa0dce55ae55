"""Two collectors at the same household, offline, each unaware of the other: what may simply be merged."""

from __future__ import annotations

from collections.abc import Iterator

from fieldsync.checking.family import HEAD
from fieldsync.simulate.homes import add_member, submit, visit
from fieldsync.simulate.stage import Phase, Scene, Stage, Tale
from fieldsync.simulate.texts import Text


def different_items(stage: Stage) -> Iterator[Phase]:
    """One writes the occupation, the other the marital status of the same person: both are right."""
    at = stage.together()
    person = at.home.persons[0]
    visit(at.holder, at.home, "complete")
    at.holder.edit(person, {"occupation": "社区花店店主"})
    yield Phase.LATE_MORNING
    at.helper.edit(person, {"marital_status": "23"})
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.CLOSING
    stage.expect(person, "occupation", "社区花店店主")
    stage.expect(person, "marital_status", "23")


def same_item(stage: Stage) -> Iterator[Phase]:
    """Both write the employer; the helper's tablet, a year fast, wrote first, and so its value gives way."""
    at = stage.together(helper="zhu.lin")
    person = at.home.persons[0]
    at.helper.edit(person, {"employer": "锦里文创公司"})
    yield Phase.LATE_MORNING
    visit(at.holder, at.home, "complete")
    at.holder.edit(person, {"employer": "武侯祠博物馆"})
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.CLOSING
    stage.expect(person, "employer", "武侯祠博物馆")
    title = Text("A clock that is a year fast wins nothing", "快了一年的时钟占不到便宜")
    moral = Text(
        "The tablet of zhu.lin stamps a year ahead. The server measured that when it pushed, and put its stamps right: "
        "the value of li.na's visit, which was the later one, counts.",
        "朱琳的平板快了一年，上传时服务器测出偏差并校正了时间，因此以李娜后来登记的内容为准。",
    )
    stage.tell(Tale(title, moral, at.home.cell, person, "employer"))


def slow_clock(stage: Stage) -> Iterator[Phase]:
    """A tablet a year slow writes the contact's name last, and its value counts."""
    at = stage.together(helper="guo.xin")
    visit(at.holder, at.home, "complete")
    at.holder.edit(at.home.household, {"contact_name": "物业前台"})
    yield Phase.LATE_MORNING
    at.helper.edit(at.home.household, {"contact_name": "门卫张师傅"})
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.CLOSING
    stage.expect(at.home.household, "contact_name", "门卫张师傅")


def hour_slow(stage: Stage) -> Iterator[Phase]:
    """A holder's tablet an hour slow corrects the helper's count of rooms, later, and is right."""
    at = stage.together(helper="zhu.lin", suits=lambda home: home.cell in stage.tablets["wang.qiang"].cells)
    at.helper.edit(at.home.dwelling, {"rooms": 7})
    yield Phase.LATE_MORNING
    visit(at.holder, at.home, "complete")
    at.holder.edit(at.home.dwelling, {"rooms": 8})
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.CLOSING
    stage.expect(at.home.dwelling, "rooms", 8)


def same_value(stage: Stage) -> Iterator[Phase]:
    """Both type the same new telephone number: one change is admitted, the other agrees with it."""
    at = stage.together()
    visit(at.holder, at.home, "complete")
    at.holder.edit(at.home.household, {"phone": "12155501234"})
    yield Phase.LATE_MORNING
    at.helper.edit(at.home.household, {"phone": "12155501234"})
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.CLOSING
    stage.expect(at.home.household, "phone", "12155501234")


def lists(stage: Stage) -> Iterator[Phase]:
    """Each adds a language and a remark: the household has both languages, and both remarks stand."""
    at = stage.together(suits=lambda home: "note" not in stage.holder_of(home.cell).shown(home.household).data)
    before = at.holder.shown(at.home.household).data.get("languages", "")
    visit(at.holder, at.home, "complete")
    at.holder.edit(at.home.household, {"languages": f"{before} cantonese".strip(), "note": "周末在家"})
    yield Phase.LATE_MORNING
    at.helper.edit(at.home.household, {"languages": f"{before} mongolian".strip(), "note": "门铃已坏，请敲门"})
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.CLOSING
    items = stage.reviewer.record(at.home.household)["items"]
    languages = set(str(items["languages"]["value"].get("value", "")).split())
    stage.check("both languages are kept", languages == {*before.split(), "cantonese", "mongolian"}, str(languages))
    remarks = str(items["note"]["value"].get("value", "")).split("\n")
    stage.check("both remarks are kept, in order", remarks == ["周末在家", "门铃已坏，请敲门"], str(remarks))


def form_left_open(stage: Stage) -> Iterator[Phase]:
    """A form opened before noon is saved after it, on a version that the server has merged meanwhile."""
    at = stage.together()
    person = at.home.persons[0]
    visit(at.holder, at.home, "complete")
    opened = at.holder.edit(person, {"occupation": "川剧演员"})
    yield Phase.LATE_MORNING
    at.helper.edit(person, {"employer": "市川剧院"})
    yield Phase.AFTERNOON
    at.holder.edit(person, {"education": "31"}, opened=opened)
    yield Phase.NEXT_DOOR
    submit(at.holder, at.home)
    yield Phase.CLOSING
    for item, value in (("occupation", "川剧演员"), ("employer", "市川剧院"), ("education", "31")):
        stage.expect(person, item, value)
    title = Text("A form that stayed open over lunch", "一张开着过了午饭的表")
    moral = Text(
        f"{at.holder.user} opened the form before the noon sync and saved it after, on a version that the server had "
        "merged and closed meanwhile. CouchDB would have kept one of the two branches; here all three answers stand.",
        f"{at.holder.holder.zh}在午间同步前打开表单，同步后才保存，其依据的版本已被服务器合并。三项内容全部保留。",
    )
    stage.tell(Tale(title, moral, at.home.cell, person, "education"))


def departure(stage: Stage) -> Iterator[Phase]:
    """One records that a person has moved away while the other still edits them: both are kept."""
    at = stage.together(members=2)
    person = next(p for p in at.home.persons if at.holder.shown(at.home.members[p]).data.get("relation") != HEAD)
    stay = at.home.members[person]
    visit(at.holder, at.home, "complete")
    at.holder.edit(stay, {"until": "2026-11-20", "left_for": "重庆市渝中区", "reason": "work"})
    gone = {"type": "departure", "person": person, "household": at.home.household, "date": "2026-11-20"}
    at.holder.create(at.home.cell, "event", gone)
    yield Phase.LATE_MORNING
    at.helper.edit(person, {"phone": "12155504321"})
    at.helper.edit(stay, {"came_from": "绵阳市"})
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.CLOSING
    stage.expect(stay, "until", "2026-11-20")
    stage.expect(stay, "left_for", "重庆市渝中区")
    stage.expect(stay, "came_from", "绵阳市")
    stage.expect(person, "phone", "12155504321")


def two_new_members(stage: Stage) -> Iterator[Phase]:
    """One adds the newborn, the other the grandmother who has moved in: the household has both."""
    at = stage.together(members=2)
    visit(at.holder, at.home, "complete")
    baby = {"name": "小满", "sex": "2", "birth_date": "2026-10-28", "ethnic_group": "01"}
    born = {"kind": "usual", "relation": "30", "since": "2026-10-28", "reason": "birth"}
    newborn, newborn_stay = add_member(at.holder, at.home, baby, born, "birth")
    yield Phase.LATE_MORNING
    elder = {"name": "程秀英", "sex": "2", "birth_date": "1951-03-08", "ethnic_group": "01"}
    elder |= {"id_type": "414", "id_number": "E00000051"}
    moved = {"kind": "usual", "relation": "52", "since": "2026-11-05", "came_from": "乐山市", "reason": "family"}
    grandmother, grandmother_stay = add_member(at.helper, at.home, elder, moved, "arrival")
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.OFFICE
    desk = stage.supervisor(at.home.cell)
    desk.decide(desk.case(kind="admission", household=at.home.household), "admit")
    yield Phase.CLOSING
    stage.expect(newborn, "name", "小满")
    stage.expect(newborn_stay, "household", at.home.household)
    stage.expect(grandmother, "identity", {"id_type": "414", "id_number": "E00000051"})
    stage.expect(grandmother_stay, "household", at.home.household)


MEETINGS = (
    Scene(Text("Different items of one person", "同一人的不同项目"), different_items),
    Scene(Text("The same item of one person; one clock a year fast", "同一人的同一项目，一台平板快了一年"), same_item),
    Scene(Text("The same item; one clock a year slow", "同一项目，一台平板慢了一年"), slow_clock),
    Scene(Text("The same item; one clock an hour slow", "同一项目，一台平板慢了一小时"), hour_slow),
    Scene(Text("The same value typed twice", "两人填写了相同内容"), same_value),
    Scene(Text("Languages and remarks added by both", "两人各添了语言和备注"), lists),
    Scene(Text("A form left open while the server merged", "打开表单期间服务器已合并"), form_left_open),
    Scene(Text("A departure, while another edits the person", "登记迁出时他人正在修改"), departure),
    Scene(Text("Two different members added to one household", "两人各为一户添了一名成员"), two_new_members),
)
