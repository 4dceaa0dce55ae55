"""A person's file as it is read on paper, in Chinese or English. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fieldsync.telling.phrases import Phrase, said

_TITLE: Final[Phrase] = ("All that is held about {id}", "关于 {id} 的全部留存信息")
_ERASED: Final[Phrase] = ("Erased on {at} by {by}.", "已于 {at} 由 {by} 删除。")
_REGISTRY: Final[Phrase] = ("Registry", "登记库")
_REVISIONS: Final[Phrase] = ("What was sent and written", "采集与系统写入的版本")
_CASES: Final[Phrase] = ("What staff decided", "工作人员的裁定")
_SEEN: Final[Phrase] = ("Who saw it", "查阅记录")
_NONE: Final[Phrase] = ("  nothing", "  无")


def file_lines(held: Mapping[str, Any], language: str) -> list[str]:
    """Return a file as lines: what is in the registry, every version, decisions, and who saw it."""
    lines = [said(_TITLE, language).format_map(held)]
    if held["erased"]:
        lines.append(said(_ERASED, language).format_map(held["erased"]))
    for title, rows in (
        (_REGISTRY, list(_registry(held["registry"]))),
        (_REVISIONS, [_revision(one) for one in held["revisions"]]),
        (_CASES, [_case(one) for one in held["cases"]]),
        (_SEEN, [f"  {one['at']}  {one['by']}  {one['action']}  {one['reason']}".rstrip() for one in held["seen"]]),
    ):
        lines += ["", said(title, language), *(rows or [said(_NONE, language)])]
    return lines


def _registry(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for record in records:
        yield f"  {record['id']} ({', '.join(record['cells'])})"
        for value in record["values"]:
            yield f"    {_plain(value)}"


def _revision(one: Mapping[str, Any]) -> str:
    head = f"  {one['arrived']}  {one['document']}@{one['rev']}  {one.get('by') or one.get('cause') or ''}"
    answers = "; ".join(f"{name}: {value}" for name, value in (one.get("data") or {}).items())
    return f"{head}  {answers or one.get('raw') or ''}".rstrip()


def _case(one: Mapping[str, Any]) -> str:
    decision = one.get("decision") or {}
    words = (
        one["opened"],
        one["kind"],
        one["state"],
        decision.get("action"),
        decision.get("by"),
        decision.get("reason"),
    )
    return "  " + "  ".join(str(word) for word in words if word)


def _plain(value: Mapping[str, Any]) -> str:
    return "  ".join(f"{name}: {part}" for name, part in value.items() if part not in (None, [], {}))
