"""Two server processes over one store, each of which can be made to die, or to be overtaken, at any of its writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fieldsync.errors import Conflict
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.replication import open_cell
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store
from mobile_api.replication.call import Desk
from mobile_api.replication.routes import CELLS
from tests.unit.steps.crashes import Died, Fuse, FusedStore

CELL = "510107001004001"
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAYS = 100_000
"""How long access tokens are good, in minutes: what is tested here is no refreshing."""


class Wire(Fuse):
    """A fuse that can also let something else happen right before a write."""

    def __init__(self) -> None:
        super().__init__()
        self._meanwhile: Callable[[], None] | None = None
        self._countdown = 0

    def before(self, write: int, happen: Callable[[], None]) -> None:
        """Let something happen before the n-th write from now."""
        self._meanwhile, self._countdown = happen, write

    def happen(self) -> None:
        """Let what was to happen happen now, if it has not."""
        happen, self._meanwhile = self._meanwhile, None
        if happen:
            happen()

    def burn(self) -> None:
        """Count a write that is about to happen."""
        self._countdown -= 1
        if self._countdown <= 0:
            self.happen()
        super().burn()


class Server:
    """One server process: the steps over a store of its own on the common files."""

    def __init__(self, town: Town, name: str) -> None:
        self.town, self.name, self.wire = town, name, Wire()
        self._store: Store = open_store(town.settings.store)
        self.start()

    def start(self) -> None:
        """Start, or start again after a crash: nothing that was only in memory is left."""
        keys = replace(load_keys(key_file(self.town.settings)), seal=bytes(32))
        fused: Any = FusedStore(self._store, self.wire)
        self.services = Services.of(fused, keys, self.town.settings, lambda: self.town.moment)
        self.ledger, self.pipeline = self.services.ledger, Pipeline.of(self.services)
        gate, intake = self.services.gate, self.pipeline.intake
        self.desk = Desk(fused, gate, intake, self.town.settings, partial(open_cell, fused), CELLS)

    def survive(self, act: Callable[[], object], die_at: int = 0) -> bool:
        """Do something, and die at one of its writes if it comes to that; tells whether it was done."""
        self.wire.left = die_at
        try:
            act()
        except Died:
            self.wire.left = 0
            self.start()
            self.pipeline.steps.finish_decisions()
            return False
        finally:
            self.wire.left = 0
            self.wire.happen()
        return True

    def run(self) -> None:
        """Let the steps work off the cell; where another server was faster with a case, again, as a sweep does."""
        for _ in range(3):
            with suppress(Conflict):
                self.pipeline.steps.catch_up(CELL)
                return
        raise AssertionError("the steps never get through")

    def close(self) -> None:
        """Close the files."""
        self._store.close()


class Town:
    """A cell with a few documents from the registry, its servers, and the time of day."""

    def __init__(self, template: Path, folder: Path) -> None:
        shutil.copytree(template, folder)
        self.settings = Settings(store=f"sqlite:///{folder}", access_minutes=DAYS)
        self.moment = START
        self.servers = [Server(self, name) for name in ("first", "second")]

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)

    @property
    def cell(self) -> Any:
        """Return the cell's database as the first server has it."""
        return self.servers[0]._store.create(f"cell-{CELL}")

    def close(self) -> None:
        """Close all files."""
        for server in self.servers:
            server.close()
