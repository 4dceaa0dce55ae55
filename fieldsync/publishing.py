"""The road of a form into use: compared, published, brought to its cells, and written into the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from fieldsync.cells import Cells
from fieldsync.codes import checked_area
from fieldsync.errors import NotFound
from fieldsync.form_delivery import FormDelivery
from fieldsync.form_impact import Impact, count_impact
from fieldsync.form_versions import FormInUse
from fieldsync.forms import Forms, Published, Step
from fieldsync.stores.base import Store
from fieldsync.trail import Trail
from forms_spec import Change, compare

Counted = Callable[[str], None]


def _silent(_: str) -> None:
    """Hear nothing of the cells that are counted."""


class Publishing:
    """What administrators do with forms."""

    def __init__(self, store: Store, forms: Forms, cells: Cells, delivery: FormDelivery, trail: Trail) -> None:
        self._store, self._forms, self._cells = store, forms, cells
        self._delivery, self._trail = delivery, trail

    def examine(self, workbook: bytes, filename: str, area: str, files: Mapping[str, bytes] | None = None) -> Step:
        """Compare a workbook, with files beside it, with what is in use in an area; nothing is written.

        Raises BadInput, NotFound for an area without cells, Conflict for other content of a published version.
        """
        self._check_area(area)
        return self._forms.examine(workbook, filename, area, files)

    def publish(self, step: Step, by: str) -> Published:
        """Publish a form that was examined, put it in use and bring it to its cells; may be repeated.

        Raises BadInput for a step that is forbidden, Conflict where another publisher was first.
        """
        published = self._forms.take(step, by)
        self._trail.note(by, "form.publish", f"form:{step.spec.id}@{step.spec.version}", step.area)
        self._delivery.bring(published.spec.id)
        return published

    def release(self, form: str, version: str, area: str, by: str) -> FormInUse:
        """Put a published version in use in an area and bring it to its cells. Raises NotFound, Conflict, BadInput."""
        self._check_area(area)
        pointer = self._forms.release(form, version, area, by)
        self._trail.note(by, "form.release", f"form:{form}@{version}", area)
        self._delivery.bring(form)
        return pointer

    def retire(self, form: str, reason: str, by: str) -> FormInUse:
        """Retire a form and tell the tablets, by its document in their cells. Raises NotFound, BadInput."""
        pointer = self._forms.retire(form, reason, by)
        self._trail.note(by, "form.retire", f"form:{form}", reason)
        self._delivery.bring(form)
        return pointer

    def compare(self, form: str, old: str, new: str) -> list[Change]:
        """Compare two published versions. Raises NotFound."""
        return compare(self._forms.need_spec(form, old), self._forms.need_spec(form, new))

    def impact(self, form: str, area: str, changes: list[Change], counted: Counted = _silent) -> Impact:
        """Count the documents of a form in an area, and what of their answers the changes touch."""
        return count_impact(self._store, form, (c.code for c in self._cells.within(area)), changes, counted)

    def cells_within(self, area: str) -> Iterator[str]:
        """Yield the codes of an area's cells."""
        return (cell.code for cell in self._cells.within(area))

    def _check_area(self, area: str) -> None:
        if area and next(self.cells_within(checked_area(area, self._cells.pattern)), None) is None:
            raise NotFound(
                f"There is no cell in area {area}: import its plan first, or mend the area.",
                zh=f"区域 {area} 内没有网格：请先导入网格，或更正区域代码。",
            )
