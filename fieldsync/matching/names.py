"""Names as they may be compared: without their dress, as they sound, and as they may have been heard. Pure.

A name is written in simplified or traditional characters, or in pinyin; collectors type it by its sound and hear it
through an accent. So it is brought to simplified characters, to syllables without tones (Hanyu Pinyin, character by
character, the commonest reading), and to what southern speakers do not tell apart: n and l, zh and z, ang and an.
Sources: OpenCC's tables of characters; pypinyin; the confusions are those that input methods offer as fuzzy sounds.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import opencc

from conflict import ABSENT
from fieldsync.normalise import normalised

_DRESS = re.compile(r"[\s·•・‧∙.\-'’`]+")
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
_TO_SIMPLIFIED = opencc.OpenCC("t2s")
_WHOLE = {"hu": "fu", "hui": "fei", "hun": "fen"}
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"), ("hu", "f"))
_FINALS = (("iang", "ian"), ("uang", "uan"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
MOST_KEPT = 200_000
"""Names whose forms are remembered: comparing a crowd meets the same ones again and again."""


@lru_cache(MOST_KEPT)
def written(name: str) -> str:
    """Return a name without blanks and dots, in simplified characters and small letters."""
    plain = normalised(name)
    bare = "" if plain is ABSENT else _DRESS.sub("", str(plain)).casefold()
    return "".join(_simplified(one) for one in bare)


@lru_cache(MOST_KEPT)
def sounded(name: str) -> tuple[str, ...]:
    """Return a name as syllables without tones; letters that are no Chinese characters stay together by word."""
    plain = normalised(name)
    words = [] if plain is ABSENT else [w for w in _DRESS.split(str(plain).casefold()) if w]
    return tuple(syllable for word in words for syllable in _syllables(word))


@lru_cache(MOST_KEPT)
def heard(name: str) -> str:
    """Return a name as it may have been heard: syllables that are easily taken for each other become one."""
    return "".join(_blurred(syllable) for syllable in sounded(name))


def is_chinese(name: str) -> bool:
    """Tell whether a name is written in Chinese characters."""
    return _HAN.search(name) is not None


@cache
def _simplified(character: str) -> str:
    return str(_TO_SIMPLIFIED.convert(character)) if _HAN.match(character) else character


@cache
def _reading(character: str) -> str:
    from pypinyin import lazy_pinyin  # not before it is needed: its tables take 50 MB, and most commands do without

    return str(lazy_pinyin(_simplified(character))[0])


def _syllables(word: str) -> list[str]:
    parts = re.findall(rf"{_HAN.pattern}|[^㐀-鿿豈-﫿\U00020000-\U0003ffff]+", word)
    return [_reading(part) if is_chinese(part) else part for part in parts]


@cache
def _blurred(syllable: str) -> str:
    syllable = _WHOLE.get(syllable, syllable)
    for said, alike in _INITIALS:
        if syllable.startswith(said):
            syllable = alike + syllable[len(said) :]
            break
    for said, alike in _FINALS:
        if syllable.endswith(said):
            return syllable[: -len(said)] + alike
    return syllable
