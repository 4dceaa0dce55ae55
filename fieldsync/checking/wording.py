"""What each check across documents says, (English, Chinese). A pure table; a test holds it against the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fieldsync.telling.phrases import Phrase

WORDS: Final[Mapping[str, Phrase]] = {
    "no_head": ("nobody in this family is its head; say who is", "该家庭户没有户主，请确定户主"),
    "several_heads": ("{names} are all entered as the head; only one may be", "{names}均登记为户主，户主只能有一人"),
    "no_members": ("a family household has at least one person", "家庭户至少应有一名成员"),
    "parent_too_young": (
        "{parent} is less than 12 years older than {child}; look at both dates of birth and the relation",
        "{parent}比{child}大不足 12 岁，请核对双方出生日期和与户主关系",
    ),
    "relation_contradicts_sex": (
        "the relation to the head does not fit the sex of {name}",
        "{name}的性别与“与户主关系”不符",
    ),
    "stay_before_birth": ("{name} cannot have lived here before being born", "{name}的居住开始日期早于出生日期"),
    "stay_after_death": ("{name} cannot have moved in after their death", "{name}的居住开始日期晚于死亡日期"),
    "stay_outlives_person": (
        "{name} has died, and the stay goes on; end it on the day of death",
        "{name}已死亡，居住记录尚未结束，请以死亡日期结束",
    ),
    "valid_before_since": ("the registration ran out before the stay began", "登记有效期早于居住开始日期"),
    "stays_overlap": (
        "two stays of {name} in this household cover the same time; end one or put its dates right",
        "{name}在本户有两条居住记录时间重叠，请结束其一或更正日期",
    ),
    "usual_stays_overlap": (
        "{name} is entered as usually living in another household too, at the same time",
        "{name}同时登记为在另一户常住",
    ),
    "vacant_but_lived_in": (
        "the dwelling is entered as one that nobody lives in, and a household lives there",
        "住房登记为无人居住，但有住户居住",
    ),
    "event_incomplete": (
        "the event lacks a known type, a day that has come, or whom it befell; correct it by another",
        "该事件缺少有效的类型、日期或当事人，请重新登记并更正本条",
    ),
    "event_without_stay": (
        "{what} of {name}, {day}: no stay in this household says so; write it into the stay, or correct the event",
        "{name} {day} {what}：本户居住记录未作相应变更，请补登居住信息或更正该事件",
    ),
    "event_date_differs": (
        "{what} of {name}, {day}: the stay says {other}; put one of the days right",
        "{name} {day} {what}：居住记录所填日期为 {other}，请更正其一",
    ),
    "event_person_differs": (
        "{what} of {name}, {day}: the person's own date is {other}; put one of the days right",
        "{name} {day} {what}：人员信息所填日期为 {other}，请更正其一",
    ),
    "retired_form": (
        "the form {form} is retired ({reason}): no new documents are made with it",
        "表单 {form} 已停用（{reason}），不再新建记录",
    ),
    "identity_form": ("this is not what the number of such a document looks like", "证件号码不符合该类证件的格式"),
    "identity_digit": ("the check character does not fit; a digit was misread", "证件号码校验码不符，可能有数字录错"),
    "identity_date": ("digits 7 to 14 of the number are no date of birth", "证件号码第 7 至 14 位不是有效的出生日期"),
    "identity_birth_differs": (
        "the number says born on {date}, the date of birth says otherwise",
        "证件号码中的出生日期为 {date}，与所填出生日期不一致",
    ),
    "identity_sex_differs": ("the number says another sex than was entered", "证件号码所示性别与所填性别不一致"),
    "building_outside_cell": (
        "the building's point lies {metres} m outside of the cell {cell} (accuracy {accuracy} m)",
        "建筑物位置在网格 {cell} 以外 {metres} 米（定位精度 {accuracy} 米）",
    ),
    "visit_outside_cell": (
        "the place of this visit lies {metres} m outside of the cell {cell} (accuracy {accuracy} m)",
        "走访定位在网格 {cell} 以外 {metres} 米（精度 {accuracy} 米）",
    ),
}
