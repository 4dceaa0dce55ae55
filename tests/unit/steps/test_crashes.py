"""A crash before any write, then a restart: the same end as without it, and nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fieldsync.decisions import Verdict
from fieldsync.errors import Conflict
from fieldsync.keys import key_file, load_keys
from fieldsync.pipeline import Pipeline
from fieldsync.registry_import import Progress
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store

from .conftest import CELL, HOUSEHOLD, OTHER_CELL, PERSON, ROWS, START, STAY, Field, Tablet, uid
from .crashes import Died, Fuse, FusedStore

Step = Callable[[], Any]
VISIT = f"visit:{uid('visit')}"
FOREIGN = {"_id": f"spaceship:{uid('ship')}", "_rev": "1-" + "ab" * 16, "kind": "spaceship"}


class Day:
    """A short day whose parts may each be repeated: what a tablet sends again, what a person clicks again."""

    def __init__(self, folder: Path, fuse: Fuse) -> None:
        self.fuse = fuse
        self.settings = Settings(store=f"sqlite:///{folder}")
        self.field = self._open()
        self.tablets = [self.field.tablet("li.na"), self.field.tablet("zhang.wei")]
        self.sent: dict[str, list[dict[str, Any]]] = {}

    def _open(self) -> Field:
        self.store = open_store(self.settings.store)
        fused: Any = FusedStore(self.store, self.fuse)
        clock: list[Field] = []
        services = Services.of(fused, load_keys(key_file(self.settings)), self.settings, lambda: clock[0].moment)
        clock.append(Field(services, Pipeline.of(services), START))
        return clock[0]

    def restart(self) -> None:
        """Start again on the same files, as after a power cut."""
        self.store.close()
        self.field = self._open()
        for tablet in self.tablets:
            tablet.field = self.field

    def survive(self, step: Step) -> None:
        """Run a step; if the process dies in it, start again and repeat it, as its sender does."""
        try:
            step()
        except Died:
            self.restart()
            self.field.pipeline.steps.finish_decisions()
            self.field.run()
            step()

    def run(self) -> None:
        """Live through the day."""
        first, second = self.tablets
        self.survive(self.pushing("first", first, lambda: first.edit(PERSON, phone="12800000001", name="王芬")))
        self.survive(self.pushing("second", second, lambda: second.edit(PERSON, education="20", name="汪芳")))
        self.survive(self.pushing("visit", first, lambda: first.write(VISIT, _visit("complete"))))
        self.survive(self.pushing("rewritten", first, lambda: first.write(VISIT, _visit("refused"))))
        self.survive(self.pushing("foreign", second, lambda: second.push(FOREIGN)))
        self.survive(self.pushing("stay", second, lambda: second.edit(STAY, kind="temporary")))
        self.survive(self.pushing("submit", first, lambda: self.field.submit(first)))
        self.survive(self.catch_up)
        self.survive(partial(self._decide, "contest"))
        self.survive(self.catch_up)
        self.survive(partial(self._decide, "admission"))
        self.survive(self.catch_up)

    def catch_up(self) -> None:
        """Let the steps work off what came in."""
        self.field.run()

    def pushing(self, name: str, tablet: Tablet, write: Callable[[], Any]) -> Step:
        """Return a step that writes once and pushes, as long as the server asks for it, until it is acknowledged."""

        def step() -> None:
            if name in self.sent:
                tablet.push(*self._asked_for(tablet, self.sent[name]))
                return
            kept = tablet.push
            tablet.push = lambda *d: kept(*self.sent.setdefault(name, list(d)))  # type: ignore[method-assign]
            try:
                write()
            finally:
                tablet.push = kept  # type: ignore[method-assign]

        return step

    def _asked_for(self, tablet: Tablet, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return what the server says it misses: a client compares revisions before it sends any."""
        revs = {document["_id"]: [document["_rev"]] for document in documents}
        missing = self.field.pipeline.intake.missing(CELL, tablet.caller, revs)
        return [document for document in documents if document["_id"] in missing]

    def _decide(self, kind: str) -> None:
        for case in self.field.open_cases(kind):
            try:
                if kind == "contest":
                    self.field.decide(case.id, "choose", rev=case.candidates[0]["rev"])
                else:
                    self.field.decide(case.id, "admit")
            except Conflict:
                continue

    def end(self) -> dict[str, Any]:
        """Return all that must be the same however often the process died."""
        books = self.field.books()
        assert books["adds_up"], books["faults"]
        log = self.field.services.ledger
        return {
            "books": {k: books[k] for k in ("edits", "changes", "outcomes", "merged", "contests")},
            "cell": {i: (self.field.live(i), self.field.data(i)) for i in (PERSON, STAY, VISIT)},
            "notices": [notice.id for notice in self.field.cell.documents("notice:", "notice;")],
            "state": self.field.data(f"state:{HOUSEHOLD}"),
            "registry": {i: self.field.registry(PERSON, i) for i in ("name", "phone", "education", "birth_date")},
            "cases": sorted((c.id, c.state) for c in self.field.pipeline.cases.all()),
            "entries": sorted(e.rev for e in log.document(CELL, PERSON).entries.values()),
        }


def _visit(result: str) -> dict[str, Any]:
    return {"kind": "visit", "data": {"household": HOUSEHOLD, "round": "2026", "result": result}}


def _imported(prepared: Path, folder: Path) -> None:
    shutil.copytree(prepared, folder)
    settings = Settings(store=f"sqlite:///{folder}")
    store = open_store(settings.store)
    for cell in (CELL, OTHER_CELL):
        store.create(f"cell-{cell}")
    services = Services.of(store, load_keys(key_file(settings)), settings, lambda: START)
    Pipeline.of(services).importer(frozenset({CELL, OTHER_CELL})).take(ROWS, START, Progress())
    store.close()


def _lived(folder: Path, template: Path, die_at: int) -> tuple[dict[str, Any], int]:
    shutil.copytree(template, folder)
    fuse = Fuse()
    day = Day(folder, fuse)
    fuse.left, fuse.count = die_at, 0
    day.run()
    count = fuse.count
    fuse.left = 0
    end = day.end()
    day.store.close()
    shutil.rmtree(folder)
    return end, count


def test_a_crash_before_any_write_changes_nothing_in_the_end(prepared: Path, tmp_path: Path) -> None:
    """For every write of a day in turn, the process dies before it; the day ends as it does without a crash."""
    template = tmp_path / "template"
    _imported(prepared, template)
    whole, writes = _lived(tmp_path / "whole", template, 0)
    assert whole["books"]["outcomes"]["admitted"] >= 3
    different = {}
    for die_at in range(1, writes + 1):
        end, _ = _lived(tmp_path / f"crash{die_at}", template, die_at)
        if end != whole:
            different[die_at] = {k: (end[k], whole[k]) for k in whole if end[k] != whole[k]}
    assert different == {}, json.dumps(different, indent=1, default=str, ensure_ascii=False)


def test_a_crash_in_a_reversal_changes_nothing_in_the_end(prepared: Path, tmp_path: Path) -> None:
    """Whichever write of it a crash prevents: the runner ends what was decided, or whoever asked asks again."""
    template = tmp_path / "template"
    _imported(prepared, template)
    day = Day(template, Fuse())
    day.tablets[0].edit(PERSON, birth_date="1981-02-03")
    day.field.submit(day.tablets[0])
    day.field.run()
    (case,) = day.field.open_cases("admission")
    day.field.decide(case.id, "admit")
    day.store.close()
    whole, writes = _reverted(tmp_path / "whole", template, case.id, 0)
    assert (whole["registry"]["birth_date"], whole["books"]["outcomes"]["refused"]) == ({"value": "1980-02-03"}, 1)
    for die_at in range(1, writes + 1):
        assert _reverted(tmp_path / f"crash{die_at}", template, case.id, die_at)[0] == whole, die_at


def _reverted(folder: Path, template: Path, case: str, die_at: int) -> tuple[dict[str, Any], int]:
    """Return how a day ends whose admission is taken back, with a crash before one of the writes; and their number."""
    shutil.copytree(template, folder)
    fuse = Fuse()
    day = Day(folder, fuse)

    def revert() -> None:
        with contextlib.suppress(Conflict):
            day.field.pipeline.steps.revert(case, Verdict("wu.min", ("510107",), "revert", "Wrong card"))

    fuse.left, fuse.count = die_at, 0
    day.survive(revert)
    count, fuse.left = fuse.count, 0
    day.field.run()
    end = day.end()
    day.store.close()
    return end, count


@pytest.mark.parametrize("unsent", [(), ("3-" + "ef" * 16,)])
def test_a_crash_in_quarantine_is_made_good_by_the_next_version(
    prepared: Path, tmp_path: Path, unsent: tuple[str, ...]
) -> None:
    """Whichever write of a quarantine a crash prevents, a good version on top of the bad one ends it all the same."""
    template = tmp_path / "template"
    _imported(prepared, template)
    for die_at in range(1, 20):
        shutil.copytree(template, tmp_path / f"crash{die_at}")
        day = Day(tmp_path / f"crash{die_at}", Fuse())
        tablet = day.tablets[0]
        day.fuse.left = die_at
        with contextlib.suppress(Died):
            tablet.write(PERSON, {"kind": "person", "data": ["bad"]})
        has_died, day.fuse.left = day.fuse.left == 0, 0
        day.restart()
        tablet.heads[PERSON] = (*unsent, *tablet.heads[PERSON])
        good = {**day.field.data(PERSON), "phone": "12800000007"}
        tablet.write(PERSON, {"kind": "person", "data": good})
        day.field.run()
        assert day.field.data(PERSON) == good
        assert len(day.field.live(PERSON)) == 1
        assert day.field.open_cases("quarantine") == []
        assert day.field.books()["faults"] == []
        day.store.close()
        if not has_died:
            return
    raise AssertionError("the push has more writes than this test expects")
