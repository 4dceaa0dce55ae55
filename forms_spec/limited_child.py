"""What a child of `limited_process` does first: set its limits, and keep standard output for its answer."""

import math
import os
import resource
from typing import BinaryIO

OUT_OF_MEMORY = 3
"""The exit status by which a child says that it ran out of memory."""

_MIB = 1024 * 1024


def limit(memory_mb: int, timeout_s: float) -> None:
    """Limit this process's memory and processor time; call it before anything large is imported."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MIB, memory_mb * _MIB))
    seconds = max(1, math.ceil(timeout_s))
    # A second before it is killed it gets the signal that says why; killed at once, it would look out of memory.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer_channel() -> BinaryIO:
    """Keep standard output for the answer; what readers of old workbooks print goes to standard error."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answer
