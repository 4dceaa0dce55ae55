"""A child of `limited_process` that never answers: `busy_child spin|sleep MEMORY_MB TIMEOUT_S`."""

import signal
import sys

from forms_spec.limited_child import limit

if __name__ == "__main__":
    limit(int(sys.argv[2]), float(sys.argv[3]))
    while True:
        if sys.argv[1] == "sleep":
            signal.pause()
