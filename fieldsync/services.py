"""The use cases of an installation, made once for a store and handed to the API and the commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from fieldsync.accounts import Accounts
from fieldsync.archive import Archive
from fieldsync.areas import Areas
from fieldsync.assignments import Assignments
from fieldsync.cases import Cases
from fieldsync.cells import Cells
from fieldsync.devices import Devices
from fieldsync.form_delivery import FormDelivery
from fieldsync.forms import Forms
from fieldsync.gate import Identity, TokenGate
from fieldsync.handovers.impact import Impacts, Tablets
from fieldsync.handovers.orders import Handovers, People
from fieldsync.handovers.receipts import Receipts
from fieldsync.keys import Keys
from fieldsync.ledger import Ledger
from fieldsync.plan_files import parse_bounds
from fieldsync.publishing import Publishing
from fieldsync.rounds import Rounds
from fieldsync.server_writes import Pen
from fieldsync.sessions import Sessions
from fieldsync.settings import Settings
from fieldsync.sightings import Sightings
from fieldsync.staffing import Staffing
from fieldsync.stores.base import Store
from fieldsync.trail import Trail
from fieldsync.vault import OpenedStore, Vault
from fieldsync.working_lives import WorkingLives


@dataclass(frozen=True, slots=True)
class Services:
    """What may be done with an installation; `opened` is the store as the steps see it, its sealed databases opened."""

    settings: Settings
    now: Callable[[], datetime]
    keys: Keys
    store: Store
    opened: Store
    vault: Vault
    ledger: Ledger
    pen: Pen
    accounts: Accounts
    sessions: Sessions
    devices: Devices
    staffing: Staffing
    identity: Identity
    assignments: Assignments
    sightings: Sightings
    gate: TokenGate
    cells: Cells
    forms: Forms
    rounds: Rounds
    handovers: Handovers
    impacts: Impacts
    receipts: Receipts
    tablets: Tablets
    areas: Areas
    working_lives: WorkingLives
    trail: Trail
    delivery: FormDelivery
    publishing: Publishing

    def today(self) -> date:
        """Return the city's date."""
        return self.now().astimezone(self.settings.zone).date()

    def display_of(self, user: str) -> Mapping[str, str] | None:
        """Return the names that a user is shown under, by language; None for nobody."""
        account = self.accounts.get(user)
        return account.display if account else None

    @classmethod
    def of(cls, store: Store, keys: Keys, settings: Settings, now: Callable[[], datetime]) -> Services:
        """Make the use cases for a store. Raises BadInput where its cells have codes of another pattern than is set."""
        vault = Vault(store, keys.data_keys)
        ledger = Ledger(store, vault, Archive(settings.archive_folder()))
        opened = OpenedStore(store, vault)
        pen = Pen(opened, ledger, keys.seal, now)
        accounts = Accounts(store, now, settings.code_pattern)
        sessions = Sessions(store, keys, settings, now)
        devices = Devices(store, accounts, sessions, keys, settings)
        identity = Identity(sessions, accounts, devices)
        assignments = Assignments(store, accounts, now)
        cells, forms, trail = (
            Cells(store, pen, parse_bounds(settings.grid_bounds), settings.code_pattern),
            Forms(store, now, settings.max_document_bytes, settings.code_pattern),
            Trail(store, now),
        )
        cells.check_pattern()
        rounds = Rounds(store, cells, forms, pen)
        delivery = FormDelivery(store, cells, forms, rounds, pen)
        sightings = Sightings(store, ledger, now)
        tablets = Tablets(devices, sightings)
        return cls(
            settings=settings,
            now=now,
            keys=keys,
            store=store,
            opened=opened,
            vault=vault,
            ledger=ledger,
            pen=pen,
            accounts=accounts,
            sessions=sessions,
            devices=devices,
            staffing=Staffing(accounts, sessions),
            identity=identity,
            assignments=assignments,
            sightings=sightings,
            gate=TokenGate(identity, assignments, sightings),
            cells=cells,
            forms=forms,
            handovers=Handovers(store, cells, assignments, People(accounts, devices), now),
            impacts=Impacts(store, Cases(store, vault, settings.code_pattern), assignments, tablets),
            receipts=Receipts(store, assignments, devices, sightings, now),
            tablets=tablets,
            areas=Areas(store, accounts),
            working_lives=WorkingLives(store, accounts, lambda: now().astimezone(settings.zone).date()),
            rounds=rounds,
            trail=trail,
            delivery=delivery,
            publishing=Publishing(store, forms, cells, delivery, trail),
        )
