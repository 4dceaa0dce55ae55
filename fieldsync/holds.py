"""Holds: what must be kept though its retention is over, for a lawsuit or a complaint; and erased on nobody's request.

A hold is of a person (with stays and events), of a household (with what it told, and whoever has a stay in it), or of
all documents of a form. What it holds goes on as ever once it has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from fieldsync.clock import write_time
from fieldsync.documents import RETAINED, derived_id, is_tablet_id, kind_of
from fieldsync.errors import BadInput, Conflict, NotFound
from fieldsync.shelf import Shelf
from fieldsync.stores.base import Store
from fieldsync.trail import Trail

NAME = "retention"
_HELD = ("person", "household")
_LONGEST_REASON = 500


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Of what, why, by whom and when; until when (None: until it is ended), and who ended it."""

    id: str
    subject: str
    reason: str
    by: str
    at: str
    until: date | None = None
    ended_at: str | None = None
    ended_by: str | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on a day; its last day counts."""
        return self.ended_at is None and (self.until is None or day <= self.until)


class Holds:
    """Places, ends and asks for holds."""

    def __init__(
        self, store: Store, trail: Trail, now: Callable[[], datetime], zone: ZoneInfo, sealed: Callable[[], Set[str]]
    ) -> None:
        """`sealed` tells the sealed forms, which may be held as the kinds of documents may."""
        self._shelf = Shelf(store.create(NAME), "hold:", Hold)
        self._trail, self._now, self._zone, self._sealed = trail, now, zone, sealed

    def place(self, subject: str, reason: str, by: str, until: date | None = None) -> Hold:
        """Hold a person, a household or a form's documents. Raises BadInput."""
        subject, reason = subject.strip(), reason.strip()
        forms = RETAINED | self._sealed()
        if not (subject in forms or (is_tablet_id(subject) and kind_of(subject) in _HELD)):
            raise BadInput(
                f"{subject!r} cannot be held: name a person:…, a household:… or a form: {', '.join(sorted(forms))}.",
                zh=f"无法保全“{subject}”：请填写 person:…、household:… 或表单名（{'、'.join(sorted(forms))}）。",
                field="subject",
            )
        if not 0 < len(reason) <= _LONGEST_REASON:
            raise BadInput(
                f"Say why it is held, in 1 to {_LONGEST_REASON} characters; name nobody.",
                zh=f"请说明保全原因（1 至 {_LONGEST_REASON} 个字符），勿写姓名。",
                field="reason",
            )
        if until is not None and until < self._today():
            raise BadInput(
                f"{until} is past: a hold ends today or later.",
                zh=f"{until} 已过：请填写今天或以后的日期。",
                field="until",
            )
        at = write_time(self._now())
        hold = Hold(
            id=derived_id("hold", subject, reason, by, at)[:8],
            subject=subject,
            reason=reason,
            by=by,
            at=at,
            until=until,
        )
        self._trail.note(by, "retention.hold", subject, f"{hold.id}: {reason}")
        self._shelf.add(hold.id, hold)
        return hold

    def end(self, hold_id: str, by: str) -> Hold:
        """End a hold; one that has ended stays so. Raises NotFound."""
        hold = self.need(hold_id)
        if hold.ended_at:
            return hold
        self._trail.note(by, "retention.hold.end", hold.subject, hold.id)
        at = write_time(self._now())
        return self._shelf.change(hold_id, "hold", lambda h: msgspec.structs.replace(h, ended_at=at, ended_by=by))

    def need(self, hold_id: str) -> Hold:
        """Return a hold. Raises NotFound."""
        found = self._shelf.get(hold_id)
        if found is None:
            raise NotFound(
                f"There is no hold {hold_id}: fieldsync retention holds lists them.", zh=f"没有保全 {hold_id}。"
            )
        return found.value

    def all(self) -> Iterator[Hold]:
        """Yield all holds, those that have ended too."""
        return self._shelf.all()

    def present(self) -> dict[str, list[Hold]]:
        """Return the holds of today, by what they hold."""
        today, found = self._today(), dict[str, list[Hold]]()
        for hold in self._shelf.all():
            if hold.holds_on(today):
                found.setdefault(hold.subject, []).append(hold)
        return found

    def _today(self) -> date:
        return self._now().astimezone(self._zone).date()

    def must_not_hold(self, names: Iterable[str]) -> None:
        """Let pass what no hold is on. Raises Conflict."""
        present = self.present()
        for name in names:
            if hold := next(iter(present.get(name, ())), None):
                raise Conflict(
                    f"{name} is held by {hold.by} ({hold.reason}), hold {hold.id}: end the hold first.",
                    zh=f"{name} 已由 {hold.by} 保全（{hold.reason}），编号 {hold.id}：请先解除保全。",
                    hold=hold.id,
                )
