"""Items and values of a form as people read them: labels, choices, reasons; sensitive values covered.

Pure. An item that the form does not know is called by its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from conflict import ABSENT, Missing, Rules
from fieldsync.masking import KEPT, masked
from fieldsync.telling.phrases import MISSING_WORDS, word
from forms_spec import Field, FormSpec

LONGEST = 60
"""How many characters of a value a sentence quotes."""
_MEMBER = re.compile(r"(?P<roster>[^\[\].]+)\[(?P<key>.*)\](?:\.(?P<field>.+))?", re.DOTALL)
_NOTHING = ("nothing", "空")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the items of one kind are read; `spec` is None for a kind without a form. `reveal` uncovers."""

    rules: Rules
    spec: FormSpec | None = None
    reveal: bool = False

    def label(self, item: str, language: str) -> str:
        """Return an item's label: of a group those of its fields, of a roster's member those of its parts."""
        member = _MEMBER.fullmatch(item)
        if member and self._field(item) is None:
            return self._member_label(member, language)
        if self.rules.is_group(item):
            return (" / " if language == "en" else "／").join(
                self._own_label(name, language) for name in self.rules.fields_of(item)
            )
        return self._own_label(item, language)

    def in_sentence(self, item: str, language: str) -> str:
        """Return an item's label as it stands within a sentence."""
        text = self.label(item, language)
        return " / ".join(map(_small, text.split(" / "))) if language == "en" else text

    def told(self, item: str, value: Any, language: str) -> str:
        """Return a value in words: the labels of its choices, a reason, `nothing`; covered where it is sensitive."""
        if isinstance(value, dict) and self.rules.is_group(item):
            return " ".join(self.told(name, part, language) for name, part in value.items()) or word_of_nothing(
                language
            )
        if value is ABSENT or value is None or value == "":
            return word_of_nothing(language)
        if isinstance(value, Missing):
            return word(MISSING_WORDS, value.reason, language)
        if isinstance(value, list):
            return f"{len(value)} 项" if language == "zh" else f"{len(value)} entries"
        if self.is_hidden(item):
            return covered(value)
        return self._plain(item, value, language)

    def shown(self, item: str, value: Any) -> str:
        """Return a value as it is kept, covered where it is sensitive: for programs."""
        if value is ABSENT:
            return "—"
        if isinstance(value, Missing):
            return f"[{value.reason}]"
        if isinstance(value, dict) and self.rules.is_group(item):
            return " ".join(self.shown(name, part) for name, part in value.items())
        return str(masked(value)) if self.is_hidden(item) else str(value)

    def is_hidden(self, item: str) -> bool:
        """Tell whether an item's value is covered; a roster's and its members' where any of their fields is."""
        if self.spec is None or self.reveal:
            return False
        member = _MEMBER.fullmatch(item)
        name = member["roster"] if member and self._field(item) is None else item
        asked = self._field(name)
        inner = asked.fields if asked else ()
        if member and member["field"]:
            inner = tuple(one for one in inner if one.name == member["field"])
        return bool({name, *self.rules.fields_of(name)} & self.spec.sensitive_fields()) or any(
            one.sensitive for one in inner
        )

    def _field(self, name: str) -> Field | None:
        return self.spec.field(name) if self.spec else None

    def _own_label(self, item: str, language: str) -> str:
        return self.spec.label(item, language) if self.spec and self._field(item) else item

    def _member_label(self, member: re.Match[str], language: str) -> str:
        roster = self._field(member["roster"])
        known_by = [one for one in roster.fields if one.key] if roster else []
        key = covered(member["key"]) if any(one.sensitive for one in known_by) and not self.reveal else member["key"]
        parts = [self._own_label(member["roster"], language), key]
        if member["field"]:
            asked = next((one for one in roster.fields if one.name == member["field"]), None) if roster else None
            labels = asked.labels if asked else {}
            parts.append(labels.get(language) or next(iter(labels.values()), member["field"]))
        return " ".join(parts)

    def _plain(self, item: str, value: Any, language: str) -> str:
        asked = self._field(item)
        if isinstance(value, str) and asked is not None and asked.choices is not None and self.spec is not None:
            chosen = value.split() if asked.type == "select_multiple" else [value]
            labels = [self.spec.choice_label(item, one, language) for one in chosen]
            return ("、" if language == "zh" else ", ").join(labels)
        return shortened(", ".join(map(str, value.values())) if isinstance(value, dict) else str(value))


def _small(text: str) -> str:
    """Return a label that begins small, unless it is an abbreviation."""
    is_plain = len(text) > 1 and text[0].isupper() and text[1].islower()
    return text[0].lower() + text[1:] if is_plain else text


def covered(value: Any) -> str:
    """Return a sensitive value as a sentence quotes it: its first characters, or none of a short one."""
    text = "" if isinstance(value, dict) else str(value)
    return (text[:KEPT] if len(text) > 2 * KEPT else "") + "…"


def shortened(text: str) -> str:
    """Return a text on one line, cut where it is too long to quote."""
    line = " / ".join(part.strip() for part in text.splitlines() if part.strip())
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def word_of_nothing(language: str) -> str:
    """Return what an empty item is called."""
    return _NOTHING[language == "zh"]
