"""How far many databases have come, in one request for a hundred of them.

Source: CouchDB documentation, "/_dbs_info" and `max_db_number_for_dbs_info_req`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import msgspec

from fieldsync.stores.couchdb.client import Client, read, written

_AT_ONCE = 100
"""How many CouchDB takes in a request, unless it is set otherwise."""


class _Figures(msgspec.Struct):
    update_seq: str | int


class _One(msgspec.Struct):
    key: str
    info: _Figures | None = None


def read_sequences(client: Client, names: Mapping[str, str]) -> dict[str, str]:
    """Return the sequences of databases, given by our name and CouchDB's, under our names."""
    here = {there: name for name, there in names.items()}
    wanted = list(here)
    found: dict[str, str] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        rows = _together(client, wanted[at : at + _AT_ONCE])
        found |= {here[row.key]: str(row.info.update_seq) for row in rows if row.info}
    return found


def _together(client: Client, wanted: list[str]) -> list[_One]:
    answer = client.send("POST", "/_dbs_info", None, written({"keys": wanted}))
    if answer.status in (400, 404, 405):
        return list(_one_by_one(client, wanted))
    return read(answer, list[_One], client)


def _one_by_one(client: Client, wanted: list[str]) -> Iterator[_One]:
    """Ask a server that cannot be asked for several, or is set to take fewer."""
    for there in wanted:
        answer = client.send("GET", f"/{quote(there, safe='')}")
        if answer.status != 404:
            yield _One(there, read(answer, _Figures, client))
