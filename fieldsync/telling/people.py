"""Who and what sentences are about: people by the names they are shown under, documents by what they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fieldsync.documents import data_of, kind_of
from fieldsync.telling.phrases import KIND_WORDS, word
from fieldsync.telling.reading import covered, shortened

NAMED_BY: Final[Mapping[str, str]] = {"person": "name", "building": "name", "household": "contact_name"}
_SERVER = ("the server", "服务器")


class People:
    """The names of users, as their accounts have them now."""

    def __init__(self, display_of: Callable[[str], Mapping[str, str] | None]) -> None:
        """Take how the display names of a user are found; None for nobody."""
        self._display_of = display_of

    def name(self, user: str | None, language: str) -> str:
        """Return a user's name in a language, in another if need be; of nobody that of the server."""
        if user is None:
            return _SERVER[language == "zh"]
        display = self._display_of(user) or {}
        return display.get(language) or next(iter(display.values()), "") or user


class Naming:
    """What the documents around a household are called in a sentence; `hidden` are the sensitive fields of a kind."""

    def __init__(self, bodies: Mapping[str, Mapping[str, Any]], hidden: Callable[[str], frozenset[str]]) -> None:
        self._bodies, self._hidden = bodies, hidden

    def name(self, document: str, language: str) -> str:
        """Return a document's name: a person's, the room of a household, `a person` where nothing is known."""
        kind, data = kind_of(document), data_of(self._bodies.get(document, {}))
        if kind == "stay":
            return self._stay(data, language)
        own = self._own(kind, data)
        if kind in ("household", "dwelling"):
            return self._room(kind, own, data, language)
        return own or word(KIND_WORDS, kind, language)

    def _own(self, kind: str, data: Mapping[str, Any]) -> str:
        field = NAMED_BY.get(kind, "")
        value = data.get(field)
        if not isinstance(value, str) or not value.strip():
            return ""
        return covered(value) if field in self._hidden(kind) else shortened(value)

    def _room(self, kind: str, own: str, data: Mapping[str, Any], language: str) -> str:
        dwelling = data_of(self._bodies.get(str(data.get("dwelling")), {})) if kind == "household" else data
        room = "" if "room" in self._hidden("dwelling") else str(dwelling.get("room") or "")
        what = word(KIND_WORDS, kind, language)
        if language == "zh":
            where = f"{room}室" if room else ""
            return f"{where}{own}{what}" if own or where else what
        the = what.replace("a ", "the ", 1) if own or room else what
        return the + (f" of {own}" if own else "") + (f" in room {room}" if room else "")

    def _stay(self, data: Mapping[str, Any], language: str) -> str:
        person = str(data.get("person") or "")
        if person not in self._bodies:
            return word(KIND_WORDS, "stay", language)
        who = self.name(person, language)
        return f"{who}的居住记录" if language == "zh" else f"the stay of {who}"
