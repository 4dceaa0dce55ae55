"""Run a module in a process of its own, within limits of time and memory; the caller gets a value whatever happens.

The module gets bytes on its standard input and answers on its standard output; it sets its own limits first
(`limited_child.limit`), from its last two arguments.
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forms_spec.limited_child import OUT_OF_MEMORY

PATIENCE = 5
"""How many times as long as its processor time a process may take by the clock: others may keep the machine busy."""

_MEMORY_SIGNALS = (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT)
_MEMORY_WORDS = ("MemoryError", "failed to map segment", "annot allocate memory")


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """How many seconds of a processor a process may take, and how much memory."""

    timeout_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended that did not answer; `said` is its last line, where it failed by itself."""

    by: Literal["time", "memory", "failure"]
    said: str = ""


def run_limited(module: str, argument: str, given: bytes, limits: ProcessLimits) -> bytes | Ended:
    """Run `python -m module argument MEMORY_MB TIMEOUT_S` and return its answer, or how it ended without one."""
    command = [sys.executable, "-m", module, argument, str(limits.memory_mb), str(limits.timeout_s)]
    wall_s = PATIENCE * limits.timeout_s
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, timeout=wall_s, check=False, env=_environment()
        )
    except subprocess.TimeoutExpired:
        return Ended("time")
    return done.stdout if done.returncode == 0 else _ended(done)


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parent.parent)
    return {"PYTHONPATH": root, "PATH": os.defpath, "LANG": "C.UTF-8"}


def _ended(done: subprocess.CompletedProcess[bytes]) -> Ended:
    if done.returncode == -signal.SIGXCPU:
        return Ended("time")
    said = done.stderr.decode(errors="replace").strip()
    # Out of memory has many faces: an error of Python's, a library that cannot be mapped, a signal.
    if done.returncode in (OUT_OF_MEMORY, *_MEMORY_SIGNALS) or any(words in said for words in _MEMORY_WORDS):
        return Ended("memory")
    return Ended("failure", said.rsplit("\n", 1)[-1][:300] or f"status {done.returncode}")
