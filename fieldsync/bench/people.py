"""Invented persons to measure with, the same at every run. Pure."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec

FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国文玉兰"
_NOTES = ("", "", "", "白天不在家,晚上七点以后再来", "Moved in with her daughter", "租客,合同到明年六月")
PER_PUSH = 500
"""Documents in one request while a database is filled."""


def persons(count: int) -> Iterator[dict[str, Any]]:
    """Yield documents as tablets push them; their bodies have 240 to 400 bytes, as those of real persons."""
    chance = random.Random(20261101)
    for _ in range(count):
        doc_id = f"person:{uuid.UUID(int=chance.getrandbits(128), version=4)}"
        digest = hashlib.md5(doc_id.encode(), usedforsecurity=False).hexdigest()
        head = {"_id": doc_id, "_rev": f"1-{digest}", "_revisions": {"start": 1, "ids": [digest]}}
        yield head | _body(chance)


def _body(chance: random.Random) -> dict[str, Any]:
    born = f"{chance.randint(1930, 2024)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    data = {
        "name": chance.choice(FAMILIES) + "".join(chance.choices(GIVEN, k=chance.randint(1, 2))),
        "sex": chance.choice("12"),
        "birth_date": born,
        "ethnic_group": "01",
        "id_number": f"510107{born.replace('-', '')}{chance.randint(0, 9999):04}",
        "phone": f"13{chance.randint(0, 999_999_999):09}",
    }
    if note := chance.choice(_NOTES):
        data["note"] = note
    at = f"2026-11-{chance.randint(1, 23):02}T{chance.randint(8, 21):02}:11:02.120Z"
    meta = {"at": at, "by": "li.na", "device": "tablet-7", "round": "2026-11"}
    return {"kind": "person", "form": "person", "version": "2026-11-01", "data": data, "meta": meta}


def pushes(count: int) -> list[bytes]:
    """Return the bodies of the `_bulk_docs` requests that fill a database with so many persons."""
    documents = list(persons(count))
    starts = range(0, count, PER_PUSH)
    return [msgspec.json.encode({"new_edits": False, "docs": documents[at : at + PER_PUSH]}) for at in starts]
