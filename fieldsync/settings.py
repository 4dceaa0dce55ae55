"""Settings, from the environment (`FIELDSYNC_…`) or the command line; every one has a default that is safe."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from fieldsync.codes import read_pattern
from fieldsync.store_key import read_store_key
from fieldsync.stores.base import StoreOptions
from grid import CodePattern


class Settings(BaseSettings):
    """What an operator may set. Sizes in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="FIELDSYNC_", extra="ignore")

    store: str = Field(
        "sqlite:///store", description="Where the databases are: sqlite:///folder or couchdb://…", repr=False
    )
    key_file: str = Field("", description="Where the installation's keys are; empty: keys.json in the store's folder")
    store_key_file: str = Field("", description="The file with the key that encrypts the embedded store; empty: plain")
    archive: str = Field("", description="The folder of the ledger's archive; empty: beside the embedded store's")
    revs_limit: int = Field(1000, ge=1000, description="How many revisions of each branch of a document are remembered")
    couchdb_q: int | None = Field(None, ge=1, description="Shards of new databases but cells; empty: CouchDB's own")
    couchdb_n: int | None = Field(None, ge=1, description="Copies of new databases; empty: CouchDB's own")
    couchdb_placement: str | None = Field(None, description="Zones of the copies, as z1:2,z2:1; empty: CouchDB's own")
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(5985, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    access_minutes: int = Field(30, ge=1, description="Life of an access token, in minutes")
    refresh_days: int = Field(60, ge=1, description="Life of a refresh token, in days")
    enrolment_hours: int = Field(72, ge=1, description="Life of a tablet's one-time enrolment code, in hours")
    max_request_bytes: int = Field(64 * 2**20, ge=2**16, description="Largest request body")
    max_document_bytes: int = Field(2**20, ge=2**10, description="Largest document; larger ones are quarantined")
    max_depth: int = Field(64, ge=8, description="Deepest document; deeper ones are quarantined")
    sweep_s: float = Field(30.0, gt=0, description="How often the runner looks at every cell")
    feed_poll_s: float = Field(5.0, gt=0, description="How often waiting feeds look for other processes' writes")
    cors_origins: list[str] = Field(default_factory=list, description="Exact origins of web views that may sync")
    grid_bounds: str = Field(
        "73,3,136,54", description="West, south, east, north of where cells may lie, in degrees; default: China"
    )
    cell_code_pattern: str = Field(
        "6-3-3-3", description="Digits of a cell's code: of the district, then added by street, community and cell"
    )
    case_due_days: int = Field(7, ge=1, le=365, description="Within how many days a case should be decided")
    case_raise_days: int = Field(3, ge=1, le=365, description="How long an overdue case waits at each level above")
    retention_grace_days: int = Field(
        30, ge=1, le=3650, description="How long what ran out by its form's retention is listed before it is erased"
    )
    retention_s: float = Field(
        1.0, ge=0, description="For how long a sweep goes on with what ran out; 0: only `fieldsync retention run` does"
    )
    small_count: int = Field(
        5, ge=1, le=100, description="Reports suppress counts from 1 up to this for who may not see persons; 1: none"
    )
    time_zone: str = Field("Asia/Shanghai", description="The city's time zone: decides what day it is")

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the city's time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def code_pattern(self) -> CodePattern:
        """Return the pattern of the cells' codes. Raises BadInput when the setting is none."""
        return read_pattern(self.cell_code_pattern)

    def erased_file(self) -> Path | None:
        """Return where the list of who was erased is, beside the keys, for a restore does not replace it there."""
        if self.key_file:
            return Path(self.key_file).with_name("erased.jsonl")
        place = self.store.removeprefix("sqlite:///")
        return Path(place) / "erased.jsonl" if self.store.startswith("sqlite:///") else None

    def archive_folder(self) -> Path | None:
        """Return where the archive of the ledger is: for an embedded store `NAME.archive` beside it, unless set."""
        if self.archive:
            return Path(self.archive)
        place = Path(self.store.removeprefix("sqlite:///"))
        return place.with_name(f"{place.name}.archive") if self.store.startswith("sqlite:///") else None

    def store_options(self) -> StoreOptions:
        """Return what is chosen for the store. Raises BadInput when its key cannot be used."""
        return StoreOptions(
            self.revs_limit,
            read_store_key(self.store_key_file),
            self.couchdb_q,
            self.couchdb_n,
            self.couchdb_placement,
        )


def with_store(store: str) -> dict[str, str]:
    """Return the environment for a process that is to use a store: others on the machine cannot read it."""
    return {**os.environ, "FIELDSYNC_STORE": store}
