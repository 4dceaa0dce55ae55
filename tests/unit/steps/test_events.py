"""Events in the registry: behind which stays they enter, what keeps them out, and what takes them back."""

from __future__ import annotations

from typing import Any

import pytest

from fieldsync.decisions import Verdict
from fieldsync.documents import DocId
from fieldsync.pipeline import Pipeline
from fieldsync.registry import Record
from fieldsync.services import Services
from tests.unit.steps.conftest import CELL, DWELLING, HOUSEHOLD, OTHER_CELL, PERSON, STAY, Field, Tablet, uid
from tests.unit.steps.crashes import Died, Fuse, FusedStore

GONE, OTHER = DocId(f"event:{uid('gone')}"), f"household:{uid('other')}"


def happens(tablet: Tablet, event: str, **answers: Any) -> str:
    """Report an event of the person; returns its revision."""
    data = {"type": "departure", "person": PERSON, "household": HOUSEHOLD, "date": "2026-11-20", **answers}
    return tablet.write(event, {"kind": "event", "data": {k: v for k, v in data.items() if v is not None}})


def leaves(field_: Field, event: dict[str, Any] | None = None, **stay: Any) -> Tablet:
    """Report that the person left, end the stay, and hand the household in."""
    tablet = field_.tablet("li.na")
    happens(tablet, GONE, **(event or {}))
    if stay := {"until": "2026-11-20", "left_for": "Jinniu", **stay}:
        tablet.edit(STAY, drop=tuple(k for k, v in stay.items() if v is None), **stay)
    field_.later()
    field_.submit(tablet)
    field_.run()
    return tablet


def record(field_: Field, event: str = GONE) -> Record | None:
    return field_.pipeline.registry.get(event)


def says(field_: Field, event: str = GONE) -> str | None:
    """Return the type of an event as the registry knows it."""
    value = (field_.registry(event, "type") or {}).get("value")
    return str(value) if value else None


def revert(item: str) -> Verdict:
    """Return a decision of the reviewer to take an item's value back."""
    return Verdict("wu.min", ("510107",), "revert", "It was somebody else.", [{"item": item}])


def findings(field_: Field) -> list[tuple[str, str]]:
    state = field_.data(f"state:{HOUSEHOLD}")
    return [(f["code"], f["severity"]) for f in state.get("findings", ()) if f["document"].startswith("event:")]


def test_an_event_enters_with_its_stay_and_says_where_it_is_from(field_: Field) -> None:
    """Each item has the edit, the collector, the tablet, the cell, and who let the stay's end in; nothing twice."""
    leaves(field_)
    held = field_.known(GONE)
    assert held.version == 1
    item = held.items["date"]
    assert (item.value, item.source, item.by, item.tablet) == ({"value": "2026-11-20"}, "edit", "li.na", "tablet:li.na")
    assert (item.cell, item.admitted_by, item.case) == (CELL, "auto", None)
    assert item.edits == [field_.live(GONE)[0], *field_.known(STAY).items["until"].edits]
    assert (held.reconciled, findings(field_)) == ({}, [])
    assert field_.outcomes(GONE) == {}
    books = field_.books()
    assert (books["faults"], books["outcomes"]["recorded"]) == ([], 2)
    field_.pipeline.steps.run(CELL, [GONE, STAY])
    assert record(field_) == held


def test_an_event_waits_for_a_submission(field_: Field) -> None:
    """What nobody handed in is no news for the registry; what came after a submission waits for the next."""
    tablet = field_.tablet("li.na")
    tablet.edit(STAY, until="2026-11-20")
    field_.submit(tablet)
    field_.later()
    happens(tablet, GONE)
    field_.run()
    assert record(field_) is None
    field_.later()
    field_.submit(tablet, name="again")
    field_.run()
    assert says(field_) == "departure"


@pytest.mark.parametrize(
    ("event", "stay", "found", "entered"),
    [
        ({}, {"until": None, "left_for": None}, ["event_without_stay"], False),
        ({"household": f"household:{uid('other')}"}, {}, [], False),
        ({"date": "2026-11-18"}, {}, ["event_date_differs"], True),
        ({"type": "holiday"}, {}, ["event_incomplete"], False),
        ({"type": "split", "person": None, "other_household": f"household:{uid('other')}"}, {}, [], True),
    ],
)
def test_an_event_that_its_stay_does_not_tell_of_is_found_and_stays_out(
    field_: Field, event: dict[str, Any], stay: dict[str, Any], found: list[str], entered: bool
) -> None:
    """Warnings, which hold nothing back: the household is handed in, the event is on record, the registry waits."""
    leaves(field_, event, **stay)
    assert findings(field_) == [(code, "warning") for code in found]
    assert (says(field_) is not None) == entered
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "admitted"
    assert field_.books()["faults"] == []


def test_an_event_enters_once_its_stay_is_mended(field_: Field) -> None:
    """The stay is ended in a later submission; the event need not be reported again."""
    tablet = leaves(field_, until=None, left_for=None)
    tablet.pull(STAY)
    tablet.edit(STAY, until="2026-11-20")
    field_.later()
    field_.submit(tablet, name="again")
    field_.run()
    assert (says(field_), findings(field_)) == ("departure", [])


def test_errors_hold_an_event_back_with_its_household(field_: Field) -> None:
    """A dwelling said to be vacant holds the household back; the arrival enters once that is mended."""
    tablet = field_.tablet("li.na")
    tablet.edit(DWELLING, occupancy="vacant")
    leaves(field_, {"type": "arrival", "date": "2019-05-01"}, until=None)
    assert (field_.data(f"state:{HOUSEHOLD}")["status"], record(field_)) == ("held", None)
    tablet.edit(DWELLING, occupancy="occupied")
    field_.later()
    field_.submit(tablet, name="again")
    field_.run()
    assert (field_.data(f"state:{HOUSEHOLD}")["status"], says(field_)) == ("admitted", "arrival")


def test_an_event_that_another_corrects_does_not_enter(field_: Field) -> None:
    """The mistake stays on record; what corrects it counts, here that nothing happened at all."""
    tablet = field_.tablet("li.na")
    happens(tablet, GONE)
    happens(tablet, f"event:{uid('no')}", type="mistake", person=None, corrects=GONE)
    field_.submit(tablet)
    field_.run()
    assert (record(field_), findings(field_)) == (None, [])
    assert says(field_, f"event:{uid('no')}") == "mistake"


def test_an_event_is_taken_back_with_the_end_of_its_stay_and_may_come_again(field_: Field) -> None:
    """The reversal of the stay's end is the event's too; a later end of the stay lets it in anew."""
    tablet = leaves(field_)
    field_.later()
    case = field_.pipeline.steps.revert_record(STAY, revert("until"))
    held = field_.known(GONE)
    assert (says(field_), held.items["type"].case) == (None, case.id)
    assert held.value("person") == PERSON
    assert [one["value"] for one in held.items["type"].before] == [{"value": "departure"}]
    assert field_.books()["faults"] == []
    field_.run()
    tablet.pull(STAY)
    tablet.edit(STAY, until="2026-11-21")
    field_.later()
    field_.submit(tablet, name="again")
    field_.run()
    assert (says(field_), field_.live(GONE)) == ("departure", [tablet.heads[GONE][0]])
    assert field_.books()["faults"] == []


def test_an_event_is_taken_back_by_itself_and_whole(field_: Field) -> None:
    """Reverting any item of an event takes it back; its report stays recorded, and the steps do not bring it again."""
    leaves(field_)
    field_.pipeline.steps.revert_record(GONE, revert("date"))
    field_.run()
    field_.pipeline.steps.run(CELL, [GONE])
    assert says(field_) is None
    assert (field_.outcomes(GONE), field_.data(GONE)["type"]) == ({}, "departure")
    assert field_.books()["faults"] == []


def arrives(field_: Field) -> Any:
    """Have a stay begin that a person must admit, with its event, and hand it in; returns the case."""
    tablet = field_.tablet("li.na")
    tablet.edit(STAY, household=OTHER, since="2026-11-20")
    tablet.write(OTHER, {"kind": "household", "data": {"dwelling": DWELLING, "type": "family"}})
    happens(tablet, GONE, type="arrival", household=OTHER)
    covers = {i: field_.live(i)[0] for i in (OTHER, STAY, PERSON, DWELLING)} | {GONE: field_.live(GONE)[0]}
    data = {"household": OTHER, "round": "2026", "result": "complete", "covers": covers}
    tablet.write(f"submission:{uid('there')}", {"kind": "submission", "data": data})
    field_.run()
    (case,) = field_.open_cases("admission")
    return case


def test_an_event_follows_what_a_person_decides_about_its_stay(field_: Field) -> None:
    """It waits with the stay; admitted, it names the case and who decided; reverted, it goes."""
    case = arrives(field_)
    assert record(field_) is None
    field_.later()
    field_.decide(case.id, "admit")
    assert says(field_) == "arrival"
    reversal = field_.pipeline.steps.revert(case.id, Verdict("wu.min", ("510107",), "revert", "Somebody else"))
    assert (reversal.state, says(field_)) == ("closed", None)
    assert field_.books()["faults"] == []


def test_an_event_whose_stay_was_refused_stays_out(field_: Field) -> None:
    """The registry's value goes back down into the stay, and the event is told to tell of nothing."""
    case = arrives(field_)
    field_.later()
    field_.decide(case.id, "refuse", reason="They live where they lived")
    field_.run()
    assert record(field_) is None
    assert field_.books()["faults"] == []


@pytest.mark.parametrize("nobody", [None, ""])
def test_events_go_with_whom_they_befell(field_: Field, nobody: str | None) -> None:
    """Erased with the person, one of nobody with the household: report, record and what it is found by."""
    leaves(field_)
    split = f"event:{uid('split')}"
    tablet = field_.tablet("li.na")
    happens(tablet, split, type="split", person=nobody)
    field_.later()
    field_.submit(tablet, name="again")
    field_.run()
    assert {"departure", "split"} == {says(field_, one) for one in (GONE, split)}
    file = field_.pipeline.files.of(PERSON)
    assert GONE in {one["id"] for one in file["registry"]}
    erasing = field_.pipeline.erasing
    erasing.erase(PERSON, "chen.jie", "request 1")
    assert (field_.live(GONE), field_.known(GONE).items, says(field_, split)) == ([], {}, "split")
    erasing.erase(HOUSEHOLD, "chen.jie", "request 2")
    assert (field_.live(split), field_.known(split).items) == ([], {})
    assert field_.pipeline.search._filing.events_of([PERSON, HOUSEHOLD]) == []
    assert field_.books()["adds_up"]


def test_both_ends_of_a_move_are_in_the_persons_history(field_: Field) -> None:
    """A departure here and an arrival there, under another identifier: the history of either has both."""
    leaves(field_)
    there = Tablet(field_, "zhao.min", cell=OTHER_CELL)
    known = {
        "name": "王芳",
        "sex": "2",
        "birth_date": "1980-02-03",
        "id_type": "990",
        "id_number": "999999198002030029",
    }
    person, stay, home, came = (f"{kind}:{uid('there')}" for kind in ("person", "stay", "household", "event"))
    there.write(person, {"kind": "person", "data": known})
    there.write(home, {"kind": "household", "data": {"dwelling": DWELLING, "type": "family"}})
    since = {"person": person, "household": home, "kind": "usual", "relation": "02", "since": "2026-11-21"}
    there.write(stay, {"kind": "stay", "data": since})
    happens(there, came, type="arrival", person=person, household=home, date="2026-11-21")
    covers = {i: there.heads[i][0] for i in (person, stay, home)}
    data = {"household": home, "round": "2026", "result": "complete", "covers": covers}
    there.write(f"submission:{uid('there')}", {"kind": "submission", "data": data})
    field_.pipeline.steps.catch_up(OTHER_CELL)
    assert [m.state for m in field_.pipeline.moves.all()] == ["matched"]
    for one in (PERSON, person):
        assert [e.record.id for e in field_.pipeline.search.of(field_.known(one)).events] == [GONE, came]


def test_the_steps_may_die_after_any_write_and_the_event_enters_once(field_: Field) -> None:
    """A server that dies again and again, one write further each time, ends where one that lives does."""
    tablet = field_.tablet("li.na")
    happens(tablet, GONE)
    tablet.edit(STAY, until="2026-11-20")
    field_.submit(tablet)
    fuse, services = Fuse(), field_.services
    fused: Any = FusedStore(services.store, fuse)
    again = Services.of(fused, services.keys, services.settings, services.now)
    for life in range(1, 100):
        fuse.left = life
        try:
            Pipeline.of(again).steps.catch_up(CELL)
        except Died:
            continue
        break
    held = field_.known(GONE)
    assert (held.version, says(field_), held.items["type"].before) == (1, "departure", [])
    assert 5 < life < 99
    assert field_.books()["faults"] == []
