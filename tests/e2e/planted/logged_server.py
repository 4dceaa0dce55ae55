"""`fieldsync serve` where something is wrong: all that any part of it logs is kept in a file, and one address fails.

python logged_server.py STORE_URL PORT LOG
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from fastapi import Request

from fieldsync.cli.listening import listening, run
from fieldsync.settings import Settings
from mobile_api.app import create_app


async def _fail(request: Request) -> None:
    """Fail as code does that quotes what it was sent."""
    raise ValueError(f"{request.url} {(await request.body()).decode()} cannot be")


def main(store_url: str, port: str, log: str) -> None:
    """Serve until told to stop."""
    kept = os.open(Path(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(kept, 1)
    os.dup2(kept, 2)
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    with listening("127.0.0.1", int(port)) as listener:
        app = create_app(Settings(store=store_url))
        app.router.add_api_route("/api/v1/broken", _fail, methods=["POST"])
        run(app, app.state.replication.close, listener)


if __name__ == "__main__":
    main(*sys.argv[1:])
