"""An audit that several processes share says what one alone would say."""

from __future__ import annotations

import pytest

from fieldsync.accounting.accounts import Selection, Stretch, stretches
from fieldsync.bench.audited import fill
from fieldsync.cli.context import opened
from fieldsync.cli.sharing import shared_audit
from fieldsync.pipeline import Pipeline
from fieldsync.stores.factory import open_store


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with several cells."""
    folder = tmp_path_factory.mktemp("audited") / "store"
    store = open_store(f"sqlite:///{folder}")
    fill(store, folder, 700, lambda _: None, households=10)
    store.close()
    return f"sqlite:///{folder}"


@pytest.mark.parametrize("processes", [2, 3])
def test_shares_add_up_to_the_whole(url: str, processes: int) -> None:
    """Every figure, every grouping, also of an area."""
    with opened(url) as services:
        pipeline = Pipeline.of(services)
        cells = pipeline.auditor.cells("")
        assert len(cells) > processes
        for area in ("", cells[0][:12], cells[-1]):
            alone = pipeline.auditor.run(Selection(area)).report()
            assert shared_audit(pipeline, url, Selection(area), processes, lambda _: None).report() == alone
            assert alone["changes"] > 0


def test_faults_of_every_share_are_found(url: str) -> None:
    """A cell that is gone is missed by whichever process it falls to."""
    with opened(url) as services:
        pipeline = Pipeline.of(services)
        cells = pipeline.auditor.cells("")
        services.store.delete(f"cell-{cells[1]}")
        alone, shared = pipeline.auditor.run(), shared_audit(pipeline, url, Selection(), 2, lambda _: None)
        assert "not_in_cell" in {fault.kind for fault in shared.faults if fault.cell == cells[1]}
        assert {fault.cell for fault in shared.faults} == {cells[1]}
        assert sorted(map(str, shared.faults)) == sorted(map(str, alone.faults))


@pytest.mark.parametrize(("cells", "count"), [([], 3), (["1"], 2), (["1", "2", "3", "4"], 2), (["2", "1", "3"], 9)])
def test_stretches_leave_nothing_out(cells: list[str], count: int) -> None:
    """One begins where the other ends, from the first possible code to the last."""
    found = stretches(cells, count)
    assert found[0].start == Stretch().start
    assert found[-1].end == Stretch().end
    assert [one.end for one in found[:-1]] == [one.start for one in found[1:]]
    assert len(found) <= count
    assert sum(one.has(cell) for one in found for cell in cells) == len(cells)
