"""What the published forms say of each kind of document: how its items merge, who admits them, how it is checked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from conflict import Rules
from fieldsync.forms import FormCatalogue
from fieldsync.resolution import FieldRules
from forms_spec import FormSpec, Validator, admission, is_sensitive

FRESH_S = 1.0
"""How long what is in use is taken for granted: so long another process may publish before it is noticed here."""
_MOST_KEPT = 1000
"""Kinds come from identifiers, so there may be any number of them."""


@dataclass(frozen=True, slots=True)
class _InUse:
    """What was read of a kind, when, and how much had been published by then."""

    read_at: float
    published: int
    spec: FormSpec | None
    rules: Rules


class Kinds:
    """The rules of the kinds, from the form of the same name; every item of a kind without one merges by default.

    What this process publishes counts at once, what another one does within a second.
    """

    def __init__(self, forms: FormCatalogue, clock: Callable[[], float] = time.monotonic) -> None:
        self._forms, self._clock = forms, clock
        self._in_use: dict[str, _InUse] = {}
        self._validators: dict[tuple[str, str], Validator] = {}

    def spec(self, kind: str) -> FormSpec | None:
        """Return the form of a kind in the version in use."""
        return self._of(kind).spec

    def merge_rules(self, kind: str) -> Rules:
        """Return how the items of a kind merge."""
        return self._of(kind).rules

    def _of(self, kind: str) -> _InUse:
        now, published = self._clock(), self._forms.published
        kept = self._in_use.get(kind)
        if kept is None or kept.published != published or now - kept.read_at >= FRESH_S:
            kept = _InUse(now, published, self._forms.spec(kind), self._forms.rules(kind))
            if len(self._in_use) >= _MOST_KEPT:
                self._in_use.clear()
            self._in_use[kind] = kept
        return kept

    def field_rules(self, kind: str) -> FieldRules:
        """Return how the items of a kind merge, and which only the server writes."""
        found = self._of(kind)
        return FieldRules(found.rules, frozenset(found.spec.server_owned()) if found.spec else frozenset())

    def levels(self, kind: str) -> Callable[[str, bool], str]:
        """Return who admits an item of a kind: a function of the item and of whether it is a first value."""
        spec = self.spec(kind)

        def level(item: str, is_first: bool) -> str:
            if spec is None:
                return "auto"
            marks = admission(spec, item)
            return marks.admit_first if is_first else marks.admit

        return level

    def sensitive(self, kind: str) -> frozenset[str]:
        """Return the fields of a kind that are masked for whoever need not see them."""
        spec = self.spec(kind)
        return frozenset(spec.sensitive_fields()) if spec else frozenset()

    def masks(self, kind: str) -> Callable[[str], bool]:
        """Return which items of a kind are masked, also those inside of a roster: a function of the item."""
        spec = self.spec(kind)
        return lambda item: spec is not None and is_sensitive(spec, item)

    def validator(self, kind: str, version: object) -> Validator | None:
        """Return the checks of a kind's form, in the version a document names if it was published."""
        spec = (self._forms.spec(kind, version) if isinstance(version, str) else None) or self.spec(kind)
        if spec is None:
            return None
        key = (spec.id, spec.version)
        if key not in self._validators:
            self._validators[key] = Validator(spec)
        return self._validators[key]
