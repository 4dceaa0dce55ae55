"""From an empty folder to the morning of the day, through the public commands and the API only."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldsync.sample import district
from fieldsync.simulate.clocks import DayClock, TabletClock
from fieldsync.simulate.crew import (
    ADMINISTRATOR,
    CELLS,
    CELLS_OF_A_HELPER,
    CELLS_OF_A_HOLDER,
    HELPERS,
    HOLDERS,
    OFFICIALS,
    PASSWORD,
    Post,
    cells_of,
)
from fieldsync.simulate.server import run_command
from fieldsync.simulate.staff import Desk
from fieldsync.simulate.tablet import ROUND, Tablet

KINDS = ("building", "dwelling", "event", "household", "person", "stay", "visit")
ROUND_BODY: dict[str, Any] = {
    "id": ROUND,
    "title": {"zh": "十一月人口核查", "en": "November check"},
    "area": "510107",
    "from": "2026-11-01",
    "until": "2026-11-30",
    "reference": "2026-11-01T00:00:00+08:00",
    "forms": list(KINDS),
}
Step = Callable[[str, Callable[[], str]], str]
"""Does something under its name; returns what it returned."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the sample district hands over: the cells in which people live, and who has stays in two places."""

    cells: list[str]
    twice: frozenset[str]


def read_sample() -> Sample:
    """Read what the driver has to know of the sample's files."""
    folder = registry_folder()
    with (folder / "buildings.csv").open(encoding="utf-8", newline="") as rows:
        cells = sorted({row["cell"] for row in csv.DictReader(rows)})
    with (folder / "stays.csv").open(encoding="utf-8", newline="") as rows:
        stays = Counter(row["person"] for row in csv.DictReader(rows))
    return Sample(cells, frozenset(f"person:{person}" for person, count in stays.items() if count > 1))


def registry_folder() -> Path:
    """Return the folder with the CSV files that the city hands over."""
    return district.path("registry/buildings.csv").parent


def fill_store(store: str, step: Step) -> dict[str, int]:
    """Make the installation: administrator, plan, forms, registry; returns how many records of each kind entered."""
    forms = [str(district.path(f"forms/{kind}.xlsx")) for kind in KINDS]
    plan = str(district.path("cells.geojson"))
    step(
        f"fieldsync init --name {ADMINISTRATOR}",
        lambda: run_command("init", "--name", ADMINISTRATOR, "--password-stdin", store=store, stdin=PASSWORD),
    )
    step(
        "fieldsync grid import cells.geojson",
        lambda: run_command("grid", "import", plan, "--name", "Wuhou 2026", "--date", "2026-11-01", store=store),
    )
    step("fieldsync form publish *.xlsx", lambda: run_command("form", "publish", *forms, store=store))
    tally = step(
        "fieldsync registry import registry/",
        lambda: run_command("registry", "import", str(registry_folder()), "--json", store=store),
    )
    entered: dict[str, int] = json.loads(tally)["new"]
    return entered


def open_round(admin: Desk) -> None:
    """Open the round in the whole district."""
    admin.post("rounds", ROUND_BODY)


def engage_staff(admin: Desk) -> None:
    """Create the accounts of the day: supervisors and a reviewer with a password, collectors without."""
    for official in OFFICIALS:
        body = {"name": official.user, "display": {"zh": official.zh, "en": official.en}, "roles": [official.role]}
        admin.post("staff", {**body, "areas": [official.area], "password": PASSWORD})
    for post in (*HOLDERS, *HELPERS):
        who = post.collector
        display = {"zh": who.zh, "en": who.en}
        admin.post("staff", {"name": who.user, "display": display, "roles": ["collector"], "areas": ["510107"]})


def hand_out_tablets(admin: Desk, address: str, cells: Sequence[str], clock: DayClock) -> dict[str, Tablet]:
    """Assign cells, make a one-time code for each collector, and enrol their tablets with it."""
    worked = list(cells)[:CELLS]
    dealt = cells_of(HOLDERS, worked, CELLS_OF_A_HOLDER) | cells_of(HELPERS, worked, CELLS_OF_A_HELPER)
    return {
        post.collector.user: _tablet(admin, address, post, dealt[post.collector.user], clock)
        for post in (*HOLDERS, *HELPERS)
    }


def _tablet(admin: Desk, address: str, post: Post, cells: Sequence[str], clock: DayClock) -> Tablet:
    user = post.collector.user
    for cell in cells:
        admin.post("assignments", {"cell": cell, "collector": user, "role": post.role})
    tablet = Tablet(post.collector, TabletClock(clock, post.clock_error), cells)
    tablet.enrol(address, admin.post("devices/enrolments", {"collector": user})["code"])
    return tablet
