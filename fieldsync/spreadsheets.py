"""Texts that spreadsheet programs must not take for formulas. Pure.

Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe(text: str) -> str:
    """Return a text with an apostrophe before it where a spreadsheet program would run it; a number stays as it is."""
    if text.startswith(_FORMULA) and not _is_number(text):
        return f"'{text}"
    return text


def plain(text: str) -> str:
    """Return a text as it was before `safe`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _is_number(text: str) -> bool:
    return text[:1] == "-" and text[1:].replace(".", "", 1).isascii() and text[1:].replace(".", "", 1).isdigit()
