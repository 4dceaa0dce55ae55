"""Codes in requests: how a cell, and an area, may be written. Whether there is such a cell, use cases say."""

from __future__ import annotations

from typing import Final

from fieldsync.codes import LONGEST

LONGEST_CODE: Final = LONGEST
CELL: Final = f"^[0-9]{{1,{LONGEST}}}$"
AREA: Final = f"^[0-9]{{0,{LONGEST}}}$"
