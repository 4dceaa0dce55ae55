"""Events in words, (English, Chinese). A pure table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fieldsync.telling.phrases import Phrase

EVENT_WORDS: Final[Mapping[str, Phrase]] = {
    "birth": ("birth", "出生"),
    "death": ("death", "死亡"),
    "arrival": ("arrival", "迁入"),
    "departure": ("departure", "迁出"),
    "split": ("household split", "分户"),
    "join": ("households joined", "并户"),
    "new_head": ("new head", "户主变更"),
    "mistake": ("reported by mistake", "误报"),
}
