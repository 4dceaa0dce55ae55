"""The steps and the books of an installation, each made when it is first asked for, out of those it works with."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from functools import cached_property, partial

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
from fieldsync.erasing import Erasing, Names, Notes
from fieldsync.escalation import Escalation
from fieldsync.events.history import Happenings
from fieldsync.events.records import EventRecords
from fieldsync.exchange.feed import Feed
from fieldsync.exchange.systems import Systems
from fieldsync.filing import Filing
from fieldsync.holds import Holds
from fieldsync.intake import Intake, Read
from fieldsync.judgement import Limits, read_document
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
from fieldsync.releases import Releases
from fieldsync.reporting.reports import Names as ReportNames
from fieldsync.reporting.reports import Reports
from fieldsync.reporting.small_counts import SmallCounts
from fieldsync.resolve import Resolver
from fieldsync.retention import Finder, Obstacles, Retention, Rules
from fieldsync.reversals import Reversals
from fieldsync.runner import Steps
from fieldsync.same_person import SamePerson
from fieldsync.sealed_forms.answers import read_answer
from fieldsync.sealed_forms.known import SealedForms
from fieldsync.sealed_forms.reading import SealedAnswers
from fieldsync.sealed_forms.reception import Reception
from fieldsync.sealed_forms.set_aside import SetAsides
from fieldsync.sealed_forms.stubs import Stubs
from fieldsync.sealed_forms.waiting import WaitingRefusals
from fieldsync.sealed_forms.withdrawals import Grounds, Withdrawals
from fieldsync.searching.search import Search
from fieldsync.services import Services
from fieldsync.stories import Teller
from fieldsync.tasks import Tasks
from fieldsync.telling.late import LateWords
from fieldsync.telling.people import People
from fieldsync.trail import Trail
from fieldsync.unfinished import Unfinished
from fieldsync.unit_steps import UnitSteps


class Parts:
    """What the pipeline is put together from."""

    def __init__(self, services: Services) -> None:
        self._services, self._settings = services, services.settings
        self._store, self._ledger, self._pen, self._now = services.opened, services.ledger, services.pen, services.now
        self._people = People(services.display_of)

    @cached_property
    def kinds(self) -> Kinds:
        """The kinds of documents, by their forms."""
        return Kinds(self._services.forms)

    @cached_property
    def registry(self) -> Registry:
        """The master registry."""
        return Registry(self._store, self._services.vault)

    @cached_property
    def cases(self) -> Cases:
        """What waits for a person."""
        return Cases(self._store, self._services.vault, self._settings.code_pattern, self._settings.case_due_days)

    @cached_property
    def preload(self) -> Preload:
        """What cells hold of the registry."""
        return Preload(self._store, self._ledger, self.registry, self.kinds, self._pen)

    @cached_property
    def books(self) -> Books:
        """What admission reads and writes."""
        return Books(self._store, self._ledger, self.registry, self.cases, self.kinds, self.preload, self._now)

    @cached_property
    def admission(self) -> Admission:
        """Admission by item."""
        return Admission(self.books)

    @cached_property
    def resolver(self) -> Resolver:
        """What merges."""
        return Resolver(self._store, self._ledger, self._pen, self.kinds)

    @cached_property
    def limits(self) -> Limits:
        """What a document may have."""
        return Limits(self._settings.max_document_bytes, self._settings.max_depth)

    @cached_property
    def intake(self) -> Reception:
        """What takes pushes in."""
        return Reception(
            cells=self.cells_intake,
            sealed=self._intake(partial(read_answer, forms=self.sealed_forms)),
            forms=self.sealed_forms,
            stubs=self.stubs,
            store=self._store,
            ledger=self._ledger,
            pen=self._pen,
            limits=self.limits,
            now=self._now,
        )

    @cached_property
    def cells_intake(self) -> Intake:
        """What takes pushes into cells in."""
        return self._intake(read_document)

    def _intake(self, read: Read) -> Intake:
        return Intake(
            self._store,
            self._ledger,
            self.cases,
            self.resolver,
            self._pen,
            self.kinds,
            seal_key=self._services.keys.seal,
            limits=self.limits,
            now=self._now,
            zone=self._settings.zone,
            sightings=self._services.sightings,
            read=read,
        )

    @cached_property
    def sealed_forms(self) -> SealedForms:
        """Which forms are sealed."""
        return SealedForms(self._services.forms)

    @cached_property
    def stubs(self) -> Stubs:
        """What cells are told of sealed answers."""
        keys, trail = self._services.vault.keys, self._services.trail
        set_asides = SetAsides(self.cases, self._ledger, self.sealed_forms, self.limits)
        grounds = Grounds(set_asides, self.holds, WaitingRefusals(self._store))
        withdrawals = Withdrawals(self.books, self._pen, keys, self.erasures, trail, grounds)
        return Stubs(self._store, self._ledger, self._pen, self.sealed_forms, self.tasks, withdrawals)

    @cached_property
    def sealed_answers(self) -> SealedAnswers:
        """What opens sealed answers."""
        return SealedAnswers(self._store, self._ledger, self.sealed_forms, self._services.trail)

    @cached_property
    def releases(self) -> Releases:
        """What lets quarantined documents in."""
        return Releases(self._store, self._ledger, self._pen, self.resolver, self.kinds, self.limits)

    @cached_property
    def tasks(self) -> Tasks:
        """What is asked of collectors."""
        return Tasks(self.books, self.admission, self._pen)

    @cached_property
    def moves(self) -> Moves:
        """Moves of people."""
        return Moves(self.books, self.admission, self.tasks, self._services.keys.index)

    @cached_property
    def filing(self) -> Filing:
        """Where records are looked up."""
        return Filing(self._store, self.registry, self.preload.answers, self._services.keys.index)

    @cached_property
    def same(self) -> SamePerson:
        """One person's two records."""
        return SamePerson(self.registry, self.cases, self.filing, self.preload, self._now)

    @cached_property
    def decisions(self) -> Decisions:
        """What carries decisions out."""
        late = LateCases(self.books, self.admission, self._pen, self.resolver, LateWords(self._people))
        events = EventRecords(self.books, self.admission)
        reversals = Reversals(self.books, self.admission, self.resolver, events)
        carriers = Carriers(self.releases, late, self.same, self.moves, reversals)
        return Decisions(self.books, self.admission, self._pen, self.resolver, carriers)

    @cached_property
    def tallies(self) -> Tallies:
        """Counts of outcomes."""
        return Tallies(self._store, self._ledger, self._settings.zone)

    @cached_property
    def counts(self) -> Counts:
        """Counts of each cell's work."""
        return Counts(self._store, self._ledger)

    @cached_property
    def balances(self) -> Balances:
        """The balance of persons."""
        return Balances(self._store, self.registry, self.preload.answers)

    @cached_property
    def steps(self) -> Steps:
        """What is done after a push."""
        return Steps(
            store=self._store,
            ledger=self._ledger,
            resolver=self.resolver,
            admission=self.admission,
            units=UnitSteps(self.books, self.admission, self._pen, self._people, self._settings.zone),
            decisions=self.decisions,
            duplicates=Duplicates(self.registry, self.cases, self.filing, self.preload, self.same),
            now=self._now,
            zone=self._settings.zone,
            tallies=self.tallies,
            delivery=self._services.delivery,
            counts=self.counts,
            lock=self.lock,
            handovers=self._services.handovers,
            tasks=self.tasks,
            escalation=Escalation(self.cases, self._now, self._settings.case_raise_days),
            claims=Claims(self.cases, self._now),
            lots=Lots(self._store, self.cases, self._now),
            retention=self.retention,
            retention_s=self._settings.retention_s,
            unfinished=Unfinished(self._store, self._ledger, self.cells_intake),
            stubs=self.stubs,
        )

    @cached_property
    def auditor(self) -> Auditor:
        """What goes through the books."""
        return Auditor(self.books, self.admission, self._settings.zone)

    @cached_property
    def teller(self) -> Teller:
        """What tells stories of documents."""
        return Teller(self.books, self._people, self._settings.zone, self.erasures)

    @cached_property
    def trail(self) -> Trail:
        """Who saw or did what."""
        return self._services.trail

    @cached_property
    def messages(self) -> Messages:
        """Messages to collectors."""
        return Messages(self._store, self.cases, self._now)

    @cached_property
    def progress(self) -> Progress:
        """How far the work is."""
        known = self._services
        return Progress(self.counts, known.areas, known.assignments, self.cases, known.rounds)

    @cached_property
    def reports(self) -> Reports:
        """What managers ask for."""
        return Reports(
            self.progress,
            self.tallies,
            KeptBalances(self._store, self.balances),
            self.kinds,
            ReportNames(self._services.areas.names, self._services.display_of),
            SmallCounts(self._settings.small_count, self._services.keys.index),
        )

    @cached_property
    def assignment_proposals(self) -> AssignmentProposals:
        """Who might work which cell."""
        known = self._services
        teams = Teams(known.accounts, known.devices, known.working_lives)
        return AssignmentProposals(self._store, known.cells, known.assignments, known.handovers, teams, self.counts)

    @cached_property
    def search(self) -> Search:
        """What finds records."""
        known = self._services
        answers = self.preload.answers
        happenings = Happenings(self.registry, self.filing, answers, self.moves.also_known_as)
        return Search(self.registry, self.filing, answers, known.keys.index, known.areas.codes, happenings)

    @cached_property
    def history(self) -> History:
        """Where each value came from."""
        return History(self._ledger, self.cases, self.kinds)

    @cached_property
    def exporter(self) -> Exporter:
        """What writes records to files."""
        return Exporter(self.registry, self.kinds, self.preload.answers, self._services.areas.codes)

    @cached_property
    def systems(self) -> Systems:
        """Other systems, and what was agreed with them."""
        return Systems(self._store, self.kinds, self._now, self._settings.code_pattern)

    @cached_property
    def feed(self) -> Feed:
        """What other systems are told."""
        return Feed(self.registry, self.preload, self._services.trail)

    @cached_property
    def erasing(self) -> Erasing:
        """What erases a person for good."""
        notes = Notes(self.erasures, self._services.trail, self.holds)
        return Erasing(self.books, self._pen, self._services.vault.keys, Names(self.filing, self.moves), notes)

    @cached_property
    def erasures(self) -> Erasures:
        """The list of who was erased."""
        return Erasures(self._store, self._settings.erased_file())

    @cached_property
    def holds(self) -> Holds:
        """What must be kept though its retention is over."""
        return Holds(self._store, self._services.trail, self._now, self._settings.zone, self.sealed_forms.names)

    @cached_property
    def retention(self) -> Retention:
        """What lets go of documents whose form's retention is over."""
        finder = Finder(self.books, self.filing, self.sealed_forms, self._settings.zone)
        obstacles = Obstacles(self.books, self.holds, self._services.receipts, self.erasing.near)
        rules = Rules(self._today, timedelta(days=self._settings.retention_grace_days), self.lock)
        return Retention(self._store, finder, obstacles, self.erasing, rules)

    @cached_property
    def lock(self) -> threading.RLock:
        """What keeps the steps of this process apart."""
        return threading.RLock()

    def _today(self) -> date:
        return self._now().astimezone(self._settings.zone).date()

    @cached_property
    def files(self) -> PersonFiles:
        """All that is held about a person."""
        return PersonFiles(
            self.registry, self._ledger, self.cases, self.history, self._services.trail, self.erasing,
            teller=self.teller, kinds=self.kinds, people=self._people, zone=self._settings.zone, now=self._now,
            forms=self.sealed_forms,
        )  # fmt: skip
