"""Add documents of one's own and count up a document that others count up too, in a store that they write as well."""

from __future__ import annotations

import sys

from fieldsync.documents import DocId, decode_body, encode_body
from fieldsync.errors import Conflict
from fieldsync.stores.base import Database, Put
from fieldsync.stores.factory import open_store


def count(cell: Database) -> None:
    while True:
        found = cell.get(DocId("count"))
        number = decode_body(found.body)["n"] if found else 0
        try:
            cell.put(Put(DocId("count"), encode_body({"n": number + 1}), found.rev if found else None))
        except Conflict:
            continue
        return


def main(url: str, name: str, mark: str, times: str) -> None:
    cell = open_store(url).create(name)
    for turn in range(int(times)):
        cell.add([(DocId(f"{mark}-{turn}"), b"{}")])
        count(cell)


main(*sys.argv[1:])
