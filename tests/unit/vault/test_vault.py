"""The vault over a real store: what lies in the files, what comes back, and what happens when keys are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldsync.cases import Case, Cases
from fieldsync.documents import DocId
from fieldsync.errors import StoreUnavailable
from fieldsync.keys import load_keys
from fieldsync.ledger import Entry, Ledger, Outcome
from fieldsync.registry import Item, Record, Registry
from fieldsync.stores.base import Put, Store
from fieldsync.stores.factory import open_store
from fieldsync.vault import Vault
from fieldsync.vault.person_keys import DESTROYED, Kept, key_id

CELL, REV = "510107001004001", "1-" + "a" * 32
ONE, OTHER, STAY = (f"person:{n * 8}-0000-4000-8000-000000000000" for n in "123")
STAY = STAY.replace("person", "stay")
RULING = {"action": "admit", "reason": "zz-word"}
SECRETS = (
    "zz-name",
    "zz-phone",
    "zz-raw",
    "zz-reason",
    "zz-registry",
    "zz-before",
    "zz-proposed",
    "zz-evidence",
    "zz-word",
)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = open_store(f"sqlite:///{tmp_path / 'store'}")
    yield store
    store.close()


@pytest.fixture
def vault(store: Store, tmp_path: Path) -> Vault:
    return Vault(store, load_keys(tmp_path / "keys.json").data_keys)


def entry(document: str, **more: Any) -> Entry:
    return Entry(cell=CELL, document=document, rev=REV, path=[REV], origin="tablet", arrived="2026-11-23T08:00", **more)


def case() -> Case:
    return Case(
        id="duplicate:1", kind="duplicate", cell=CELL, opened="2026", state="closed", level="street",
        document=ONE, other=OTHER, evidence=[{"name": "zz-evidence"}],
        items=[{"document": ONE, "item": "phone", "proposed": {"value": "zz-proposed"}, "told": {}, "registry": {}}],
        decision={"action": "same", "by": "wu.min", "reason": "zz-word", "items": [RULING]},
    )  # fmt: skip


def fill(store: Store, vault: Vault) -> None:
    """Write what people told and staff wrote into all three databases."""
    body = {"kind": "person", "data": {"name": "zz-name", "phone": "zz-phone"}}
    about = {"kind": "stay", "data": {"person": ONE, "came_from": "zz-name"}}
    returned = Outcome(
        cell=CELL,
        document=ONE,
        rev=REV,
        item="phone",
        outcome="returned",
        cause="case",
        at="",
        detail={"reason": "zz-reason"},
    )
    spoilt = entry("spaceship:1", quarantined="kind", raw="zz-raw")
    Ledger(store, vault).record([entry(ONE, body=body), entry(STAY, body=about), spoilt], [returned])
    item = Item(value={"value": "zz-registry"}, source="edit", at="", before=[{"value": {"value": "zz-before"}}])
    Registry(store, vault).add([Record(id=ONE, kind="person", cell=CELL, items={"name": item})])
    Cases(store, vault).add([case()])


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def destroy(store: Store, owner: str) -> None:
    """Destroy a key as another process would."""
    database = store.database("person_keys")
    found = database.get(key_id(owner))
    assert found is not None
    database.put(Put(key_id(owner), msgspec.json.encode(Kept(destroyed="2026")), found.rev))
    database.put_local(DESTROYED, b'{"at":1}')


def test_files_hold_nothing_that_was_told(store: Store, vault: Vault, tmp_path: Path) -> None:
    """Bodies, quarantined bytes, reasons, values and what they were before: all read again, none in the files."""
    fill(store, vault)
    assert not [secret for secret in SECRETS if secret.encode() in raw(tmp_path)]
    ledger, registry, cases = Ledger(store, vault), Registry(store, vault), Cases(store, vault)
    log = ledger.document(CELL, ONE)
    assert log.entries[REV].body == {"kind": "person", "data": {"name": "zz-name", "phone": "zz-phone"}}
    assert log.outcomes[REV, "phone"].detail == {"reason": "zz-reason"}
    spoilt = ledger.entry(CELL, "spaceship:1", REV)
    assert spoilt is not None
    assert spoilt.raw == "zz-raw"
    record = registry.get(ONE)
    assert record is not None
    assert record.items["name"].before == [{"value": {"value": "zz-before"}}]
    assert cases.find("duplicate:1") == case()


def test_rows_from_before_are_read_as_they_are(store: Store, vault: Vault) -> None:
    """What was written plain stays readable, beside what is sealed."""
    old = msgspec.json.encode(Record(id=OTHER, kind="person", cell=CELL))
    store.create("registry").add([(DocId(OTHER), old)])
    fill(store, vault)
    assert [record.id for record in Registry(store, vault).records()] == [ONE, OTHER]


def test_whom_a_record_is_about_is_told_without_its_key(store: Store, vault: Vault) -> None:
    """A stay is about its person, also where it was written plain, and where the person's key is not at hand."""
    about = {name: Item(value={"value": value}, source="edit", at="") for name, value in (("person", ONE),)}
    rows = [Record(id=one, kind="stay", cell=CELL, items=about) for one in (STAY, STAY.replace("3333", "4444"))]
    store.create("registry").add([(DocId(rows[0].id), msgspec.json.encode(rows[0]))])
    registry = Registry(store, vault)
    registry.add(rows[1:])
    destroy(store, ONE)
    assert list(registry.owners(CELL, "stay")) == [ONE for _ in rows]


def test_another_process_reads_it_with_the_same_keys(store: Store, vault: Vault, tmp_path: Path) -> None:
    """The keys of persons are in the store, what wraps them is in keys.json."""
    fill(store, vault)
    again = Vault(store, load_keys(tmp_path / "keys.json").data_keys)
    assert Cases(store, again).find("duplicate:1") == case()


def test_other_keys_open_nothing_and_say_what_to_do(store: Store, vault: Vault, tmp_path: Path) -> None:
    """A keys.json of another installation is told apart, in one sentence, before anything is read or written."""
    fill(store, vault)
    foreign = Vault(store, load_keys(tmp_path / "other.json").data_keys)
    with pytest.raises(StoreUnavailable, match=r"put the keys\.json back"):
        Registry(store, foreign).get(ONE)


def test_a_row_moved_or_changed_is_not_taken_for_another(store: Store, vault: Vault) -> None:
    """Boxes open where they were put alone."""
    fill(store, vault)
    row = store.database("registry").get(DocId(ONE))
    assert row is not None
    store.database("registry").add([(DocId(OTHER), row.body)])
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        Registry(store, vault).get(OTHER)


@pytest.mark.parametrize("box", ["not base64!", "AAA", ""])
def test_what_is_no_box_is_told_like_one_that_was_changed(store: Store, vault: Vault, box: str) -> None:
    """It is no base64, or too short for any content: one sentence names the row. Nothing at all is an erased one's."""
    body = msgspec.json.encode({"id": ONE, "kind": "person", "cell": CELL, "sealed": [{"of": [ONE], "box": box}]})
    vault.keys.needed([ONE])
    store.create("registry").add([(DocId(ONE), body)])
    if box:
        with pytest.raises(StoreUnavailable, match=f"registry/{ONE}"):
            Registry(store, vault).get(ONE)
    else:
        assert Registry(store, vault).get(ONE) == Record(id=ONE, kind="person", cell=CELL)


def test_a_key_that_is_no_longer_one_is_told_in_one_sentence(store: Store, vault: Vault) -> None:
    """Somebody wrote over it: rows that need it say which it is, and what to put back."""
    fill(store, vault)
    vault.keys.forget()
    found = store.database("person_keys").get(key_id(ONE))
    assert found is not None
    store.database("person_keys").put(Put(key_id(ONE), b'{"by":"1","key":"not base64!"}', found.rev))
    with pytest.raises(StoreUnavailable, match=f"The key of {ONE}"):
        Registry(store, vault).get(ONE)


def test_few_keys_are_kept_where_few_are_asked_for(store: Store, vault: Vault) -> None:
    """Those that were used last stay in memory; all of them open."""
    vault.keys.keep(2)
    names = [f"person:{n}" for n in range(5)]
    made = vault.keys.needed(names)
    assert vault.keys.needed(names).keys() == made.keys()
    assert len(vault.keys._kept) == 2


def test_what_is_about_somebody_goes_with_the_key(store: Store, vault: Vault) -> None:
    """Without it the person, the stay, the words and the pair are closed; who changed what still stands."""
    fill(store, vault)
    destroy(store, ONE)
    vault.keys.forget()
    ledger = Ledger(store, vault)
    gone, stay = ledger.entry(CELL, ONE, REV), ledger.entry(CELL, STAY, REV)
    assert gone
    assert stay
    assert (gone.erased, gone.body, stay.erased, stay.body) == (True, {}, True, {})
    assert ledger.document(CELL, ONE).outcomes[REV, "phone"].outcome == "returned"
    pair = Cases(store, vault).find("duplicate:1")
    assert pair is not None
    assert (pair.evidence, pair.items[0]["proposed"]) == ([], {})
    assert pair.decision == {"action": "same", "by": "wu.min", "items": [{"action": "admit"}]}


def test_what_comes_later_about_somebody_erased_is_not_kept(store: Store, vault: Vault, tmp_path: Path) -> None:
    """No key is made anew: a row that is written afterwards has no content."""
    fill(store, vault)
    destroy(store, ONE)
    vault.keys.forget()
    Registry(store, vault).set_items(
        Record(id=ONE, kind="person", cell=CELL),
        None,
        {"name": Item(value={"value": "zz-later"}, source="edit", at="")},
    )
    assert b"zz-later" not in raw(tmp_path)
    record = Registry(store, vault).get(ONE)
    assert record is not None
    assert record.items == {}


def test_a_row_is_opened_wherever_its_sealed_part_stands(vault: Vault) -> None:
    """Its members may have come in another order, and a name of theirs may be that of the sealed part."""
    plain = msgspec.json.encode(entry(ONE, body={"data": {"name": "zz-name"}}, stamps={"a": "1", "sealed": "2"}))
    (sealed,) = vault.sealed("ledger", [("row", plain)])
    members = msgspec.json.decode(sealed)
    turned = msgspec.json.encode({name: members[name] for name in reversed(members)})
    for kept in (sealed, turned):
        assert b"zz-name" not in kept
        assert msgspec.json.decode(vault.opened("ledger", [("row", kept)])[0]) == msgspec.json.decode(plain)
    assert vault.opened("ledger", [("row", plain)]) == [plain]
