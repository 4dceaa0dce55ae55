"""Sealed answers over HTTP: who sends, who reads, who does not, and what the trail says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from fieldsync.accounts import User
from fieldsync.forms import Forms
from fieldsync.revisions import server_rev
from fieldsync.sample import district
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from mobile_api.app import create_app
from tests.api.city import NORTH, PASSWORD, City, Clock
from tests.api.test_field_work import API, HOUSEHOLD, PERSON, Tablet, uid

ROOM, TOLD = f"/db/{NORTH}-sealed", "told in confidence"


def answer_of(name: str, agrees: str = "yes") -> dict[str, Any]:
    """Return an answer to the sealed form as a tablet sends it."""
    data = {"person": PERSON, "household": HOUSEHOLD, "agrees": agrees, "long_term": TOLD}
    body = {"kind": "answer", "form": "health", "version": "2026-11-01", "data": data}
    return {"_id": f"answer:{uid(name)}", "_rev": server_rev(None, False, body), **body}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """One server for all tests: a holder, a reader of sealed answers and one of elsewhere."""
    folder = tmp_path_factory.mktemp("sealed") / "store"
    store = open_store(f"sqlite:///{folder}")
    forms = Forms(store, lambda: datetime(2026, 11, 1, tzinfo=UTC))
    forms.publish(district.path("forms/health.xlsx").read_bytes(), "health.xlsx", "test")
    store.close()
    app = create_app(Settings(store=f"sqlite:///{folder}"), clock := Clock())
    with TestClient(app, raise_server_exceptions=False) as client:
        made = City(app, client, clock)
        made.services.accounts.create_first_administrator(User(name="admin", display={}, roles=()), PASSWORD)
        made.import_plan()
        made.add("li.na", "collector", "510107")
        made.assign(NORTH, "li.na", "holder")
        made.add("hu.yi", "sealed_reader", "510107")
        made.add("far.away", "sealed_reader", "510104")
        yield made


@pytest.fixture(scope="module")
def tablet(city: City) -> Tablet:
    """The holder's tablet, which has sent one answer."""
    made = Tablet(city, "li.na")
    push(made, answer_of("one"))
    return made


def push(tablet: Tablet, *documents: dict[str, Any]) -> None:
    """Push documents into the sealed database."""
    body = {"docs": list(documents), "new_edits": False}
    answer = tablet.city.client.post(f"{ROOM}/_bulk_docs", json=body, headers=tablet.headers)
    assert (answer.status_code, answer.json()) == (201, [])


def test_nobody_reads_but_whom_the_role_was_given(city: City, tablet: Tablet) -> None:
    """Not administrators, supervisors, reviewers, auditors, collectors; and only within the account's areas."""
    for role in ("supervisor", "reviewer", "auditor"):
        city.add(f"ms.{role}", role, "510107")
    answer = f"answer:{uid('one')}"
    query = {"cell": NORTH, "reason": "home visit"}
    for name in ("admin", "ms.supervisor", "ms.reviewer", "ms.auditor"):
        headers = city.log_in(name)
        assert city.client.get(f"{API}/sealed", headers=headers).status_code == 403
        assert city.client.get(f"{API}/sealed/{answer}", params=query, headers=headers).status_code == 403
        assert city.client.get(f"/db/{NORTH}-sealed/{answer}", headers=headers).status_code == 403
    assert city.client.get(f"{API}/sealed", headers=tablet.headers).status_code == 403
    far = city.log_in("far.away")
    assert city.client.get(f"{API}/sealed", headers=far).json()["answers"] == []
    assert city.client.get(f"{API}/sealed/{answer}", params=query, headers=far).status_code == 403
    refused = city.client.get(f"{API}/sealed", params={"area": "510107"}, headers=far)
    assert (refused.status_code, refused.json()["reason_zh"]) == (403, "不在您的管辖范围内。")
    assert city.client.get(f"{API}/sealed").status_code == 401


def test_a_reader_opens_one_with_a_reason(city: City, tablet: Tablet) -> None:
    """The list has whom and when; the answer comes with its labels; both are in the trail."""
    reader = city.log_in("hu.yi")
    page = city.client.get(f"{API}/sealed", params={"limit": 1}, headers=reader).json()
    (row,) = page["answers"]
    assert (row["about"], row["consent"], row["form"], row["by"]) == (PERSON, "given", "health", "li.na")
    assert TOLD not in str(page)
    one = f"{API}/sealed/{row['answer']}"
    refused = city.client.get(one, params={"cell": NORTH}, headers=reader)
    assert (refused.status_code, "reason" in refused.json()["reason"]) == (400, True)
    shown = city.client.get(one, params={"cell": NORTH, "reason": "home visit"}, headers=reader).json()
    assert [(one["question"]["zh"], one["answer"]["zh"]) for one in shown["told"]] == [
        ("您是否同意回答几个有关健康的问题？", "是"),
        ("长期患病情况", TOLD),
    ]
    traces = [t.action for t in city.services.trail.entries() if t.by == "hu.yi"]
    assert traces == ["sealed.list", "sealed.read"]
    missing = city.client.get(
        f"{API}/sealed/answer:{uid('none')}", params={"cell": NORTH, "reason": "x"}, headers=reader
    )
    assert (missing.status_code, "保密" in missing.json()["reason_zh"]) == (404, True)


def test_that_somebody_was_made_a_reader_is_in_the_trail(city: City) -> None:
    """Administrators give the role, and it is known who did."""
    granted = [(t.by, t.subject) for t in city.services.trail.entries() if t.action == "staff.sealed_reader"]
    assert ("admin", "hu.yi") in granted
    supervisor = {"name": "a.boss", "roles": ["supervisor"], "areas": ["510107"], "password": PASSWORD}
    assert city.client.post(f"{API}/staff", json=supervisor, headers=city.log_in("admin")).status_code == 201
    wanted = {"name": "b.friend", "roles": ["sealed_reader"], "areas": ["510107"], "password": PASSWORD}
    assert city.client.post(f"{API}/staff", json=wanted, headers=city.log_in("a.boss")).status_code == 403


def test_what_the_tablet_may_ask_of_the_sealed_database(city: City, tablet: Tablet) -> None:
    """Root, checkpoints and what is missing; changes without rows; every read is refused, and says why."""
    client, headers = city.client, tablet.headers
    assert client.get(f"{ROOM}/", headers=headers).status_code == 200
    assert client.put(f"{ROOM}/_local/mine", json={"n": 1}, headers=headers).status_code == 201
    assert client.get(f"{ROOM}/_local/mine", headers=headers).json()["n"] == 1
    changes = client.get(f"{ROOM}/_changes", params={"since": "7-x", "include_docs": "true"}, headers=headers).json()
    assert changes == {"results": [], "last_seq": "7-x", "pending": 0}
    known = {answer_of("one")["_id"]: [answer_of("one")["_rev"], "1-" + "a" * 32]}
    gaps = client.post(f"{ROOM}/_revs_diff", json=known, headers=headers).json()
    assert [gap["missing"] for gap in gaps.values()] == [["1-" + "a" * 32]]
    refused = client.get(f"{ROOM}/{answer_of('one')['_id']}", headers=headers)
    assert (refused.status_code, "sealed" in refused.json()["reason"]) == (403, True)
    put = client.put(f"{ROOM}/answer:{uid('put')}", json={"kind": "answer", "form": "person"}, headers=headers)
    assert put.status_code == 201
    assert client.get(f"/db/{NORTH[:-1]}9-sealed", headers=headers).status_code == 403


def test_staff_see_no_words_of_what_was_set_aside(city: City, tablet: Tablet) -> None:
    """A quarantined answer has a case with the reason; what it says is shown to no reviewer."""
    photo = {"x.txt": {"content_type": "text/plain", "data": "eA=="}}
    push(tablet, {**answer_of("photo"), "_attachments": photo})
    city.add("mr.review", "reviewer", "510107")
    reviewer = city.log_in("mr.review")
    listed = city.client.get(f"{API}/cases", params={"kind": "quarantine"}, headers=reviewer).json()["cases"]
    (case,) = [one for one in listed if one["reason"] == "sealed_file"]
    shown = city.client.get(f"{API}/cases/{case['id']}", headers=reviewer)
    assert shown.status_code == 200
    assert TOLD not in shown.text
    dismissed = {"action": "dismiss", "reason": "no photos"}
    assert city.client.post(f"{API}/cases/{case['id']}/decision", json=dismissed, headers=reviewer).status_code == 200


def test_the_report_counts_and_covers_few(city: City, tablet: Tablet) -> None:
    """By form, how many agreed; an auditor does not see how few."""
    push(tablet, *(answer_of(f"no {n}", "no") for n in range(2)))
    city.add("an.auditor", "auditor", "510107")
    own = city.client.get(f"{API}/reports/sealed", headers=city.log_in("admin")).json()
    (row,) = own["rows"]
    assert (row["key"], row["answers"], row["refused"]) == ("health", 3, 2)
    covered = city.client.get(f"{API}/reports/sealed", headers=city.log_in("an.auditor")).json()["rows"][0]
    assert (covered["refused"], covered["withdrawn"] is None or covered["withdrawn"] == 0) == (None, True)
    by_cell = city.client.get(f"{API}/reports/sealed", params={"by": "cell"}, headers=city.log_in("admin")).json()
    assert [line["answers"] for line in by_cell["rows"] if line["key"] == NORTH] == [3]


def test_the_books_have_it_in_the_cell(city: City, tablet: Tablet) -> None:
    """Kept figures and the audit say the same: nothing is unaccounted for, and there is no cell beside it."""
    headers = city.log_in("admin")
    books = city.client.get(
        f"{API}/reports/accounting", params={"verify": "true", "area": NORTH}, headers=headers
    ).json()
    assert (books["unaccounted"], books["faults"], books["adds_up"]) == (0, [], True)
    kept = city.client.get(f"{API}/reports/accounting", headers=headers).json()
    assert kept["outcomes"] == books["outcomes"]
    assert [row["cell"] for row in kept["by_cell"]] == [NORTH]
