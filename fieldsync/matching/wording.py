"""What speaks for and against two persons being one, in words (English, Chinese). A pure table, one row a level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fieldsync.matching.compare import Evidence, Level
from fieldsync.telling.phrases import LANGUAGES, Phrase

WORDS: Final[Mapping[Level, Phrase]] = {
    ("identity", "same"): ("the same number of the identity document", "证件号码相同"),
    ("identity", "slipped"): ("identity numbers that differ in one character", "证件号码仅一位不同"),
    ("identity", "different"): ("different identity numbers", "证件号码不同"),
    ("name", "same"): ("the same name", "姓名相同"),
    ("name", "sounds_alike"): ("names that sound the same", "姓名读音相同"),
    ("name", "heard_alike"): ("names that are easily misheard for each other", "姓名读音相近，容易听错"),
    ("name", "slipped"): ("names that differ in one character", "姓名仅一字不同"),
    ("name", "family"): ("only the family name is the same", "仅姓氏相同"),
    ("name", "different"): ("different names", "姓名不同"),
    ("birth", "same"): ("the same date of birth", "出生日期相同"),
    ("birth", "slipped"): ("dates of birth that a slip would explain", "出生日期相近，可能录错"),
    ("birth", "year"): ("born in the same year, on another day", "出生年份相同，月日不同"),
    ("birth", "different"): ("different dates of birth", "出生日期不同"),
    ("sex", "same"): ("the same sex", "性别相同"),
    ("sex", "different"): ("another sex", "性别不同"),
    ("phone", "same"): ("the same phone number", "联系电话相同"),
    ("phone", "different"): ("different phone numbers", "联系电话不同"),
}


def told(evidence: Evidence) -> dict[str, str]:
    """Return what an item says, by language."""
    return dict(zip(LANGUAGES, WORDS[evidence.item, evidence.level], strict=True))
