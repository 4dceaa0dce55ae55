"""Replays a history that the model printed, makes it as short as it can be, and shows the ledger of what went wrong.

make soak > failure.txt; python -m tests.stateful.replay failure.txt
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from fieldsync.forms import Forms
from fieldsync.ledger import Entry
from fieldsync.sample import district
from fieldsync.stores.factory import open_store
from tests.stateful.handovers import HandoverMachine
from tests.stateful.machine import FieldMachine, imported
from tests.stateful.offices import staffed
from tests.stateful.servers import CELL, START

_BEGINNING = re.compile(r"\b(FieldMachine|HandoverMachine)\(\)")
_INVARIANTS = ("contests_stay_open", "nobody_sees_what_he_may_not", "nothing_late_shows")
_NO_ACTS = ("state.teardown", *(f"state.{name}(" for name in _INVARIANTS))
_ACT = re.compile(r"state\.\w+\(.*\)$")
_NAMED = re.compile(r"[a-z]+:[0-9a-f-]{36}")
_PARTICULARS = re.compile(r"\[.*|'.*|[0-9a-f-]{32,36}|\d+")


def machine_in(text: str) -> type[FieldMachine]:
    """Return which model the last history in a text is of."""
    return HandoverMachine if _BEGINNING.findall(text)[-1:] == ["HandoverMachine"] else FieldMachine


def acts_in(text: str) -> list[str]:
    """Return the acts of the last history in a text, invariants and the end left out."""
    history = _BEGINNING.split(text)[-1]
    found = (match.group() for line in history.splitlines() if (match := _ACT.search(line)))
    return [act for act in found if not act.startswith(_NO_ACTS)]


def replayed(acts: Sequence[str], machine: type[FieldMachine] = FieldMachine) -> tuple[str, list[str]]:
    """Live through a history; returns what was wrong in the end, empty if nothing, and the ledger it is about."""
    state = machine()
    try:
        for act in acts:
            exec(act, {"state": state})
            for invariant in _INVARIANTS:
                getattr(state, invariant, lambda: None)()
        state.evening()
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"
        named = _NAMED.search(wrong)
        return wrong, list(_ledger(state, named.group())) if named else []
    finally:
        state.town.close()
        shutil.rmtree(state.folder)
    return "", []


def _ledger(state: FieldMachine, document: str) -> Iterator[str]:
    log = state.town.servers[0].ledger.document(CELL, document)
    for entry in sorted(log.entries.values(), key=lambda e: (e.arrived, e.rev)):
        yield f"{entry.rev[:8]} on {[rev[:8] for rev in entry.path[1:]]}: {_writer(entry)}: {_written(entry)}"
    for (rev, item), outcome in sorted(log.outcomes.items()):
        yield f"{rev[:8]} {item}: {outcome.outcome} by {outcome.cause}"


def _writer(entry: Entry) -> str:
    if entry.is_edit:
        return f"{entry.author} changes {entry.changes}"
    return f"server, {entry.cause}, merged {[rev[:8] for rev in entry.merged]}"


def _written(entry: Entry) -> str:
    contested = [contest["item"] for contest in entry.contests]
    what = "deleted" if entry.deleted else entry.quarantined or (entry.body or {}).get("data")
    return f"{what}, contested {contested}"


def shortest(acts: list[str], machine: type[FieldMachine]) -> list[str]:
    """Leave out acts, many at first, for as long as the same goes wrong."""
    wrong = _PARTICULARS.sub("", replayed(acts, machine)[0])
    size = len(acts) // 2
    while size:
        at = 1
        while at < len(acts):
            fewer = acts[:at] + acts[at + size :]
            if _PARTICULARS.sub("", replayed(fewer, machine)[0]) == wrong:
                acts = fewer
            else:
                at += size
        size //= 2
    return acts


def make_templates(folder: Path) -> None:
    """Make what histories begin with."""
    store = open_store(f"sqlite:///{folder}/forms")
    forms = Forms(store, lambda: START)
    for path in sorted(district.path("forms/person.xlsx").parent.glob("*.xlsx")):
        forms.publish(path.read_bytes(), path.name, "test")
    store.close()
    FieldMachine.template = imported(folder / "forms", folder / "imported")
    HandoverMachine.template = staffed(FieldMachine.template, folder / "staffed")


def main(file: str) -> None:
    """Replay the history in a file."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(file).read_text("utf-8")
        machine, acts = machine_in(text), acts_in(text)
        make_templates(Path(folder))
        wrong, _ = replayed(acts, machine)
        if not wrong:
            print("Nothing goes wrong in this history.")
            return
        acts = shortest(acts, machine)
        wrong, ledger = replayed(acts, machine)
        print("\n".join([*acts, "", wrong, "", *ledger]))


if __name__ == "__main__":
    main(sys.argv[1])
