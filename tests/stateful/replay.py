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
from tests.stateful.machine import FieldMachine, imported
from tests.stateful.servers import CELL, START

_ACT = re.compile(r"state\.\w+\(.*\)$")
_NAMED = re.compile(r"[a-z]+:[0-9a-f-]{36}")
_PARTICULARS = re.compile(r"\[.*|'.*|[0-9a-f-]{32,36}|\d+")


def acts_in(text: str) -> list[str]:
    """Return the acts of the last history in a text, invariants and the end left out."""
    history = text.rpartition("FieldMachine()")[2]
    found = (match.group() for line in history.splitlines() if (match := _ACT.search(line)))
    return [act for act in found if not act.startswith(("state.teardown", "state.contests_stay_open"))]


def replayed(acts: Sequence[str]) -> tuple[str, list[str]]:
    """Live through a history; returns what was wrong in the end, empty if nothing, and the ledger it is about."""
    state = FieldMachine()
    try:
        for act in acts:
            exec(act, {"state": state})
            state.contests_stay_open()
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


def shortest(acts: list[str]) -> list[str]:
    """Leave out acts, many at first, for as long as the same goes wrong."""
    wrong = _PARTICULARS.sub("", replayed(acts)[0])
    size = len(acts) // 2
    while size:
        at = 1
        while at < len(acts):
            fewer = acts[:at] + acts[at + size :]
            if _PARTICULARS.sub("", replayed(fewer)[0]) == wrong:
                acts = fewer
            else:
                at += size
        size //= 2
    return acts


def _template(folder: Path) -> Path:
    store = open_store(f"sqlite:///{folder}/forms")
    forms = Forms(store, lambda: START)
    for path in sorted(district.path("forms/person.xlsx").parent.glob("*.xlsx")):
        forms.publish(path.read_bytes(), path.name, "test")
    store.close()
    return imported(folder / "forms", folder / "template")


def main(file: str) -> None:
    """Replay the history in a file."""
    with tempfile.TemporaryDirectory() as folder:
        FieldMachine.template = _template(Path(folder))
        acts = acts_in(Path(file).read_text("utf-8"))
        wrong, _ = replayed(acts)
        if not wrong:
            print("Nothing goes wrong in this history.")
            return
        acts = shortest(acts)
        wrong, ledger = replayed(acts)
        print("\n".join([*acts, "", wrong, "", *ledger]))


if __name__ == "__main__":
    main(sys.argv[1])
