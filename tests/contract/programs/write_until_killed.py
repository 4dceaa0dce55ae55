"""Write to a store without end, and say on standard output what is written once it is."""

from __future__ import annotations

import itertools
import sys

from fieldsync.documents import DocId, Rev
from fieldsync.stores.base import Graft, Put
from fieldsync.stores.factory import open_store


def say(*words: str) -> None:
    print(*words, flush=True)


def main(url: str, mark: str) -> None:
    store = open_store(url)
    for turn in itertools.count():
        name = f"cell-{mark}-{turn // 10}"
        cell = store.create(name)
        doc_id = DocId(f"{mark}-{turn}")
        rev = cell.put(Put(doc_id, b'{"n":%d}' % turn))
        say(name, "doc", doc_id, rev)
        cell.add([(DocId(f"{doc_id}-{n}"), b"{}") for n in range(20)])
        say(name, "doc", f"{doc_id}-19", "")
        grafted = Rev(f"2-{turn:032x}")
        cell.graft([Graft(doc_id, (grafted, rev), b'{"n":-1}')])
        say(name, "doc", doc_id, grafted)
        cell.put_local(doc_id, rev.encode())
        say(name, "local", doc_id, rev)


main(*sys.argv[1:])
