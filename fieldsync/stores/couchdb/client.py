"""Requests to a CouchDB: tried again while it is busy, and never taken for done when they may not be.

What every sync asks goes through a plain pool of connections, whose answers stay bytes; the rest through ibmcloudant
(`docs/decisions/0014-two-clients-for-couchdb.md` has the measurements). Both share the rules of this module: 429, 5xx
and broken connections are tried again with growing pauses for a few seconds; 202 is a missed quorum, so not durable.

Source: CouchDB documentation, "HTTP Status Codes", "Cluster: reading and writing".
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
import requests
import urllib3
from ibm_cloud_sdk_core import ApiException, DetailedResponse
from ibm_cloud_sdk_core.authenticators import Authenticator, BasicAuthenticator, NoAuthAuthenticator
from ibmcloudant.cloudant_v1 import CloudantV1

from fieldsync.errors import BadInput, StoreUnavailable
from fieldsync.stores.couchdb.address import Address
from fieldsync.stores.couchdb.doubts import Doubts, MissedQuorum

PATIENCE_S = 4.0
"""How long a request is tried again."""
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_CONNECT_S = 3.0
_READ_S = 60.0
_CONNECTIONS = 64
_BUSY = frozenset({429, 500, 502, 503, 504})
_JSON = {"content-type": "application/json", "accept": "application/json"}
T = TypeVar("T")


class _Fault(msgspec.Struct):
    error: str = ""
    reason: str | None = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What CouchDB said. `repeated`: an earlier try of this request may have been carried out unheard."""

    status: int
    body: bytes
    repeated: bool = False

    @property
    def fault(self) -> _Fault:
        """Return what it says went wrong; empty where it does not say it as CouchDB does."""
        try:
            return msgspec.json.decode(self.body, type=_Fault)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return _Fault()

    @property
    def trouble(self) -> str:
        """Return what it says went wrong, in words."""
        return f"answers {self.status} ({self.fault.reason or self.fault.error or 'no reason'})"


class Client:
    """A CouchDB, asked from any thread."""

    def __init__(self, address: Address) -> None:
        self.doubts = Doubts()
        self._address = address
        self._closed = threading.Event()
        headers = dict(_JSON)
        if address.user:
            headers |= urllib3.make_headers(basic_auth=f"{address.user}:{address.password}")
        self._headers = headers
        timeout = urllib3.Timeout(connect=_CONNECT_S, read=_READ_S)
        kind = urllib3.HTTPSConnectionPool if address.scheme == "https" else urllib3.HTTPConnectionPool
        self._pool = kind(address.host, address.port, maxsize=_CONNECTIONS, timeout=timeout, retries=False)
        self._cloudant = _cloudant(address)

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of a request, with the authorisation."""
        return self._headers

    def send(self, method: str, path: str, query: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
        """Send a request by the short road; any answer but a busy, refusing or unsure one is returned."""
        url = f"{path}?{urlencode(query)}" if query else path
        return self._persist(lambda: self._try(method, url, body))

    def begin(self, path: str) -> bool:
        """Ask for something that goes on after the answer (202); False where the server does not offer it."""
        answer = self._try("POST", path, b"{}")
        return answer.status in (200, 202)

    def ask(self, operation: Callable[[CloudantV1], DetailedResponse]) -> Answer:
        """Make a request through ibmcloudant, by the same rules."""
        return self._persist(lambda: _asked(operation, self._cloudant))

    def close(self) -> None:
        """Release the connections; what still waits to try again gives up."""
        self._closed.set()
        self._pool.close()

    def unavailable(self, what: str) -> StoreUnavailable:
        """Return the error that says that nothing was done."""
        return StoreUnavailable(f"CouchDB at {self._address.place} {what}; nothing was acknowledged.")

    def _try(self, method: str, url: str, body: bytes | None) -> Answer:
        answer = self._pool.urlopen(method, url, body=body, headers=self._headers)
        return Answer(answer.status, answer.data)

    def _persist(self, attempt: Callable[[], Answer]) -> Answer:
        pause, end, repeated = _FIRST_PAUSE_S, time.monotonic() + PATIENCE_S, False
        while True:
            if self._closed.is_set():
                raise StoreUnavailable(f"The store on CouchDB at {self._address.place} is closed.")
            try:
                answer = attempt()
                if not _is_passing(answer):
                    self._check(answer)
                    return replace(answer, repeated=True) if repeated else answer
                trouble = answer.trouble
            except (urllib3.exceptions.HTTPError, requests.RequestException, OSError) as error:
                trouble = f"does not answer ({type(error).__name__})"
            repeated = True
            if time.monotonic() + pause > end:
                raise self.unavailable(f"{trouble} after several tries")
            self._closed.wait(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _check(self, answer: Answer) -> None:
        """Raise where an answer means that nothing can be acknowledged, whatever was asked."""
        if answer.status == 202:
            raise MissedQuorum(
                f"CouchDB at {self._address.place} kept this on too few of its nodes (202); nothing was acknowledged."
                " See that all nodes are up, and try again."
            )
        if answer.status in (401, 403):
            raise self.unavailable(f"refuses the store's user {self._address.user!r}: {answer.trouble}")
        if answer.status == 413:
            raise BadInput(f"CouchDB at {self._address.place} takes nothing this large; nothing was written.")


def _is_passing(answer: Answer) -> bool:
    return answer.status in _BUSY and answer.fault.error not in CLAUSES


CLAUSES = frozenset({"case_clause", "function_clause", "badarg", "badmatch", "unknown_error"})
"""Errors of a 500 that come from what was asked, not from a passing trouble: no use in asking again."""


def read(answer: Answer, kind: type[T], client: Client) -> T:
    """Read a successful answer. Raises StoreUnavailable where it is another one, or ends with an error half-way."""
    if answer.status in (200, 201):
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise client.unavailable("gave an answer that cannot be read") from None
    raise client.unavailable(f"answers {answer.status} ({answer.fault.error}: {answer.fault.reason})")


def written(value: Any) -> bytes:
    """Write JSON. Raises BadInput for text that is no Unicode."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise BadInput(f"This text is no Unicode ({error.reason}); send UTF-8.") from error


def _cloudant(address: Address) -> CloudantV1:
    authenticator: Authenticator = NoAuthAuthenticator()
    if address.user:
        authenticator = BasicAuthenticator(address.user, address.password)
    service = CloudantV1(authenticator=authenticator)
    service.set_service_url(f"{address.scheme}://{address.place}")
    service.set_http_config({"timeout": (_CONNECT_S, _READ_S)})
    return service


def _asked(operation: Callable[[CloudantV1], DetailedResponse], service: CloudantV1) -> Answer:
    try:
        answer = operation(service)
    except ApiException as error:
        return Answer(error.status_code, error.http_response.content if error.http_response is not None else b"")
    result = answer.get_result()
    return Answer(
        answer.get_status_code(), result.content if isinstance(result, requests.Response) else written(result)
    )
