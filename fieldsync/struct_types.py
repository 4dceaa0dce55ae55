"""The types of stored and sent JSON, made ready for threads.

msgspec reads a Struct's types at its first use, and keeps what it has read half way: a second thread that uses the type
in that moment, when a server has just started and several tablets ask at once, takes the whole process down (seen with
msgspec 0.22: a segmentation fault in two of three tries). So all types are read before there is a second thread.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

PACKAGES = frozenset({"conflict", "fieldsync", "forms_spec", "grid", "mobile_api"})


def prepare_structs() -> None:
    """Have msgspec read the types of every Struct of ours that is imported; idempotent, for the main thread."""
    for struct in _structs(msgspec.Struct):
        if struct.__module__.partition(".")[0] in PACKAGES:
            msgspec.json.Decoder(struct)


def _structs(parent: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for struct in parent.__subclasses__():
        yield struct
        yield from _structs(struct)
