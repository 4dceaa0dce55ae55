"""The day itself: the phases in order, what happens to everybody between them, and the scenes woven in.

The day is compressed into seconds: tablets stamp real time plus their own error, and this driver orders the edits.
Between the early and the late edits of a phase more time goes by than a push can take, so that the order of the stamps,
put right by the server, is the order of the day.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import chain

from fieldsync.errors import FieldsyncError
from fieldsync.simulate.homes import Home, submit
from fieldsync.simulate.narrator import Narrator
from fieldsync.simulate.ordinary import follow_up, ordinary_work
from fieldsync.simulate.scenes import CONTESTS, DECISIONS, DOORS, HANDOVERS, MEETINGS, MISHAPS
from fieldsync.simulate.stage import Check, Phase, Scene, Stage
from fieldsync.simulate.tablet import Tablet
from fieldsync.simulate.texts import Text

SCENES: tuple[Scene, ...] = (*MEETINGS, *CONTESTS, *DOORS, *DECISIONS, *MISHAPS, *HANDOVERS)
_PLACE = {scene.title: place for place, scene in enumerate(SCENES)}
APART_S = 1.5
"""Between edits whose order decides something; far longer than a push is under way."""
HOMES_A_MORNING, HOMES_AN_AFTERNOON, HOMES_OF_A_HELPER, HOMES_FOLLOWED_UP = 4, 3, 1, 3
ROUNDS_AT_MOST = 5


def in_order(checks: Sequence[Check]) -> list[Check]:
    """Return checks in the order of their scenes."""
    return sorted(checks, key=lambda check: _PLACE[check.scene])


class Day:
    """Plays the day on a stage."""

    def __init__(self, stage: Stage, narrator: Narrator) -> None:
        self._stage, self._narrator = stage, narrator
        self._waiting: list[tuple[Phase, Scene, Iterator[Phase]]] = []

    @property
    def _tablets(self) -> Sequence[Tablet]:
        return list(self._stage.tablets.values())

    def play(self) -> None:
        """Play it from the morning's pull to the last sync."""
        self._morning()
        self._noon()
        self._afternoon()
        self._evening()
        self._office()
        self._next_door()
        self._closing()

    def _morning(self) -> None:
        self._narrator.act(Text("Morning: pull, then out of the network", "早晨：下载数据，随后离线"))
        pulled = sum(tablet.pull() for tablet in self._narrator.each(self._tablets, Text("pulls", "下载")))
        self._narrator.say(Text(f"{pulled} documents on {len(self._tablets)} tablets.", f"共下载 {pulled} 份文档。"))
        for scene in SCENES:
            self._advance(scene, scene.play(self._stage), Phase.MORNING)
        began = time.monotonic()
        edits = self._ordinary(HOMES_A_MORNING)
        self._narrator.say(Text(f"{edits} ordinary edits, offline.", f"离线完成日常修改 {edits} 条。"))
        time.sleep(max(0.0, began + APART_S - time.monotonic()))
        self._run(Phase.LATE_MORNING)
        calls = sum(follow_up(helper, homes) for helper, homes in self._follow_ups())
        self._narrator.say(Text(f"{calls} more by helpers, on the telephone.", f"协助人员电话补充 {calls} 条。"))

    def _follow_ups(self) -> list[tuple[Tablet, list[Home]]]:
        """Return which helper telephones which of the households that holders visited this morning."""
        return [
            (self._stage.tablets[user], self._stage.met_today[cell][:HOMES_FOLLOWED_UP])
            for cell, user in sorted(self._stage.helpers.items())
        ]

    def _ordinary(self, homes: int) -> int:
        holders = [t for t in self._tablets if t.user not in self._stage.helpers.values()]
        helpers = [t for t in self._tablets if t.user in self._stage.helpers.values()]
        shares = chain(((t, homes) for t in holders), ((t, HOMES_OF_A_HELPER) for t in helpers))
        return sum(ordinary_work(self._stage, t, cell, share) for t, share in shares for cell in t.cells)

    def _noon(self) -> None:
        self._narrator.act(Text("Noon: everybody syncs", "中午：全员同步"))
        self._everybody_syncs()

    def _afternoon(self) -> None:
        self._narrator.act(Text("Afternoon: offline again", "下午：再次离线"))
        self._run(Phase.AFTERNOON)
        for helper, homes in self._follow_ups():
            for home in homes:
                submit(helper, home)
        edits = self._ordinary(HOMES_AN_AFTERNOON)
        self._narrator.say(Text(f"{edits} ordinary edits, offline.", f"离线完成日常修改 {edits} 条。"))
        self._run(Phase.LATE_AFTERNOON)

    def _evening(self) -> None:
        self._narrator.act(Text("Evening: a power cut, and everybody syncs", "傍晚：断电，随后全员同步"))
        self._run(Phase.POWER_CUT)
        self._everybody_syncs()

    def _office(self) -> None:
        self._narrator.act(Text("The offices decide", "办公室处理"))
        self._run(Phase.OFFICE)
        self._everybody_syncs()

    def _next_door(self) -> None:
        self._narrator.act(Text("What came back is mended", "改正退回的内容"))
        self._run(Phase.NEXT_DOOR)
        self._everybody_syncs()
        self._run(Phase.SECOND_OFFICE)

    def _closing(self) -> None:
        self._narrator.act(Text("The last sync", "最后一次同步"))
        for _ in range(ROUNDS_AT_MOST):
            if not self._everybody_syncs():
                break
        self._run(Phase.CLOSING)

    def _everybody_syncs(self) -> int:
        """Push and pull on every tablet, let the steps work it off, pull once more; returns how much moved."""
        sent = came = 0
        for tablet in self._narrator.each(self._tablets, Text("sync", "同步")):
            pushed, pulled = tablet.sync()
            sent, came = sent + pushed, came + pulled
        for area in sorted({cell[:9] for tablet in self._tablets for cell in tablet.cells}):
            self._stage.reviewer.wait_for_steps(area)
        came += sum(tablet.pull() for tablet in self._tablets)
        self._narrator.say(Text(f"{sent} revisions up, {came} down.", f"上传 {sent} 个版本，下载 {came} 个版本。"))
        return sent + came

    def _run(self, phase: Phase) -> None:
        """Let every scene go on that waits for this phase."""
        due = [(scene, play) for at, scene, play in self._waiting if at is phase]
        self._waiting = [waiting for waiting in self._waiting if waiting[0] is not phase]
        for scene, play in due:
            self._advance(scene, play, phase)

    def _advance(self, scene: Scene, play: Iterator[Phase], phase: Phase) -> None:
        self._stage.scene = scene.title
        if phase is not Phase.CLOSING:
            self._narrator.scene(scene.title)
        try:
            upcoming = next(play, None)
        except (FieldsyncError, LookupError) as error:
            self._stage.check(f"the scene goes on {phase.name.lower().replace('_', ' ')}", False, str(error))
            return
        if upcoming is not None:
            self._waiting.append((upcoming, scene, play))
