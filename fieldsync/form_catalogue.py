"""The catalogue of published forms, read: versions, which of them is in use where, and what follows for merging."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from conflict.rules import Rules
from fieldsync.clock import write_time
from fieldsync.errors import NotFound
from fieldsync.form_versions import EVERYWHERE, FormInUse, FormVersion, Workbook
from fieldsync.shelf import LAST, Kept, Shelf
from fieldsync.stores.base import Store
from forms_spec import FormSpec, with_others

FORM_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")


class FormCatalogue:
    """Reads published forms; each version is decoded once, and only the small pointer is read again.

    `published` grows with each change of what is in use that is made here.
    """

    def __init__(self, store: Store) -> None:
        self._database = store.create("forms")
        self._in_use = Shelf(self._database, "form:", FormInUse)
        self._versions = Shelf(self._database, "form:", FormVersion)
        self._workbooks = Shelf(self._database, "workbook:", Workbook)
        self._specs: dict[str, FormSpec] = {}
        self._lineages: dict[tuple[str, tuple[str, ...]], tuple[FormSpec, Rules]] = {}
        self._documents: dict[str, Any] = {}
        self.published = 0

    def in_use(self) -> Iterator[FormInUse]:
        """Yield the forms that are in use somewhere, in order of identifier."""
        for found in self._database.documents("form:", "form:" + LAST):
            if "@" not in found.id:
                yield msgspec.json.decode(found.body, type=FormInUse)

    def pointer(self, form: str) -> FormInUse | None:
        """Return where which version of a form is in use; None if it was never published."""
        kept = self.kept(form)
        return kept.value if kept else None

    def kept(self, form: str) -> Kept[FormInUse] | None:
        """Return a form's pointer with the revision it was read at."""
        return self._in_use.get(form) if FORM_ID.fullmatch(form) else None

    def need(self, form: str) -> FormInUse:
        """Return where which version of a form is in use. Raises NotFound."""
        pointer = self.pointer(form)
        if pointer is None:
            raise NotFound(f"There is no form {form!r}: publish it first.", zh=f"没有表单“{form}”：请先发布。")
        return pointer

    def versions(self, form: str) -> list[FormVersion]:
        """Return the published versions of a form, oldest first; one that another publisher overtook is among them."""
        if not FORM_ID.fullmatch(form):
            return []
        return sorted(self._versions.all(f"{form}@"), key=lambda version: (version.published, version.version))

    def spec(self, form: str, version: str | None = None, cell: str = EVERYWHERE) -> FormSpec | None:
        """Return a form in a version, or in the one in use in a cell; None if it was never published."""
        key = self._key(form, version, cell)
        if key is not None and key not in self._specs:
            kept = self._versions.get(key)
            if kept is None:
                return None
            self._specs[key] = FormSpec.decode(bytes(kept.value.spec))
        return self._specs[key] if key else None

    def need_spec(self, form: str, version: str | None = None) -> FormSpec:
        """Return a form in a version, or in the one in use. Raises NotFound."""
        spec = self.spec(form, version)
        if spec is None:
            raise _no_form(form, version)
        return spec

    def lineage(self, pointer: FormInUse, cell: str) -> tuple[FormSpec, Rules]:
        """Return the form in use in a cell with what its other versions knew, and how all of it merges."""
        version = pointer.version_at(cell) or pointer.history()[-1].version
        others = tuple(other for other in reversed(pointer.released()) if other != version)
        key = (f"{pointer.form}@{version}", others)
        if key not in self._lineages:
            known = [self.need_spec(pointer.form, one) for one in (version, *others)]
            whole = with_others(known[0], known[1:])
            self._lineages[key] = whole, Rules.of(whole.merge_rules())
        return self._lineages[key]

    def rules(self, form: str, cell: str = EVERYWHERE) -> Rules:
        """Return how the items of a form merge in a cell; every item of an unknown form merges by the default."""
        pointer = self.pointer(form)
        return self.lineage(pointer, cell)[1] if pointer else Rules.of({})

    def workbook(self, form: str, version: str | None = None) -> tuple[str, bytes]:
        """Return the file name and the bytes of the workbook of a version, or of the one in use. Raises NotFound."""
        kept = self._kept_workbook(form, version)
        return kept.filename, base64.b64decode(kept.content)

    def xform(self, form: str, version: str | None = None) -> bytes:
        """Return the XForm of a version, or of the one in use. Raises NotFound."""
        xform = self._kept_workbook(form, version).xform
        if not xform:
            raise NotFound(
                f"The XForm of {form!r} was not kept when this version was published.",
                zh=f"“{form}”的这一版本发布时没有保存 XForm。",
            )
        return xform.encode()

    def _kept_workbook(self, form: str, version: str | None) -> Workbook:
        key = self._key(form, version, EVERYWHERE)
        kept = self._workbooks.get(key) if key else None
        if kept is None:
            raise _no_form(form, version)
        return kept.value

    def document(self, pointer: FormInUse, cell: str) -> dict[str, Any] | None:
        """Return the document that brings a form to a cell; None while no version is in use there."""
        version = pointer.version_at(cell)
        if version is None:
            return None
        spec = self.need_spec(pointer.form, version)
        document: dict[str, Any] = {"kind": "form", "data": self._data(spec)}
        if pointer.retired:
            document["retired"] = {"at": write_time(pointer.retired.at), "reason": pointer.retired.reason}
        return document

    def _data(self, spec: FormSpec) -> Any:
        """Return a form's JSON as objects, which nobody changes: the same ones for ten thousand cells."""
        key = f"{spec.id}@{spec.version}"
        if key not in self._documents:
            self._documents[key] = msgspec.json.decode(spec.encode())
        return self._documents[key]

    def _key(self, form: str, version: str | None, cell: str) -> str | None:
        if version is None and (pointer := self.pointer(form)):
            version = pointer.version_at(cell) or (pointer.version if cell == EVERYWHERE else None)
        if version is None or not (FORM_ID.fullmatch(form) and VERSION.fullmatch(version)):
            return None
        return f"{form}@{version}"


def _no_form(form: str, version: str | None) -> NotFound:
    english = f"There is no form {form!r}" + (f" in version {version!r}." if version else ".")
    return NotFound(english, zh=f"没有表单“{form}”" + (f"的版本“{version}”。" if version else "。"))
