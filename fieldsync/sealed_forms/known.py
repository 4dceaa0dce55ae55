"""Which forms are sealed, and whether an answer says that somebody agreed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fieldsync.documents import data_of
from fieldsync.form_catalogue import FormCatalogue
from fieldsync.form_versions import FormInUse
from forms_spec import Field, FormSpec

FRESH_S = 5.0
"""How long the list of sealed forms is taken for granted: what another process publishes reaches tablets later."""


class SealedForms:
    """Knows the published forms that are sealed; no version of a form differs from the others in that."""

    def __init__(self, forms: FormCatalogue, clock: Callable[[], float] = time.monotonic) -> None:
        self._forms, self._clock = forms, clock
        self._read_at, self._published = float("-inf"), -1
        self._specs: dict[str, tuple[FormSpec, ...]] = {}

    def names(self) -> frozenset[str]:
        """Return the identifiers of all sealed forms, also of those that are retired."""
        return frozenset(self._known())

    def spec(self, form: str, version: object) -> FormSpec | None:
        """Return a sealed form in a version, or in its newest one where that was never published."""
        versions = self._known().get(form, ())
        return next((one for one in versions if one.version == version), versions[-1] if versions else None)

    def consents(self, body: Mapping[str, Any]) -> bool:
        """Tell whether an answer to a sealed form gives consent, by the question of the version that it names."""
        data = data_of(body)
        return any(data.get(field.name) == field.consent for field in self._questions(body))

    def consent_items(self, body: Mapping[str, Any]) -> frozenset[str]:
        """Return the names of the questions that ask for consent."""
        return frozenset(field.name for field in self._questions(body))

    def _questions(self, body: Mapping[str, Any]) -> Iterator[Field]:
        """Yield the question for consent; those of all versions for an answer to one that is not known."""
        versions = self._known().get(str(body.get("form")), ())
        named = [spec for spec in versions if spec.version == body.get("version")]
        return (field for spec in named or versions if (field := spec.consent()))

    def _known(self) -> dict[str, tuple[FormSpec, ...]]:
        now, published = self._clock(), self._forms.published
        if published != self._published or now - self._read_at >= FRESH_S:
            found = {pointer.form: self._versions(pointer) for pointer in self._forms.in_use()}
            self._specs = {form: specs for form, specs in found.items() if specs}
            self._read_at, self._published = now, published
        return self._specs

    def _versions(self, pointer: FormInUse) -> tuple[FormSpec, ...]:
        specs = (self._forms.spec(pointer.form, version) for version in pointer.released())
        return tuple(spec for spec in specs if spec and spec.sealed)
