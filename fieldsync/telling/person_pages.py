"""A person's file to hand out: as text, or as a page that prints well on A4. Pure; all that was told is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from fieldsync.telling.person_files import FileToRead, Section
from fieldsync.telling.phrases import Phrase, said

_NONE: Final[Phrase] = ("Nothing.", "无。")
_NOTE: Final[Phrase] = (
    "If something is wrong here, ask for it to be put right; you may also ask for all of it to be erased.",
    "如内容有误，可要求更正；也可要求全部删除。",
)
_STYLE: Final = """
@page { size: A4; margin: 18mm 16mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 960px; color: #1d2733; background: #fff;
  font: 15px/1.5 system-ui, "Noto Sans", "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 12px; }
h2 { font-size: 18px; margin: 32px 0 8px; break-after: avoid; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0; }
dt { color: #5c6673; } dd { margin: 0; overflow-wrap: anywhere; }
p.erased { border-left: 4px solid #a3213a; padding-left: 12px; font-weight: 600; }
p.none, footer { color: #5c6673; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; color: #5c6673; font-weight: 600; white-space: nowrap; }
th, td { border-bottom: 1px solid #ddd8cb; padding: 5px 14px 5px 0; vertical-align: top; }
td:first-child { white-space: nowrap; } td:last-child { min-width: 12em; }
td { overflow-wrap: anywhere; } td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr { break-inside: avoid; } thead { display: table-header-group; }
footer { margin-top: 32px; border-top: 1px solid #ddd8cb; padding-top: 8px; }
@media print { body { padding: 0; max-width: none; } }
"""


def as_text(file: FileToRead) -> str:
    """Return a file as text, a row a line."""
    lines = [file.title, ""]
    lines += [told if name == "!" else f"{name}: {told}" for name, told in file.facts]
    for section in file.sections:
        lines += ["", section.title, "-" * _width(section.title)]
        lines += ["  ".join(part for part in row if part) for row in section.rows] or [said(_NONE, file.language)]
    return "\n".join([*lines, "", said(_NOTE, file.language), ""])


def as_page(file: FileToRead) -> str:
    """Return a file as an HTML page of its own: no scripts, nothing from elsewhere."""
    language = {"zh": "zh-CN"}.get(file.language, file.language)
    head = f'<meta charset="utf-8"><title>{escape(file.title)}</title><style>{_STYLE}</style>'
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in file.facts if name != "!")
    erased = "".join(f'<p class="erased">{escape(told)}</p>' for name, told in file.facts if name == "!")
    body = f"<h1>{escape(file.title)}</h1><dl>{facts}</dl>{erased}" + "".join(_sections(file))
    note = f"<footer>{escape(said(_NOTE, file.language))}</footer>"
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{body}{note}</body></html>\n'


def _sections(file: FileToRead) -> Iterator[str]:
    for section in file.sections:
        told = _table(section) if section.rows else f'<p class="none">{escape(said(_NONE, file.language))}</p>'
        yield f"<h2>{escape(section.title)}</h2>{told}"


def _table(section: Section) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in section.columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, section.rows))}</tbody></table>"


def _row(row: tuple[str, ...]) -> str:
    cells = (f"<td{_class_of(part)}>{escape(part)}</td>" for part in row)
    return f"<tr>{''.join(cells)}</tr>"


def _class_of(part: str) -> str:
    """Return the class of times, which stay on one line."""
    return ' class="time"' if len(part) == len("2026-11-29 07:30") and part[:2] == "20" and part[13:14] == ":" else ""


def _width(text: str) -> int:
    """Return how wide a text is in a terminal: Chinese characters take two places."""
    return sum(1 + ("\u2e80" <= letter <= "\uffdc") for letter in text)
