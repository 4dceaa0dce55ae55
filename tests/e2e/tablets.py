"""Stock PouchDB tablets in a process of their own, steered by JSON lines."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.e2e.processes import PATIENCE_S

NODE = Path(__file__).parent / "node"


class TabletError(Exception):
    """What PouchDB reported; `status` is that of the answer it got."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error))
        self.status = error.get("status")


class Tablets:
    """A Node process that holds PouchDB tablets, or what else one of the scripts there makes of PouchDB."""

    def __init__(self, script: str = "tablet.mjs") -> None:
        self._process = subprocess.Popen(
            ["node", script], cwd=NODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._answers.put(line)

    def open(self, name: str, url: str, **credentials: Any) -> Tablet:
        """Return the tablet of a name, whose replica of the database at an address is kept in memory.

        `credentials` are those of `authorised.mjs`: token, and if wanted refresh, session, clock_error_ms.
        """
        self.ask(name, "open", url=url, **credentials)
        return Tablet(self, name)

    def ask(self, tablet: str, do: str, **details: Any) -> Any:
        """Have a command done and return its result. Raises TabletError."""
        self._process.stdin.write(json.dumps({"tablet": tablet, "do": do, **details}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._answers.get(timeout=2 * PATIENCE_S))
        if "error" in answer:
            raise TabletError(answer["error"])
        return answer["ok"]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait(PATIENCE_S)


class Tablet:
    """One tablet: its commands are those of `tablet.mjs`."""

    def __init__(self, tablets: Tablets, name: str) -> None:
        self._tablets, self._name = tablets, name

    def __call__(self, do: str, **details: Any) -> Any:
        """Have a command done and return its result. Raises TabletError."""
        return self._tablets.ask(self._name, do, **details)

    def until(self, **condition: Any) -> None:
        """Wait until the replica fulfils a condition."""
        self("until", condition=condition, timeout=PATIENCE_S * 1000)
