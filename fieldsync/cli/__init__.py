"""The command `fieldsync`."""

from fieldsync.cli.main import main

__all__ = ["main"]
