"""Retention: what is kept no longer than its form says, listed before it goes, held back by whoever must."""

from fieldsync.retention.due import DueList, Listed
from fieldsync.retention.finding import Finder, RunOut
from fieldsync.retention.obstacles import Obstacle, Obstacles
from fieldsync.retention.running import Coming, Retention, Rules

__all__ = [
    "Coming",
    "DueList",
    "Finder",
    "Listed",
    "Obstacle",
    "Obstacles",
    "Retention",
    "Rules",
    "RunOut",
]
