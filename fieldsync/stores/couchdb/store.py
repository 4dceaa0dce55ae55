"""The CouchDB store: the databases of one prefix, made as they should be, and one feed for all who wait.

It holds no state of its own: servers in front of one CouchDB can be many.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from ibm_cloud_sdk_core import DetailedResponse
from ibmcloudant.cloudant_v1 import CloudantV1, SecurityObject

from fieldsync.errors import BadInput, DatabaseMissing
from fieldsync.revisions import REVS_LIMIT
from fieldsync.stores.base import Blobs, Database, StoreOptions
from fieldsync.stores.couchdb import installation
from fieldsync.stores.couchdb.address import read_address
from fieldsync.stores.couchdb.blobs import CouchBlobs
from fieldsync.stores.couchdb.client import Client, read
from fieldsync.stores.couchdb.database import CouchDatabase
from fieldsync.stores.couchdb.queries import Finder, make_indexes
from fieldsync.stores.couchdb.remote import Make, Remote
from fieldsync.stores.couchdb.sequences import read_sequences
from fieldsync.stores.couchdb.updates import Updates
from fieldsync.stores.listeners import Listeners

BLOBS = "blobs"
"""The database that holds the contents of attachments, and nothing else."""
_SYSTEM = ("_users", "_global_changes")
"""What a fresh CouchDB lacks: without the second there is no `_db_updates`."""
_CELL = "cell-"
_ADMIN = "_admin"
_log = logging.getLogger(__name__)


class _Members(msgspec.Struct):
    names: list[str] = []
    roles: list[str] = []


class _Security(msgspec.Struct):
    admins: _Members = msgspec.field(default_factory=_Members)
    members: _Members = msgspec.field(default_factory=_Members)


class CouchStore:
    """All databases of a prefix. Several processes may use the same at once."""

    def __init__(self, url: str, options: StoreOptions | None = None) -> None:
        """Connect. Raises BadInput for a URL that is none, StoreUnavailable when CouchDB does not answer."""
        self._options = options or StoreOptions()
        self._address = read_address(url)
        self._client = Client(self._address)
        self._finder = Finder()
        self._ready: set[str] = set()
        self._listeners = Listeners()
        self._updates = Updates(self._address, self._client.headers, self._listeners.tell)
        read(self._client.ask(lambda service: service.get_server_information()), object, self._client)
        self._make_system_databases()

    def uuid(self) -> str:
        """Return the installation's identifier: stable across restarts and processes."""
        return self._of_installation(installation.read_uuid)

    def rotate_uuid(self) -> str:
        """Give the installation a new identifier, durably, and return it."""
        return self._of_installation(installation.rotate_uuid)

    def _of_installation(self, act: Callable[[Remote], str]) -> str:
        remote = self._remote(installation.NAME)
        try:
            return act(remote)
        except DatabaseMissing:
            self._make(remote)
            return act(remote)

    def blobs(self) -> Blobs:
        """Return the contents of the attachments of all databases."""
        remote = self._remote(BLOBS, self._remake)
        if BLOBS not in self._ready:
            self._make(remote)
        return CouchBlobs(remote)

    def database(self, name: str) -> Database:
        """Return a database, without asking for it: where it is not there, its first use raises DatabaseMissing."""
        return CouchDatabase(self._own(name), self._finder, self._listeners.tell)

    def create(self, name: str) -> Database:
        """Return a database, made if it is not there: also where another process drops it before its first use."""
        remote = self._own(name, make=self._remake)
        if name not in self._ready:
            self._make(remote)
        return CouchDatabase(remote, self._finder, self._listeners.tell)

    def delete(self, name: str) -> bool:
        """Drop a database with all it holds; False if there was none."""
        remote = self._own(name)
        self._ready.discard(name)
        answer = self._client.ask(lambda service: service.delete_database(db=remote.there))
        if answer.status == 404:
            return answer.repeated
        read(answer, object, self._client)
        self._listeners.tell(name)
        return True

    def names(self) -> list[str]:
        """Return the names of all databases, sorted."""
        answer = self._client.ask(lambda service: service.get_all_dbs())
        found = map(self._address.name_here, read(answer, list[str], self._client))
        return sorted(name for name in found if name and name != installation.NAME)

    def sequences(self, names: Sequence[str]) -> dict[str, str]:
        """Return the present sequence of each of these databases that is there."""
        return read_sequences(self._client, {name: self._address.name_there(name) for name in names})

    def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with a database's name soon after it changed; returns the function that ends this."""
        end = self._listeners.add(listener)
        self._updates.start()
        return end

    def close(self) -> None:
        """Release every connection and end the feed."""
        self._listeners.clear()
        self._updates.close()
        self._client.close()

    def _remote(self, name: str, make: Make | None = None) -> Remote:
        return Remote(self._client, name, self._address.name_there(name), make)

    def _own(self, name: str, make: Make | None = None) -> Remote:
        if name == installation.NAME:
            raise BadInput(f"{name!r} is a database of the store itself: use another name.")
        return self._remote(name, make)

    def _remake(self, remote: Remote) -> bool:
        """Make a database that another process dropped; one that we dropped ourselves stays dropped."""
        if remote.name not in self._ready:
            return False
        self._make(remote.plain())
        return True

    def _make(self, remote: Remote) -> None:
        """Make a database, or finish one that somebody began; who may read it is written last, as a mark of that."""
        is_new = self._put_database(remote.there, self._shape(remote.name))
        security = self._security()
        if is_new or remote.get("/_security", _Security) != security:
            self._set_revs_limit(remote)
            make_indexes(remote)
            self._secure(remote, security)
        self._ready.add(remote.name)

    def _secure(self, remote: Remote, security: _Security) -> None:
        """Shut everyone else out; where another process is just doing that (409), it is done."""
        admins = SecurityObject(names=security.admins.names, roles=security.admins.roles)
        members = SecurityObject(names=security.members.names, roles=security.members.roles)
        answer = remote.ask(lambda service, db: service.put_security(db=db, admins=admins, members=members))
        if answer.status != 409:
            read(answer, object, self._client)

    def _put_database(self, there: str, shape: dict[str, str]) -> bool:
        """Make a database; False where it is there."""
        answer = self._client.ask(lambda service: _put_database(service, there, shape))
        if answer.status == 400:
            raise BadInput(f"CouchDB refuses to make {there!r}: {answer.fault.reason}")
        if answer.status != 412:
            read(answer, object, self._client)
        return answer.status != 412

    def _shape(self, name: str) -> dict[str, str]:
        """Return how a new database is spread: a cell is small, and in one shard its changes have one order."""
        options = self._options
        q = 1 if name.startswith(_CELL) or name == installation.NAME else options.couchdb_q
        shape = {"q": q, "n": options.couchdb_n, "placement": options.couchdb_placement}
        return {name: str(value) for name, value in shape.items() if value is not None}

    def _security(self) -> _Security:
        own = [self._address.user] if self._address.user else []
        return _Security(_Members(own, [_ADMIN]), _Members(own, [_ADMIN]))

    def _set_revs_limit(self, remote: Remote) -> None:
        if self._options.revs_limit != REVS_LIMIT:
            read(remote.send("PUT", "/_revs_limit", None, b"%d" % self._options.revs_limit), object, self._client)

    def _make_system_databases(self) -> None:
        """Make what `_db_updates` needs; a server that does not know it is used without."""
        for name in _SYSTEM:
            if self._client.send("HEAD", f"/{name}").status == 404:
                self._make_system_database(name)

    def _make_system_database(self, name: str) -> None:
        made = self._client.ask(lambda service: _put_database(service, name, {}))
        if made.status not in (201, 412):
            _log.warning("CouchDB at %s does not make %s (%s).", self._address.place, name, made.status)


def _put_database(service: CloudantV1, there: str, shape: dict[str, Any]) -> DetailedResponse:
    """Make a database; the library's own call knows neither `n` nor `placement`."""
    request = service.prepare_request("PUT", f"/{quote(there, safe='')}", headers={}, params=shape)
    return service.send(request)
