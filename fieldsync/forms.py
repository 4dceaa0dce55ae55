"""Published forms: a version, once published, never changes; a pointer names the version in use."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from conflict.rule import RulesError
from conflict.rules import Rules
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.shelf import LAST, Shelf
from fieldsync.stores.base import Store
from forms_spec import Fault, FormSpec, compare, read_form_limited

_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
_SHOWN = 20
_LONGEST_NAME = 200


class FormInUse(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="form"):
    """The pointer of a form, `form:{id}`: which version is in use."""

    form: str
    version: str
    title: dict[str, str]
    published: datetime
    by: str


class FormVersion(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="version"):
    """One version of a form, `form:{id}@{version}`; `spec` is the JSON of its `FormSpec`."""

    form: str
    version: str
    published: datetime
    by: str
    spec: msgspec.Raw


class Workbook(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="workbook"):
    """The workbook a version was read from, `workbook:{id}@{version}`, in base64."""

    filename: str
    content: str


@dataclass(frozen=True, slots=True)
class Published:
    """A version as it was published, with what the check warned of; not `new`: it was there already."""

    spec: FormSpec
    warnings: tuple[str, ...]
    new: bool


class FormCatalogue:
    """Reads published forms; each version is decoded once, and only the small pointer is read again.

    `published` grows with each version that is put in use here.
    """

    def __init__(self, store: Store) -> None:
        self._database = store.create("forms")
        self._in_use = Shelf(self._database, "form:", FormInUse)
        self._versions = Shelf(self._database, "form:", FormVersion)
        self._workbooks = Shelf(self._database, "workbook:", Workbook)
        self._specs: dict[str, FormSpec] = {}
        self._rules: dict[str, Rules] = {}
        self.published = 0

    def in_use(self) -> Iterator[FormInUse]:
        """Yield the forms with the version in use, in order of identifier."""
        for found in self._database.documents("form:", "form:" + LAST):
            if "@" not in found.id:
                yield msgspec.json.decode(found.body, type=FormInUse)

    def spec(self, form: str, version: str | None = None) -> FormSpec | None:
        """Return a form in a version, or in the one in use; None if it was never published."""
        key = self._key(form, version)
        if key is not None and key not in self._specs:
            kept = self._versions.get(key)
            if kept is None:
                return None
            self._specs[key] = FormSpec.decode(bytes(kept.value.spec))
        return self._specs[key] if key else None

    def rules(self, form: str) -> Rules:
        """Return how the items of a form merge; every item of an unknown form merges by the default."""
        key = self._key(form, None)
        if key is None or key not in self._rules:
            spec = self.spec(form)
            rules = Rules.of(spec.merge_rules() if spec else {})
            if key is None:
                return rules
            self._rules[key] = rules
        return self._rules[key]

    def workbook(self, form: str) -> tuple[str, bytes]:
        """Return the file name and the bytes of the workbook in use. Raises NotFound."""
        key = self._key(form, None)
        kept = self._workbooks.get(key) if key else None
        if kept is None:
            raise NotFound(f"There is no form {form!r}.")
        return kept.value.filename, base64.b64decode(kept.value.content)

    def document(self, form: str) -> dict[str, Any]:
        """Return the document that brings a form in use to the cells. Raises NotFound."""
        spec = self.spec(form)
        if spec is None:
            raise NotFound(f"There is no form {form!r}: publish it first.")
        return {"kind": "form", "data": msgspec.json.decode(spec.encode())}

    def _key(self, form: str, version: str | None) -> str | None:
        if not _ID.fullmatch(form):
            return None
        if version is None:
            kept = self._in_use.get(form)
            version = kept.value.version if kept else None
        return f"{form}@{version}" if version is not None and _VERSION.fullmatch(version) else None


class Forms(FormCatalogue):
    """Publishes forms."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        super().__init__(store)
        self._now = now

    def publish(self, workbook: bytes, filename: str, by: str) -> Published:
        """Publish the form of a workbook and put it in use; the same version with the same content again is fine.

        Raises BadInput, listing what is wrong with the workbook or with the step from the version in use (questions are
        added, never retyped); Conflict for another content of a published version.
        """
        spec, warnings = _read(workbook, _checked_name(filename))
        if self.spec(spec.id, spec.version) is None:
            warnings += self._evolved(spec)
        new = self._keep(spec, by)
        content = base64.b64encode(workbook).decode("ascii")
        self._workbooks.add(f"{spec.id}@{spec.version}", Workbook(filename=filename, content=content))
        return Published(spec, warnings, new)

    def _keep(self, spec: FormSpec, by: str) -> bool:
        """Write a version unless it is there, and put it in use; tell whether it was new. Raises Conflict."""
        key, content = f"{spec.id}@{spec.version}", msgspec.Raw(spec.encode())
        made = FormVersion(form=spec.id, version=spec.version, published=self._now(), by=by, spec=content)
        new = self._versions.add(key, made)
        kept = self._versions.need(key, "form").value
        if FormSpec.decode(bytes(kept.spec)) != spec:
            raise Conflict(
                f"Version {spec.version} of {spec.id} is published with other content: "
                "give the form another version in its settings sheet."
            )
        self._put_in_use(kept, spec.title)
        return new

    def _evolved(self, spec: FormSpec) -> tuple[str, ...]:
        """Return what to look at in the step from the version in use. Raises BadInput for what a version may not do."""
        in_use = self.spec(spec.id)
        changes = compare(in_use, spec) if in_use else []
        errors = [change.message for change in changes if change.severity == "error"]
        if errors:
            raise BadInput(f"The form cannot replace the version in use. {errors[0]['en']}", faults=errors[:_SHOWN])
        return tuple(change.message["en"] for change in changes if change.severity == "warning")

    def _put_in_use(self, kept: FormVersion, title: dict[str, str]) -> None:
        """Point to a version, unless the one in use was published after it."""
        pointer = FormInUse(form=kept.form, version=kept.version, title=title, published=kept.published, by=kept.by)
        if not self._in_use.add(kept.form, pointer):
            self._in_use.change(kept.form, "form", lambda used: max(used, pointer, key=lambda use: use.published))
        self.published += 1


def _checked_name(filename: str) -> str:
    if not filename.isprintable() or not 0 < len(filename) <= _LONGEST_NAME:
        raise BadInput(f"A file name has 1 to {_LONGEST_NAME} printable characters.", field="filename")
    return filename


def _read(workbook: bytes, filename: str) -> tuple[FormSpec, tuple[str, ...]]:
    checked = read_form_limited(workbook, filename)
    if checked.spec is None or checked.errors:
        faults = [msgspec.to_builtins(fault) for fault in checked.errors[:_SHOWN]]
        raise BadInput(f"The form cannot be published. {_sentence(checked.errors[0])}", faults=faults)
    spec = checked.spec
    if not _ID.fullmatch(spec.id):
        raise BadInput(
            f"The form_id {spec.id[:64]!r} has more than lower-case letters, digits, _ and -: mend settings."
        )
    if not _VERSION.fullmatch(spec.version):
        raise BadInput(
            f"The version {spec.version[:32]!r} has more than letters, digits, dots, _ and -: mend settings."
        )
    _check_merge_rules(spec)
    return spec, tuple(_sentence(warning) for warning in checked.warnings)


def _check_merge_rules(spec: FormSpec) -> None:
    try:
        Rules.of(spec.merge_rules())
    except RulesError as error:
        raise BadInput(f"The form cannot be published: {error}.") from None


def _sentence(fault: Fault) -> str:
    place = ", ".join(part for part in (fault.sheet, f"row {fault.row}" if fault.row else "", fault.column) if part)
    return f"{place}: {fault.message} {fault.remedy}" if place else f"{fault.message} {fault.remedy}"
