"""The server is lost and restored from a backup of an hour ago; tablets that hold newer work bring it back."""

from __future__ import annotations

import shutil
from pathlib import Path

from fieldsync.documents import cell_database
from fieldsync.stores.factory import open_store
from tests.e2e.field.conftest import Site
from tests.e2e.field.office import audit, command, store_url
from tests.e2e.field.town import named
from tests.e2e.field.writing import assert_same, document, edit


def test_tablets_bring_back_what_the_backup_lacks(mortal, tmp_path_factory) -> None:
    """Every value and every revision is on the server afterwards, and nothing of the server's own counts as an edit.

    A tablet pushes leaves: an edit that the lost server had merged comes back below that merge, which is the server's.
    """
    a, b = mortal.tablet("li.na"), mortal.tablet("zhang.wei", "helper")
    for tablet in (a, b):
        tablet("sync")
    edit(a, mortal.home.mother, occupation="cook")
    edit(b, mortal.home.mother, employer="school")
    mortal.settle(a, b, a)
    backup = tmp_path_factory.mktemp("backups") / "evening"
    command("backup", "--store", store_url(mortal.folder), backup)
    newcomers = [named("person", mortal.cell, str(number)) for number in range(30)]
    a("bulk", docs=[document(person, name=f"第{number}人") for number, person in enumerate(newcomers)])
    sons = [edit(a, mortal.home.son, phone="12811111111"), edit(b, mortal.home.son, occupation="guard")]
    mothers = [edit(b, mortal.home.mother, phone="12833333333")]
    for _ in range(2):
        mortal.settle(a, b)
    assert_same(a, b)
    before = {doc["_id"]: doc.get("data") for doc in a("list", prefix="person:")}
    assert audit(mortal.folder)["edits"] == 2 + len(newcomers) + 3
    lose_and_restore(mortal, backup)
    mothers.append(edit(b, mortal.home.mother, occupation="nurse"))
    for _ in range(2):
        mortal.settle(a, b)
    assert_same(a, b)
    after = {doc["_id"]: doc.get("data") for doc in a("list", prefix="person:")}
    assert after == before | {mortal.home.mother: {**before[mortal.home.mother], "occupation": "nurse"}}
    assert unknown(mortal, {mortal.home.son: sons, mortal.home.mother: mothers}) == {}
    books = audit(mortal.folder)
    assert (books["unaccounted"], books["adds_up"], books["faults"]) == (0, True, [])
    # The edit that the last one was written on comes by itself where the other tablet, which had pulled it, is first.
    assert books["edits"] - (2 + len(newcomers)) in (1, 2)
    assert mortal.admin.open_cases(mortal.cell, "quarantine") == []


def unknown(site: Site, revs: dict[str, list[str]]) -> dict[str, object]:
    """Return which revisions the cell on disk does not know."""
    store = open_store(store_url(site.folder))
    found = store.database(cell_database(site.cell)).missing(revs)
    store.close()
    return dict(found)


def lose_and_restore(mortal: Site, backup: Path) -> None:
    """Kill the server, destroy its store, restore the backup and start a server on that."""
    mortal.server.kill()
    shutil.rmtree(mortal.folder / "store")
    command("restore", "--store", store_url(mortal.folder), backup)
    command("store", "check", "--store", store_url(mortal.folder))
    mortal.server.start()
