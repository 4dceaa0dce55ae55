"""A real server for these tests, as a process of its own: the replication application over an embedded store.

    python server.py STORE_URL PORT GATE_FILE

The gate is a file that the tests rewrite:
{"tokens": {token: {"user", "tablet", "cells": {cell: "held" | "draining"}}}}.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from fieldsync.direct_intake import DirectIntake
from fieldsync.errors import Forbidden, Unauthenticated
from fieldsync.replication import Access, Caller, open_cell
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from mobile_api.replication import FeedServer, FeedTimes, ReplicationAt, create_replication

POLL_S = 0.2


class FileGate:
    """Lets in whom the file names, as it is at the moment of the request."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def root(self, authorization: str | None) -> Caller:
        """Return who this is, whatever their cells."""
        known = self._known(authorization)
        return Caller(known["user"], known["tablet"], Access.HELD)

    def cell(self, authorization: str | None, cell: str) -> Caller:
        """Return who this is and what they may do in the cell."""
        known = self._known(authorization)
        if cell not in known["cells"]:
            raise Forbidden("This cell is not assigned to you.")
        return Caller(known["user"], known["tablet"], Access(known["cells"][cell]))

    def _known(self, authorization: str | None) -> dict:
        tokens = json.loads(self._path.read_text())["tokens"]
        try:
            return tokens[(authorization or "").removeprefix("Bearer ")]
        except KeyError:
            raise Unauthenticated("Show a valid token.") from None


def main(store_url: str, port: str, gate_file: str) -> None:
    """Serve until told to stop."""
    store = open_store(store_url)
    intake = DirectIntake(partial(open_cell, store), store.blobs())
    replication = create_replication(
        store, FileGate(Path(gate_file)), intake, Settings(), times=FeedTimes(poll_s=POLL_S)
    )
    app = ReplicationAt(Starlette(), replication)
    config = uvicorn.Config(app, port=int(port), log_level="warning", access_log=False)
    FeedServer(config, replication.close).run()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
