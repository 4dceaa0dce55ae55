"""What is kept of published forms: versions that never change, and which of them is in use where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

EVERYWHERE = ""
"""The area of a release that holds for the whole city."""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A version put in use in an area (empty: everywhere); the last release around a cell counts there."""

    version: str
    area: str
    at: datetime
    by: str


class Retirement(msgspec.Struct, frozen=True, kw_only=True):
    """Since when no new document is made with a form, by whom, and why."""

    at: datetime
    by: str
    reason: str


class FormInUse(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="form"):
    """The pointer of a form, `form:{id}`: its releases, oldest first, and whether it is retired.

    `version`, `published` and `by` are those of the version in use everywhere, or, while there is none, of the newest.
    """

    form: str
    version: str
    title: dict[str, str]
    published: datetime
    by: str
    releases: tuple[Release, ...] = ()
    retired: Retirement | None = None

    def history(self) -> tuple[Release, ...]:
        """Return the releases, oldest first; a form published before there were any was released everywhere."""
        first = Release(version=self.version, area=EVERYWHERE, at=self.published, by=self.by)
        return self.releases or (first,)

    def version_at(self, cell: str) -> str | None:
        """Return the version in use in a cell, or everywhere in an area; None where there is none."""
        return next((r.version for r in reversed(self.history()) if cell.startswith(r.area)), None)

    def version_before(self, area: str) -> str | None:
        """Return what a new version is compared with: what is in use in its area, else the newest in a part of it."""
        inside = (release.version for release in self.standing() if release.area.startswith(area))
        return self.version_at(area) or next(inside, None)

    def released(self) -> tuple[str, ...]:
        """Return every version that was ever in use somewhere, in the order of their first releases."""
        return tuple(dict.fromkeys(release.version for release in self.history()))

    def is_released(self, version: str, area: str) -> bool:
        """Tell whether a version was ever put in use in an area, alone or with a wider one."""
        return any(r.version == version and area.startswith(r.area) for r in self.history())

    def standing(self) -> Iterator[Release]:
        """Yield the releases that still count somewhere, newest first: those that no later, wider one covers."""
        covered: list[str] = []
        for release in reversed(self.history()):
            if not any(release.area.startswith(area) for area in covered):
                yield release
                covered.append(release.area)


class FormVersion(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="version"):
    """One version of a form, `form:{id}@{version}`; `spec` is the JSON of its `FormSpec`."""

    form: str
    version: str
    published: datetime
    by: str
    spec: msgspec.Raw


class Workbook(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="workbook"):
    """The workbook a version was read from, `workbook:{id}@{version}`, in base64, and the XForm made of it."""

    filename: str
    content: str
    xform: str = ""
