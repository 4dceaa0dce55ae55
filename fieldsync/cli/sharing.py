"""An audit shared by several processes, this one among them: each goes through a stretch of the cells."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

from fieldsync.accounting.accounts import Accounts, Selection, Stretch, stretches
from fieldsync.cli.context import few_collections, opened
from fieldsync.pipeline import Pipeline

WORTH_IT = 100
"""Cells below which starting another process takes longer than it saves."""


def shared_audit(
    pipeline: Pipeline, store: str | None, selection: Selection, processes: int, advance: Callable[[int], None]
) -> Accounts:
    """Audit a selection of a store, by so many processes (0: as many as there are processors, if it is worth it)."""
    cells = pipeline.auditor.cells(selection.area)
    count = processes or (len(os.sched_getaffinity(0)) if len(cells) >= WORTH_IT else 1)
    own, *others = stretches(cells, count)
    if not others:
        with few_collections():
            return pipeline.auditor.run(selection, advance)
    with ProcessPoolExecutor(len(others), multiprocessing.get_context("spawn")) as pool:
        shares = [pool.submit(_share, store, selection, stretch) for stretch in others]
        with few_collections():
            whole = pipeline.auditor.run(selection, advance, own)
        for done in as_completed(shares):
            whole.include(done.result())
            advance(1)
    whole.faults.sort(key=lambda fault: (fault.cell, fault.document, fault.rev or "", fault.item or ""))
    return whole


def _share(store: str | None, selection: Selection, stretch: Stretch) -> Accounts:
    with opened(store, once=True) as services, few_collections():
        return Pipeline.of(services).auditor.run(selection, stretch=stretch)
