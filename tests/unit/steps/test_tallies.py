"""The tallies say what the audit says, however often counting was interrupted, repeated, or begun anew."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fieldsync.accounting import tallies as module
from fieldsync.accounting.reports import Wanted, accounting_report
from fieldsync.accounting.tallies import Tallies
from fieldsync.audit import Selection
from fieldsync.ledger import Ledger
from fieldsync.vault import Vault

from .conftest import CELL, HOUSEHOLD, PERSON, Field
from .crashes import Died, Fuse, FusedStore

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIGURES = ("edits", "changes", "revisions", "outcomes", "by_collector", "by_day")


def work(field_: Field) -> None:
    """Let two tablets meet, submit, delete and send something unusable."""
    first, second = field_.tablet("li.na"), field_.tablet("wang.fang")
    first.edit(PERSON, phone="12800000001", employer="Jinli Tea")
    second.edit(PERSON, phone="12800000002", name="王芳芳")
    field_.later(9 * 60)
    first.push(b'{"_id": "spaceship:1"}', b"not json")
    first.write(HOUSEHOLD, {"kind": "household"}, deleted=True)
    field_.submit(second)
    field_.run()


def report(tallies: Tallies, selection: Selection | None = None) -> dict[str, Any]:
    """Return the figures of the tallies."""
    return accounting_report(tallies, Wanted([""], selection or Selection()))


def check(field_: Field, tallies: Tallies, selection: Selection | None = None) -> None:
    """Compare the tallies with the audit."""
    counted, audited = report(tallies, selection), field_.pipeline.auditor.run(selection).report()
    assert audited["adds_up"], audited["faults"]
    assert {name: counted[name] for name in FIGURES} == {name: audited[name] for name in FIGURES}
    assert {row["cell"]: {k: v for k, v in row.items() if k != "cell"} for row in counted["by_cell"]} == audited[
        "by_cell"
    ]


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(collector="li.na"),
        Selection(first=date(2026, 11, 24)),
        Selection(last=date(2026, 11, 23)),
        Selection(area=CELL, collector="wang.fang", first=date(2026, 11, 24), last=date(2026, 11, 24)),
    ],
)
def test_the_same_figures_as_the_audit(field_: Field, selection: Selection) -> None:
    """By collector, cell and day of the city, with every filter: 17:00 UTC is the next day in Shanghai."""
    work(field_)
    check(field_, field_.pipeline.tallies, selection)


def test_counted_as_the_ledger_grows(field_: Field) -> None:
    """Each step of the way is counted from where the last one ended; a decision moves changes from waiting."""
    tallies = field_.pipeline.tallies
    work(field_)
    check(field_, tallies)
    (case, *_) = field_.open_cases("deletion")
    field_.decide(case.id, "refuse", reason="they live there")
    check(field_, tallies)
    epoch = tallies.epoch()
    check(field_, tallies)
    assert tallies.epoch() == epoch


def test_interrupted_at_every_write(field_: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dying before any of its writes, and counting again, counts nothing twice and leaves nothing out."""
    monkeypatch.setattr(module, "PAGE", 3)
    work(field_)
    at = 1
    while True:
        field_.pipeline.tallies.forget()
        fuse = Fuse()
        fuse.left = at
        fused: Any = FusedStore(field_.services.store, fuse)
        dying = Tallies(fused, Ledger(fused, Vault(fused, field_.services.keys.data_keys)), SHANGHAI)
        try:
            while dying.refresh():
                pass
            break
        except Died:
            check(field_, field_.pipeline.tallies)
        at += 1
    assert at > 10


def test_two_servers_count_at_once(field_: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another server counts the same pages between this one's reading and writing; nothing counts twice."""
    monkeypatch.setattr(module, "PAGE", 4)
    work(field_)
    other = Tallies(field_.services.store, field_.services.ledger, SHANGHAI)

    class Slow(Ledger):
        def bodies(self, ids: Any) -> Any:
            found = super().bodies(ids)
            other.refresh(1)
            return found

    slow = Tallies(field_.services.store, Slow(field_.services.store, field_.services.vault), SHANGHAI)
    while slow.refresh():
        pass
    check(field_, slow)


def test_a_restored_store_is_counted_anew(field_: Field) -> None:
    """With a new identifier the place in the sequence means nothing any more."""
    work(field_)
    check(field_, field_.pipeline.tallies)
    before = field_.pipeline.tallies.epoch()
    field_.services.store.rotate_uuid()
    check(field_, field_.pipeline.tallies)
    assert field_.pipeline.tallies.epoch() != before


def test_a_call_counts_so_much_and_says_what_is_left(field_: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first call on a large ledger ends soon; the next one goes on."""
    monkeypatch.setattr(module, "PAGE", 2)
    work(field_)
    left = field_.pipeline.tallies.refresh(pages=1)
    assert left > 0
    assert field_.pipeline.tallies.refresh(pages=1) == left - 2
    check(field_, field_.pipeline.tallies)
