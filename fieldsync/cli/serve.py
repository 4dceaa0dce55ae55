"""`fieldsync serve`: the server."""

from __future__ import annotations

from typing import Annotated

import typer

from fieldsync.cli.context import StoreOption, settings_with
from fieldsync.cli.listening import listening, run


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
    with listening(settings.host, settings.port) as listener:
        from mobile_api.app import create_app

        app = create_app(settings)
        run(app, app.state.replication.close, listener)
