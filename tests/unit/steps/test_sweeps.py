"""The runner's sweeps: what no hint told of is found, in busy hours too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from fieldsync.runner import CHECKPOINT, Runner
from fieldsync.stores.base import Database
from fieldsync.stores.factory import open_store
from tests.unit.steps.conftest import CELL, OTHER_CELL, Field

PATIENCE_S = 20


@contextmanager
def hints_all_the_time(database: Database) -> Iterator[None]:
    """Keep the runner hearing of a cell."""
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.wait(0.01):
            database.put_local("noise", b"{}")
            database.add([(f"cell:{number}", b"{}")])
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def test_a_lost_hint_is_made_up_for_while_others_keep_the_runner_busy(field_: Field) -> None:
    """What another process wrote is worked off though there is never a pause in what this one hears."""
    mine = field_.services.store
    quiet = mine.database(f"cell-{CELL}")
    other = open_store(field_.services.settings.store)
    runner = Runner(field_.pipeline.steps, sweep_s=0.2)
    with hints_all_the_time(mine.database(f"cell-{OTHER_CELL}")):
        runner.start()
        try:
            until(lambda: quiet.local(CHECKPOINT) is not None)
            before = quiet.local(CHECKPOINT)
            other.database(f"cell-{CELL}").add([("cell:unheard", b"{}")])
            until(lambda: quiet.local(CHECKPOINT) != before)
        finally:
            runner.stop()
            other.close()


def test_a_cell_that_cannot_be_read_holds_up_no_other(field_: Field) -> None:
    """It counts as behind, and so does one that is."""
    store = field_.services.store
    store.create("cell-510107001009999")
    store.close()
    folder = Path(field_.services.settings.store.removeprefix("sqlite:///"))
    (folder / "cell-510107001009999.sqlite").write_bytes(b"no database at all" * 1000)
    again = open_store(field_.services.settings.store)
    steps = replace(field_.pipeline.steps, store=again, done={})
    assert steps.behind() == [CELL, "510107001009999"]
    again.close()


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 100):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError(f"not within {PATIENCE_S} s")


def test_a_sweep_that_fails_unforeseen_is_told_without_its_words_and_tried_again(
    field_: Field, capsys: pytest.CaptureFixture[str]
) -> None:
    """The runner goes on: the next sweep works off what waits."""
    broken = True

    def clock() -> datetime:
        if broken:
            raise ValueError("王芳 12800000001")
        return field_.moment

    runner = Runner(replace(field_.pipeline.steps, now=clock), sweep_s=0.1)
    cell = field_.services.store.database(f"cell-{CELL}")
    runner._sweep()
    assert cell.local(CHECKPOINT) is None
    told = capsys.readouterr()
    assert ("ValueError" in told.out + told.err, "12800000001" in told.out + told.err) == (True, False)
    broken = False
    runner._sweep()
    assert cell.local(CHECKPOINT) is not None
