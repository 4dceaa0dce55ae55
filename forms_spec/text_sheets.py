"""Forms written as text, CSV and Markdown, as pyxform can read them: it trips over what a spreadsheet program adds.

"CSV UTF-8" begins with a byte order mark, which pyxform takes for a part of the first sheet's name; and a sheet of
notes, which it passes over in a workbook, ends it in a CSV.
"""

import csv
import io

from forms_spec.text_files import UnreadableTextError, decode

SHEETS = frozenset({"survey", "choices", "settings", "external_choices", "entities", "osm"})


def prepared(content: bytes, suffix: str) -> bytes:
    """Return a form without a byte order mark, and a CSV without the sheets that no XLSForm has.

    A CSV with none of an XLSForm's sheets stays as it is. Raises UnreadableTextError, also for what is no CSV.
    """
    text = decode(content)
    return (_without_notes(text) if suffix == ".csv" else text).encode()


def _without_notes(text: str) -> str:
    rows, kept, counts = _rows(text), [], False
    for row in rows:
        if name := (row[0].strip().lower() if row else ""):
            counts = name in SHEETS
        kept += [row] if counts else []
    if not kept or len(kept) == len(rows):
        return text
    written = io.StringIO(newline="")
    csv.writer(written).writerows(kept)
    return written.getvalue()


def _rows(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return list(reader)
    except csv.Error as error:
        line = reader.line_num
        raise UnreadableTextError(
            f"line {line} is no CSV ({error})", f"第 {line} 行不是有效的 CSV（{error}）"
        ) from None
