"""One database as CouchDB has it: the requests that name it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar
from urllib.parse import quote

from ibm_cloud_sdk_core import DetailedResponse
from ibmcloudant.cloudant_v1 import CloudantV1

from fieldsync.errors import BadInput, DatabaseMissing
from fieldsync.stores.couchdb.client import Answer, Client, read, written

T = TypeVar("T")
Make = Callable[["Remote"], bool]
"""Makes a database that turned out not to be there; False where it shall not be."""
_GONE = frozenset({"no_db_file", "Database does not exist."})


class Remote:
    """A database of a CouchDB, under our name and under its own."""

    def __init__(self, client: Client, name: str, there: str, make: Make | None = None) -> None:
        self.client = client
        self.name = name
        self.there = there
        self._make = make
        self.path = f"/{quote(there, safe='')}"

    def plain(self) -> Remote:
        """Return the same database, as one that is not made where it is missing."""
        return Remote(self.client, self.name, self.there)

    def doubting(self, ids: Iterable[str]) -> AbstractContextManager[None]:
        """Remember documents as doubtful if what is written meanwhile misses its quorum."""
        return self.client.doubts.of_writing(self.there, ids)

    def send(
        self, method: str, suffix: str = "", query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Send a request about this database. Raises DatabaseMissing."""
        return self._present(lambda: self.client.send(method, self.path + suffix, query, body))

    def ask(self, operation: Callable[[CloudantV1, str], DetailedResponse]) -> Answer:
        """Make a request about this database through ibmcloudant. Raises DatabaseMissing."""
        return self._present(lambda: self.client.ask(lambda service: operation(service, self.there)))

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

    def _present(self, ask: Callable[[], Answer]) -> Answer:
        answer = ask()
        if _is_gone(answer) and self._make is not None and self._make(self):
            answer = ask()
        if _is_gone(answer):
            raise DatabaseMissing(f"There is no database {self.name!r}.")
        return answer


def _is_gone(answer: Answer) -> bool:
    return answer.status == 404 and answer.fault.reason in _GONE
