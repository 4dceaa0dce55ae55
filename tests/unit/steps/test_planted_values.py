"""Planted values: after all that the steps do, no file but a cell's holds one; after an erasure, no file at all."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldsync.accounting.tallies import Tallies
from fieldsync.archiving import Archiving
from fieldsync.backups import Wish, back_up, read_manifest, verify
from fieldsync.cli.backup import erase_again
from fieldsync.registry_import import Progress
from fieldsync.scrubbing import scrub
from fieldsync.stores.base import Store
from fieldsync.stores.factory import open_store
from fieldsync.vault import SealedDatabase, Vault

from .conftest import CELL, HOUSEHOLD, OTHER_CELL, PERSON, STAY, Field, uid
from .retained import let_days_pass, publish

PLANTED = [f"植入{number:02}zq{number * 7919 % 99991:05}" for number in range(50)]
"""Sensitive values: Chinese, so that JSON may spell them in two ways, and of a kind that nothing else brings forth."""
OTHER = f"person:{uid('other')}"


def spellings(value: str) -> Iterable[bytes]:
    """Yield a value as it may stand in a file: text of two widths, escaped JSON, base64 at each of its offsets."""
    plain = value.encode()
    yield from (plain, value.encode("utf-16-le"), value.encode("utf-16-be"), json.dumps(value)[1:-1].encode())
    for lead in range(3):
        whole = base64.b64encode(b"\0" * lead + plain)
        yield whole[4 if lead else 0 : len(whole) // 4 * 4 - 4]


def layers(content: bytes) -> Iterable[bytes]:
    """Yield a content, and what is compressed in it: gzip members, and streams of zlib as zip files have them."""
    yield content
    at = content.find(b"\x1f\x8b\x08")
    while at >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj(wbits=31).decompress(content[at:])
        at = content.find(b"\x1f\x8b\x08", at + 1)


def found_in(folder: Path, besides: str = "") -> set[tuple[str, str]]:
    """Return which planted values are in which files below a folder, besides those whose name begins with a text."""
    wanted = {spelling: value for value in PLANTED for spelling in spellings(value)}
    found = set()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if besides and path.name.startswith(besides):
            continue
        for layer in layers(path.read_bytes()):
            found |= {(path.name, value) for spelling, value in wanted.items() if spelling in layer}
    return found


def plant(field_: Field) -> None:
    """Let all of them come in: by import, edits, a contest, quarantine, a return and its words, a duplicate."""
    values = iter(PLANTED)
    one, other = field_.tablet("li.na"), field_.tablet("wang.fang")
    import_other(field_, next(values), next(values))
    one.pull(OTHER)
    one.edit(PERSON, phone=next(values), id_number=next(values), emergency_name=next(values))
    other.edit(PERSON, phone=next(values), id_number=next(values), emergency_phone=next(values))
    one.edit(HOUSEHOLD, phone=next(values))
    one.edit(STAY, came_from=next(values))
    one.edit(OTHER, permit_number=next(values))
    one.push({"_id": OTHER, "_rev": "no revision", "phone": next(values)})
    one.push({"_id": PERSON, "_rev": "1-" + "f" * 32, "kind": "person", "data": next(values)})
    field_.run()
    for case in field_.open_cases("contest"):
        chosen = {"value": {"id_type": "990", "id_number": next(values)}}
        field_.decide(case.id, "value", value=chosen, reason=next(values))
    one.pull(PERSON, HOUSEHOLD, STAY)
    one.edit(PERSON, phone=next(values), employer=next(values))
    field_.submit(one, insist={"phone": next(values)})
    field_.run()
    give_back(field_, values)
    for value in values:
        one.pull(PERSON)
        one.edit(PERSON, phone=value)
    field_.run()
    field_.pipeline.steps.look_for_duplicates()
    for case in field_.open_cases("duplicate"):
        field_.decide(case.id, "different", reason=PLANTED[0])


def import_other(field_: Field, number: str, phone: str) -> None:
    """Import somebody who looks like the person that is there."""
    rows = {
        "person": "id,name,sex,birth_date,id_type,id_number,phone\n"
        f"{uid('other')},王芳,2,1980-02-03,990,{number},{phone}\n",
        "stay": "id,person,household,kind,relation,since\n"
        f"{uid('s2')},{uid('other')},{uid('household')},usual,02,2020-01-01\n",
    }
    field_.pipeline.importer(frozenset({CELL, OTHER_CELL})).take(rows, field_.moment, Progress())


def give_back(field_: Field, words: Iterator[str]) -> None:
    """Return what waits, in words that hold values."""
    for case in field_.open_cases("admission"):
        rulings = [{**one, "action": "return", "reason": next(words)} for one in asked_of(case)]
        field_.decide(case.id, "return", items=rulings, reason=next(words))


def asked_of(case: Any) -> list[dict[str, str]]:
    return [{name: item[name] for name in ("document", "item")} for item in case.items]


def test_no_file_but_a_cells_holds_a_planted_value(
    field_: Field, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Ledger, registry, cases, all other databases, the archive, a backup and the log are searched byte by byte."""
    services = field_.services
    store, keys = services.store, tmp_path / "store" / "keys.json"
    with caplog.at_level(logging.DEBUG):
        plant(field_)
        wish = Wish(tmp_path / "backup", "0", datetime(2026, 12, 1, tzinfo=UTC), keys, False)
        back_up(store, wish, lambda folder: open_store(f"sqlite:///{folder}"))
        tallies = Tallies(store, services.ledger, services.settings.zone)
        archiving = Archiving(store, services.ledger, field_.pipeline.cases, tallies, services.settings.zone)
        assert archiving.run(date(2027, 1, 1)).entries > 10
        assert field_.books()["adds_up"]
    assert len({value for _, value in found_in(tmp_path)}) >= 30
    assert found_in(tmp_path, besides="cell-") == set()
    assert not [value for value in PLANTED if value in caplog.text]
    assert list(tmp_path.rglob("*.gz"))


def test_after_an_erasure_no_file_holds_any_and_no_key_opens_it(field_: Field, tmp_path: Path) -> None:
    """Cells too, and what is read with the keys; the books still balance, and the story tells of it."""
    plant(field_)
    for record in (PERSON, OTHER, HOUSEHOLD):
        field_.pipeline.erasing.erase(record, "wu.min", "they asked for it")
    field_.run()
    assert found_in(tmp_path / "store") == set()
    assert {value for value in PLANTED if value in opened_rows(field_.services.store, field_)} == set()
    books = field_.books()
    assert (books["unaccounted"], books["adds_up"], books["faults"]) == (0, True, [])
    assert books["outcomes"]["erased"] > 20
    assert field_.services.trail.first_break() is None


def test_what_ran_out_is_in_no_file_nor_in_a_backup_that_was_scrubbed(field_: Field, tmp_path: Path) -> None:
    """Persons first, then the household that nobody lives in any more; the backup has all of them, and then none."""
    publish(field_, person="P90D", household="P90D")
    plant(field_)
    for case in field_.open_cases("quarantine"):
        field_.decide(case.id, "dismiss", reason="unreadable")
    wish = Wish(tmp_path / "backup", "0", datetime(2026, 12, 1, tzinfo=UTC), tmp_path / "store" / "keys.json", False)
    manifest = back_up(field_.services.store, wish, lambda folder: open_store(f"sqlite:///{folder}"))
    assert [let_days_pass(field_, days) for days in (95, 30, 1, 30)] == [0, 2, 0, 1]
    field_.run()
    assert found_in(tmp_path / "store") == set()
    assert {value for value in PLANTED if value in opened_rows(field_.services.store, field_)} == set()
    assert field_.books()["adds_up"]
    assert len({value for _, value in found_in(tmp_path / "backup")}) >= 30
    listed = list(field_.pipeline.erasing.erasures.all())

    def erase(kept: Store, place: Path) -> int:
        inside = field_.services.settings.model_copy(update={"store": f"sqlite:///{place}"})
        return erase_again(kept, field_.services.keys, inside, listed)

    assert scrub(tmp_path / "backup", manifest, erase, lambda folder: open_store(f"sqlite:///{folder}")) == 3
    verify(tmp_path / "backup", read_manifest(tmp_path / "backup"))
    assert found_in(tmp_path / "backup") == set()
    scrubbed = open_store(f"sqlite:///{tmp_path}/backup/store")
    assert {value for value in PLANTED if value in opened_rows(scrubbed, field_)} == set()
    scrubbed.close()


def opened_rows(store: Store, field_: Field) -> str:
    """Return all that whoever has the keys reads in ledger, registry and cases of a store."""
    vault = Vault(store, field_.services.keys.data_keys)
    databases = [SealedDatabase(store, name, vault) for name in ("ledger", "registry", "cases")]
    return "".join(row.body.decode() for database in databases for row in database.documents())


def test_the_search_would_find_them(tmp_path: Path) -> None:
    """In every spelling that it claims to know."""
    value = PLANTED[7]
    spelt = {
        "plain": value.encode(),
        "wide": value.encode("utf-16-le"),
        "escaped": json.dumps({"a": value}).encode(),
        "gzip": b"head" + gzip.compress(f'{{"a":"{value}"}}'.encode()),
        **{f"base64-{n}": base64.b64encode(b"x" * n + value.encode() + b"yyyy") for n in range(3)},
    }
    for name, content in spelt.items():
        (tmp_path / name).write_bytes(b"..." + content + b"...")
    assert {name for name, _ in found_in(tmp_path)} == spelt.keys()
