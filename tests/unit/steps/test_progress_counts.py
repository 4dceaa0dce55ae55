"""The figures of a cell follow its sequence, and say what counting it anew would say."""

from __future__ import annotations

from fieldsync.documents import cell_database
from fieldsync.progress.counts import NAME, Counts
from fieldsync.progress.figures import Figures

from .conftest import CELL, DWELLING, HOUSEHOLD, OTHER_CELL, PERSON, Field, uid


def counted(field_: Field) -> Figures:
    """Count what is new, and find that nothing is behind then."""
    counts = field_.pipeline.progress.counts
    assert counts.refresh([CELL, OTHER_CELL]) == []
    return counts.read([CELL])[CELL]


def counted_anew(field_: Field) -> Figures:
    """Throw the marks away and count from the start."""
    field_.cell.delete_local(NAME)
    field_.services.store.database(NAME).delete_local(CELL)
    return counted(field_)


def test_figures_follow_a_household_through_its_round(field_: Field) -> None:
    """Known, visited, submitted, waiting or verified; who came and when; each the same as counted anew."""
    figures = counted(field_)
    assert (figures.buildings, figures.dwellings, figures.households, figures.persons) == (1, 1, 1, 1)
    assert (figures.rounds, figures.synced) == ({}, {})
    tablet = field_.tablet("li.na")
    visit = {"dwelling": DWELLING, "round": "2026", "start": "2026-11-23T08:00:00.000Z", "result": "complete"}
    tablet.write(f"visit:{uid('visit')}", {"kind": "visit", "data": visit})
    field_.run()
    figures = counted(field_)
    here = figures.rounds["2026"]
    assert (here.visited, here.submitted, here.visits) == (1, 0, {"li.na": 1})
    assert figures.synced["li.na"].startswith("2026-11-23T08:00")
    tablet.edit(PERSON, phone="12800000001", name="王芳芳")
    field_.submit(tablet)
    field_.run()
    here = counted(field_).rounds["2026"]
    assert (here.submitted, here.verified + here.waiting, here.days) == (1, 1, {"2026-11-23": 1})
    assert here.submissions == {"li.na": 1}
    for case in field_.open_cases("admission"):
        field_.decide(case.id, "return", reason="ask again")
    assert counted(field_).rounds["2026"].returned == 1
    assert counted(field_) == counted_anew(field_)


def test_who_sent_it_counts_not_what_a_document_says(field_: Field) -> None:
    """A visit that names somebody else is his who was logged in."""
    tablet = field_.tablet("li.na")
    counted(field_)
    data = {"dwelling": DWELLING, "round": "2026", "start": "2026-11-23T08:00:00.000Z", "result": "refused"}
    tablet.user = "somebody"
    body = {"kind": "visit", "data": data}
    author, tablet.user = tablet.user, "li.na"
    tablet.write(f"visit:{uid('visit')}", {**body, "meta": {"by": author}})
    field_.run()
    assert counted(field_).rounds["2026"].visits == {"li.na": 1}
    assert counted(field_).rounds["2026"].closed == 1
    assert counted_anew(field_).rounds["2026"].visits == {"li.na": 1}


def test_a_cell_that_has_not_moved_is_not_read(field_: Field) -> None:
    """With no budget nothing is counted, and what is behind is told; what is up to date stays so."""
    counts = Counts(field_.services.store, field_.services.ledger)
    assert counts.refresh([CELL, OTHER_CELL], budget=0) == [CELL, OTHER_CELL]
    assert counts.read([CELL]) == {}
    assert counts.refresh([CELL, OTHER_CELL], budget=1) == [OTHER_CELL]
    assert counts.refresh([CELL], budget=0) == []
    field_.tablet("li.na").edit(HOUSEHOLD, note="new")
    assert counts.refresh([CELL], budget=0) == [CELL]


def test_a_cell_without_a_database_is_no_obstacle(field_: Field) -> None:
    """It has no figures; the others do."""
    field_.services.store.delete(cell_database(OTHER_CELL))
    counts = field_.pipeline.progress.counts
    assert counts.refresh([CELL, OTHER_CELL, "510107001004999"]) == []
    assert set(counts.read([CELL, OTHER_CELL])) == {CELL}
