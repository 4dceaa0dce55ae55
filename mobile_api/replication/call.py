"""One request as the handlers see it, and what they work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fieldsync.replication import Caller, Gate, Intake, OpenDatabase
from fieldsync.settings import Settings
from fieldsync.stores.base import Database, Store
from mobile_api.replication.answers import Answer
from mobile_api.replication.parameters import Query
from mobile_api.replication.paths import Target

CLOCK_HEADER = "x-fieldsync-clock"


@dataclass(frozen=True, slots=True)
class Call:
    """A request: what it names, its parameters, its headers (names in lower case), its whole body."""

    method: str
    target: Target
    query: Query
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def authorization(self) -> str | None:
        """Return the credentials as they came."""
        return self.headers.get("authorization")

    @property
    def clock(self) -> str | None:
        """Return the sender's clock reading as it came."""
        return self.headers.get(CLOCK_HEADER)

    @property
    def is_live(self) -> bool:
        """Tell whether this asks to wait, if what it names is a feed."""
        return self.method in {"GET", "POST"} and self.query.get("feed") in {"longpoll", "continuous"}

    @property
    def is_json(self) -> bool:
        """Tell whether the body is said to be JSON, or nothing is said of it."""
        said = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return said in {"", "application/json"}

    def bare(self) -> Call:
        """Return the call as one who waits keeps it: what it names, and who asks."""
        kept = {} if self.authorization is None else {"authorization": self.authorization}
        return Call(self.method, self.target, {}, kept)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the handlers work with."""

    store: Store
    gate: Gate
    intake: Intake
    settings: Settings
    open: OpenDatabase
    dialect: Dialect

    def admit(self, call: Call) -> Caller:
        """Ask the gate who this is. Raises Unauthenticated, Forbidden."""
        if call.target.kind in self.dialect.public:
            return self.gate.root(call.authorization)
        return self.gate.cell(call.authorization, call.target.cell)

    def database(self, call: Call) -> Database:
        """Return the database that the request names; only after the gate has let it pass."""
        return self.open(call.target.cell)

    def present(self, call: Call) -> None:
        """See that the database is there, for a request that may not use it. Raises DatabaseMissing."""
        self.database(call).info()


Handler = Callable[[Desk, Caller, Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler, whether it goes on for a caller who may only send, and whether what is posted may be a form."""

    handle: Handler
    draining: bool = False
    forms: bool = False


Routes = Mapping[str, Mapping[str, Route]]
"""The routes of each kind of target, by method."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server's paths name, who answers for it, and under which names `_local` documents are kept.

    `read_path` reads a path below the prefix where the application is mounted; `local_id` makes the store's name from
    the caller and the client's name; for the kinds of targets in `public` the gate is asked as for the root.
    """

    read_path: Callable[[bytes, str], Target]
    routes: Routes
    local_id: Callable[[Caller, str], str]
    public: frozenset[str] = frozenset({"root"})
