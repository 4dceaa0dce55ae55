"""Sealed forms: how many answers there are, with consent, without, and withdrawn; nothing of what they say. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from fieldsync.reporting.table import KEY, Column, Line, with_shares

SEALED = (
    *KEY,
    Column("answers", "答复数", "answers"),
    Column("given", "同意", "agreed"),
    Column("refused", "不同意", "did not agree"),
    Column("withdrawn", "已撤回", "withdrawn"),
    Column("given_share", "同意率", "share agreed", "share", of=("given", "answers")),
)


def counted(cells: Iterable[Mapping[str, int]]) -> dict[str, Counter[str]]:
    """Put the counts of cells together: by form, how many answers by what became of consent."""
    found: dict[str, Counter[str]] = {}
    for cell in cells:
        for name, number in cell.items():
            form, _, consent = name.partition("|")
            found.setdefault(form, Counter())[consent] += number
    return found


def sealed_line(counts: Counter[str], named: tuple[str, str], about: str) -> Line:
    """Return a row, of which key and name are given."""
    values = {name: counts[name] for name in ("given", "refused", "withdrawn")}
    line = {"key": named[0], "name": named[1], "answers": sum(values.values()), **values}
    return with_shares(Line(about, line), SEALED)
