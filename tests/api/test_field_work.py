"""Cases, registry, stories and reports over HTTP, after real pushes through /db."""

from __future__ import annotations

import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldsync.forms import Forms
from fieldsync.registry_import import Progress
from fieldsync.revisions import server_rev
from fieldsync.sample import district
from fieldsync.settings import Settings
from fieldsync.stores.factory import open_store
from tests.api.city import ELSEWHERE, NORTH, City, bearer

API = "/api/v1"


def uid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


PERSON, HOUSEHOLD, STAY = f"person:{uid('p')}", f"household:{uid('h')}", f"stay:{uid('s')}"
ROWS = {
    "building": f"id,cell,name\n{uid('b')},{NORTH},Jinli 3\n",
    "dwelling": f"id,building,room,use,occupancy\n{uid('d')},{uid('b')},301,residential,occupied\n",
    "household": f"id,dwelling,type\n{uid('h')},{uid('d')},family\n",
    "person": f"id,name,sex,birth_date,phone\n{uid('p')},王芳,2,1980-02-03,12812345678\n",
    "stay": f"id,person,household,kind,relation,since\n{uid('s')},{uid('p')},{uid('h')},usual,02,2019-05-01\n",
}


class Tablet:
    """A tablet that speaks to /db with its token."""

    def __init__(self, city: City, collector: str) -> None:
        self.city, self.collector = city, collector
        self.headers = bearer(city.enrol(collector))

    def get(self, doc_id: str) -> dict[str, Any]:
        answer = self.city.client.get(f"/db/{NORTH}/{doc_id}?revs=true", headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def push(self, *documents: dict[str, Any]) -> None:
        body = {"docs": list(documents), "new_edits": False}
        answer = self.city.client.post(f"/db/{NORTH}/_bulk_docs", json=body, headers=self.headers)
        assert (answer.status_code, answer.json()) == (201, [])

    def edit(self, seen: dict[str, Any], **items: Any) -> str:
        """Push a child of the version that was seen."""
        return self.edit_with(seen, {}, **items)

    def edit_with(self, seen: dict[str, Any], meta: dict[str, Any], **items: Any) -> str:
        """Push a child of the version that was seen, with more to say about its writing."""
        meta = {"at": "2026-11-23T08:00:00Z", **meta}
        body = {"kind": seen["kind"], "data": {**seen["data"], **items}, "meta": meta}
        rev = server_rev(seen["_rev"], False, body)
        ids = [rev.partition("-")[2], *seen["_revisions"]["ids"]]
        revisions = {"start": seen["_revisions"]["start"] + 1, "ids": ids}
        self.push({"_id": seen["_id"], "_rev": rev, "_revisions": revisions, **body})
        return rev

    def submit(self) -> None:
        self.submit_covering({i: self.get(i)["_rev"] for i in (PERSON, HOUSEHOLD, STAY)})

    def submit_covering(self, covers: dict[str, str], name: str = "submission") -> None:
        body = {"kind": "submission", "data": {"household": HOUSEHOLD, "round": "r", "covers": covers}}
        self.push({"_id": f"submission:{uid(name)}", "_rev": server_rev(None, False, body), **body})


REPORTS = ("accounting", "balance", "steps")


@pytest.fixture(scope="module")
def with_forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store folder with the forms published: that takes a second each, and every test begins with them."""
    folder = tmp_path_factory.mktemp("with-forms") / "store"
    store = open_store(f"sqlite:///{folder}")
    forms = Forms(store, lambda: datetime(2026, 11, 1, tzinfo=UTC))
    for name in (*ROWS, "event"):
        forms.publish(district.path(f"forms/{name}.xlsx").read_bytes(), f"{name}.xlsx", "test")
    store.close()
    return folder


@pytest.fixture
def settings(with_forms: Path, tmp_path: Path) -> Settings:
    """Settings of a store with forms, in place of an empty one."""
    shutil.copytree(with_forms, tmp_path / "store")
    return Settings(store=f"sqlite:///{tmp_path}/store")


@pytest.fixture
def field(city: City) -> City:
    """A city with forms, one household in one cell, two collectors and staff."""
    city.import_plan()
    pipeline = city.app.state.pipeline
    pipeline.importer(frozenset({NORTH})).take(ROWS, city.clock(), Progress())
    for name, role in (("li.na", "holder"), ("zhang.wei", "helper")):
        city.add(name, "collector", "510107")
        city.assign(NORTH, name, role)
    city.add("wu.min", "reviewer", "510107")
    city.add("elsewhere", "reviewer", "510104")
    city.add("neighbour", "reviewer", "510107001002")
    city.add("he.jun", "supervisor", "510107")
    return city


@pytest.fixture
def case(field: City) -> dict[str, Any]:
    """An admission case: a changed birth date, submitted."""
    tablet = Tablet(field, "li.na")
    tablet.edit(tablet.get(PERSON), birth_date="1981-02-03")
    tablet.submit()
    field.app.state.pipeline.steps.catch_up(NORTH)
    return only_case(field, "admission")


def only_case(city: City, kind: str, who: str = "wu.min") -> dict[str, Any]:
    answer = city.client.get(f"{API}/cases?kind={kind}", headers=city.log_in(who))
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["cases"]
    return dict(found)


def decide(city: City, case_id: str, who: str = "wu.min", **body: Any) -> Any:
    return city.client.post(f"{API}/cases/{case_id}/decision", json=body, headers=city.log_in(who))


def test_a_case_shows_what_is_proposed_against_what_and_by_whom(case: dict[str, Any]) -> None:
    """A reviewer sees base, registry and proposed values, the collector, the tablet and the time."""
    (item,) = case["items"]
    assert item["proposed"] == {"value": "1981-02-03"}
    assert item["registry"] == item["told"] == {"value": "1980-02-03"}
    assert (item["by"], case["household"]) == ("li.na", HOUSEHOLD)
    assert item["tablet"]
    assert item["at"] == "2026-11-23T08:00:00.000Z"


def test_an_admitted_value_names_who_let_it_in(field: City, case: dict[str, Any]) -> None:
    """After the decision the registry's item carries value, collector, edit, reviewer and case."""
    assert decide(field, case["id"], action="admit").status_code == 200
    record = field.client.get(f"{API}/registry/{PERSON}", headers=field.log_in("wu.min")).json()
    item = record["items"]["birth_date"]
    assert (item["value"], item["by"], item["admitted_by"]) == ({"value": "1981-02-03"}, "li.na", "wu.min")
    assert (item["case"], item["edit"]) == (case["id"], case["items"][0]["edits"][0])
    assert item["before"][0]["value"] == {"value": "1980-02-03"}


def test_a_decided_case_cannot_be_decided_again(field: City, case: dict[str, Any]) -> None:
    """The second decision is a conflict."""
    assert decide(field, case["id"], action="admit").status_code == 200
    again = decide(field, case["id"], action="refuse", reason="No")
    assert (again.status_code, again.json()["error"]) == (409, "conflict")


@pytest.mark.parametrize(("who", "status"), [("elsewhere", 403), ("neighbour", 403), ("li.na", 403), ("admin", 403)])
def test_only_reviewers_of_the_area_decide(field: City, case: dict[str, Any], who: str, status: int) -> None:
    """Staff of another area, collectors and administrators are refused; the case stays open."""
    if who == "li.na":
        field.client.patch(f"{API}/staff/li.na", json={"password": "correct horse"}, headers=field.log_in("admin"))
    assert decide(field, case["id"], who, action="admit").status_code == status
    assert only_case(field, "admission")["state"] == "open"


@pytest.mark.parametrize(
    "body",
    [
        {"action": "burn"},
        {"action": "return"},
        {"action": "choose", "rev": "1-x"},
        {"action": "admit", "items": [{"document": "person:x", "item": "name", "action": "admit"}]},
        {"action": "admit", "colour": "red"},
        {"action": "admit", "saw": {PERSON: "9-unknown"}},
        {},
    ],
)
def test_a_decision_that_does_not_fit_is_one_clear_error(
    field: City, case: dict[str, Any], body: dict[str, Any]
) -> None:
    """Unknown actions, missing reasons, foreign items and unknown revisions are 400, and nothing is decided."""
    answer = decide(field, case["id"], **body)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert len(answer.json()["reason"]) > 10
    assert only_case(field, "admission")["state"] == "open"


def test_a_case_can_be_decided_by_item(field: City) -> None:
    """Of two proposed items one is admitted and one returned with its reason."""
    tablet = Tablet(field, "li.na")
    tablet.edit(tablet.get(PERSON), birth_date="1981-02-03", sex="1")
    tablet.submit()
    field.app.state.pipeline.steps.catch_up(NORTH)
    case = only_case(field, "admission")
    returned = {"document": PERSON, "item": "sex", "action": "return", "reason": "Please ask again"}
    assert decide(field, case["id"], action="admit", items=[returned]).status_code == 200
    record = field.client.get(f"{API}/registry/{PERSON}", headers=field.log_in("wu.min")).json()
    assert record["items"]["birth_date"]["value"] == {"value": "1981-02-03"}
    assert record["items"]["sex"]["value"] == {"value": "2"}
    state = tablet.get(f"state:{HOUSEHOLD}")["data"]
    assert state["status"] == "returned"
    assert state["returned"] == [{"document": PERSON, "item": "sex", "reason": "Please ask again"}]


def test_a_case_claimed_by_one_is_not_claimed_by_another(field: City, case: dict[str, Any]) -> None:
    """The second reviewer learns who has it."""
    field.add("second", "reviewer", "510107")
    assert field.client.post(f"{API}/cases/{case['id']}/claim", headers=field.log_in("wu.min")).status_code == 200
    other = field.client.post(f"{API}/cases/{case['id']}/claim", headers=field.log_in("second"))
    assert other.status_code == 409
    assert "wu.min" in other.json()["reason"]


def test_a_contest_is_decided_by_choosing_a_candidate(field: City) -> None:
    """Two names met; the reviewer chooses one; the pull that follows has it."""
    first, second = Tablet(field, "li.na"), Tablet(field, "zhang.wei")
    seen = first.get(PERSON)
    chosen = first.edit(seen, name="王芬")
    second.edit(seen, name="汪芳")
    field.app.state.pipeline.steps.catch_up(NORTH)
    contest = only_case(field, "contest")
    assert decide(field, contest["id"], action="choose", rev=chosen).status_code == 200
    assert second.get(PERSON)["data"]["name"] == "王芬"


def test_cases_come_in_pages(field: City) -> None:
    """Pages of one, by cursor, show each case once."""
    first, second = Tablet(field, "li.na"), Tablet(field, "zhang.wei")
    seen = first.get(PERSON)
    first.edit(seen, name="王芬", sex="1", birth_date="1981-01-01")
    second.edit(seen, name="汪芳", sex="9", birth_date="1982-01-01")
    field.app.state.pipeline.steps.catch_up(NORTH)
    headers, shown, cursor = field.log_in("wu.min"), [], ""
    while cursor is not None:
        page = field.client.get(f"{API}/cases?limit=1&cursor={cursor}", headers=headers).json()
        shown += [c["item"] for c in page["cases"]]
        cursor = page["next"]
    assert sorted(shown) == ["birth_date", "name", "sex"]


def test_sensitive_values_of_a_case_are_for_those_who_decide_it(field: City) -> None:
    """An identity number under decision: masked in lists and for auditors, shown to the reviewer who opens the case."""
    field.add("zhou.li", "auditor", "510107")
    tablet = Tablet(field, "li.na")
    tablet.edit(tablet.get(PERSON), id_type="111", id_number="999999198002030022")
    tablet.submit()
    field.app.state.pipeline.steps.catch_up(NORTH)
    case = only_case(field, "admission")
    assert case["items"][0]["proposed"]["value"]["id_number"].startswith("999•")
    audited = field.client.get(f"{API}/cases/{case['id']}", headers=field.log_in("zhou.li"))
    assert audited.status_code == 200
    assert "999999198002030022" not in audited.text
    opened = field.client.get(f"{API}/cases/{case['id']}", headers=field.log_in("wu.min")).json()
    assert opened["items"][0]["proposed"]["value"]["id_number"] == "999999198002030022"


def test_sensitive_values_are_masked_until_revealed_with_a_reason(field: City) -> None:
    """A supervisor sees a masked phone number; a reviewer reveals it with a reason, and the trail has it."""
    masked = field.client.get(f"{API}/registry/{PERSON}", headers=field.log_in("he.jun")).json()
    assert masked["items"]["phone"]["value"] == {"value": "128••••••••"}
    assert "12812345678" not in str(masked)
    reviewer = field.log_in("wu.min")
    assert field.client.get(f"{API}/registry/{PERSON}?reveal=true", headers=reviewer).status_code == 400
    answer = field.client.get(f"{API}/registry/{PERSON}?reveal=true&reason=Called+back", headers=reviewer)
    assert answer.json()["items"]["phone"]["value"] == {"value": "12812345678"}
    trail = field.app.state.pipeline.trail
    last = list(trail.entries())[-1]
    assert (last.by, last.action, last.subject, last.reason) == ("wu.min", "registry.reveal", PERSON, "Called back")
    assert trail.first_break() is None


def test_a_record_outside_the_area_does_not_exist(field: City) -> None:
    """Staff of another district get the same answer as for a record that nobody has."""
    outside = field.client.get(f"{API}/registry/{PERSON}", headers=field.log_in("elsewhere"))
    absent = field.client.get(f"{API}/registry/person:{uid('nobody')}", headers=field.log_in("elsewhere"))
    assert (outside.status_code, absent.status_code) == (404, 404)
    assert outside.json()["error"] == absent.json()["error"]


def test_the_registry_is_listed_by_cell_and_kind(field: City) -> None:
    """A cell's persons, one page after the other."""
    headers = field.log_in("wu.min")
    page = field.client.get(f"{API}/registry?cell={NORTH}&kind=person", headers=headers).json()
    assert [r["id"] for r in page["records"]] == [PERSON]
    whole = field.client.get(f"{API}/registry?cell={NORTH}&limit=2", headers=headers).json()
    rest = field.client.get(f"{API}/registry?cell={NORTH}&limit=10&cursor={whole['next']}", headers=headers).json()
    assert len(whole["records"]) + len(rest["records"]) == 5
    assert field.client.get(f"{API}/registry?cell={ELSEWHERE}", headers=headers).status_code == 403


def test_a_story_tells_who_wrote_what_and_what_was_decided(field: City) -> None:
    """Two phone numbers met: the story names both collectors, the rule, and what was kept; masked."""
    first, second = Tablet(field, "li.na"), Tablet(field, "zhang.wei")
    seen = first.get(PERSON)
    first.edit(seen, phone="12800000001", employer="Jinli Tea")
    second.edit(seen, phone="12800000002")
    field.app.state.pipeline.steps.catch_up(NORTH)
    url = f"{API}/documents/{PERSON}/story?cell={NORTH}"
    steps = field.client.get(url, headers=field.log_in("wu.min")).json()["steps"]
    assert [s["step"] for s in steps] == ["server", "edit", "edit", "server"]
    told = " ".join(s["en"] for s in steps)
    assert "li.na changed the employer from nothing to Jinli Tea and phone (to another, which is not shown)" in told
    assert "what was taken down last counts, so it is 128…" in told
    assert "12800000001" not in str(steps)
    assert all(s["zh"] for s in steps)


def test_a_story_is_read_in_pages_and_revealed_with_a_reason(field: City) -> None:
    """The pages make the whole; a reveal needs a reason and a role, and is in the audit trail."""
    tablet = Tablet(field, "li.na")
    tablet.edit(tablet.get(PERSON), phone="12800000001")
    url, headers = f"{API}/documents/{PERSON}/story?cell={NORTH}", field.log_in("wu.min")
    first = field.client.get(f"{url}&limit=1", headers=headers).json()
    rest = field.client.get(f"{url}&cursor={first['next']}", headers=headers).json()
    assert [s["step"] for page in (first, rest) for s in page["steps"]] == ["server", "edit"]
    assert rest["next"] is None
    assert field.client.get(f"{url}&reveal=true", headers=headers).status_code == 400
    assert field.client.get(f"{url}&reveal=true&reason=x", headers=field.log_in("he.jun")).status_code == 403
    shown = field.client.get(f"{url}&reveal=true&reason=Called+back", headers=headers)
    assert "12800000001" in shown.text
    last = list(field.app.state.pipeline.trail.entries())[-1]
    assert (last.by, last.action, last.reason) == ("wu.min", "document.story.reveal", "Called back")


def test_a_story_is_told_to_staff_of_the_area_only(field: City) -> None:
    """403 outside the area and to collectors, 404 for what the ledger has nothing about, 400 without a cell."""
    url = f"{API}/documents/{PERSON}/story?cell={NORTH}"
    assert field.client.get(url, headers=field.log_in("elsewhere")).status_code == 403
    assert field.client.get(url, headers=Tablet(field, "li.na").headers).status_code == 403
    unknown = f"{API}/documents/person:{uid('nobody')}/story?cell={NORTH}"
    assert field.client.get(unknown, headers=field.log_in("wu.min")).status_code == 404
    assert field.client.get(f"{API}/documents/{PERSON}/story", headers=field.log_in("wu.min")).status_code == 400


def test_the_books_and_the_steps_are_reported(field: City, case: dict[str, Any]) -> None:
    """One change waits for its case, one submission is recorded, nothing is unaccounted for."""
    headers = field.log_in("he.jun")
    books = field.client.get(f"{API}/reports/accounting?area=510107", headers=headers).json()
    assert books["outcomes"] == {"recorded": 1, "waiting": 1}
    assert (books["changes"], books["uncounted"], books["adds_up"]) == (2, 0, None)
    verified = field.client.get(f"{API}/reports/accounting?area={NORTH}&verify=true", headers=headers).json()
    assert (verified["unaccounted"], verified["adds_up"], verified["faults"]) == (0, True, [])
    assert field.client.get(f"{API}/reports/accounting?area=510107&verify=true", headers=headers).status_code == 400
    steps = field.client.get(f"{API}/reports/steps", headers=headers).json()
    assert steps["open_cases"] == 1
    assert field.client.get(f"{API}/reports/accounting?area=510104", headers=headers).status_code == 403


def test_a_tablet_is_told_what_was_set_aside_and_what_to_build_anew(field: City) -> None:
    """`/me` has the notice and the cell to rebuild, until the tablet reports that it did."""
    tablet = Tablet(field, "li.na")
    tablet.push({"_id": f"spaceship:{uid('x')}", "_rev": f"1-{'ab' * 16}", "kind": "spaceship"})
    me = field.client.get(f"{API}/me", headers=tablet.headers).json()
    assert me["rebuild"] == [NORTH]
    (notice,) = me["notices"]
    assert (notice["reason"], notice["for"]) == ("identifier", "li.na")
    done = field.client.post(f"{API}/me/rebuilt", json={"cell": NORTH}, headers=tablet.headers)
    assert done.status_code == 204
    assert field.client.get(f"{API}/me", headers=tablet.headers).json()["rebuild"] == []


@pytest.mark.parametrize(
    "path", ["cases", "cases/x", "registry/x", "reports/accounting", "reports/balance", "reports/steps"]
)
def test_nothing_is_shown_without_a_token_or_to_collectors(field: City, path: str) -> None:
    """401 without a token, 403 for a collector's tablet."""
    assert field.client.get(f"{API}/{path}").status_code == 401
    assert field.client.get(f"{API}/{path}", headers=Tablet(field, "li.na").headers).status_code == 403


def test_the_books_by_filter_and_page(field: City, case: dict[str, Any]) -> None:
    """By collector and day of the city; cells come page by page; a reviewer asks without an area for all of his."""
    headers = field.log_in("he.jun")

    def books(**query: Any) -> Any:
        return field.client.get(f"{API}/reports/accounting", params=query, headers=headers)

    whole = books().json()
    assert whole["changes"] == sum(whole["outcomes"].values()) == 2
    assert books(collector="nobody").json()["changes"] == 0
    (day,) = whole["by_day"]
    assert books(**{"from": day, "to": day}).json() == whole
    assert books(**{"from": "2099-01-01"}).json()["changes"] == 0
    assert books(**{"from": "soon"}).status_code == 400
    (cell,) = whole["by_cell"]
    assert books(cursor=cell["cell"]).json()["by_cell"] == []
    assert books(cursor=cell["cell"]).json()["changes"] == 2


def test_the_persons_of_a_month_by_page(field: City, case: dict[str, Any]) -> None:
    """Each cell of the area has its balance; foreign areas are refused."""
    headers = field.log_in("he.jun")
    first = field.client.get(f"{API}/reports/balance?month=2026-11&limit=1", headers=headers).json()
    assert [row["cell"] for row in first["balances"]] == [first["next"]]
    row = first["balances"][0]
    assert row["opening"] + row["births"] + row["arrivals"] - row["deaths"] - row["departures"] == row["expected"]
    second = field.client.get(f"{API}/reports/balance?month=2026-11&cursor={first['next']}", headers=headers).json()
    assert second["next"] is None
    assert field.client.get(f"{API}/reports/balance?area=510104", headers=headers).status_code == 403
    assert field.client.get(f"{API}/reports/balance?month=winter", headers=headers).status_code == 400
