"""Values as the registry compares them: NFC, trimmed, full-width digits and letters to half width, empty as absent.

Pure.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from conflict import ABSENT

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()} | {0x3000: 0x20}


def normalised(value: Any) -> Any:
    """Return a value in the form in which equal facts are equal; ABSENT where nothing is left."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value).translate(_FULL_WIDTH).strip()
        return text or ABSENT
    if isinstance(value, dict):
        parts = {k: n for k, v in value.items() if (n := normalised(v)) is not ABSENT}
        return parts or ABSENT
    if isinstance(value, list):
        return [n for v in value if (n := normalised(v)) is not ABSENT] or ABSENT
    return ABSENT if value is None else value
