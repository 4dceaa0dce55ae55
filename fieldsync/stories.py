"""Stories: what happened to a document or to one edit, told from the ledger, for staff.

Each step says who wrote what and when, on which version; what a merge decided and by which rule; what waits for a
person; what became of each change. In English and Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conflict import ABSENT, Missing, Rules
from fieldsync.kinds import Kinds
from fieldsync.ledger import DocumentLog, Entry, Ledger, Outcome
from fieldsync.masking import masked
from fieldsync.merging import value_from, value_in
from forms_spec import FormSpec

OUTCOME_WORDS: Mapping[str, tuple[str, str]] = {
    "admitted": ("admitted into the registry", "已核准入库"),
    "agreed": ("the same as what another edit brought", "与他人所填一致"),
    "superseded": ("replaced by a later change on the same tablet", "被同一平板后来的修改取代"),
    "overruled": ("another value was preferred", "采用了其他数值"),
    "recorded": ("recorded", "已记录"),
    "returned": ("returned to the collector", "退回采集员"),
    "refused": ("refused", "未予采纳"),
    "quarantined": ("kept in quarantine", "已隔离保存"),
    "waiting": ("waits for a decision", "等待处理"),
    "not_submitted": ("not submitted yet", "尚未提交"),
}
STRATEGY_WORDS: Mapping[str, tuple[str, str]] = {
    "latest": ("the later one counts", "以较晚填写者为准"),
    "union": ("both are kept", "两者合并"),
    "append": ("every text is kept", "文字均保留"),
    "max": ("the larger one counts", "取较大值"),
    "min": ("the smaller one counts", "取较小值"),
    "authority": ("the higher authority counts", "以权限较高者为准"),
    "deletion": ("an edit is kept against a deletion", "修改优先于删除"),
    "closing": ("a person had decided", "已由人工裁定"),
}


class Teller:
    """Tells stories from the ledger."""

    def __init__(self, ledger: Ledger, kinds: Kinds) -> None:
        self._ledger, self._kinds = ledger, kinds

    def document(self, cell: str, document: str, *, reveal: bool = False) -> list[dict[str, Any]]:
        """Tell the story of a document, oldest step first; sensitive values are masked unless revealed."""
        log = self._ledger.document(cell, document)
        return [step for entry in _in_order(log) for step in self._steps(entry, log, reveal)]

    def edit(self, cell: str, document: str, rev: str, *, reveal: bool = False) -> list[dict[str, Any]]:
        """Tell the story of one edit: itself, the resolutions that met it, and what became of its changes."""
        log = self._ledger.document(cell, document)
        ancestry = log.ancestry()
        around = [e for e in _in_order(log) if e.rev == rev or (not e.is_edit and rev in ancestry.of(e.rev))]
        return [step for entry in around for step in self._steps(entry, log, reveal)]

    def _steps(self, entry: Entry, log: DocumentLog, reveal: bool) -> list[dict[str, Any]]:
        words = _Words(entry, log, self._kinds.merge_rules(_kind(entry)), self._kinds.spec(_kind(entry)), reveal)
        if entry.is_edit:
            return [words.edit()]
        if entry.merged_into:
            return []
        return [words.server()]


class _Words:
    """Puts one ledger entry into words."""

    def __init__(self, entry: Entry, log: DocumentLog, rules: Rules, spec: FormSpec | None, reveal: bool) -> None:
        self._entry, self._log, self._rules, self._spec = entry, log, rules, spec
        self._hidden = frozenset() if reveal or spec is None else frozenset(spec.sensitive_fields())

    def edit(self) -> dict[str, Any]:
        entry = self._entry
        before = self._log.nearest(list(self._log.path(entry.rev))[1:])
        changes = [self._change(item, before) for item in entry.changes]
        who = {"by": entry.author, "tablet": entry.tablet, "arrived": entry.arrived}
        kept = f" It was set aside: {entry.quarantined}." if entry.quarantined else ""
        put_by = f"（已隔离：{entry.quarantined}）" if entry.quarantined else ""
        return {
            "step": "edit",
            "rev": entry.rev,
            **who,
            "changes": changes,
            "en": f"{entry.author} wrote {_listed(c['en'] for c in changes)}.{kept}",
            "zh": f"{entry.author} 填写：{_listed_zh(c['zh'] for c in changes)}。{put_by}",
        }

    def _change(self, item: str, before: Entry | None) -> dict[str, Any]:
        was = value_in(before.body if before else None, item, self._rules)
        now = value_in(self._entry.body, item, self._rules)
        told = {lang: f"{self._told(item, was, lang)} → {self._told(item, now, lang)}" for lang in ("en", "zh")}
        at = self._entry.stamps.get(item)
        outcome = self._log.outcomes.get((self._entry.rev, item))
        name = "quarantined" if self._entry.quarantined else outcome.outcome if outcome else None
        english, chinese = OUTCOME_WORDS.get(name or "", ("", ""))
        by = _decided_by(outcome)
        whom, whom_zh = ("the form's rule", "按表单规则") if by == "auto" else (by, by)
        end = f" ({english}{by and f' by {whom}'})" if english else ""
        end_zh = f"（{chinese}{by and f'，{whom_zh}'}）" if chinese else ""
        return {
            "item": item,
            "at": at,
            "from": self._shown(item, was),
            "to": self._shown(item, now),
            "outcome": name,
            "decided_by": by,
            "reason": outcome.detail.get("reason") if outcome else None,
            "en": f"{self._label(item, 'en')}: {told['en']}{end}",
            "zh": f"{self._label(item, 'zh')}：{told['zh']}{end_zh}",
        }

    def server(self) -> dict[str, Any]:
        entry = self._entry
        decisions = [self._decision(d) for d in entry.decisions]
        contests = [self._contest(c) for c in entry.contests]
        english, chinese = _cause_words(entry)
        said = [*(d["en"] for d in decisions), *(c["en"] for c in contests)]
        said_zh = [*(d["zh"] for d in decisions), *(c["zh"] for c in contests)]
        return {
            "step": "server",
            "rev": entry.rev,
            "cause": entry.cause,
            "arrived": entry.arrived,
            "merged": entry.merged,
            "decisions": decisions,
            "contests": contests,
            "en": " ".join([english + ".", *(s + "." for s in said)]),
            "zh": "".join([chinese + "。", *(s + "。" for s in said_zh)]),
        }

    def _decision(self, decision: Mapping[str, Any]) -> dict[str, Any]:
        item = decision["item"]
        values = [
            {**v, "shown": self._shown(item, value_from(v)), "by": self._author(v["rev"])} for v in decision["values"]
        ]
        english, chinese = STRATEGY_WORDS.get(decision["strategy"], (decision["strategy"],) * 2)
        held = value_in(self._entry.body, item, self._rules)
        kept, kept_zh = self._told(item, held, "en"), self._told(item, held, "zh")
        said = _listed(f"{self._told(item, value_from(v), 'en')} ({v['by']})" for v in values)
        said_zh = _listed_zh(f"{self._told(item, value_from(v), 'zh')}（{v['by']}）" for v in values)
        return {
            "item": item,
            "strategy": decision["strategy"],
            "winner": decision["winner"],
            "values": [{"rev": v["rev"], "value": v["shown"], "by": v["by"]} for v in values],
            "en": f"{self._label(item, 'en')}: {said} met; {english}: {kept}",
            "zh": f"{self._label(item, 'zh')}：{said_zh} 相遇，{chinese}：{kept_zh}",
        }

    def _contest(self, contest: Mapping[str, Any]) -> dict[str, Any]:
        item = contest["item"]
        met = [(value_from(c), self._author(c["rev"])) for c in contest["candidates"]]
        said = [f"{self._told(item, value, 'en')} ({author})" for value, author in met]
        said_zh = [f"{self._told(item, value, 'zh')}（{author}）" for value, author in met]
        held = value_in(self._entry.body, item, self._rules)
        kept, kept_zh = self._told(item, held, "en"), self._told(item, held, "zh")
        return {
            "item": item,
            "candidates": [c["rev"] for c in contest["candidates"]],
            "en": f"{self._label(item, 'en')}: {_listed(said)} are contested; {kept} stays until somebody decides",
            "zh": f"{self._label(item, 'zh')}：{_listed_zh(said_zh)} 有争议，裁定前保留 {kept_zh}",
        }

    def _author(self, rev: str) -> str:
        entry = self._log.entries.get(rev)
        return (entry.author if entry else None) or "server"

    def _label(self, item: str, language: str) -> str:
        if self._spec is None or self._spec.field(item) is None:
            return item
        return self._spec.label(item, language) or item

    def _told(self, item: str, value: Any, language: str) -> str:
        """Return a value as people read it: the labels of its choices."""
        if isinstance(value, dict) and self._rules.is_group(item):
            return " ".join(self._told(name, part, language) for name, part in value.items())
        asked = self._spec.field(item) if self._spec else None
        if not isinstance(value, str) or asked is None or asked.choices is None or item in self._hidden:
            return self._shown(item, value)
        chosen = value.split() if asked.type == "select_multiple" else [value]
        return ("、" if language == "zh" else ", ").join(self._choice(item, one, language) for one in chosen)

    def _choice(self, item: str, value: str, language: str) -> str:
        return self._spec.choice_label(item, value, language) if self._spec else value

    def _shown(self, item: str, value: Any) -> str:
        if value is ABSENT:
            return "—"
        if isinstance(value, Missing):
            return f"[{value.reason}]"
        if isinstance(value, dict) and self._rules.is_group(item):
            return " ".join(self._shown(name, part) for name, part in value.items())
        return str(masked(value)) if item in self._hidden else str(value)


def _in_order(log: DocumentLog) -> list[Entry]:
    ancestry = log.ancestry()
    return sorted(log.entries.values(), key=lambda e: (e.arrived, len(ancestry.of(e.rev)), e.rev))


def _kind(entry: Entry) -> str:
    return entry.document.partition(":")[0]


def _decided_by(outcome: Outcome | None) -> str:
    return outcome.by if outcome and outcome.by else ""


def _cause_words(entry: Entry) -> tuple[str, str]:
    cause = entry.cause or ""
    words = {
        "resolve": (f"The server merged {len(entry.merged)} versions", f"服务器合并了 {len(entry.merged)} 个版本"),
        "import": ("Imported from the registry", "由登记库导入"),
        "contest": ("The server kept a contested value open", "服务器保留争议待裁定"),
        "owned": ("The server put its own items right", "服务器更正了只由其填写的内容"),
        "undelete": ("The server undid a deletion", "服务器撤销了删除"),
        "quarantine": ("The server closed a branch below a quarantined version", "服务器在被隔离的版本之后收束分支"),
    }
    if cause.startswith(("contest:", "admission:")):
        return "A decision of staff came down to the cell", "工作人员的裁定下发到网格"
    if cause.startswith("registry:"):
        return "The registry's value came down to the cell", "登记库的数值下发到网格"
    return words.get(cause, (f"The server wrote ({cause})", f"服务器写入（{cause}）"))


def _listed(parts: Any) -> str:
    return "; ".join(parts) or "nothing new"


def _listed_zh(parts: Any) -> str:
    return "；".join(parts) or "无变化"
