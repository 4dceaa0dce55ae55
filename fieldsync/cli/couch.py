"""`fieldsync couch`: a store as a bare CouchDB-compatible server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from fieldsync.cli.context import StoreOption, settings_with
from fieldsync.cli.listening import listening, run
from fieldsync.errors import BadInput
from fieldsync.loopback import is_loopback

HostOption = Annotated[str, typer.Option(help="Address to listen on; without users only a loopback address.")]
PortOption = Annotated[int, typer.Option(help="Port to listen on, 0 for a free one.")]
UserOption = Annotated[list[str] | None, typer.Option("--user", help="name:password of a user; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add the command `couch`."""
    app.command("couch")(couch)


def couch(
    store: StoreOption = None, host: HostOption = "127.0.0.1", port: PortOption = 5984, user: UserOption = None
) -> None:
    """Serve the databases of a store to CouchDB's clients, without cells and rules, until stopped.

    Example: fieldsync couch --store sqlite:///store --port 5984 --user admin:secret
    """
    passwords = dict(_credentials(given) for given in user or ())
    _check_host(host, passwords)
    settings = settings_with(store=store, host=host, port=port)
    with listening(settings.host, settings.port) as listener:
        from mobile_api.couch import create_couch

        served = create_couch(settings, passwords)
        try:
            run(served.app, served.replication.close, listener)
        finally:
            served.store.close()


def _credentials(given: str) -> tuple[str, str]:
    name, colon, password = given.partition(":")
    if not (name and colon and password):
        raise BadInput("A user is given as name:password, for example --user admin:secret.")
    return name, password


def _check_host(host: str, users: Mapping[str, str]) -> None:
    if not users and not is_loopback(host):
        raise BadInput(
            f"Without users the server listens on a loopback address only, and {host} is none: "
            "give --user name:password, or --host 127.0.0.1."
        )
