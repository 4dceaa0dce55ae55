"""The file of rejected rows: which, why, in both languages, and what they say; safe for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from fieldsync.errors import BadInput
from fieldsync.importing.staging import Reject
from fieldsync.spreadsheets import safe

HEADER = ("file", "row", "id", "reason", "原因", "content")


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write rejects as CSV in UTF-8, readable by their owner alone. Raises BadInput."""
    try:
        path.touch(mode=0o600)
        with path.open("w", encoding="utf-8-sig", newline="") as text:
            out = csv.writer(text)
            out.writerow(HEADER)
            out.writerows(
                [safe(str(value)) for value in (one.file, one.row, one.id, *one.reason, one.content)] for one in rejects
            )
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written ({error.strerror}): name a file in a folder that is there and may be written to."
            " / 无法写入该文件；请指定可写入的文件夹中的文件。"
        ) from None
