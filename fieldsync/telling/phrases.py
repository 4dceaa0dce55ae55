"""Phrases: every outcome, strategy, cause, reason and level in words, (English, Chinese).

Pure tables. A word that is missing here is shown as it is; a test demands that none is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("en", "zh")
Phrase = tuple[str, str]
"""What to say in English and in Chinese."""

OUTCOME_WORDS: Final[Mapping[str, Phrase]] = {
    "admitted": ("admitted into the registry", "已核准入库"),
    "agreed": ("the same as what is known already", "与已有内容一致"),
    "superseded": ("replaced by a later change on the same tablet", "被同一平板后来的修改取代"),
    "overruled": ("another value was preferred", "采用了其他数值"),
    "recorded": ("recorded", "已记录"),
    "returned": ("returned to the collector", "退回采集员"),
    "refused": ("refused; the registry's value stays", "未予采纳，保留登记库的数值"),
    "quarantined": ("kept in quarantine", "已隔离保存"),
    "waiting": ("waits for a decision", "等待处理"),
    "not_submitted": ("not submitted yet", "尚未提交"),
    "erased": ("erased for good", "已永久删除"),
}
STRATEGY_WORDS: Final[Mapping[str, Phrase]] = {
    "latest": ("what was taken down last counts", "以最后登记的为准"),
    "review": ("no rule may choose; a person decides", "不得按规则取舍，由人工裁定"),
    "union": ("what each added and removed was combined", "合并各人的增减"),
    "append": ("every text is kept", "各人文字均保留"),
    "max": ("the largest value counts", "取最大值"),
    "min": ("the smallest value counts", "取最小值"),
    "authority": ("the word of the higher office counts", "以权限较高者为准"),
    "roster": ("the entries were merged one by one", "名册按成员逐项合并"),
    "deletion": ("a change is kept against a deletion", "有人修改、有人删除时保留修改"),
    "closing": ("a person had decided already", "此前已由人工裁定"),
    "merge": ("another value was kept when the versions were merged", "合并版本时采用了其他数值"),
}
CAUSE_WORDS: Final[Mapping[str, Phrase]] = {
    "resolve": ("The server brought the versions together", "服务器合并了各个版本"),
    "import": ("The registry's record was brought into the cell", "登记库的记录下发到网格"),
    "registry": ("The registry's record came down to the cell", "登记库的记录下发到网格"),
    "merged": ("The server closed a branch that was merged", "服务器收束了已合并的分支"),
    "contest": ("The server kept a contested item open", "服务器让有争议的项目继续待定"),
    "owned": ("The server restored what only it may write", "服务器恢复了只由其填写的内容"),
    "undelete": ("The server undid a deletion: nothing is deleted from a tablet", "服务器撤销了删除：平板不得删除记录"),
    "duplicate": ("The server brought one person's two records together", "服务器合并了同一人的两条记录"),
    "late": ("The server took out what was made after the handover", "服务器暂不采用移交之后填写的内容"),
    "quarantine": ("The server went back to the last good version", "服务器恢复到上一个有效版本"),
    "decision": ("The decision of staff came down to the cell", "工作人员的裁定下发到网格"),
    "sealed": ("The server told the cell that an answer was given under seal", "服务器告知网格：已收到一份密封答案"),
    "withdrawal": ("Consent was taken back, and what was told is erased", "同意已撤回，所填内容已清除"),
    "erasure": ("The server erased it on request", "服务器应要求清除了内容"),
    "retention": ("The server erased it, since its term was over", "保存期限届满，服务器清除了内容"),
}  # fmt: skip
"""Why the server wrote a revision; a cause that goes on after a colon is looked up by what stands before it."""
DECISION_KINDS: Final = frozenset({"admission", "deletion", "reversal"})
"""Kinds of cases whose identifiers name a decision as a cause; `contest` and `late` do so only with a colon."""

RULE_WORDS: Final[Mapping[str, Phrase]] = {
    "auto": ("by the form's rule", "按表单规则"),
    "registry": ("since the registry has it already", "登记库中已有"),
    "held": ("until the errors in the household are mended", "待住户中的错误更正后处理"),
    "chosen": ("for the household to be submitted, with the value chosen", "已裁定采用，待住户提交后入库"),
    "admission": ("for the decision about the household's changes", "待住户变更审核"),
    "contest": ("for the decision about the contested values", "待争议裁定"),
    "deletion": ("for the decision about the deletion", "待删除裁定"),
    "late": ("for the decision about what was made after the handover", "待移交后填写内容的裁定"),
    "accepted": (
        "for the household to be submitted; it was let in though late",
        "移交后填写的内容已准予采用，待住户提交",
    ),
}
"""What an outcome's cause means, by what stands before its colon."""

LEVEL_WORDS: Final[Mapping[str, Phrase]] = {
    "community": ("the staff of the community", "社区工作人员"),
    "street": ("the staff of the street", "街道工作人员"),
    "district": ("the staff of the district", "区工作人员"),
    "city": ("the staff of the city", "市工作人员"),
}
ACTION_WORDS: Final[Mapping[str, Phrase]] = {
    "admit": ("admitted it into the registry", "核准入库"),
    "return": ("returned it to the collector", "退回采集员"),
    "refuse": ("refused it", "未予采纳"),
    "choose": ("chose one of the values", "选定其中一个数值"),
    "value": ("decided on another value", "另定数值"),
    "release": ("let the version in", "放行该版本"),
    "accept": ("let it in", "准予采用"),
    "same": ("found both records to be one person", "认定为同一人，合并两条记录"),
    "two_stays": ("found both records to be one person with two stays", "认定为同一人，有两处居住"),
    "different": ("found them to be two persons", "认定为不同的两人"),
    "undo": ("took the decision back", "撤销了原认定"),
    "moved": ("found that it is one person, who moved", "认定为同一人迁移"),
    "revert": ("took the admission back", "撤回了核准"),
    "dismiss": ("looked at it and closed the case", "查看后结案"),
}
RULING_WORDS: Final[Mapping[str, Phrase]] = {
    "admit": ("admitted into the registry", "核准入库"),
    "return": ("returned to the collector", "退回采集员"),
    "refuse": ("refused", "未予采纳"),
    "accept": ("let in", "准予采用"),
    "revert": ("taken back from the registry", "已从登记库撤回"),
}
"""What became of items in a decision, said after their names."""
CASE_WORDS: Final[Mapping[str, Phrase]] = {
    "admission": ("Changes of the household wait for {whom}", "住户变更等待{whom}审核"),
    "contest": ("Contested values wait for {whom}", "有争议的数值等待{whom}裁定"),
    "deletion": ("A deletion waits for {whom}", "删除操作等待{whom}裁定"),
    "duplicate": (
        "This may be somebody known already; {whom} will say",
        "可能与已登记的人员重复，由{whom}认定",
    ),
    "move": ("Who moved is to be recognised by {whom}", "迁移人员等待{whom}辨认"),
    "late": ("What was made after the handover waits for {whom}", "移交之后填写的内容等待{whom}裁定"),
    "reversal": ("An admission was looked at again", "核准事项经过复核"),
    "quarantine": ("A version was set aside for {whom}", "一个版本已隔离保存，等待{whom}查看"),
}
MISSING_WORDS: Final[Mapping[str, Phrase]] = {
    "refused": ("refused to say", "拒绝回答"),
    "unknown": ("not known", "不清楚"),
    "not_asked": ("not asked", "未询问"),
}
KIND_WORDS: Final[Mapping[str, Phrase]] = {
    "building": ("a building", "楼栋"),
    "dwelling": ("a dwelling", "住房"),
    "household": ("a household", "住户"),
    "person": ("a person", "一名人员"),
    "stay": ("a stay", "一条居住记录"),
    "event": ("an event", "一条事件记录"),
    "visit": ("a visit", "一次走访"),
    "submission": ("a submission", "一次提交"),
    "answer": ("an answer", "一条答复"),
}


def said(phrase: Phrase, language: str) -> str:
    """Return a phrase in a language, one of LANGUAGES."""
    return phrase[LANGUAGES.index(language)]


def word(table: Mapping[str, Phrase], name: str, language: str) -> str:
    """Return a name in words; the name itself where there are none."""
    return said(table.get(name, (name, name)), language)


def cause_word(cause: str, language: str) -> str:
    """Return why the server wrote a revision."""
    kind, colon, _ = cause.partition(":")
    is_decision = bool(colon) and (kind in DECISION_KINDS or kind in ("contest", "late"))
    if is_decision:
        return word(CAUSE_WORDS, "decision", language)
    return said(CAUSE_WORDS.get(kind, (f"The server wrote ({cause})", f"服务器写入（{cause}）")), language)
