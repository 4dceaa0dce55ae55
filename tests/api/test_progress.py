"""Progress over HTTP: who sees which areas, as rows, as a file and as a map."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from fieldsync.documents import DocId
from fieldsync.rounds import Round
from tests.api.city import ELSEWHERE, NORTH, SOUTH, City

DWELLING = {"kind": "dwelling", "data": {}}


@pytest.fixture
def worked(city: City) -> City:
    """Three dwellings in one cell, one in another, a round in the district."""
    city.import_plan()
    for number, cell in enumerate((NORTH, NORTH, NORTH, ELSEWHERE)):
        name = DocId(f"dwelling:00000000-0000-4000-8000-00000000000{number}")
        city.services.pen.publish(cell, {name: DWELLING}, "test")
    day, moment = date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=UTC)
    title = {"zh": "十一月", "en": "November"}
    round_ = Round(
        id="2026-11", title=title, area="510107", since=day, until=date(2026, 12, 1), reference=moment, forms=()
    )
    city.services.rounds.open(round_)
    city.add("wei.min", "supervisor", "510107")
    city.add("lu.hua", "auditor", "510104")
    city.add("li.na", "collector", "510107001")
    city.assign(NORTH, "li.na")
    return city


def ask(city: City, who: str, path: str = "") -> dict[str, object]:
    answer = city.client.get(f"/api/v1/progress{path}", headers=city.log_in(who))
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_everybody_sees_the_progress_of_his_areas(worked: City) -> None:
    """An administrator all, a supervisor theirs; a collector and an auditor, who get reports, none."""
    assert ask(worked, "admin")["total"]["dwellings"] == 4
    mine = ask(worked, "wei.min")
    assert (mine["round"], mine["total"]["dwellings"], mine["total"]["cells"]) == ("2026-11", 3, 2)
    theirs = ask(worked, "admin", "?by=cell&area=510104")
    assert [row["key"] for row in theirs["rows"]] == [ELSEWHERE]
    assert theirs["round"] is None
    for who, query in (("li.na", ""), ("wei.min", "?area=510104"), ("lu.hua", "/map?area=510104"), ("lu.hua", "/csv")):
        assert worked.client.get(f"/api/v1/progress{query}", headers=worked.log_in(who)).status_code == 403


def test_rows_come_page_by_page(worked: City) -> None:
    """The total is of all of them."""
    first = ask(worked, "admin", "?by=cell&limit=2")
    rest = ask(worked, "admin", f"?by=cell&limit=2&cursor={first['next']}")
    assert [row["key"] for row in (*first["rows"], *rest["rows"])] == sorted([NORTH, SOUTH, ELSEWHERE])
    assert (first["total"], rest["next"]) == (rest["total"], None)
    assert first["total"]["coverage"] == 0.0


def test_by_collector_cells_have_their_holder(worked: City) -> None:
    """With the name he is shown under; nobody's come first."""
    rows = ask(worked, "wei.min", "?by=collector")["rows"]
    assert [(row["key"], row["name"], row["dwellings"]) for row in rows] == [("", "", 0), ("li.na", "li.na", 3)]


def test_a_file_and_a_map(worked: City) -> None:
    """As attachments of their types, with the cells of the asker alone."""
    headers = worked.log_in("wei.min")
    table = worked.client.get("/api/v1/progress/csv?by=cell&language=en", headers=headers)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in table.headers["content-disposition"]
    assert table.content.decode("utf-8-sig").splitlines()[0].startswith("key,name,cells,dwellings")
    drawn = worked.client.get("/api/v1/progress/map", headers=headers)
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert NORTH in drawn.text
    assert ELSEWHERE not in drawn.text


@pytest.mark.parametrize(
    ("query", "status"), [("?by=moon", 400), ("?round=none", 404), ("?area=x", 400), ("?limit=0", 400)]
)
def test_what_cannot_be_asked(worked: City, query: str, status: int) -> None:
    """One clear answer each."""
    assert worked.client.get(f"/api/v1/progress{query}", headers=worked.log_in("admin")).status_code == status
