"""The walk through a contested household in docs/walkthrough.md: its commands run in order, and print what it shows.

A block of `sh` is run in one shell, from the first to the last; a block of `text` after it is what it prints. There `…`
stands for what varies: revisions, times of the day.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.processes import ROOT, free_port

PAGE = ROOT / "docs/walkthrough.md"
BLOCK = re.compile(r"```(sh|text)\n(.*?)```", re.DOTALL)
END = "end-of-block"


class Shell:
    """A shell that runs one block after the other and returns what each printed."""

    def __init__(self, folder: Path) -> None:
        """Start in a folder that has the project's documents and sample."""
        for name in ("docs", "fieldsync"):
            (folder / name).symlink_to(ROOT / name)
        path = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
        noon = 12 - datetime.now(UTC).hour  # so that no day ends between two lines
        zone = {"FIELDSYNC_TIME_ZONE": f"Etc/GMT{-noon:+d}", "FIELDSYNC_STORE": "sqlite:///store"}
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, env=os.environ | zone | {"PATH": path}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def run(self, block: str) -> str:
        """Run the lines of a block; what a server in the background says later is not among what they print."""
        self._process.stdin.write(f"{block}\necho; echo {END}\n")
        self._process.stdin.flush()
        printed = []
        for line in self._process.stdout:
            if line.strip() == END:
                return "".join(printed).strip()
            printed.append(line)
        raise AssertionError(f"the shell ended in:\n{block}\n{''.join(printed)}")

    def close(self) -> None:
        """End the shell and what it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in an empty folder."""
    started = Shell(tmp_path)
    yield started
    started.close()


def as_pattern(shown: str) -> str:
    """Return what a text block stands for: `…` is anything on a line."""
    lines = (".*".join(map(re.escape, line.rstrip().split("…"))) for line in shown.strip().splitlines())
    return r"\s*\n".join(lines)


@pytest.mark.timeout(900)  # some fifty commands, one after the other: on a busy machine they take minutes
def test_the_walk_prints_what_it_shows(shell: Shell) -> None:
    """From the first command to the last; a page that lies fails here, with what was printed instead."""
    text = PAGE.read_text(encoding="utf-8").replace("5985", str(free_port()))
    printed, compared = "", 0
    for kind, block in BLOCK.findall(text):
        if kind == "sh":
            printed = shell.run(block)
        else:
            assert re.fullmatch(as_pattern(block), printed), f"shown:\n{block}\nprinted:\n{printed}"
            compared += 1
    assert compared >= 8


def test_a_page_that_lies_is_found() -> None:
    """`…` stands for anything on its line, and for nothing else."""
    assert re.fullmatch(as_pattern("a … c\nd"), "a b c\nd")
    assert not re.fullmatch(as_pattern("a … c\nd"), "a b c\ne")
    assert not re.fullmatch(as_pattern("a … c"), "a b\nc c")
