"""The real server, with a clock that the test moves: `fieldsync serve` but for the time of day.

    python clocked_server.py STORE_URL PORT FILE

FILE has the seconds by which this server's clock is ahead.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn

from fieldsync.settings import Settings
from mobile_api.app import create_app
from mobile_api.replication import FeedServer


def main(store_url: str, port: str, ahead: str) -> None:
    """Serve until told to stop."""
    app = create_app(
        Settings(store=store_url),
        lambda: datetime.now(UTC) + timedelta(seconds=float(Path(ahead).read_text())),
    )
    config = uvicorn.Config(app, port=int(port), log_config=None, access_log=False)
    FeedServer(config, app.state.replication.close).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
