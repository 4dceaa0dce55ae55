"""What is asked of the registry: filters, and whether a record answers them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conflict import ABSENT
from fieldsync.errors import BadInput
from fieldsync.events.reading import KIND as EVENT
from fieldsync.events.reading import day_of
from fieldsync.filing_keys import NAMED, spoken
from fieldsync.matching.names import is_chinese, written
from fieldsync.matching.profile import digits_of
from fieldsync.normalise import normalised

KINDS = ("building", "dwelling", "household", "person", "stay", "event")
STATUSES: dict[str, tuple[str, ...]] = {
    "person": ("here", "registered_elsewhere", "registered_only", "left", "dead"),
    "stay": ("current", "ended"),
    "household": ("living", "empty"),
}
"""What a record may be, by kind; a dwelling is what its `occupancy` says, a building's status is not asked."""
OCCUPANCIES = ("occupied", "vacant", "second_home", "works", "not_residential", "demolished", "unknown")
_ADDRESSED = ("building", "dwelling", "household", "person")
_LONGEST = 100
LATEST = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What records are wanted; None does not matter. `areas` are those the asker may see, None: everything.

    `identity` is a document's number, `name` a beginning (characters of either writing, or pinyin), `address` the
    beginning of a building's name or address, `room` a dwelling in it, `first` and `last` the days (ISO) between which
    an event happened.
    """

    areas: tuple[str, ...] | None = None
    area: str | None = None
    kind: str | None = None
    name: str | None = None
    identity: str | None = None
    phone: str | None = None
    address: str | None = None
    room: str | None = None
    status: str | None = None
    first: str | None = None
    last: str | None = None

    def __post_init__(self) -> None:
        """Check what was given. Raises BadInput, saying where and how to mend it."""
        for name in ("name", "identity", "phone", "address", "room"):
            _check_text(name, getattr(self, name))
        if self.kind is not None and self.kind not in KINDS:
            raise BadInput(
                f"kind is one of {', '.join(KINDS)}, not {self.kind!r:.40}. / kind 应为其中之一。", field="kind"
            )
        if self.phone is not None and digits_of(self.phone) is None:
            raise BadInput(
                "phone has no digit: give a telephone number. / phone 没有数字；请填写电话号码。", field="phone"
            )
        if self.room is not None and self.address is None:
            raise BadInput(
                "room belongs to an address: give address too. / 房号须与地址一起查询；请同时填写 address。",
                field="room",
            )
        self._check_together()

    def _check_together(self) -> None:
        if self.identity and self.kind not in (None, "person"):
            raise BadInput(
                "Only persons have an identity: leave kind out, or give kind=person."
                " / 只有人员有证件号码；请去掉 kind 或写 person。",
                field="kind",
            )
        if (self.name or self.phone) and self.kind not in (None, *NAMED):
            raise BadInput(
                f"Only {' and '.join(NAMED)} have a name and a phone: mend kind."
                " / 只有住户和人员有姓名、电话；请更正 kind。",
                field="kind",
            )
        if self.address and self.kind not in (None, *_ADDRESSED):
            raise BadInput(
                f"By address are found: {', '.join(_ADDRESSED)}; mend kind. / 该类记录不能按地址查询；请更正 kind。",
                field="kind",
            )
        if self.status is not None:
            _check_status(self.status, self.kind)
        for name, day in (("from", self.first), ("to", self.last)):
            _check_day(name, day, self.kind)
        if self.first and self.last and self.first > self.last:
            raise BadInput(
                f"to ({self.last}) is before from ({self.first}): exchange them. / to 早于 from；请对调两个日期。",
                field="to",
            )

    def within(self, cell: str) -> bool:
        """Tell whether a cell is asked about, and may be seen."""
        is_seen = self.areas is None or any(cell.startswith(area) for area in self.areas)
        return is_seen and (self.area is None or cell.startswith(self.area))

    def asked_areas(self) -> list[str]:
        """Return the areas that are asked about and may be seen, in order, none within another; "" is everywhere."""
        asked = self.area or ""
        seen = self.areas if self.areas is not None else ("",)
        both = sorted({max(asked, area, key=len) for area in seen if area.startswith(asked) or asked.startswith(area)})
        return [area for area in both if not any(area.startswith(o) for o in both if o != area)]

    def question(self) -> dict[str, Any]:
        """Return the filters without who asks: what a cursor belongs to."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "areas"}

    def answered_by(self, kind: str, answers: Mapping[str, Any]) -> bool:
        """Tell whether a record's answers are what is asked by kind, name, identity and phone."""
        if self.kind is not None and kind != self.kind:
            return False
        tests = (
            self.name is None or _has_name(answers.get(NAMED.get(kind, "")), self.name),
            self.identity is None or plain_number(answers.get("id_number")) == plain_number(self.identity),
            self.phone is None or digits_of(answers.get("phone")) == digits_of(self.phone),
            self.room is None or kind != "dwelling" or self.is_room(answers),
            kind != EVENT or self._is_between(answers.get("date")),
        )
        return all(tests)

    def _is_between(self, day: Any) -> bool:
        """Tell whether a day (ISO) lies between those asked for."""
        return (self.first or "") <= str(day or "") <= (self.last or LATEST)

    def is_room(self, answers: Mapping[str, Any]) -> bool:
        """Tell whether a dwelling is the room asked for: by its room alone, or with stairwell and floor before it."""
        stairwell, floor, room = (str(answers.get(name) or "") for name in ("stairwell", "floor", "room"))
        asked = [part for part in re.split(r"[^0-9A-Za-z一-鿿]+", self.room or "") if part]
        return asked in ([room], [stairwell, room], [stairwell, floor, room])


def plain_number(number: Any) -> str | None:
    """Return a document's number as it is filed; None where there is none."""
    plain = normalised(number)
    return None if plain is ABSENT or not isinstance(plain, str) else plain.upper()


def _has_name(name: Any, wanted: str) -> bool:
    if not isinstance(name, str):
        return False
    if is_chinese(wanted):
        return written(name).startswith(written(wanted))
    return spoken(name).startswith(spoken(wanted)) or written(name).startswith(written(wanted))


def _check_text(name: str, text: str | None) -> None:
    if text is None:
        return
    if not 0 < len(text.strip()) <= _LONGEST or any(ord(one) < 32 for one in text):
        raise BadInput(
            f"{name} has 1 to {_LONGEST} characters, on one line. / {name} 应为一行 1 至 {_LONGEST} 个字符。",
            field=name,
        )
    if name in ("name", "address") and not written(text):
        raise BadInput(
            f"{name} has no letter, character or digit to search by. / {name} 中没有可供查询的文字或数字。", field=name
        )


def _check_day(name: str, day: str | None, kind: str | None) -> None:
    if day is None:
        return
    if kind != EVENT:
        raise BadInput(
            f"{name} is a day of events: give kind=event. / {name} 只用于事件；请写 kind=event。", field=name
        )
    if str(day_of(day)) != day:  # days are compared as they are written: no other way to write one will do
        raise BadInput(
            f"{name} is a day, as 2026-11-01, not {day!r:.40}. / {name} 应写作 2026-11-01 这样的日期。", field=name
        )


def _check_status(status: str, kind: str | None) -> None:
    known = OCCUPANCIES if kind == "dwelling" else STATUSES.get(kind or "", ())
    if not known:
        raise BadInput(
            "status needs kind: person, household, stay or dwelling. / 按状态查询须同时指定 kind。", field="status"
        )
    if status not in known:
        raise BadInput(
            f"The status of a {kind} is one of {', '.join(known)}, not {status!r:.40}. / 该类记录没有这种状态。",
            field="status",
        )
