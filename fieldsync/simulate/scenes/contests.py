"""Key items that two collectors changed to different values: no rule may choose, so a person does."""

from __future__ import annotations

from collections.abc import Iterator

from fieldsync.simulate.homes import submit, visit
from fieldsync.simulate.stage import Phase, Scene, Stage, Tale
from fieldsync.simulate.texts import Text


def key_item(stage: Stage) -> Iterator[Phase]:
    """Both correct a name differently; the reviewer decides by the household register."""
    at = stage.together()
    person = at.home.persons[0]
    before = at.holder.shown(person).data["name"]
    visit(at.holder, at.home, "complete")
    at.holder.edit(person, {"name": before + "芳"})
    yield Phase.LATE_MORNING
    at.helper.edit(person, {"name": before + "方"})
    yield Phase.AFTERNOON
    stage.check("a contested name stays as it was", at.holder.shown(person).data["name"] == before)
    submit(at.holder, at.home)
    yield Phase.OFFICE
    case = stage.reviewer.case(kind="contest", document=person, item="name")
    chosen = next(c for c in case["candidates"] if c["by"] == at.helper.user)
    stage.reviewer.decide(case, "choose", rev=chosen["rev"], reason="As in the household register / 与户口簿一致")
    yield Phase.CLOSING
    stage.expect(person, "name", before + "方")
    title = Text("Two spellings of a name, and a person who decides", "一个名字两种写法，由人来定")
    moral = Text(
        "A name is a key item: no clock and no rule may choose. The old one stayed until "
        f"{stage.reviewer.name} had looked at the household register and chosen.",
        "姓名是关键项目，不由时钟或规则决定。复核员查验户口簿作出裁定之前，原值保持不变。",
    )
    stage.tell(Tale(title, moral, at.home.cell, person, "name"))


def identity(stage: Stage) -> Iterator[Phase]:
    """Both change the identity document, type and number together: never the type of one with the other's number."""
    at = stage.together()
    person = at.home.persons[0]
    visit(at.holder, at.home, "complete")
    at.holder.edit(person, {"id_type": "414", "id_number": "E00000101"})
    yield Phase.LATE_MORNING
    at.helper.edit(person, {"id_type": "553", "id_number": "999202611230102"})
    yield Phase.AFTERNOON
    submit(at.holder, at.home)
    yield Phase.OFFICE
    desk = stage.supervisor(at.home.cell)
    case = desk.case(kind="contest", document=person, item="identity")
    chosen = next(c for c in case["candidates"] if c["by"] == at.holder.user)
    desk.decide(case, "choose", rev=chosen["rev"])
    yield Phase.CLOSING
    stage.expect(person, "identity", {"id_type": "414", "id_number": "E00000101"})


CONTESTS = (
    Scene(Text("A key item changed by two", "两人修改同一关键项目"), key_item),
    Scene(Text("Identity type and number changed by two", "两人修改证件种类和号码"), identity),
)
