"""The office: sets an installation up with the public commands, and works with it over the API."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from fieldsync.sample import district
from tests.e2e.field.town import codes, write_plan, write_registry
from tests.e2e.processes import ROOT, wait_for

PASSWORD = "correct horse battery"
KINDS = ("building", "dwelling", "health", "household", "person", "stay", "visit")
DISTRICT = "510107"
REVIEWER = "chen.jing"
COLLECTORS = ("li.na", "zhang.wei", "wu.min")


def command(*arguments: str | Path, stdin: str = "") -> str:
    """Run a `fieldsync` command; returns what it wrote."""
    words = [sys.executable, "-m", "fieldsync", *map(str, arguments)]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, f"fieldsync {arguments}: {done.stdout} {done.stderr}"
    return done.stdout


def set_up(folder: Path, cells: int) -> None:
    """Make an installation in a folder: administrator, plan, forms, registry."""
    store = store_url(folder)
    forms = [district.path(f"forms/{kind}.xlsx") for kind in KINDS]
    write_plan(folder / "cells.geojson", codes(cells))
    write_registry(folder / "registry", codes(cells))
    command("init", "--store", store, "--name", "admin", "--password-stdin", stdin=PASSWORD)
    command("grid", "import", folder / "cells.geojson", "--store", store, "--name", "Town", "--date", "2026-11-01")
    command("form", "publish", *forms, "--store", store)
    command("registry", "import", folder / "registry", "--store", store)


def store_url(folder: Path) -> str:
    """Return the address of an installation's store."""
    return f"sqlite:///{folder}/store"


def audit(folder: Path) -> dict[str, Any]:
    """Return the books of an installation, whose command fails where they do not balance."""
    books: dict[str, Any] = json.loads(command("audit", "--json", "--store", store_url(folder)))
    return books


class Desk:
    """Somebody of the staff, logged in."""

    def __init__(self, address: str, name: str) -> None:
        self._http = httpx.Client(base_url=f"{address}/api/v1/", timeout=30)
        access = self.post("session", name=name, password=PASSWORD)["access"]
        self._http.headers["Authorization"] = f"Bearer {access}"

    def get(self, path: str, **query: str) -> Any:
        """Ask for something."""
        answer = self._http.get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        """Have something done."""
        answer = self._http.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def engage(self) -> None:
        """Create the accounts of the staff; collectors have no password, since they work on tablets only."""
        self.post("staff", name=REVIEWER, roles=["reviewer"], areas=[DISTRICT], password=PASSWORD)
        for name in COLLECTORS:
            self.post("staff", name=name, roles=["collector"], areas=[DISTRICT])

    def assign(self, cell: str, collector: str, role: str = "holder") -> None:
        """Give a collector a cell to work."""
        self.post("assignments", cell=cell, collector=collector, role=role)

    def enrolled(self, collector: str) -> dict[str, Any]:
        """Enrol a new tablet; returns what it was given."""
        code = self.post("devices/enrolments", collector=collector)["code"]
        made: dict[str, Any] = self.post("devices/enrol", code=code, label=f"Tablet of {collector}")
        return made

    def await_steps(self, cell: str) -> None:
        """Wait until everything that was pushed into a cell has been worked off."""
        wait_for(lambda: not self.get("reports/steps", area=cell)["behind"])

    def open_cases(self, cell: str, kind: str) -> list[dict[str, Any]]:
        """Return the open cases of a cell."""
        found: list[dict[str, Any]] = self.get("cases", area=cell, kind=kind)["cases"]
        return found

    def close(self) -> None:
        """Leave."""
        self._http.close()
