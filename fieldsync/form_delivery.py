"""Bringing forms to the cells that use them: as `form:{id}` documents, each in the version in use in its cell.

A cell uses a form when a round around it names it, or when a release was made for an area around it. What a crash
leaves undone is found again by the mark that a finished delivery leaves, which names the revision of the form's
pointer; and once a day every cell is compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from fieldsync.cells import Cells
from fieldsync.documents import DocId
from fieldsync.form_catalogue import FormCatalogue
from fieldsync.form_versions import EVERYWHERE, FormInUse
from fieldsync.server_writes import Pen
from fieldsync.shelf import Kept
from fieldsync.stores.base import Store

_AT_ONCE = 500
"""Cells whose documents are made at the same time."""
_ATTEMPTS = 8


class Uses(Protocol):
    """Who knows which areas use a form beside its releases: the rounds."""

    def areas_of(self, form: str) -> set[str]:
        """Return the areas whose rounds use a form."""


def form_documents(forms: FormCatalogue, used: Iterable[FormInUse], cell: str) -> dict[DocId, dict[str, Any]]:
    """Return the documents that bring forms to a cell, without those that no version is in use of there."""
    found = {DocId(f"form:{pointer.form}"): forms.document(pointer, cell) for pointer in used}
    return {doc_id: document for doc_id, document in found.items() if document is not None}


class FormDelivery:
    """Brings forms to cells; idempotent, and safe beside another process that does the same."""

    def __init__(self, store: Store, cells: Cells, forms: FormCatalogue, uses: Uses, pen: Pen) -> None:
        self._marks = store.create("forms")
        self._cells, self._forms, self._uses, self._pen = cells, forms, uses, pen

    def bring(self, form: str) -> int:
        """Bring a form to every cell that uses it, again where it changed meanwhile; returns the documents written."""
        count = 0
        for _ in range(_ATTEMPTS):
            kept = self._forms.kept(form)
            if kept is None:
                return count
            count += self._write(kept.value)
            after = self._forms.kept(form)
            if after is not None and after.rev == kept.rev:
                self._mark(kept)
                break
        return count

    def bring_unfinished(self) -> int:
        """Bring the forms whose last change has not reached all cells, as a crash leaves them."""
        return sum(self.bring(form) for form in self._forms_in_use() if not self._is_marked(form))

    def bring_all(self) -> int:
        """Compare every cell with the forms that it uses, whatever the marks say."""
        return sum(self.bring(form) for form in self._forms_in_use())

    def bring_to(self, codes: Iterable[str]) -> int:
        """Bring the forms released for areas to cells that came later; rounds bring theirs themselves."""
        known = list(codes)
        pointers = list(self._forms.in_use())
        documents = {code: form_documents(self._forms, _released_around(pointers, code), code) for code in known}
        return self._pen.publish_all({code: found for code, found in documents.items() if found}, "forms")

    def cells_of(self, pointer: FormInUse) -> list[str]:
        """Return the cells that use a form, in order of code."""
        areas = self._uses.areas_of(pointer.form) | {r.area for r in pointer.history() if r.area != EVERYWHERE}
        outer = [area for area in areas if not any(area != other and area.startswith(other) for other in areas)]
        return [cell.code for area in sorted(outer) for cell in self._cells.within(area)]

    def _write(self, pointer: FormInUse) -> int:
        cause, count = f"form:{pointer.form}", 0
        using = self.cells_of(pointer)
        for start in range(0, len(using), _AT_ONCE):
            codes = using[start : start + _AT_ONCE]
            documents = {code: form_documents(self._forms, [pointer], code) for code in codes}
            count += self._pen.publish_all({code: found for code, found in documents.items() if found}, cause)
        return count

    def _forms_in_use(self) -> list[str]:
        return [pointer.form for pointer in self._forms.in_use()]

    def _mark(self, kept: Kept[FormInUse]) -> None:
        self._marks.put_local(f"delivered-{kept.value.form}", msgspec.json.encode({"rev": kept.rev}))

    def _is_marked(self, form: str) -> bool:
        kept, mark = self._forms.kept(form), self._marks.local(f"delivered-{form}")
        return kept is not None and mark is not None and msgspec.json.decode(mark) == {"rev": kept.rev}


def _released_around(pointers: Iterable[FormInUse], code: str) -> list[FormInUse]:
    return [p for p in pointers if any(r.area and code.startswith(r.area) for r in p.history())]
