"""Balances that are kept until their cell changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldsync.accounting.balance import Month
from fieldsync.accounting.balances import Balances
from fieldsync.accounting.kept_balances import KeptBalances, MonthFigures
from fieldsync.documents import DocId, cell_database, encode_body
from fieldsync.keys import load_keys
from fieldsync.registry import Registry
from fieldsync.stores.base import Put, Store
from fieldsync.stores.factory import open_store
from fieldsync.vault import Vault

CELLS = ["510107001001001", "510107001001002", "510107001001003"]
NOVEMBER, OCTOBER = Month.read("2026-11"), Month.read("2026-10")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store")
    for cell in CELLS[:2]:
        store.create(cell_database(cell))
    yield store
    store.close()


def balances(store: Store, tmp_path: Path) -> Balances:
    """Return what balances cells, beside a registry that knows nobody."""
    return Balances(store, Registry(store, Vault(store, load_keys(tmp_path / "keys.json").data_keys)), lambda _: {})


def move_in(store: Store, cell: str, number: int, day: str) -> None:
    person = f"person:00000000-0000-4000-8000-00000000000{number}"
    documents = {
        f"stay:00000000-0000-4000-8000-00000000000{number}": {"person": person, "kind": "usual", "since": day},
        f"event:00000000-0000-4000-8000-00000000000{number}": {"person": person, "type": "arrival", "date": day},
    }
    for name, data in documents.items():
        store.database(cell_database(cell)).put(Put(DocId(name), encode_body({"data": data}), None))


def test_a_cell_is_balanced_again_once_it_has_changed(store: Store, tmp_path: Path) -> None:
    """Not before; each month by itself; a cell that has no database has no figures."""
    kept = KeptBalances(store, balances(store, tmp_path))
    move_in(store, CELLS[0], 1, "2026-11-05")
    assert kept.refresh(NOVEMBER, CELLS) == []
    assert kept.read(NOVEMBER, CELLS)[CELLS[0]] == MonthFigures(arrivals=1, closing=1)
    move_in(store, CELLS[0], 2, "2026-10-05")
    assert kept.read(NOVEMBER, CELLS)[CELLS[0]].opening == 0
    assert kept.refresh(NOVEMBER, CELLS) == []
    assert kept.read(NOVEMBER, CELLS)[CELLS[0]] == MonthFigures(opening=1, arrivals=1, closing=2)
    assert kept.read(OCTOBER, CELLS) == {}
    kept.refresh(OCTOBER, CELLS)
    assert kept.read(OCTOBER, CELLS)[CELLS[0]] == MonthFigures(arrivals=1, closing=1)
    assert kept.read(NOVEMBER, CELLS)[CELLS[0]].opening == 1
    assert CELLS[2] not in kept.read(NOVEMBER, CELLS)


def test_a_call_does_a_bounded_share_of_the_work(store: Store, tmp_path: Path) -> None:
    """Who is left is told, and comes with the next call."""
    kept = KeptBalances(store, balances(store, tmp_path))
    for cell in CELLS[:2]:
        move_in(store, cell, 1, "2026-11-05")
    assert kept.refresh(NOVEMBER, CELLS, budget=1) == [CELLS[1]]
    assert list(kept.read(NOVEMBER, CELLS)) == [CELLS[0]]
    assert kept.refresh(NOVEMBER, CELLS, budget=1) == []
    assert len(kept.read(NOVEMBER, CELLS)) == 2
