"""Lots of newcomers' first values: a sample is looked at, and the whole is admitted or goes its way one by one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldsync.cases import Cases
from fieldsync.claims import unclaimed
from fieldsync.decisions import Verdict
from fieldsync.documents import DocId
from fieldsync.errors import BadInput, Conflict, FieldsyncError, Forbidden, NotFound
from fieldsync.keys import key_file, load_keys
from fieldsync.lots import Judgement, Lot, Lots
from fieldsync.pipeline import Pipeline
from fieldsync.registry_import import Progress
from fieldsync.services import Services
from fieldsync.settings import Settings
from fieldsync.stores.base import Put
from fieldsync.stores.factory import open_store

from .conftest import CELL, DWELLING, ROWS, START, Field, Tablet, uid
from .crashes import Died, Fuse, FusedStore

COUNT = 14
AREAS = ("510107",)


def opened(folder: Path) -> Field:
    """Return the installation in a folder, at the time when everything begins."""
    settings = Settings(store=f"sqlite:///{folder}")
    services = Services.of(open_store(settings.store), load_keys(key_file(settings)), settings, lambda: START)
    return Field(services, Pipeline.of(services), START)


@pytest.fixture(scope="module")
def lived(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with households of one newcomer each, whose numbers, first values all, wait for the community."""
    folder = tmp_path_factory.mktemp("lots") / "store"
    shutil.copytree(prepared, folder)
    field = opened(folder)
    field.services.store.create(f"cell-{CELL}")
    field.pipeline.importer(frozenset({CELL})).take(ROWS, START, Progress())
    tablet = field.tablet("li.na")
    for number in range(COUNT):
        arrive(tablet, number)
    field.run()
    field.services.store.close()
    return folder


def arrive(tablet: Tablet, number: int) -> None:
    """Have a newcomer taken down and handed in."""
    home, person, stay = (f"{kind}:{uid(f'new{number}')}" for kind in ("household", "person", "stay"))
    card = {"id_type": "414", "id_number": f"E{number:08d}"}
    covers = {
        home: tablet.edit(home, dwelling=DWELLING, type="family", languages="zh"),
        person: tablet.edit(person, name="王小", sex="1", birth_date="1990-01-02", **card),
        stay: tablet.edit(stay, person=person, household=home, kind="usual", relation="02", since="2026-11-01"),
    }
    data = {"household": home, "round": "2026", "result": "complete", "covers": covers}
    tablet.write(f"submission:{uid(f'lot{number}')}", {"kind": "submission", "data": data})


@pytest.fixture
def street(lived: Path, tmp_path: Path) -> Iterator[Field]:
    """The installation with these newcomers."""
    shutil.copytree(lived, tmp_path / "store")
    field = opened(tmp_path / "store")
    yield field
    field.services.store.close()


def draw(field: Field, **more: Any) -> Lot:
    """Draw a lot as the reviewer of the district."""
    given = {"area": "510107001", "round_": "2026", "by": "wu.min", "areas": AREAS, **more}
    return field.pipeline.steps.lots.draw(**given)


def judge(field: Field, lot: Lot, action: Any, faults: dict[str, str] | None = None, **more: Any) -> Lot:
    """Decide about a lot, having looked at its whole sample."""
    looked_at = more.pop("looked_at", dict.fromkeys(lot.sample) | (faults or {}))
    return field.pipeline.steps.decide_lot(
        lot.id, Judgement(more.pop("by", "wu.min"), AREAS, action, looked_at, **more)
    )


def test_an_accepted_lot_is_admitted_as_a_whole(street: Field) -> None:
    """Every case of it, with the lot in its decision; the books add up; nothing is left to draw from."""
    lot = draw(street)
    assert (len(lot.members), len(lot.sample), lot.plan.may_be_faulty) == (COUNT, 13, 0)
    assert {c.claimed_by for c in street.open_cases("admission")} == {"wu.min"}
    with pytest.raises(Conflict, match="no unclaimed case"):
        draw(street, by="he.jun")
    done = judge(street, lot, "accept")
    assert (done.state, len(done.admitted), done.left_out) == ("closed", COUNT, {})
    assert street.open_cases("admission") == []
    person = street.pipeline.registry.get(f"person:{uid('new3')}")
    assert person is not None
    item = person.items["identity"]
    case = street.pipeline.cases.get(item.case or "")[0]
    assert (item.admitted_by, (case.decision or {})["lot"]) == ("wu.min", lot.id)
    books = street.books()
    assert (books["adds_up"], books["faults"]) == (True, [])
    with pytest.raises(Conflict, match="closed already"):
        judge(street, lot, "reject", reason="No")


def test_a_rejected_lot_is_decided_one_by_one_and_not_drawn_again(street: Field) -> None:
    """A fault in the sample forbids to accept it; rejected, its cases are free, and in no lot any more."""
    lot = draw(street)
    fault = {lot.sample[0]: "The card is another's"}
    with pytest.raises(Conflict, match="1 of 13 cases are faulty and 0 may be"):
        judge(street, lot, "accept", fault)
    done = judge(street, lot, "reject", fault)
    assert (done.state, done.admitted, set(done.left_out.values())) == ("closed", [], {"the lot was rejected"})
    left = street.open_cases("admission")
    assert (len(left), {c.claimed_by for c in left}, {c.left_lot for c in left}) == (COUNT, {None}, {lot.id})
    with pytest.raises(Conflict, match="no unclaimed case"):
        draw(street)
    assert {c.id: c.reason for c in left if c.reason} == fault
    assert b"another's" not in b"".join(r.body for r in street.services.store.database("lots").documents())
    street.decide(left[0].id, "admit")


def test_what_changes_or_is_given_back_leaves_its_lot(street: Field) -> None:
    """Outside of the sample it is left out; in the sample the lot cannot be accepted, only rejected with a reason."""
    lot = draw(street)
    steps = street.pipeline.steps
    outside = sorted(lot.members.keys() - set(lot.sample))
    steps.claims.release(outside[0], "wu.min", AREAS, supervises=False)
    steps.decide(lot.sample[0], Verdict("wu.min", AREAS, "return", "Look again"))
    with pytest.raises(Conflict, match=r"of the sample has changed"):
        judge(street, lot, "accept")
    with pytest.raises(BadInput, match="or a reason"):
        judge(street, lot, "reject")
    done = judge(street, lot, "reject", reason="One was returned")
    assert done.left_out[outside[0]] == "the lot was rejected"
    again = draw(street)
    assert list(again.members) == [outside[0]]
    assert again.sample == [outside[0]]


def test_a_lot_whose_decision_a_crash_kept_from_being_carried_out_is_finished(street: Field) -> None:
    """Decided and half done: the runner admits the rest, once."""
    lot = draw(street)
    steps = street.pipeline.steps
    steps.lots.decide(lot.id, Judgement("wu.min", AREAS, "accept", dict.fromkeys(lot.sample)))
    done: list[str] = []

    def dies(case: str, verdict: Any) -> Any:
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(case)
        return steps.decide(case, verdict)

    with pytest.raises(KeyboardInterrupt):
        steps.lots.carry_out(lot.id, dies)
    assert steps.lots.need(lot.id).state == "decided"
    steps.finish_decisions()
    assert (steps.lots.need(lot.id).state, len(steps.lots.need(lot.id).admitted)) == ("closed", COUNT)
    assert street.books()["adds_up"]


def test_a_lot_that_a_crash_left_half_drawn_is_drawn_to_its_end(street: Field) -> None:
    """Killed before each of its writes: no case stays claimed for a lot that is not there."""
    for number in range(1, COUNT + 3):
        fuse = Fuse()
        store: Any = FusedStore(street.services.store, fuse)
        lots = Lots(store, Cases(store, street.services.vault, due_days=7), lambda: START)
        fuse.left = number
        with pytest.raises(Died):
            lots.draw("510107001", "2026", "wu.min", AREAS)
        street.pipeline.steps.finish_decisions()
        drawn = list(street.pipeline.steps.lots.all())
        assert {lot.state for lot in drawn} <= {"open"}
        claimed = {case.id for case in street.open_cases("admission") if case.lot}
        assert claimed == {case for lot in drawn for case in lot.members}
        assert len(claimed) == (COUNT if number > 1 else 0)
        for lot in drawn:
            forget(street, lot)


def forget(field: Field, lot: Lot) -> None:
    """Take a lot back as if it had never been."""
    for name in lot.members:
        case, rev = field.pipeline.cases.get(name)
        field.pipeline.cases.put(unclaimed(case), rev)
    database = field.services.store.database("lots")
    found = database.get(DocId(f"lot:{lot.id}"))
    assert found
    database.put(Put(found.id, b"{}", found.rev, deleted=True))


def test_only_what_fits_is_drawn_and_only_by_those_who_may(street: Field) -> None:
    """Not another area's or round's, not a claimed one, not by the submitter, not for staff of elsewhere."""
    refused: list[tuple[type[FieldsyncError], dict[str, Any]]] = [
        (Forbidden, {"area": "5101"}),
        (Forbidden, {"areas": ("510104",)}),
        (Conflict, {"area": "510107002"}),
        (Conflict, {"round_": "2025"}),
        (Conflict, {"by": "li.na"}),
    ]
    for error, more in refused:
        with pytest.raises(error):
            draw(street, **more)
    assert {c.claimed_by for c in street.open_cases("admission")} == {None}
    first = street.open_cases("admission")[0]
    street.pipeline.steps.claims.claim(first.id, "he.jun", AREAS)
    lot = draw(street)
    assert (len(lot.members), first.id in lot.members) == (COUNT - 1, False)
    with pytest.raises(Forbidden, match=r"drawn by wu\.min"):
        judge(street, lot, "accept", by="he.jun")
    with pytest.raises(BadInput, match="is missing"):
        judge(street, lot, "accept", looked_at={})
    with pytest.raises(BadInput, match="not of the sample"):
        judge(street, lot, "accept", {first.id: "No"})
    with pytest.raises(NotFound):
        street.pipeline.steps.lots.need("none")
    assert CELL.startswith(lot.area)
