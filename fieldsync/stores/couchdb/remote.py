"""One database as CouchDB has it: the requests that name it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from ibm_cloud_sdk_core import DetailedResponse
from ibmcloudant.cloudant_v1 import CloudantV1

from fieldsync.errors import BadInput, DatabaseMissing
from fieldsync.stores.couchdb.client import Answer, Client, read, written

T = TypeVar("T")
_GONE = frozenset({"no_db_file", "Database does not exist."})


class Remote:
    """A database of a CouchDB, under our name and under its own."""

    def __init__(self, client: Client, name: str, there: str) -> None:
        self.client = client
        self.name = name
        self.there = there
        self._path = f"/{quote(there, safe='')}"

    def send(
        self, method: str, suffix: str = "", query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Send a request about this database. Raises DatabaseMissing."""
        return self._present(self.client.send(method, self._path + suffix, query, body))

    def ask(self, operation: Callable[[CloudantV1, str], DetailedResponse]) -> Answer:
        """Make a request about this database through ibmcloudant. Raises DatabaseMissing."""
        return self._present(self.client.ask(lambda service: operation(service, self.there)))

    def get(self, suffix: str, kind: type[T], query: Mapping[str, str] | None = None) -> T:
        """Read an answer that must come."""
        return read(self.send("GET", suffix, query), kind, self.client)

    def post(self, suffix: str, value: Any, kind: type[T], query: Mapping[str, str] | None = None) -> T:
        """Read the answer to a question that has a body."""
        return read(self.post_bytes(suffix, written(value), query), kind, self.client)

    def post_bytes(self, suffix: str, body: bytes, query: Mapping[str, str] | None = None) -> Answer:
        """Send a body as it is. Raises BadInput where CouchDB cannot read it."""
        answer = self.send("POST", suffix, query, body)
        if answer.status == 400:
            raise BadInput(f"CouchDB refuses this for database {self.name!r}: {answer.fault.reason}")
        return answer

    def exists(self) -> bool:
        """Tell whether there is such a database."""
        answer = self.client.send("HEAD", self._path)
        if answer.status not in (200, 404):
            read(answer, object, self.client)
        return answer.status == 200

    def _present(self, answer: Answer) -> Answer:
        if answer.status == 404 and answer.fault.reason in _GONE:
            raise DatabaseMissing(f"There is no database {self.name!r}.")
        return answer
