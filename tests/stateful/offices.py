"""What a supervisor has set up in the town before the day begins: accounts, tablets, two cells, and who works them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fieldsync.accounts import Role, User
from fieldsync.assignments import Wish
from fieldsync.plan_files import PlanFile
from fieldsync.registry_import import Progress
from fieldsync.services import Services
from tests.api.city import plan_of, square
from tests.stateful.servers import CELL, START, Town

OTHER = "510107001004002"
CELLS = (CELL, OTHER)
COLLECTORS = ("li.na", "zhang.wei", "chen.jing")
_PLAN = plan_of(square(CELL, 104.0, 30.6), square(OTHER, 104.01, 30.6))
_ROWS = {"building": f"id,cell,name,address,use\n00000000-0000-4000-8000-000000000001,{OTHER},Jinli 9,9,residential\n"}
BUILDING = "building:00000000-0000-4000-8000-000000000001"
_PASSES = "passes.json"


@dataclass(frozen=True)
class Pass:
    """What a tablet got when it was enrolled: what it is called, and what it shows with every request."""

    tablet: str
    token: str


def enrolled(services: Services, collector: str) -> Pass:
    """Give a collector a tablet."""
    made = services.devices.enrol(services.devices.issue_code(collector, "wang").code, "Tablet")
    return Pass(made.tablet.id, made.tokens.access)


def staffed(imported: Path, folder: Path) -> Path:
    """Make a town of a store with two persons: one collector holds both cells, two others help in the first of them.

    Nobody else works in the second, so that it shows who may do there what he should not.
    """
    town = Town(imported, folder)
    services = town.servers[0].services
    services.cells.import_plan(PlanFile(_PLAN, "Sample", date(2026, 11, 1)))
    passes: dict[str, Any] = {}
    for name in COLLECTORS:
        services.accounts.create(User(name=name, display={}, roles=(Role.COLLECTOR,)))
        made = enrolled(services, name)
        passes[name] = [made.tablet, made.token]
        for cell in CELLS if name == COLLECTORS[0] else (CELL,):
            services.assignments.assign(Wish(cell, name, "holder" if name == COLLECTORS[0] else "helper"))
    town.servers[0].pipeline.importer(frozenset(CELLS)).take(_ROWS, START, Progress())
    town.close()
    (folder / _PASSES).write_text(json.dumps(passes), "utf-8")
    return folder


def passes_in(folder: Path) -> dict[str, Pass]:
    """Return what the tablets of a staffed town got."""
    return {name: Pass(*made) for name, made in json.loads((folder / _PASSES).read_text("utf-8")).items()}
