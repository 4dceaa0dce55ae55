"""Completeness: of how many documents an item has an answer, and why others have none. Pure.

`empty` has neither answer nor reason: the question did not apply, or was passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fieldsync.progress.answered import REASONS, Answered, ItemCount
from fieldsync.reporting.table import KEY, Column, Line, with_shares
from forms_spec import FormSpec

KINDS = ("building", "dwelling", "household", "person", "stay")
_COUNTS = (
    Column("documents", "记录数", "documents"),
    Column("present", "已填", "present"),
    Column("refused", "拒绝", "refused"),
    Column("unknown", "不知道", "unknown"),
    Column("not_asked", "未询问", "not asked"),
    Column("other", "其他原因", "other reasons"),
    Column("empty", "空白", "empty"),
    Column("present_share", "填写率", "share present", "share", of=("present", "documents")),
)
BY_AREA = (*KEY, *_COUNTS)
BY_ITEM = (
    KEY[0],
    Column("kind", "类别", "kind", "text"),
    Column("item", "项目", "item", "text"),
    KEY[1],
    *_COUNTS,
)


def added(found: Iterable[Answered]) -> Answered:
    """Return the documents and items of several cells together."""
    total = Answered()
    for one in found:
        for kind, number in one.documents.items():
            total.documents[kind] = total.documents.get(kind, 0) + number
        for kind, items in one.items.items():
            held = total.items.setdefault(kind, {})
            for name, count in items.items():
                held.setdefault(name, ItemCount()).add(count)
    return total


def item_lines(found: Answered, specs: Mapping[str, FormSpec], about: str, language: str) -> list[Line]:
    """Return a row for each item that a form asks, in the order of the forms."""
    lines = []
    for kind in KINDS:
        for number, (name, label) in enumerate(_asked(kind, found, specs, language).items()):
            counts = _counts(found.items.get(kind, {}).get(name, ItemCount()), found.documents.get(kind, 0))
            values = {"key": f"{kind}.{number:03}.{name}", "kind": kind, "item": name, "name": label, **counts}
            lines.append(with_shares(Line(f"{about}|{kind}.{name}", values), BY_ITEM))
    return lines


def area_line(found: Answered, specs: Mapping[str, FormSpec], named: tuple[str, str], about: str) -> Line:
    """Return a row for an area, of which key and name are given: all items that the forms ask, together."""
    documents, total = 0, ItemCount()
    for kind in KINDS:
        for name in _asked(kind, found, specs, "en"):
            documents += found.documents.get(kind, 0)
            total.add(found.items.get(kind, {}).get(name, ItemCount()))
    return with_shares(Line(about, {"key": named[0], "name": named[1], **_counts(total, documents)}), BY_AREA)


def _asked(kind: str, found: Answered, specs: Mapping[str, FormSpec], language: str) -> dict[str, str]:
    """Return the items of a kind with their labels: those of its form, or all that were answered where it has none."""
    if kind not in specs:
        return dict.fromkeys(sorted(found.items.get(kind, {})), "")
    return {field.name: _label(field.labels, language) for field in specs[kind].fields}


def _label(labels: Mapping[str, str], language: str) -> str:
    wanted = next((text for name, text in labels.items() if f"({language})" in name or name == language), None)
    return wanted or next(iter(labels.values()), "")


def _counts(count: ItemCount, documents: int) -> dict[str, int]:
    said = {name: getattr(count, name) for name in ("present", *REASONS)}
    return {"documents": documents, **said, "empty": documents - sum(said.values())}
