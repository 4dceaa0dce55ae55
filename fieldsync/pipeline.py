"""The road of an edit, put together: intake, resolve, check, admit, registry, and the books about it."""

from __future__ import annotations

from dataclasses import dataclass

from fieldsync.accounting.balances import Balances
from fieldsync.accounting.tallies import Tallies
from fieldsync.assignment_proposals.proposing import AssignmentProposals
from fieldsync.audit import Auditor
from fieldsync.cases import Cases
from fieldsync.erasing import Erasing
from fieldsync.exchange.feed import Feed
from fieldsync.exchange.systems import Systems
from fieldsync.holds import Holds
from fieldsync.kinds import Kinds
from fieldsync.messages import Messages
from fieldsync.moves.matching import Moves
from fieldsync.person_file import PersonFiles
from fieldsync.pipeline_parts import Parts
from fieldsync.preload import Preload
from fieldsync.progress.following import Progress
from fieldsync.record_history import History
from fieldsync.registry import Registry
from fieldsync.registry_export import Exporter
from fieldsync.registry_import import Importer
from fieldsync.releases import Releases
from fieldsync.reporting.reports import Reports
from fieldsync.retention import Retention
from fieldsync.runner import Steps
from fieldsync.sealed_forms.reading import SealedAnswers
from fieldsync.sealed_forms.reception import Reception
from fieldsync.searching.search import Search
from fieldsync.services import Services
from fieldsync.stories import Teller
from fieldsync.trail import Trail


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps and the books of one installation."""

    kinds: Kinds
    cases: Cases
    registry: Registry
    intake: Reception
    steps: Steps
    preload: Preload
    auditor: Auditor
    tallies: Tallies
    balances: Balances
    teller: Teller
    trail: Trail
    messages: Messages
    releases: Releases
    progress: Progress
    reports: Reports
    moves: Moves
    assignment_proposals: AssignmentProposals
    search: Search
    history: History
    exporter: Exporter
    systems: Systems
    feed: Feed
    erasing: Erasing
    holds: Holds
    retention: Retention
    files: PersonFiles
    sealed_answers: SealedAnswers

    @classmethod
    def of(cls, services: Services) -> Pipeline:
        """Make the steps over an installation's use cases."""
        parts = Parts(services)
        return cls(
            kinds=parts.kinds,
            cases=parts.cases,
            registry=parts.registry,
            intake=parts.intake,
            steps=parts.steps,
            preload=parts.preload,
            auditor=parts.auditor,
            tallies=parts.tallies,
            balances=parts.balances,
            teller=parts.teller,
            trail=parts.trail,
            messages=parts.messages,
            releases=parts.releases,
            progress=parts.progress,
            reports=parts.reports,
            moves=parts.moves,
            assignment_proposals=parts.assignment_proposals,
            search=parts.search,
            history=parts.history,
            exporter=parts.exporter,
            systems=parts.systems,
            feed=parts.feed,
            erasing=parts.erasing,
            holds=parts.holds,
            retention=parts.retention,
            files=parts.files,
            sealed_answers=parts.sealed_answers,
        )

    def importer(self, cells: frozenset[str]) -> Importer:
        """Return an importer for a plan's cells."""
        return Importer(self.registry, self.preload, self.kinds, cells)
