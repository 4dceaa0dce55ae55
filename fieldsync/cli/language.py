"""The language of what commands say in one line: as the terminal's is, where a sentence exists in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


class Language(StrEnum):
    """The language of messages."""

    ZH = "zh"
    EN = "en"


def spoken(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the terminal's language, as POSIX names it: Chinese where it is any Chinese, else English."""
    named = next((value for name in _VARIABLES if (value := environment.get(name))), "")
    return Language.ZH if named.lower().startswith("zh") else Language.EN
