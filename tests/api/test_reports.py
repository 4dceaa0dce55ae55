"""The reports that managers ask for, over HTTP: by role and area, as JSON and as files, with small counts covered."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from fieldsync.accounts import User
from fieldsync.revisions import server_rev
from fieldsync.rounds import Round
from fieldsync.settings import Settings
from mobile_api.app import create_app
from tests.api.city import ELSEWHERE, NORTH, PASSWORD, SOUTH, City, Clock
from tests.api.registry_city import HOUSEHOLD, people
from tests.api.test_field_work import API, Tablet, uid, with_forms

__all__ = ["with_forms"]
URL = f"{API}/reports"
ALL = ("progress", "completeness", "collectors", "cases", "month")
STREET = NORTH[:9]


@pytest.fixture(scope="module")
def known(with_forms: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Two households in two districts, five stays; Li Na has handed one in and met nobody at another dwelling."""
    folder, clock = tmp_path_factory.mktemp("reports") / "store", Clock()
    shutil.copytree(with_forms, folder)
    app = create_app(Settings(store=f"sqlite:///{folder}"), clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        city = City(app, client, clock)
        city.services.accounts.create_first_administrator(User(name="admin", display={}, roles=()), PASSWORD)
        people(city)
        city.add("wei.min", "supervisor", "510107")
        city.assign(NORTH, "li.na")
        _work(city)
        yield city


def _work(city: City) -> None:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    city.services.rounds.open(
        Round(
            id="r",
            title={"zh": "十一月", "en": "November"},
            area="5101",
            since=date(2026, 11, 1),
            until=date(2026, 12, 1),
            reference=moment,
            forms=(),
        )
    )
    tablet = Tablet(city, "li.na")
    covers = {HOUSEHOLD: tablet.get(HOUSEHOLD)["_rev"]}
    records = {
        "visit": {
            "dwelling": f"dwelling:{uid('d2')}",
            "round": "r",
            "start": "2026-11-23T09:00:00Z",
            "result": "partial",
        },
        "submission": {"household": HOUSEHOLD, "round": "r", "result": "complete", "covers": covers},
    }
    bodies = {kind: {"kind": kind, "data": data} for kind, data in records.items()}
    tablet.push(*({"_id": f"{k}:{uid('r')}", "_rev": server_rev(None, False, b), **b} for k, b in bodies.items()))
    city.app.state.pipeline.steps.catch_up(NORTH)


_TOKENS: dict[tuple[str, datetime], dict[str, str]] = {}


def headers(city: City, who: str) -> dict[str, str]:
    """Return a token of somebody, who logs in once for each time of the clock."""
    key = (who, city.clock.time)
    _TOKENS[key] = _TOKENS.get(key) or city.log_in(who)
    return _TOKENS[key]


def ask(city: City, who: str, query: str, status: int = 200) -> dict[str, Any]:
    answer = city.client.get(f"{URL}/{query}", headers=headers(city, who))
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rows(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in report["rows"]}


def test_where_households_stand(known: City) -> None:
    """By cell, street and collector the same three units: one handed in, one visited, one not started."""
    whole = ask(known, "admin", "progress?by=cell")
    assert whole["asked"] == {"areas": [""], "by": "cell", "round": "r"}
    assert {key: row["units"] for key, row in rows(whole).items()} == {NORTH: 2, SOUTH: 0, ELSEWHERE: 1}
    north = rows(whole)[NORTH]
    assert north["in_progress"] == 1
    assert north["units"] == sum(north[stage] for stage in ("in_progress", "held", "waiting", "admitted"))
    for by in ("street", "collector", "district"):
        total = ask(known, "admin", f"progress?by={by}")["total"]
        assert {k: v for k, v in total.items() if k != "key"} == {k: v for k, v in whole["total"].items() if k != "key"}
    mine = ask(known, "wei.min", "progress?by=collector")
    assert {key: row["units"] for key, row in rows(mine).items()} == {"": 0, "li.na": 2}


def test_which_items_have_answers(known: City) -> None:
    """Of the persons of an area: names all, identity numbers some; the labels of the forms, in both languages."""
    found = ask(known, "wei.min", "completeness?limit=1000&language=en")
    items = {(row["kind"], row["item"]): row for row in found["rows"]}
    assert items["person", "name"]["present"] == items["person", "name"]["documents"] == 3
    assert items["household", "phone"]["name"] == "Phone"
    assert (items["person", "id_number"]["present"], items["person", "id_number"]["empty"]) == (2, 1)
    assert items["person", "phone"]["present_share"] == pytest.approx(2 / 3, abs=1e-4)
    chinese = {(row["kind"], row["item"]): row for row in ask(known, "wei.min", "completeness?limit=1000")["rows"]}
    assert chinese["household", "phone"]["name"] == "联系电话"
    assert set(rows(ask(known, "admin", "completeness?by=cell"))) == {NORTH, SOUTH, ELSEWHERE}


def test_what_comes_back_of_whose_work(known: City) -> None:
    """Li Na handed one household in and went somewhere; what she sent is in the books."""
    (row,) = ask(known, "wei.min", "collectors")["rows"]
    assert (row["key"], row["visits"], row["units"]) == ("li.na", 1, 1)
    assert row["changes"] == 2
    assert row["returned_share"] == 0.0


def test_how_old_cases_are(known: City) -> None:
    """By days of the city's calendar; by kind, by level and by area the same cases."""
    now = ask(known, "admin", "cases")
    known.clock.pass_(days=9)
    later = ask(known, "admin", "cases")
    by_cell = ask(known, "admin", "cases?by=cell")
    known.clock.pass_(days=-9)
    assert now["total"]["open"] == later["total"]["open"] == now["total"]["days_0_1"] == later["total"]["days_8_14"]
    assert by_cell["total"]["days_8_14"] == later["total"]["open"]
    assert later["total"]["overdue"] == later["total"]["open"]
    assert set(rows(by_cell)) == {NORTH, SOUTH, ELSEWHERE}


def test_the_persons_of_a_month(known: City) -> None:
    """As the balance of each cell has them, by street; arrivals without events show as differences."""
    january = ask(known, "admin", "month?month=2026-01&by=cell")
    assert january["asked"]["month"] == "2026-01"
    here, there = rows(january)[NORTH], rows(january)[ELSEWHERE]
    assert (here["opening"], here["closing"], here["differences"]) == (1, 1, 0)
    assert (there["opening"], there["expected"], there["closing"], there["differences"]) == (1, 1, 2, 1)
    balance = known.client.get(f"{URL}/balance?month=2026-01&area={ELSEWHERE}", headers=headers(known, "admin")).json()
    assert balance["balances"][0]["closing"] == there["closing"]


@pytest.mark.parametrize("report", ALL)
def test_who_may_see_which_report(known: City, report: str) -> None:
    """Staff their areas; nobody else's, a collector none; auditors, and who hands it on, with small counts covered."""
    assert ask(known, "admin", report)["hidden_below"] is None
    assert ask(known, "wei.min", report)["hidden_below"] is ask(known, "wu.min", report)["hidden_below"] is None
    ask(known, "wei.min", f"{report}?area=510104", 403)
    ask(known, "li.na", report, 403)
    assert ask(known, "auditor", report)["hidden_below"] == 5
    assert ask(known, "admin", f"{report}?suppress=true")["hidden_below"] == 5
    ask(known, "auditor", f"{report}?area=510707", 403)
    file = known.client.get(f"{URL}/{report}/csv", headers=headers(known, "auditor"))
    assert file.headers["content-disposition"].startswith(f'attachment; filename="{report}-2026-')
    heading, *lines = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    assert heading[0] == "编号"
    assert lines[-1][0] == "合计"


def test_an_auditor_sees_no_small_count_anywhere(known: City) -> None:
    """Whatever the rows are put together by: counts are none, or a multiple of five; exact ones are refused."""
    for query in (
        "progress?by=cell",
        "progress?by=collector",
        "completeness?limit=1000",
        "cases",
        "month?month=2026-01",
    ):
        found = ask(known, "auditor", query)
        counted = [column["name"] for column in found["columns"] if column["measure"] == "count"]
        for row in (*found["rows"], found["total"]):
            hidden = set(row.get("hidden", ()))
            assert all(row[name] is None if name in hidden else row[name] % 5 == 0 for name in counted)
    assert ask(known, "auditor", "progress?by=cell")["rows"][0].get("hidden")
    ask(known, "auditor", "balance", 403)


def test_pages_and_what_cannot_be_asked(known: City) -> None:
    """Rows come page by page with one total; each wrong wish gets one clear answer."""
    first = ask(known, "admin", "progress?by=cell&limit=1")
    second = ask(known, "admin", f"progress?by=cell&limit=10&cursor={first['next']}")
    assert [row["key"] for row in (*first["rows"], *second["rows"])] == sorted((NORTH, SOUTH, ELSEWHERE))
    assert first["total"] == second["total"]
    assert second["next"] is None
    nobody = ask(known, "admin", "progress?by=collector&limit=1")
    assert ask(known, "admin", f"progress?by=collector&cursor={nobody['next']}")["rows"][0]["key"] == "li.na"
    wrong = {
        "weather": 400,
        "progress?by=moon": 400,
        "progress?month=2026-11": 400,
        "cases?round=r": 400,
        "month?month=winter": 400,
        "progress?round=none": 404,
        "progress?area=x": 400,
        "progress?language=fr": 400,
    }
    for query, status in wrong.items():
        assert ask(known, "admin", query, status)["reason"]
