"""Publishing forms: a published version never changes; releases put versions in use, everywhere or in an area."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from fieldsync.codes import checked_area
from fieldsync.documents import RETAINED
from fieldsync.errors import BadInput, Conflict
from fieldsync.form_catalogue import FormCatalogue
from fieldsync.form_reading import read_publishable
from fieldsync.form_refusals import files_missing, form_too_large, other_content, refused, retention_without_effect
from fieldsync.form_versions import EVERYWHERE, FormInUse, FormVersion, Release, Retirement, Workbook
from fieldsync.stores.base import Store
from forms_spec import Change, Choice, FormSpec, compare, forbidden, is_same
from forms_spec.findings import Texts
from grid import DEFAULT_PATTERN, CodePattern

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Step:
    """A form as it was handed in, checked, beside what is in use: nothing is written yet.

    `changes` are against the version in use in the area, `before`; None: there was none. `faults` are what forbids it.
    """

    workbook: Workbook
    spec: FormSpec
    area: str
    before: str | None
    warnings: tuple[Texts, ...]
    changes: tuple[Change, ...]
    faults: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A version as it was published, with what the check warned of; not `new`: it was there already."""

    spec: FormSpec
    warnings: tuple[Texts, ...]
    new: bool
    step: Step


class Forms(FormCatalogue):
    """Publishes, releases and retires forms."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        largest_bytes: int = 2**20,
        pattern: CodePattern = DEFAULT_PATTERN,
    ) -> None:
        """`largest_bytes` is what a form may have as the document that brings it to its cells."""
        super().__init__(store)
        self._now, self._largest_bytes, self._pattern = now, largest_bytes, pattern

    def examine(
        self, workbook: bytes, filename: str, area: str = EVERYWHERE, files: Mapping[str, bytes] | None = None
    ) -> Step:
        """Check a workbook, with files beside it, and compare it with the versions in use, without writing anything.

        Raises BadInput, listing what is wrong with the workbook; Conflict for another content of a published version.
        """
        spec, warnings, xform = read_publishable(workbook, filename, files or {})
        area = checked_area(area, self._pattern) if area else EVERYWHERE
        kept = Workbook(filename=filename, content=base64.b64encode(workbook).decode("ascii"), xform=xform)
        self._same_or_new(spec, kept)
        self._check_size(spec)
        if spec.retention and spec.id not in RETAINED and not spec.sealed:
            raise retention_without_effect(spec)
        pointer = self.pointer(spec.id)
        before = pointer.version_before(area) if pointer else None
        changes = compare(self.need_spec(spec.id, before), spec) if before and before != spec.version else []
        return Step(kept, spec, area, before, warnings, tuple(changes), tuple(self._faults(pointer, spec)))

    def publish(self, workbook: bytes, filename: str, by: str, area: str = EVERYWHERE) -> Published:
        """Examine a workbook and take the step: see there for what is raised."""
        return self.take(self.examine(workbook, filename, area), by)

    def take(self, step: Step, by: str) -> Published:
        """Publish a form that was examined and put it in use; the same version with the same content again is fine.

        Raises BadInput for a step that is forbidden (questions are added, never retyped or regrouped); Conflict where
        another content of the version, or a version that this one may not follow, was published meanwhile.
        """
        if step.faults:
            raise refused(step.faults, BadInput)
        spec = step.spec
        key, content = f"{spec.id}@{spec.version}", msgspec.Raw(spec.encode())
        made = FormVersion(form=spec.id, version=spec.version, published=self._now(), by=by, spec=content)
        new = self._versions.add(key, made)
        self._same_or_new(spec, step.workbook)
        self._workbooks.add(key, step.workbook)
        kept = self._versions.need(key, "version of the form").value
        self._put_in_use(kept, spec, Release(version=spec.version, area=step.area, at=self._now(), by=by), again=False)
        told = tuple(change.message for change in step.changes if change.severity == "warning")
        return Published(spec, step.warnings + told, new, step)

    def release(self, form: str, version: str, area: str, by: str) -> FormInUse:
        """Put a published version in use in an area, or everywhere: to widen a staged release, or to take one back.

        A retired form is in use again. Raises NotFound; Conflict for a version that may not stand beside the others.
        """
        area = checked_area(area, self._pattern) if area else EVERYWHERE
        spec = self.need_spec(form, version)
        kept = self._versions.need(f"{form}@{version}", "version of the form").value
        return self._put_in_use(kept, spec, Release(version=version, area=area, at=self._now(), by=by), again=True)

    def retire(self, form: str, reason: str, by: str) -> FormInUse:
        """Retire a form: no new documents with it; those that are there stay valid. Raises NotFound, BadInput."""
        reason = reason.strip()
        if not 0 < len(reason) <= _LONGEST_REASON:
            raise BadInput(
                f"Say why the form is retired, in 1 to {_LONGEST_REASON} characters.",
                zh=f"请说明停用原因（1 至 {_LONGEST_REASON} 个字符）。",
                field="reason",
            )
        self.need(form)
        mark = Retirement(at=self._now(), by=by, reason=reason)

        def retired(used: FormInUse) -> FormInUse:
            return used if used.retired else msgspec.structs.replace(used, retired=mark)

        pointer = self._in_use.change(form, "form", retired)
        self.published += 1
        return pointer

    def _same_or_new(self, spec: FormSpec, workbook: Workbook) -> None:
        """Let pass a version that is new, or was published with this content. Raises Conflict."""
        key = f"{spec.id}@{spec.version}"
        kept, known = self._versions.get(key), self._workbooks.get(key)
        if kept is None:
            return
        before = FormSpec.decode(bytes(kept.value.spec))
        # The workbook's own bytes first: what an older build made of them may read otherwise.
        is_same_file = known is not None and known.value.content == workbook.content
        if (is_same_file and _lists_of_files(before, spec) == _lists_of_files(spec, spec)) or is_same(before, spec):
            return
        lost = [name for name in spec.files if before.choices.get(name) and name not in spec.choices]
        raise files_missing(spec, lost) if is_same_file and lost else other_content(before, spec)

    def _check_size(self, spec: FormSpec) -> None:
        """Let pass a form that fits into a document, or was published before there was a limit. Raises BadInput."""
        size = len(spec.encode())
        if size > self._largest_bytes and self.spec(spec.id, spec.version) is None:
            raise form_too_large(spec, size, self._largest_bytes)

    def _faults(self, pointer: FormInUse | None, spec: FormSpec) -> list[Change]:
        others = [version for version in pointer.released() if version != spec.version] if pointer else []
        return forbidden([self.need_spec(spec.id, version) for version in others], spec)

    def _put_in_use(self, kept: FormVersion, spec: FormSpec, release: Release, *, again: bool) -> FormInUse:
        """Add a release to a form's pointer; unless `again`, not where the version was in use before.

        Another publisher may have been first: his version is looked at too. Raises Conflict.
        """
        first = _pointer(kept, spec.title, (release,))
        if self._in_use.add(kept.form, first):
            self.published += 1
            return first

        def released(used: FormInUse) -> FormInUse:
            if faults := self._faults(used, spec):
                raise refused(faults, Conflict)
            is_in_use = used.version_at(release.area) == release.version and not used.retired
            if is_in_use if again else used.is_released(release.version, release.area):
                return used
            return self._with(used, release, kept)

        pointer = self._in_use.change(kept.form, "form", released)
        self.published += 1
        return pointer

    def _with(self, used: FormInUse, release: Release, kept: FormVersion) -> FormInUse:
        """Return a form's pointer with a release added; it shows the version in use everywhere, else the newest."""
        releases = (*used.history(), release)
        shown = msgspec.structs.replace(used, releases=releases).version_at(EVERYWHERE)
        if shown is not None and shown != kept.version:
            kept = self._versions.need(f"{used.form}@{shown}", "version of the form").value
        return _pointer(kept, self.need_spec(used.form, kept.version).title, releases)


def _pointer(shown: FormVersion, title: dict[str, str], releases: tuple[Release, ...]) -> FormInUse:
    return FormInUse(
        form=shown.form,
        version=shown.version,
        title=title,
        published=shown.published,
        by=shown.by,
        releases=releases,
    )


def _lists_of_files(form: FormSpec, naming: FormSpec) -> dict[str, tuple[Choice, ...]]:
    """Return the lists that a form has from the files which `naming` names."""
    return {instance: form.choices.get(instance, ()) for instance in naming.files}
