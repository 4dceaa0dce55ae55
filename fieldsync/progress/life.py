"""Where households stand in a round, from the marks of a cell. Pure.

not started -> in progress (a visit came) -> submitted (not worked off yet) -> held (errors), contested, waiting for a
person, returned -> admitted; or closed without an interview. A unit is a household, or a dwelling of which no household
is known; each is counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from fieldsync.progress.marks import Marks, State, Submission, Visit

WORKED_OFF = ("held", "contested", "waiting", "returned", "admitted")
STAGES = ("not_started", "in_progress", "submitted", *WORKED_OFF, "closed")
_CLOSED = "closed_"


class Handed(msgspec.Struct, array_like=True):
    """Of the units that somebody handed in: how many, and how many have errors, warnings, contests, something back."""

    units: int = 0
    errors: int = 0
    warnings: int = 0
    contested: int = 0
    returned: int = 0

    def add(self, more: Handed) -> None:
        """Add the units of another cell."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(more, name))


def life_of(
    marks: Marks, units: Mapping[str, Sequence[str]], visits: Iterable[Visit], submissions: Iterable[Submission]
) -> tuple[dict[str, int], dict[str, Handed]]:
    """Return how many units stand where, and those handed in by who did, from the records of one round."""
    went = {one.household or one.dwelling for one in visits}
    last: dict[str, Submission] = {}
    for one in submissions:
        if one.unit not in last or last[one.unit].day <= one.day:
            last[one.unit] = one
    life: Counter[str] = Counter()
    handed: dict[str, Handed] = {}
    for dwelling, own in units.items():
        for unit in own:
            state = marks.states.get(unit, State(""))
            if unit in last:
                life[state.status if state.status in WORKED_OFF else "submitted"] += 1
                handed.setdefault(last[unit].by, Handed()).add(_against(state))
            elif unit in went or dwelling in went:
                life["closed" if _is_closed(marks, state, dwelling) else "in_progress"] += 1
            else:
                life["not_started"] += 1
    return dict(life), handed


def _is_closed(marks: Marks, state: State, dwelling: str) -> bool:
    """Tell whether the last word of a unit, or of its dwelling as such, is a closing one."""
    own = marks.states.get(dwelling, State(""))
    return state.status.startswith(_CLOSED) or own.status.startswith(_CLOSED)


def _against(state: State) -> Handed:
    counts = (state.errors, state.warnings, state.contests, state.returned)
    return Handed(1, *(min(count, 1) for count in counts))
