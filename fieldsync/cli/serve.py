"""`fieldsync serve`: the server."""

from __future__ import annotations

import socket
import sys
from typing import Annotated

import typer

from fieldsync.cli.context import StoreOption, settings_with
from fieldsync.errors import BadInput
from fieldsync.settings import Settings

_GRACE_S = 5
_SWITCH_S = 0.0005
"""How long one thread may keep the others waiting: reads are short, and suffer from the interpreter's 5 ms."""


def register(app: typer.Typer) -> None:
    """Add the command `serve`."""
    app.command("serve")(serve)


def serve(
    store: StoreOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, 0 for a free one; default: 5985.")] = None,
) -> None:
    """Serve tablets and staff until stopped.

    Example: fieldsync serve --store sqlite:///store --port 5985
    """
    settings = settings_with(store=store, host=host, port=port)
    with _listening(settings) as listener:
        _run(settings, listener)


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        reason = f"{error.strerror}; take another with --host and --port"
        raise BadInput(f"Nobody can listen on {settings.host} port {settings.port}: {reason}.") from error


def _run(settings: Settings, listener: socket.socket) -> None:
    # Here, since it takes a while and every other command does without it.
    import uvicorn

    from mobile_api.app import create_app
    from mobile_api.replication import FeedServer

    sys.setswitchinterval(_SWITCH_S)
    app = create_app(settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    typer.echo(f"fieldsync listens on http://{host}:{listener.getsockname()[1]}")
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE_S)
    FeedServer(config, app.state.replication.close).run(sockets=[listener])
