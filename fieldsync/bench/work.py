"""What one process does by itself, measured by the wall and by its own processor time. Pure but for the clocks."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any

UNIT = 1 if sys.platform == "darwin" else 1024
"""The bytes of what the system tells peaks of memory in."""


@dataclass(frozen=True, slots=True)
class Work:
    """So many things of a kind, done in so much time; `more` is what else was counted."""

    name: str
    count: int
    unit: str
    elapsed_s: float
    cpu_s: float
    peak_bytes: int
    more: dict[str, Any] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """Return the figures as JSON, with the rates by the wall and by the processor's time."""
        return {
            "name": self.name,
            "count": self.count,
            "unit": self.unit,
            "elapsed_s": round(self.elapsed_s, 3),
            "cpu_s": round(self.cpu_s, 3),
            "per_s": round(self.count / self.elapsed_s, 1),
            "per_cpu_s": round(self.count / self.cpu_s, 1),
            "peak_bytes": self.peak_bytes,
            **self.more,
        }

    def told(self) -> str:
        """Return the figures in one line."""
        more = "".join(f", {name} {value:,}" for name, value in self.more.items())
        return (
            f"{self.name}: {self.count:,} {self.unit} in {self.elapsed_s:.2f} s, "
            f"{self.count / self.elapsed_s:,.0f} a second; {self.cpu_s:.2f} s of a processor, "
            f"{self.count / self.cpu_s:,.0f} for each; peak {self.peak_bytes / 1e6:,.0f} MB{more}"
        )


class Watch:
    """Takes the time from when it is made, of this process and of those it starts."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_s()

    def work(self, name: str, count: int, unit: str, **more: Any) -> Work:
        """Return what was done since; the peak is this process's since its start."""
        elapsed, cpu = time.perf_counter() - self._wall, _cpu_s() - self._cpu
        return Work(name, count, unit, elapsed, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT, more)


def _cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
