"""What is counted of dwellings, how far one walks, how much work that is, and when it will be done."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fieldsync.areas import CellPlace
from fieldsync.progress.estimates import estimate
from fieldsync.progress.figures import Figures, RoundFigures, figures_of
from fieldsync.progress.following import Report
from fieldsync.progress.map import progress_map
from fieldsync.progress.marks import Marks, mark
from fieldsync.progress.report import Day, Known, Row, rows_by, total_of
from fieldsync.progress.table import HEADINGS, as_csv
from fieldsync.progress.walking import walk_m
from fieldsync.progress.workloads import Pace, workloads_of

TODAY = date(2026, 11, 23)
DAY = Day(TODAY, ZoneInfo("Asia/Shanghai"))
NORTH, SOUTH = "510107001001001", "510107001001002"


def marks_of(*documents: tuple[str, dict[str, Any]]) -> Marks:
    """Return the marks of documents, by kind and name, in this order."""
    marks = Marks()
    for doc_id, data in documents:
        mark(marks, doc_id, {"data": data, "meta": {"at": "2026-11-20T09:00:00.000Z"}})
    return marks


def visit(number: int, dwelling: str) -> tuple[str, dict[str, Any]]:
    return f"visit:{number}", {"dwelling": f"dwelling:{dwelling}", "round": "r", "start": "2026-11-19T09:00:00Z"}


def submission(number: int, household: str) -> tuple[str, dict[str, Any]]:
    return f"submission:{number}", {"household": f"household:{household}", "round": "r"}


def state(unit: str, status: str) -> tuple[str, dict[str, Any]]:
    return f"state:{unit}", {"status": status}


FRAME = [
    ("building:b", {"point": "30.6 104.0 0 0", "floors": "7", "stairwells": 2}),
    ("dwelling:d1", {"building": "building:b"}),
    ("dwelling:d2", {"building": "building:b"}),
    ("dwelling:gone", {"occupancy": "demolished"}),
    ("household:h1", {"dwelling": "dwelling:d1"}),
    ("household:h2", {"dwelling": "dwelling:d1"}),
    ("person:p", {}),
]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], {}),
        ([visit(1, "d1"), visit(2, "d1")], {"visited": 1}),
        ([submission(1, "h1")], {}),
        ([submission(1, "h1"), submission(2, "h2")], {"submitted": 1, "waiting": 1}),
        (
            [submission(1, "h1"), submission(2, "h2"), state("household:h1", "admitted")],
            {"submitted": 1, "waiting": 1},
        ),
        (
            [submission(1, "h1"), submission(2, "h2"), *(state(f"household:{h}", "admitted") for h in ("h1", "h2"))],
            {"submitted": 1, "verified": 1},
        ),
        (
            [
                submission(1, "h1"),
                submission(2, "h2"),
                state("household:h1", "admitted"),
                state("household:h2", "returned"),
            ],
            {"submitted": 1, "returned": 1},
        ),
        ([visit(1, "d2"), state("dwelling:d2", "closed_vacant")], {"visited": 1, "closed": 1}),
        ([visit(1, "d1"), state("household:h1", "closed_refused")], {"visited": 1}),
        ([visit(1, "gone")], {}),
    ],
)
def test_a_dwelling_is_what_all_of_its_households_are(more: list[Any], expected: dict[str, int]) -> None:
    """Two households in one dwelling, none in the other, and one that is gone."""
    figures = figures_of(marks_of(*FRAME, *more), "1")
    assert (figures.dwellings, figures.households, figures.persons, figures.floors) == (2, 2, 1, 12)
    here = figures.rounds.get("r", RoundFigures())
    names = ("visited", "submitted", "verified", "returned", "waiting", "closed")
    assert {name: number for name in names if (number := getattr(here, name))} == expected


def test_a_document_that_goes_is_counted_no_more_and_a_task_until_it_is_answered() -> None:
    """The order of documents does not matter, nor does a repeat."""
    marks = marks_of(*FRAME, ("task:1", {}), ("task:2", {}), ("answer:1", {"task": "task:1"}))
    assert figures_of(marks, "1").open_tasks == 1
    for doc_id in ("person:p", "dwelling:d2", "dwelling:d2", "notice:n"):
        mark(marks, doc_id, None)
    figures = figures_of(marks, "2")
    assert (figures.persons, figures.dwellings) == (0, 1)
    assert figures == figures_of(marks_of(*reversed([*FRAME[:2], *FRAME[3:6], ("task:2", {})])), "2")


@pytest.mark.parametrize("odd", [None, 3, "", "30.6", "x y", "95 104", ["30", "104"], "nan nan"])
def test_what_a_form_or_file_may_hold_does_not_stop_the_count(odd: Any) -> None:
    """A point, floors or a date that are none are not known."""
    marks = marks_of(("building:b", {"point": odd, "floors": odd}), ("visit:1", {"start": odd, "round": "r"}))
    figures = figures_of(marks, "1")
    assert (figures.buildings, figures.walk_m, figures.rounds["r"].visits) == (1, 0, {"": 1})


def test_a_walk_grows_with_the_ground() -> None:
    """Around a square of 1 km: three sides are its tree; the same places twice are no further."""
    east, north = 1 / 96.0, 1 / 110.9
    square = [(104.0, 30.0), (104.0 + east, 30.0), (104.0, 30.0 + north), (104.0 + east, 30.0 + north)]
    assert walk_m(square) == pytest.approx(3000 * 1.13 * 1.25, rel=0.02)
    assert walk_m([*square, *square]) == walk_m(square)
    assert walk_m([]) == walk_m(square[:1]) == 0.0


def test_work_is_counted_in_minutes_and_assumed_where_nothing_is_known() -> None:
    """An unknown cell is taken for an average one."""
    known = {NORTH: Figures(seq="1", households=10, persons=20, dwellings=12, open_tasks=1, walk_m=2000, floors=4)}
    found = workloads_of([NORTH, SOUTH], known, Pace())
    assert found[NORTH].minutes == 10 * 12 + 20 * 3 + 12 * 2 + 10 + 2 * 15 + 4 * 0.5
    assert (found[SOUTH].minutes, found[SOUTH].assumed) == (found[NORTH].minutes, True)
    assert workloads_of([SOUTH], {}, Pace())[SOUTH].minutes == 1.0


def test_an_estimate_says_how_sure_it_is() -> None:
    """Seventy in seven days, a hundred left: ten days, and a span around it that narrows with what was seen."""
    days = {f"2026-11-{16 + n}": 10 for n in range(7)}
    expected = estimate(100, days, TODAY)
    assert (expected.per_day, expected.finish) == (10.0, date(2026, 12, 3))
    assert expected.earliest is not None
    assert expected.latest is not None
    assert expected.earliest < date(2026, 12, 3) < expected.latest
    wide = estimate(1000, {"2026-11-20": 12}, TODAY)
    narrow = estimate(100_000, {"2026-11-20": 1200}, TODAY)
    assert wide.finish == narrow.finish
    assert wide.latest is not None
    assert narrow.latest is not None
    assert wide.latest > narrow.latest


@pytest.mark.parametrize("days", [{}, {"2026-11-20": 9}, {"2026-11-15": 50}, {"2026-11-23": 50}])
def test_little_says_nothing(days: dict[str, int]) -> None:
    """Fewer than ten in the seven days before today, however many there were before."""
    assert estimate(10, days, TODAY).finish is None


def test_what_is_done_was_done_on_its_last_day() -> None:
    """And ten years are too long to be told."""
    assert estimate(0, {"2026-11-02": 1, "2026-11-09": 4}, TODAY).finish == date(2026, 11, 9)
    assert estimate(0, {}, TODAY).finish is None
    assert estimate(10**6, {"2026-11-20": 10}, TODAY).finish is None


def known() -> Known:
    areas = {"district": NORTH[:6], "street": NORTH[:9], "community": NORTH[:12]}
    here = RoundFigures(visited=3, submitted=2, verified=1, days={"2026-11-20": 2}, visits={"li.na": 3, "he.bo": 1})
    figures = Figures(seq="1", dwellings=10, rounds={"r": here}, synced={"li.na": "2026-11-20T20:00:00.000Z"})
    cells = [CellPlace(code=code, name="", areas=areas) for code in (NORTH, SOUTH)]
    return Known(cells, {NORTH: figures}, {NORTH: "li.na"}, Counter({NORTH: 2}))


def test_rows_add_up_whatever_they_are_put_together_by() -> None:
    """By cell, street or collector the same dwellings, visits and cases; cells never counted are told."""
    totals = [total_of(rows_by(by, known(), "r")) for by in ("cell", "street", "collector")]
    assert totals[0] == totals[1] == totals[2]
    total = totals[0]
    assert (total.cells, total.uncounted, total.dwellings, total.visited, total.open_cases) == (2, 1, 10, 3, 2)
    assert (total.visits, total.coverage, total.days_since(DAY)) == (4, 0.3, 2)


def test_a_collector_has_the_cells_he_holds_and_the_visits_he_made() -> None:
    """A helper has visits without cells; cells that nobody holds have a row of their own."""
    rows = {row.key: row for row in rows_by("collector", known(), "r")}
    assert set(rows) == {"", "he.bo", "li.na"}
    assert (rows["li.na"].dwellings, rows["li.na"].visits) == (10, 3)
    assert (rows["he.bo"].cells, rows["he.bo"].visits) == (0, 1)
    assert rows[""].cells == 1
    assert rows_by("cell", known(), "other")[0].visited == 0


def test_a_file_for_spreadsheets_runs_nothing() -> None:
    """A name that would be a formula is quoted; what is not known is empty; headings are in the language asked for."""
    report = Report("street", "r", rows_by("street", known(), "r"), Row(""), 0, DAY)
    content = as_csv(report, {NORTH[:9]: "=HYPERLINK(1)"}, "zh")
    assert content.startswith(b"\xef\xbb\xbf")
    heading, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert heading == [zh for zh, _ in HEADINGS.values()]
    assert row[:3] == [NORTH[:9], "'=HYPERLINK(1)", "2"]
    assert row[list(HEADINGS).index("finish")] == ""


def test_a_map_shades_each_cell_by_what_is_done() -> None:
    """Every cell once; the darkest only where nothing is left; titles are escaped."""
    ring = [[104.0, 30.0], [104.1, 30.0], [104.1, 30.1], [104.0, 30.1], [104.0, 30.0]]
    square = {"type": "Polygon", "coordinates": [ring]}
    rows = [Row("a", dwellings=10, submitted=10), Row("b", dwellings=10, submitted=9, closed=0, returned=1)]
    drawn = ET.fromstring(progress_map({"a": square, "b": square, "c": square}, rows, "<r> & more"))
    paths = drawn.findall("{http://www.w3.org/2000/svg}path")
    assert len({path.get("fill") for path in paths}) == len(paths) == 3
    assert [path.get("stroke-width") for path in paths] == ["0.5", "2", "0.5"]
    assert ET.fromstring(progress_map({}, [], "empty")).find("{http://www.w3.org/2000/svg}path") is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_of_a_map_end_within_it(language: str) -> None:
    """A Latin letter is taken for two thirds of the type's size wide, a Chinese one for all of it."""
    drawn = ET.fromstring(progress_map({}, [], "2026-11", language))
    told = drawn.findall("{http://www.w3.org/2000/svg}text")
    assert len(told) == 10
    for text in told:
        size = float(text.get("font-size", drawn.get("font-size", "")))
        width = sum(size if ord(letter) > 0x2E80 else size * 2 / 3 for letter in text.text or "")
        assert float(text.get("x", "")) + width < float(drawn.get("width", ""))
