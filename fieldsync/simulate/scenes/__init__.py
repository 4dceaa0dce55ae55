"""The planted situations of the day, in the order in which they are best read."""

from fieldsync.simulate.scenes.contests import CONTESTS
from fieldsync.simulate.scenes.decisions import DECISIONS
from fieldsync.simulate.scenes.doors import DOORS
from fieldsync.simulate.scenes.handovers import HANDOVERS
from fieldsync.simulate.scenes.meetings import MEETINGS
from fieldsync.simulate.scenes.mishaps import MISHAPS

__all__ = ["CONTESTS", "DECISIONS", "DOORS", "HANDOVERS", "MEETINGS", "MISHAPS"]
