"""Items and values of a form as people read them: labels, choices, reasons; sensitive values covered.

Pure. An item that the form does not know is called by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from conflict import ABSENT, Missing, Rules
from fieldsync.masking import KEPT, masked
from fieldsync.telling.phrases import MISSING_WORDS, said, word
from forms_spec import Field, FormSpec, is_sensitive, parts_of, place_of

LONGEST = 60
"""How many characters of a value a sentence quotes."""
_ESCAPED = re.compile(r"%([0-9A-F]{2})")
_NOTHING = ("nothing", "空")
_ORDER: Final = ("Order", "顺序")
_ADDED: Final = ("(added)", "（新增）")
_REMOVED: Final = ("(removed)", "（移除）")
_REORDERED: Final = ("(changed)", "（已调整）")
_ALIKE: Final = ("(to another, which is not shown)", "（已变更，内容不予显示）")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the items of one kind are read; `spec` is None for a kind without a form.

    `reveal` uncovers what is sensitive; `whole_texts` cuts no text and counts no entries: it tells them all.
    """

    rules: Rules
    spec: FormSpec | None = None
    reveal: bool = False
    whole_texts: bool = False

    def label(self, item: str, language: str) -> str:
        """Return an item's label: of a group those of its fields, inside of a roster after whose it is."""
        return self._label(item, language, lambda text: text)

    def in_sentence(self, item: str, language: str) -> str:
        """Return an item's label as it stands within a sentence."""
        return self._label(item, language, _small if language == "en" else lambda text: text)

    def whole(self, item: str, was: Any, now: Any, language: str) -> str:
        """Return what became of an item with no two values to quote: a member, an order, covered ones read alike."""
        if self.rules.is_order(item):
            return said(_REORDERED, language)
        if self.rules.is_member(item):
            return said(_REMOVED if now is ABSENT else _ADDED, language) if was is ABSENT or now is ABSENT else ""
        alike = self.is_hidden(item) and self.told(item, was, language) == self.told(item, now, language)
        return said(_ALIKE, language) if alike else ""

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
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            return self._entries(value) if self.whole_texts else _counted(len(value), language)
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
        spec = self.spec
        if spec is None or self.reveal:
            return False
        return any(is_sensitive(spec, name) for name in (item, *self.rules.fields_of(item)))

    def _asked(self, item: str) -> tuple[Field, ...]:
        return place_of(self.spec, item).fields if self.spec else ()

    def _label(self, item: str, language: str, written: Callable[[str], str]) -> str:
        members, own = parts_of(item)
        called, path = [], ""
        for name, key in members:
            shown = key_in_words(key)
            called.append(written(self._own_label(path + name, language)) + (f" {shown}" if shown else ""))
            path += f"{name}[{key}]."
        if self.rules.is_order(item):
            called.append(written(said(_ORDER, language)))
        elif own or not members:
            called.append(written(self._own_label(item, language)))
        return " of ".join(reversed(called)) if language == "en" else "的".join(called)

    def _own_label(self, item: str, language: str) -> str:
        """Return an item's label without what stands around it."""
        asked = self._asked(item) if not self.rules.is_group(item) else self._parts(item)
        labels = [self.spec.label_of(field, language) for field in asked if self.spec]
        return (" / " if language == "en" else "／").join(labels) or parts_of(item)[1]

    def _parts(self, group: str) -> tuple[Field, ...]:
        return tuple(field for name in self.rules.fields_of(group) for field in self._asked(name))

    def _plain(self, item: str, value: Any, language: str) -> str:
        choice = next((field for field in self._asked(item) if field.choices is not None), None)
        if choice is not None and self.spec is not None and isinstance(value, str | list):
            several = value.split() if isinstance(value, str) and choice.type == "select_multiple" else value
            chosen = [str(one) for one in (several if isinstance(several, list) else [several])]
            labels = [self.spec.choice_label_of(choice, one, language) for one in chosen]
            return ("、" if language == "zh" else ", ").join(labels)
        if isinstance(value, list):
            return self._entries(value) if self.whole_texts else _counted(len(value), language)
        text = ", ".join(map(str, value.values())) if isinstance(value, dict) else str(value)
        return text if self.whole_texts else shortened(text)

    def _entries(self, entries: list[Any]) -> str:
        """Return every entry of a list, those of a roster with the names of what they have."""
        parts = (one.items() if isinstance(one, dict) else [("", one)] for one in entries)
        return "; ".join(", ".join(f"{name}: {part}" if name else str(part) for name, part in one) for one in parts)


def key_in_words(key: str) -> str:
    """Return what a member is called in a sentence; nothing where its name is a digest."""
    if key.startswith(("=", "~")):
        return ""
    text, mark, number = key.rpartition("#")
    text = f"{text} ({number})" if mark else key
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text.replace('"', ""))


def _small(label: str) -> str:
    """Return a label whose parts begin small, unless they are abbreviations."""
    return " / ".join(
        part[0].lower() + part[1:] if len(part) > 1 and part[0].isupper() and part[1].islower() else part
        for part in label.split(" / ")
    )


def _counted(entries: int, language: str) -> str:
    return f"{entries} 项" if language == "zh" else f"{entries} {'entry' if entries == 1 else 'entries'}"


def covered(value: Any) -> str:
    """Return a sensitive value as a sentence quotes it: its first characters, or none of a short one."""
    text = "" if isinstance(value, dict | list) else str(value)
    return (text[:KEPT] if len(text) > 2 * KEPT else "") + "…"


def shortened(text: str) -> str:
    """Return a text on one line, cut where it is too long to quote."""
    line = " / ".join(part.strip() for part in text.splitlines() if part.strip())
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def word_of_nothing(language: str) -> str:
    """Return what an empty item is called."""
    return _NOTHING[language == "zh"]
