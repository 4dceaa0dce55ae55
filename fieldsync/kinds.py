"""What the published forms say of each kind of document: how its items merge, who admits them, how it is checked.

Where an area has a version of its own, a cell asks and checks by the version in use there. A field that this version
does not know (it was removed, or only another area asks it) merges, is admitted and is masked by the newest version
that knows it: see docs/decisions/0029-forms-by-area.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from conflict import Rules
from fieldsync.form_catalogue import FormCatalogue
from fieldsync.form_versions import EVERYWHERE, FormInUse, Retirement
from fieldsync.resolution import FieldRules
from forms_spec import FormSpec, Validator, admission, foreign_fields, is_sensitive

FRESH_S = 1.0
"""How long what is in use is taken for granted: so long another process may publish before it is noticed here."""
_MOST_KEPT = 1000
"""Kinds come from identifiers, so there may be any number of them."""
_UNKNOWN = FieldRules(Rules.of({}))


@dataclass(frozen=True, slots=True)
class _InUse:
    """What was read of a kind, when, how much had been published by then, and what follows for cells asked about."""

    read_at: float
    published: int
    pointer: FormInUse | None
    known: dict[str, tuple[FormSpec, FieldRules]] = field(default_factory=dict)


class Kinds:
    """The rules of the kinds, from the form of the same name; every item of a kind without one merges by the default.

    What this process publishes counts at once, what another one does within a second. Without a cell, the answer is
    that of the version in use everywhere, as the registry sees it.
    """

    def __init__(self, forms: FormCatalogue, clock: Callable[[], float] = time.monotonic) -> None:
        self._forms, self._clock = forms, clock
        self._in_use: dict[str, _InUse] = {}
        self._validators: dict[tuple[str, str], Validator] = {}

    def spec(self, kind: str, cell: str = EVERYWHERE) -> FormSpec | None:
        """Return the form of a kind in the version in use in a cell: what is asked there."""
        pointer = self._pointer(kind)
        version = (pointer.version_at(cell) or (pointer.version if cell == EVERYWHERE else None)) if pointer else None
        return self._forms.spec(kind, version) if version else None

    def lineage(self, kind: str, cell: str = EVERYWHERE) -> FormSpec | None:
        """Return the form in use in a cell with the fields and choices that only its other versions know."""
        known = self._known(kind, cell)
        return known[0] if known else None

    def merge_rules(self, kind: str, cell: str = EVERYWHERE) -> Rules:
        """Return how the items of a kind merge in a cell; the names of the items are the same in every version."""
        return self.field_rules(kind, cell).merge

    def retains(self, kind: str) -> bool:
        """Tell whether a version of a kind's form that was ever in use anywhere says how long documents are kept."""
        pointer = self._pointer(kind)
        specs = (self._forms.spec(kind, version) for version in pointer.released()) if pointer else ()
        return any(spec is not None and spec.retention for spec in specs)

    def retired(self, kind: str) -> Retirement | None:
        """Return since when no new document of a kind is to be made; None for a form in use."""
        pointer = self._pointer(kind)
        return pointer.retired if pointer else None

    def field_rules(self, kind: str, cell: str = EVERYWHERE) -> FieldRules:
        """Return how the items of a kind merge in a cell, which only the server writes, and the order of versions."""
        known = self._known(kind, cell)
        return known[1] if known else _UNKNOWN

    def _known(self, kind: str, cell: str) -> tuple[FormSpec, FieldRules] | None:
        """Return the form of a kind in a cell, with what its other versions know, and its rules."""
        kept = self._read(kind)
        if kept.pointer is not None and cell not in kept.known:
            spec, rules = self._forms.lineage(kept.pointer, cell)
            kept.known[cell] = spec, FieldRules(rules, frozenset(spec.server_owned()), kept.pointer.released())
        return kept.known.get(cell)

    def _pointer(self, kind: str) -> FormInUse | None:
        return self._read(kind).pointer

    def _read(self, kind: str) -> _InUse:
        now, published = self._clock(), self._forms.published
        kept = self._in_use.get(kind)
        if kept is None or kept.published != published or now - kept.read_at >= FRESH_S:
            kept = _InUse(now, published, self._forms.pointer(kind))
            if len(self._in_use) >= _MOST_KEPT:
                self._in_use.clear()
            self._in_use[kind] = kept
        return kept

    def levels(self, kind: str, cell: str = EVERYWHERE) -> Callable[[str, bool], str]:
        """Return who admits an item of a kind: a function of the item and of whether it is a first value."""
        spec = self.lineage(kind, cell)

        def level(item: str, is_first: bool) -> str:
            if spec is None:
                return "auto"
            marks = admission(spec, item)
            return marks.admit_first if is_first else marks.admit

        return level

    def sensitive(self, kind: str) -> frozenset[str]:
        """Return the fields of a kind that are masked for whoever need not see them."""
        spec = self.lineage(kind)
        return frozenset(spec.sensitive_fields()) if spec else frozenset()

    def masks(self, kind: str) -> Callable[[str], bool]:
        """Return which items of a kind are masked, also those inside of a roster: a function of the item."""
        spec = self.lineage(kind)
        return lambda item: spec is not None and is_sensitive(spec, item)

    def foreign(self, kind: str, version: str) -> frozenset[str]:
        """Return the fields that a version of a kind's form lacks and another one has: no strangers in a document."""
        pointer = self._pointer(kind)
        spec = self._forms.spec(kind, version)
        if pointer is None or spec is None:
            return frozenset()
        others = (self._forms.spec(kind, other) for other in pointer.released() if other != version)
        return foreign_fields(spec, [other for other in others if other is not None])

    def validator(self, kind: str, version: object, cell: str = EVERYWHERE) -> Validator | None:
        """Return the checks of a kind's form, in the version a document names if it was published."""
        spec = (self._forms.spec(kind, version) if isinstance(version, str) else None) or self.spec(kind, cell)
        if spec is None:
            return None
        key = (spec.id, spec.version)
        if key not in self._validators:
            self._validators[key] = Validator(spec)
        return self._validators[key]
