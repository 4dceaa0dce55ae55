"""A whole field day: the set-up, the play, the closing; what `fieldsync demo` runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from fieldsync.simulate.books import Books, Snapshot, check_books, check_convergence, take_snapshot
from fieldsync.simulate.clocks import DayClock
from fieldsync.simulate.closing import show_closing
from fieldsync.simulate.crew import ADMINISTRATOR, CELLS, HELPERS, OFFICIALS, PASSWORD, REVIEWER
from fieldsync.simulate.day import Day, in_order
from fieldsync.simulate.ledger_reading import LedgerDay
from fieldsync.simulate.narrator import Narrator
from fieldsync.simulate.report import Evidence, write_report
from fieldsync.simulate.server import Server, run_command
from fieldsync.simulate.setting_up import engage_staff, fill_store, hand_out_tablets, open_round, read_sample
from fieldsync.simulate.staff import Desk
from fieldsync.simulate.stage import Stage
from fieldsync.simulate.stories import told
from fieldsync.simulate.tablet import Tablet
from fieldsync.simulate.texts import Text

ANOTHER_STORES_PUSH_S = 0.05
"""After how long a push to a store whose files nobody can watch is taken to be in the middle."""


class FieldDay:
    """Plays the day in a store that must be empty, and keeps its server until it is closed."""

    def __init__(self, store: str, folder: Path, narrator: Narrator) -> None:
        self._store, self._narrator = store, narrator
        self._server = Server(store, folder / "server.log")
        self._tablets: dict[str, Tablet] = {}
        self._desks: dict[str, Desk] = {}

    def __enter__(self) -> FieldDay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for tablet in self._tablets.values():
            tablet.close()
        for desk in self._desks.values():
            desk.close()
        self._server.stop()

    def play(self, read_ledger: Callable[[], LedgerDay], report: Path) -> tuple[Books, bool]:
        """Set up, play, close the books, write the page; returns the books and whether everything holds."""
        sample = read_sample()
        before = self._begin()
        stage = self._set_up(sample.cells, sample.twice)
        Day(stage, self._narrator).play()
        return self._close(stage, before, sample.cells, read_ledger, report)

    def leave_open(self) -> None:
        """Say how to try the server, and leave it up until it is interrupted."""
        code = self._desks[ADMINISTRATOR].post("devices/enrolments", {"collector": "li.na"})["code"]
        people = "\n".join(f"{one.user:12} {one.role}, {one.area}" for one in OFFICIALS)
        self._narrator.panel(
            Text("The server stays up; Ctrl-C ends it", "服务器保持运行，按 Ctrl-C 结束"),
            f"{self._server.address}\nAPI /api/v1/openapi.json, replication /db/CELL\n\n"
            f"{ADMINISTRATOR:12} administrator\n{people}\n\npassword of all: {PASSWORD}\n"
            f"enrolment code for another tablet of li.na: {code}",
        )
        try:
            self._server.wait()
        except KeyboardInterrupt:
            self._narrator.say(Text("Ended.", "已结束。"))

    def _begin(self) -> Snapshot:
        """Fill the store; returns what the registry holds then, nothing changed and nothing confirmed."""
        self._narrator.act(Text("Setting up, from nothing", "从零开始准备"))
        return Snapshot(fill_store(self._store, self._narrator.step), items_changed=0, confirmed=0)

    def _set_up(self, cells: Sequence[str], twice: frozenset[str]) -> Stage:
        narrator, server = self._narrator, self._server
        narrator.step("fieldsync serve", server.start)
        admin = Desk(server.address, ADMINISTRATOR, PASSWORD)
        self._desks[ADMINISTRATOR] = admin
        narrator.step("the round opens in 300 cells", lambda: open_round(admin))
        narrator.step("staff", lambda: engage_staff(admin))
        for official in OFFICIALS:
            self._desks[official.user] = Desk(server.address, official.user, PASSWORD)
        narrator.step("tablets and assignments", lambda: self._hand_out(admin, cells))
        helpers = {cell: post.collector.user for post in HELPERS for cell in self._tablets[post.collector.user].cells}
        return Stage(
            server=server,
            tablets=self._tablets,
            helpers=helpers,
            desks={one.user: self._desks[one.user] for one in OFFICIALS if one is not REVIEWER},
            areas={one.user: one.area for one in OFFICIALS},
            reviewer=self._desks[REVIEWER.user],
            twice=twice,
            store_mark=lambda: ledger_mark(self._store),
            say=narrator.say,
        )

    def _hand_out(self, admin: Desk, cells: Sequence[str]) -> None:
        self._tablets.update(hand_out_tablets(admin, self._server.address, cells, DayClock()))

    def _close(
        self, stage: Stage, before: Snapshot, cells: Sequence[str], read_ledger: Callable[[], LedgerDay], report: Path
    ) -> tuple[Books, bool]:
        reviewer = self._desks[REVIEWER.user]
        step = self._narrator.step
        self._narrator.act(Text("Closing the books", "结账"))
        self._server.note_memory()
        for guest in stage.guests:
            guest.close()
        convergence = step(
            "every tablet is compared with the server", lambda: check_convergence(stage.tablets.values())
        )
        books = Books(
            cells=CELLS + len({cell for guest in stage.guests for cell in guest.cells}),
            tablets=len(self._tablets) + len(stage.guests),
            before=before,
            after=step("the registry is read", lambda: take_snapshot(reviewer, cells)),
            audit=step("fieldsync audit", self._audit),
            ledger=step("the ledger is replayed", read_ledger),
            seconds=self._narrator.seconds,
        )
        checks = [*in_order(stage.checks), *convergence, *check_books(books)]
        stories = [told(tale, reviewer) for tale in stage.tales]
        evidence = Evidence(books, checks, stories, self._server.peak_rss_mb)
        show_closing(self._narrator, evidence)
        write_report(report, evidence)
        self._narrator.say(Text(f"The day as a page: {report}", f"当日报告：{report}"))
        return books, all(check.holds for check in checks)

    def _audit(self) -> dict[str, Any]:
        audit: dict[str, Any] = json.loads(run_command("audit", "--json", store=self._store, may_fail=True))
        return audit


def ledger_mark(store: str) -> object:
    """Return something that changes as soon as an embedded store's ledger is written to; for others, after a while."""
    if not store.startswith("sqlite:"):
        return time.monotonic() // ANOTHER_STORES_PUSH_S
    folder = Path(store.removeprefix("sqlite:///"))
    return [path.stat().st_mtime_ns for path in sorted(folder.glob("ledger.sqlite*"))]
