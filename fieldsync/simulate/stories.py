"""The changes that are told as stories: who wrote what and when, what won, and why; told by the server itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsync.simulate.staff import Desk
from fieldsync.simulate.stage import Tale
from fieldsync.simulate.texts import Text


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a story: when (server's time, RFC 3339), who acted (a collector or the server), and what happened."""

    at: str
    actor: str
    text: Text

    @property
    def clock(self) -> str:
        """Return the time of the day."""
        return self.at[11:23]


@dataclass(frozen=True, slots=True)
class Story:
    """A change, told."""

    title: Text
    moral: Text
    where: str
    moments: Sequence[Moment]


def told(tale: Tale, desk: Desk) -> Story:
    """Ask the server for the story of a document."""
    steps = desk.story(tale.document, tale.cell)
    moments = sorted((_moment(step) for step in steps), key=lambda moment: moment.at)
    return Story(tale.title, tale.moral, f"{tale.cell} / {tale.document}", moments)


def _moment(step: Mapping[str, Any]) -> Moment:
    stamps = [change["at"] for change in step.get("changes", ()) if change.get("at")]
    at = max(stamps, default=step["arrived"])
    return Moment(at, step.get("by") or "server", Text(step["en"], step["zh"]))
