"""The road of an edit, put together: intake, resolve, check, admit, registry, and the books about it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from fieldsync.accounting.balances import Balances
from fieldsync.accounting.kept_balances import KeptBalances
from fieldsync.accounting.tallies import Tallies
from fieldsync.admit import Admission, Books
from fieldsync.assignment_proposals.proposing import AssignmentProposals
from fieldsync.assignment_proposals.teams import Teams
from fieldsync.audit import Auditor
from fieldsync.cases import Cases
from fieldsync.claims import Claims
from fieldsync.decisions import Carriers, Decisions
from fieldsync.duplicates import Duplicates
from fieldsync.erased import Erasures
from fieldsync.erasing import Erasing
from fieldsync.escalation import Escalation
from fieldsync.exchange.feed import Feed
from fieldsync.exchange.systems import Systems
from fieldsync.filing import Filing
from fieldsync.intake import Intake
from fieldsync.judgement import Limits
from fieldsync.kinds import Kinds
from fieldsync.late_cases import LateCases
from fieldsync.lots import Lots
from fieldsync.messages import Messages
from fieldsync.moves.matching import Moves
from fieldsync.person_file import PersonFiles
from fieldsync.preload import Preload
from fieldsync.progress.counts import Counts
from fieldsync.progress.following import Progress
from fieldsync.record_history import History
from fieldsync.registry import Registry
from fieldsync.registry_export import Exporter
from fieldsync.registry_import import Importer
from fieldsync.releases import Releases
from fieldsync.reporting.reports import Names, Reports
from fieldsync.reporting.small_counts import SmallCounts
from fieldsync.resolve import Resolver
from fieldsync.reversals import Reversals
from fieldsync.runner import Steps
from fieldsync.same_person import SamePerson
from fieldsync.searching.search import Search
from fieldsync.services import Services
from fieldsync.stories import Teller
from fieldsync.tasks import Tasks
from fieldsync.telling.late import LateWords
from fieldsync.telling.people import People
from fieldsync.trail import Trail
from fieldsync.unit_steps import UnitSteps


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps and the books of one installation."""

    kinds: Kinds
    cases: Cases
    registry: Registry
    intake: Intake
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
    files: PersonFiles

    @classmethod
    def of(cls, services: Services) -> Pipeline:
        """Make the steps over an installation's use cases."""
        store, ledger, pen, now = services.store, services.ledger, services.pen, services.now
        settings, vault = services.settings, services.vault
        kinds, registry = Kinds(services.forms), Registry(store, vault)
        cases = Cases(store, vault, settings.code_pattern, settings.case_due_days)
        preload = Preload(store, ledger, registry, kinds, pen)
        books = Books(store, ledger, registry, cases, kinds, preload, now)
        resolver, admission = Resolver(store, ledger, pen, kinds), Admission(books)
        people = People(services.display_of)
        limits = Limits(settings.max_document_bytes, settings.max_depth)
        releases = Releases(store, ledger, pen, resolver, kinds, limits)
        tasks = Tasks(books, admission, pen)
        moves = Moves(books, admission, tasks, services.keys.index)
        late = LateCases(books, admission, pen, resolver, LateWords(people))
        tallies, counts = Tallies(store, ledger, settings.zone), Counts(store, ledger)
        progress = Progress(counts, services.areas, services.assignments, cases, services.rounds)
        balances = Balances(store)
        filing = Filing(store, registry, preload.answers, services.keys.index)
        same = SamePerson(registry, cases, filing, preload, now)
        carriers = Carriers(releases, late, same, moves, Reversals(books, admission, resolver))
        duplicates = Duplicates(registry, cases, filing, preload, same)
        list_file = settings.erased_file()
        erasing = Erasing(books, pen, vault.keys, filing, moves, Erasures(store, list_file), services.trail)
        history = History(ledger, cases, kinds)
        return cls(
            kinds=kinds,
            erasing=erasing,
            files=PersonFiles(registry, ledger, cases, history, services.trail, erasing),
            cases=cases,
            registry=registry,
            intake=Intake(
                store,
                ledger,
                cases,
                resolver,
                pen,
                kinds,
                seal_key=services.keys.seal,
                limits=limits,
                now=now,
                zone=settings.zone,
                sightings=services.sightings,
            ),
            steps=Steps(
                store=store,
                ledger=ledger,
                resolver=resolver,
                admission=admission,
                units=UnitSteps(books, admission, pen, people, settings.zone),
                decisions=Decisions(books, admission, pen, resolver, carriers),
                duplicates=duplicates,
                now=now,
                zone=settings.zone,
                tallies=tallies,
                delivery=services.delivery,
                counts=counts,
                lock=threading.RLock(),
                handovers=services.handovers,
                tasks=tasks,
                escalation=Escalation(cases, now, settings.case_raise_days),
                claims=Claims(cases, now),
                lots=Lots(store, cases, now),
            ),
            preload=preload,
            tallies=tallies,
            balances=balances,
            auditor=Auditor(books, admission, settings.zone),
            teller=Teller(books, people, settings.zone),
            trail=services.trail,
            releases=releases,
            assignment_proposals=AssignmentProposals(
                store,
                services.cells,
                services.assignments,
                services.handovers,
                Teams(services.accounts, services.devices, services.working_lives),
                counts,
            ),
            progress=progress,
            reports=Reports(
                progress,
                tallies,
                KeptBalances(store, balances),
                kinds,
                Names(services.areas.names, services.display_of),
                SmallCounts(settings.small_count, services.keys.index),
            ),
            moves=moves,
            search=Search(registry, filing, preload.answers, services.keys.index, services.areas.codes),
            history=history,
            systems=Systems(store, kinds, now, services.settings.code_pattern),
            feed=Feed(registry, preload, services.trail),
            exporter=Exporter(registry, kinds, preload.answers, services.areas.codes),
            messages=Messages(store, cases, now),
        )

    def importer(self, cells: frozenset[str]) -> Importer:
        """Return an importer for a plan's cells."""
        return Importer(self.registry, self.preload, self.kinds, cells)
