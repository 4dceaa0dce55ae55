"""Findings across documents on the road of an edit: they hold a submission, may be insisted on, and reach the state."""

from __future__ import annotations

import json

from fieldsync.documents import DocId

from .conftest import BUILDING, CELL, DWELLING, HOUSEHOLD, PERSON, STAY, Field, uid

RING = [[104.05, 30.64], [104.06, 30.64], [104.06, 30.65], [104.05, 30.65], [104.05, 30.64]]
OTHER = f"household:{uid('other household')}"


def _findings(field_: Field) -> dict[str, str]:
    return {f["code"]: f["document"] for f in field_.data(f"state:{HOUSEHOLD}").get("findings", [])}


def test_a_family_without_a_head_is_held_until_it_has_one(field_: Field) -> None:
    """The head is entered as a sister: nothing goes into the registry and the state says why; mended, it does."""
    tablet = field_.tablet("li.na")
    tablet.edit(STAY, relation="77")
    tablet.edit(PERSON, phone="12800000001")
    field_.submit(tablet)
    field_.run()
    state = field_.data(f"state:{HOUSEHOLD}")
    assert (state["status"], _findings(field_)) == ("held", {"no_head": STAY})
    assert "户主" in state["text"]["zh"]
    assert field_.registry(PERSON, "phone") == {"value": "12812345678"}
    field_.later()
    tablet.edit(STAY, relation="02")
    field_.submit(tablet, name="again")
    field_.run()
    assert field_.registry(PERSON, "phone") == {"value": "12800000001"}
    assert field_.books()["adds_up"]


def test_what_is_insisted_on_at_one_place_leaves_the_other_errors(field_: Field) -> None:
    """A reason for one finding lets that one pass; another error still holds the household back."""
    tablet = field_.tablet("li.na")
    tablet.edit(STAY, relation="77")
    tablet.edit(DWELLING, occupancy="vacant")
    exactly = f"no_head@{STAY}#relation"
    field_.submit(tablet, insist={exactly: "The head has moved abroad"})
    field_.run()
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "held"
    field_.later()
    field_.submit(tablet, insist={exactly: "…", "vacant_but_lived_in": "They live among the boxes"}, name="again")
    field_.run()
    (case,) = field_.open_cases("admission")
    assert case.insisted["vacant_but_lived_in"] == "They live among the boxes"
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "waiting"


def test_a_usual_stay_in_another_household_is_a_warning(field_: Field) -> None:
    """The person also stays usually next door: both households may be handed in, and staff see it."""
    tablet = field_.tablet("li.na")
    tablet.write(OTHER, {"kind": "household", "data": {"dwelling": DWELLING, "type": "family"}})
    stay = {"person": PERSON, "household": OTHER, "kind": "usual", "relation": "02", "since": "2020-01-01"}
    tablet.write(f"stay:{uid('other stay')}", {"kind": "stay", "data": stay})
    tablet.edit(PERSON, phone="12800000001")
    field_.submit(tablet)
    field_.run()
    assert _findings(field_) == {"usual_stays_overlap": STAY}
    assert field_.registry(PERSON, "phone") == {"value": "12800000001"}


def test_a_building_and_a_visit_are_held_against_the_border_of_their_cell(field_: Field) -> None:
    """A building drawn a kilometre away holds the household back; a visit from there is a warning."""
    cell = {"kind": "cell", "data": {"code": CELL, "geometry": {"type": "Polygon", "coordinates": [RING]}}}
    field_.cell.add([(DocId(f"cell:{CELL}"), json.dumps(cell).encode())])
    tablet = field_.tablet("li.na")
    tablet.edit(BUILDING, address="Jinli 3", use="residential", point="30.645 104.07 0 5")
    data = {"household": HOUSEHOLD, "dwelling": DWELLING, "round": "2026", "result": "complete"}
    visit = {"kind": "visit", "data": data, "meta": {"location": {"lon": 104.07, "lat": 30.645, "accuracy_m": 8}}}
    tablet.push(_visited(visit))
    covers = {BUILDING: field_.live(BUILDING)[0], HOUSEHOLD: field_.live(HOUSEHOLD)[0]}
    submission = {"household": HOUSEHOLD, "round": "2026", "result": "complete", "covers": covers}
    tablet.write(f"submission:{uid('s')}", {"kind": "submission", "data": submission})
    field_.run()
    assert _findings(field_) == {"building_outside_cell": BUILDING, "visit_outside_cell": f"visit:{uid('v')}"}
    assert field_.data(f"state:{HOUSEHOLD}")["status"] == "held"


def _visited(body: dict[str, object]) -> dict[str, object]:
    ids = ["a" * 32]
    return {**body, "_id": f"visit:{uid('v')}", "_rev": f"1-{ids[0]}", "_revisions": {"start": 1, "ids": ids}}
