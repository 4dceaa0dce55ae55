"""What a measure gives: samples of each server, and what they come to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec

from fieldsync.bench.connection import Traffic


class Sample(msgspec.Struct, omit_defaults=True):
    """One round of one measure on one server; `client_share` is how much of the time the clients' process worked."""

    value: float
    documents: int = 0
    requests: int = 0
    sent: int = 0
    received: int = 0
    client_share: float = 0.0
    server_cpu_s: float | None = None
    more: dict[str, float] = msgspec.field(default_factory=dict)

    @classmethod
    def of(cls, value: float, documents: int, traffic: Traffic, client_share: float = 0.0) -> Sample:
        """Return a sample with what went over the wire for it."""
        return cls(value, documents, traffic.requests, traffic.sent, traffic.received, client_share)


class Reading(msgspec.Struct):
    """What the rounds of a server come to; `peak_bytes` is the most memory its process held meanwhile."""

    server: str
    median: float
    low: float
    high: float
    peak_bytes: int | None
    samples: list[Sample]

    @classmethod
    def of(cls, server: str, samples: Sequence[Sample], peak_bytes: int | None) -> Reading | None:
        """Sum up some samples; None where there are none."""
        if not samples:
            return None
        values = [sample.value for sample in samples]
        return cls(server, median(values), min(values), max(values), peak_bytes, list(samples))


class Result(msgspec.Struct):
    """One measure: our figure, the peer's, and ours by the peer's."""

    name: str
    title: str
    unit: str
    ours: Reading | None
    peer: Reading | None
    ratio: float | None
    notes: list[str]


CLIENT_BOUND = 0.85
"""From which share of the time on the clients' process is what limits a measure."""


def result_of(name: str, title: str, unit: str, readings: Sequence[Reading | None]) -> Result:
    """Set our reading against the peer's, which comes second if there is one."""
    ours, peer = readings[0], readings[1] if len(readings) > 1 else None
    ratio = ours.median / peer.median if ours is not None and peer is not None and peer.median else None
    notes = [note for reading in (ours, peer) if reading is not None for note in _notes(reading)]
    return Result(name, title, unit, ours, peer, ratio, notes)


def _notes(reading: Reading) -> list[str]:
    """Return what else was measured, and what the figure must not be taken for."""
    more = reading.samples[-1].more
    notes = [f"{reading.server}: " + ", ".join(f"{name} {value:g}" for name, value in more.items())] if more else []
    if median(sample.client_share for sample in reading.samples) > CLIENT_BOUND:
        notes.append(f"{reading.server}: the clients' own process was the limit")
    return notes
