"""What the published forms say of each kind of document: how its items merge, who admits them, how it is checked."""

from __future__ import annotations

from collections.abc import Callable

from conflict import Rules
from fieldsync.forms import FormCatalogue
from fieldsync.resolution import FieldRules
from forms_spec import FormSpec, Validator


class Kinds:
    """The rules of the kinds, from the form of the same name; every item of a kind without one merges by default."""

    def __init__(self, forms: FormCatalogue) -> None:
        self._forms = forms
        self._validators: dict[tuple[str, str], Validator] = {}

    def spec(self, kind: str) -> FormSpec | None:
        """Return the form of a kind in the version in use."""
        return self._forms.spec(kind)

    def merge_rules(self, kind: str) -> Rules:
        """Return how the items of a kind merge."""
        return self._forms.rules(kind)

    def field_rules(self, kind: str) -> FieldRules:
        """Return how the items of a kind merge, and which only the server writes."""
        spec = self._forms.spec(kind)
        return FieldRules(self._forms.rules(kind), frozenset(spec.server_owned()) if spec else frozenset())

    def levels(self, kind: str) -> Callable[[str, bool], str]:
        """Return who admits an item of a kind: a function of the item and of whether it is a first value."""
        spec = self._forms.spec(kind)

        def level(item: str, is_first: bool) -> str:
            if spec is None:
                return "auto"
            marks = spec.admission(item)
            return marks.admit_first if is_first else marks.admit

        return level

    def sensitive(self, kind: str) -> frozenset[str]:
        """Return the fields of a kind that are masked for whoever need not see them."""
        spec = self._forms.spec(kind)
        return frozenset(spec.sensitive_fields()) if spec else frozenset()

    def validator(self, kind: str, version: object) -> Validator | None:
        """Return the checks of a kind's form, in the version a document names if it was published."""
        spec = (self._forms.spec(kind, version) if isinstance(version, str) else None) or self._forms.spec(kind)
        if spec is None:
            return None
        key = (spec.id, spec.version)
        if key not in self._validators:
            self._validators[key] = Validator(spec)
        return self._validators[key]
