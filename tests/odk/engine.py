"""ODK's own form engine, asked about forms and instances: the npm package @getodk/xforms-engine under Node."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

NODE = Path(__file__).parent / "node"


class Asked(NamedTuple):
    """A form as XForm, an instance of it, and the files beside the form by name."""

    form: str
    instance: str
    files: Mapping[str, str]


def install() -> None:
    """Install the packages of the lock file where they are missing."""
    if not (NODE / "node_modules" / "@getodk").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE, check=True)


def ask(questions: Iterable[Asked], zone: str) -> list[dict[str, Any]]:
    """Return for each question the state of every node by its path, or what went wrong as `error`, in a time zone."""
    return [_by_path(said) for said in _said(questions, zone)]


def written(questions: Iterable[Asked], zone: str) -> list[str]:
    """Return for each question the instance as the engine would send it."""
    return [said["written"] for said in _said(questions, zone)]


def _said(questions: Iterable[Asked], zone: str) -> list[dict[str, Any]]:
    lines = "\n".join(json.dumps(question._asdict()) for question in questions)
    environment = {"PATH": os.environ["PATH"], "TZ": zone}
    done = subprocess.run(
        ["node", "engine.mjs"], input=lines, capture_output=True, text=True, cwd=NODE, env=environment, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _by_path(said: dict[str, Any]) -> dict[str, Any]:
    return said if "error" in said else {node["path"]: node for node in said["nodes"]}
