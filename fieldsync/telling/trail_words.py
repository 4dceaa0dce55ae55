"""What staff, systems and the server's operators did, as the audit trail has it, in words. Pure.

An action that is missing here is shown as it is; a test demands that none is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fieldsync.telling.people import People
from fieldsync.telling.phrases import Phrase, said, word

TRAIL_WORDS: Final[Mapping[str, Phrase]] = {
    "registry.list": ("found the record in a search; sensitive answers covered", "检索时查到该记录（敏感项已遮盖）"),
    "registry.read": ("opened the record; sensitive answers covered", "查看该记录（敏感项已遮盖）"),
    "registry.reveal": ("opened the record with sensitive answers shown", "查看该记录，并显示敏感项"),
    "registry.history": ("read the history of the record; sensitive answers covered", "查看历次数值（敏感项已遮盖）"),
    "registry.duplicates": ("looked for other records of the same person", "查找是否有同一人的其他记录"),
    "registry.export": ("wrote a file of all records of the area", "导出该区域的全部记录"),
    "registry.changes": ("was told of changes, as far as agreed", "按约定获知变更"),
    "registry.import": ("imported the city's files", "导入登记资料"),
    "registry.import.rejects": ("downloaded rows that could not be imported", "下载未能导入的行"),
    "registry.file": ("had this file made", "制作本人信息档案"),
    "registry.erasure": ("looked up what an erasure would reach", "查看删除所涉及的范围"),
    "registry.erase": ("erased the record", "删除该记录"),
    "registry.revert": ("took a value back", "撤回某项数值"),
    "case.list": ("saw it in a list of cases; sensitive answers covered", "在待办列表中看到（敏感项已遮盖）"),
    "case.read": ("opened a case about it", "查看相关待办事项"),
    "case.claim": ("took a case about it on", "认领相关待办事项"),
    "case.unclaim": ("gave a case about it back", "放弃认领相关待办事项"),
    "case.undo": ("took a decision back", "撤销裁定"),
    "case.revert": ("took an admission back", "撤回核准"),
    "case.admit": ("admitted changes", "核准变更"),
    "case.return": ("returned changes to the collector", "退回采集员"),
    "case.refuse": ("refused changes", "未予采纳变更"),
    "case.choose": ("chose one of the contested values", "在有争议的数值中选定其一"),
    "case.value": ("decided on another value", "另定数值"),
    "case.release": ("let in what had been set aside", "放行另行保存的版本"),
    "case.dismiss": ("closed a case about what had been set aside", "将另行保存的版本结案"),
    "case.accept": ("let in what was made after a handover", "准予采用移交后填写的内容"),
    "case.same": ("found two records to be one person", "认定两条记录为同一人"),
    "case.two_stays": ("found two records to be one person with two stays", "认定为同一人，有两处居住"),
    "case.different": ("found two records to be two persons", "认定两条记录为不同的两人"),
    "case.moved": ("found that it is one person, who moved", "认定为同一人迁移"),
    "lot.draw": ("drew a lot of cases, to look at a sample of them", "抽取批次，待抽样审核"),
    "lot.accept": ("admitted it with many others, after looking at a sample of them", "抽样审核后，与其他事项一并核准"),
    "lot.reject": ("had it looked at by itself, since a sample was faulty", "抽样审核未通过，改为逐项审核"),
    "document.story": ("read what happened to it; sensitive answers covered", "查看办理经过（敏感项已遮盖）"),
    "document.story.reveal": ("read what happened to it, with sensitive answers", "查看办理经过，并显示敏感项"),
    "ledger.show": ("read every version of it", "查看全部版本"),
    "move.undo": ("found that a move was none", "撤销迁移认定"),
    "retention.list": ("listed whose term is over or near", "查看保存期限届满的名单"),
    "retention.run": ("had everything erased whose term was over", "清除所有保存期限届满的内容"),
    "retention.erase": ("erased it, since its term was over", "保存期限届满，已删除"),
    "retention.hold": ("had it kept beyond its term", "要求延期保存"),
    "retention.hold.end": ("ended the keeping beyond its term", "结束延期保存"),
    "sealed.list": (
        "saw that there is a sealed answer, not what it says",
        "看到有保密表单的答复（不含内容）",
    ),
    "sealed.read": ("opened an answer to a sealed form", "查看保密表单的答复"),
    "sealed.withdraw": ("took consent back; what was told before was erased", "撤回同意，先前内容已删除"),
    "staff.sealed_reader": ("let somebody read answers to sealed forms", "授予查看保密表单答复的权限"),
    "trail.read": ("read in this list", "查看本查阅记录"),
}
_CONSOLE: Final[Phrase] = ("somebody at the server ({name})", "服务器操作人员（{name}）")
_SYSTEM: Final[Phrase] = ("another system ({name})", "其他系统（{name}）")


def who_word(by: str, people: People, language: str) -> str:
    """Return who an entry is by: a user's name, somebody at the console, another system."""
    origin, colon, name = by.partition(":")
    told = {"cli": _CONSOLE, "system": _SYSTEM}.get(origin) if colon else None
    return said(told, language).format(name=name) if told else people.name(by, language)


def action_word(action: str, language: str) -> str:
    """Return what was done."""
    return word(TRAIL_WORDS, action, language)
