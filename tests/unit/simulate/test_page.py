"""The day's page: it needs nothing from elsewhere, escapes what it is told, and shows every figure."""

import re
from html.parser import HTMLParser

from fieldsync.simulate.books import Books, Snapshot
from fieldsync.simulate.counterfactual import Lost
from fieldsync.simulate.district_map import View
from fieldsync.simulate.ledger_reading import CellDay, LedgerDay
from fieldsync.simulate.report import Evidence, page
from fieldsync.simulate.stage import Check
from fieldsync.simulate.stories import Moment, Story
from fieldsync.simulate.texts import Text

CELL = "510107001004001"
EVIL = "<script>alert('家')</script>"


def evidence() -> Evidence:
    """Return a small day with something of everything."""
    records = {"building": 1, "dwelling": 2, "household": 2, "person": 5, "stay": 5}
    audit = {
        "edits": 7, "changes": 9, "merged": 2, "contests": 1, "unaccounted": 0, "faults": [],
        "outcomes": {"admitted": 6, "overruled": 2, "quarantined": 1},
    }  # fmt: skip
    day = LedgerDay(Lost(3, 4), {CELL: CellDay(edits=7, met=2, contests=1, quarantined=1)})
    books = Books(1, 2, Snapshot(records, 0, 0), Snapshot(records, 6, 5), audit, day, 12.3)
    moments = [
        Moment("2026-11-23T12:00:01.000Z", "li.na", Text(EVIL, EVIL)),
        Moment("2026-11-23T12:00:02.000Z", "server", Text("b", "乙")),
    ]
    story = Story(Text("A title", "题"), Text("A moral", "寓意"), CELL, moments)
    checks = [Check(Text("Scene", "情形"), "holds", True), Check(Text("Scene", "情形"), "fails", False, "x")]
    return Evidence(books, checks, [story], 99.0)


class _Outside(HTMLParser):
    """Collects whatever would make a browser fetch something, and the tags that are open at the end."""

    VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset")]
        self.fetched += [tag] if tag in ("script", "link", "iframe", "img") else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close a tag."""
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_from_elsewhere() -> None:
    """Every tag is closed; there is no script, image, style sheet or font to fetch."""
    parser = _Outside()
    written = page(evidence())
    parser.feed(written)
    assert parser.open == []
    assert parser.fetched == []
    assert "url(" not in written
    assert "@import" not in written


def test_what_the_day_tells_is_escaped() -> None:
    """A value that a collector typed is text, never markup."""
    written = page(evidence())
    assert "<script" not in written
    assert "&lt;script&gt;" in written


def test_every_outcome_and_both_rules_stand_on_the_page() -> None:
    """The books, the counterfactual and the failed situation can be read."""
    text = re.sub(r"<[^>]+>", " ", page(evidence()))
    for figure in ("Admitted into the registry", "Kept in quarantine", "Unaccounted for", "1 of 2", "99 MB"):
        assert figure in text
    assert re.search(r"CouchDB&#x27;s winner alone.{0,60}\b3\b", text, re.DOTALL)
    assert re.search(r"last arrival alone.{0,60}\b4\b", text, re.DOTALL)


def test_north_is_up_and_a_square_kilometre_is_drawn_square() -> None:
    """Degrees of longitude are shorter than degrees of latitude, and the map allows for it."""
    view = View(104.0, 30.0, 104.1, 30.1)
    left, top = view.at(104.0, 30.1)
    assert (left, top) == (0.0, 0.0)
    assert view.height == view.at(104.1, 30.0)[1]
    assert 1.1 < view.height / view.width < 1.2


def test_a_polygon_is_drawn_ring_by_ring() -> None:
    """A hole is a ring of its own; a third coordinate is not drawn."""
    view = View(0.0, 0.0, 1.0, 1.0, width=100)
    outer = [[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]]
    path = view.path({"type": "Polygon", "coordinates": [outer, outer]})
    assert path.count("M") == path.count("Z") == 2
    assert view.path({"type": "MultiPolygon", "coordinates": [[outer], [outer]]}) == path
