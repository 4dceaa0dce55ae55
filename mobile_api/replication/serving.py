"""A server that ends the live feeds before it waits for them."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn


class FeedServer(uvicorn.Server):
    """uvicorn, which on its way out waits for open requests: the feeds would keep it for a minute."""

    def __init__(self, config: uvicorn.Config, end_feeds: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_feeds = end_feeds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the feeds, then stop as usual."""
        self._end_feeds()
        await super().shutdown(sockets)
