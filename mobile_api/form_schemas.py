"""What requests and answers about forms look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from pydantic import Field

from fieldsync.form_impact import Impact
from fieldsync.form_versions import FormInUse, FormVersion, Release, Retirement
from fieldsync.forms import Published, Step
from forms_spec import Carried, Change, Draft
from mobile_api.codes import AREA
from mobile_api.schemas import Asked, Shown


class ReleaseShown(Shown):
    """A version in use in an area; the empty area is the whole city."""

    version: str
    area: str
    at: datetime
    by: str

    @classmethod
    def of(cls, release: Release) -> ReleaseShown:
        return cls.model_validate(msgspec.structs.asdict(release))


class RetirementShown(Shown):
    """Since when no new document is made with a form."""

    at: datetime
    by: str
    reason: str

    @classmethod
    def of(cls, retired: Retirement) -> RetirementShown:
        return cls.model_validate(msgspec.structs.asdict(retired))


class FormShown(Shown):
    id: str
    version: str = Field(description="In use everywhere; while there is none, the newest")
    title: dict[str, str]
    published: datetime
    by: str
    releases: list[ReleaseShown] = Field(description="Which version is in use where, the newest release first")
    retired: RetirementShown | None

    @classmethod
    def of(cls, form: FormInUse) -> FormShown:
        return cls(
            id=form.form,
            version=form.version,
            title=form.title,
            published=form.published,
            by=form.by,
            releases=[ReleaseShown.of(release) for release in form.standing()],
            retired=RetirementShown.of(form.retired) if form.retired else None,
        )


class FormList(Shown):
    forms: list[FormShown]


class VersionShown(Shown):
    version: str
    published: datetime
    by: str
    areas: list[str] = Field(description="Where it is in use now; the empty area is the whole city")

    @classmethod
    def of(cls, version: FormVersion, pointer: FormInUse) -> VersionShown:
        areas = sorted(release.area for release in pointer.standing() if release.version == version.version)
        return cls(version=version.version, published=version.published, by=version.by, areas=areas)


class VersionList(Shown):
    versions: list[VersionShown]


class ChangeShown(Shown):
    kind: str
    field: str
    severity: Literal["error", "warning", "info"]
    message: dict[str, str]
    rule: str
    before: str | None
    after: str | None
    choices: list[str]

    @classmethod
    def of(cls, change: Change) -> ChangeShown:
        return cls.model_validate(msgspec.to_builtins(change))


class ImpactShown(Shown):
    """The documents under way in an area: how many, in which cells, and what of their answers changes."""

    documents: int
    cells: dict[str, int]
    versions: dict[str, int] = Field(description="By the version that documents name; empty: none")
    answers: dict[str, int] = Field(description="Documents with an answer to a question that is gone, by question")
    choices: dict[str, dict[str, int]] = Field(description="Documents with a choice that is gone, by question")

    @classmethod
    def of(cls, impact: Impact) -> ImpactShown:
        return cls.model_validate(msgspec.structs.asdict(impact))


class Compared(Shown):
    changes: list[ChangeShown]
    impact: ImpactShown | None = None


def _warned(warnings: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    return {"warnings": [said["en"] for said in warnings], "warnings_zh": [said["zh"] for said in warnings]}


class PublishedShown(Shown):
    id: str
    version: str
    title: dict[str, str]
    languages: list[str]
    new: bool
    warnings: list[str]
    warnings_zh: list[str] = Field(description="The same in Chinese, one for one")
    area: str
    before: str | None = Field(description="The version that was in use in the area")
    changes: list[ChangeShown]
    refused: list[ChangeShown] = Field(description="What forbids publishing; only a dry run shows it")
    impact: ImpactShown | None
    dry_run: bool

    @classmethod
    def of(cls, published: Published, impact: Impact | None = None) -> PublishedShown:
        shown = cls.examined(published.step, impact)
        told = _warned(published.warnings)
        return shown.model_copy(update={**told, "new": published.new, "dry_run": False})

    @classmethod
    def examined(cls, step: Step, impact: Impact | None) -> PublishedShown:
        return cls(
            id=step.spec.id,
            version=step.spec.version,
            title=step.spec.title,
            languages=list(step.spec.languages),
            new=step.before != step.spec.version,
            **_warned(step.warnings),
            area=step.area,
            before=step.before,
            changes=[ChangeShown.of(change) for change in step.changes],
            refused=[ChangeShown.of(change) for change in step.faults],
            impact=ImpactShown.of(impact) if impact else None,
            dry_run=True,
        )


class ReleaseAsked(Asked):
    version: str = Field(max_length=32, examples=["2026-11-01"])
    area: str = Field("", pattern=AREA, description="Empty: the whole city")


class RetireAsked(Asked):
    reason: str = Field(min_length=1, max_length=500)


class DraftBody(Asked):
    """What was filled in under one version: the answers, the reasons, and what earlier carrying told apart."""

    version: str = Field(max_length=32)
    data: dict[str, Any]
    missing: dict[str, str] = Field(default_factory=dict)
    former: dict[str, list[str]] = Field(default_factory=dict)

    def draft(self) -> Draft:
        former = {version: tuple(names) for version, names in self.former.items()}
        return Draft(version=self.version, data=self.data, missing=self.missing, former=former)

    @classmethod
    def of(cls, draft: Draft) -> DraftBody:
        return cls.model_validate(msgspec.to_builtins(draft))


class CarriedShown(Shown):
    draft: DraftBody
    to_ask: dict[str, str] = Field(description="Questions to put to the informant (again), and why")

    @classmethod
    def of(cls, carried: Carried) -> CarriedShown:
        return cls(draft=DraftBody.of(carried.draft), to_ask=carried.to_ask)
