"""Forms and rounds over the API, and what of them reaches the cells."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from mobile_api.file_checks import place_to_check
from tests.api.city import ELSEWHERE, NORTH, SOUTH, City, bearer, plan_of, square
from tests.unit.forms_spec.workbooks import question, workbook

FORMS = "/api/v1/forms"
ROUND = {
    "id": "2026-11",
    "title": {"zh": "十一月核查", "en": "November check"},
    "area": "510107",
    "from": "2026-11-01",
    "until": "2026-11-30",
    "reference": "2026-11-01T00:00:00+08:00",
    "forms": ["person"],
}


def person(version: str = "1", *more: dict[str, str]) -> bytes:
    rows = [question("text", "name", fs_key="yes", fs_admit="street"), question("text", "phone"), *more]
    return workbook(rows, form_id="person", version=version)


def publish(city: City, content: bytes, filename: str = "person.xlsx", as_: str = "admin") -> Any:
    return city.client.post(f"{FORMS}?filename={filename}", content=content, headers=city.log_in(as_))


def document(city: City, cell: str, doc_id: str) -> dict[str, Any] | None:
    found = city.services.store.database(f"cell-{cell}").get(doc_id)
    return json.loads(found.body) if found else None


def open_round(city: City, as_: str = "admin", **changes: Any) -> Any:
    return city.client.post("/api/v1/rounds", json=ROUND | changes, headers=city.log_in(as_))


def test_a_published_form_is_listed_and_shown(city: City) -> None:
    """After publishing, the form is in use, and its questions can be read."""
    answer = publish(city, person())
    assert answer.status_code == 201, answer.text
    assert (answer.json()["id"], answer.json()["version"], answer.json()["new"]) == ("person", "1", True)
    headers = city.log_in("admin")
    listed = city.client.get(FORMS, headers=headers).json()["forms"]
    assert [(form["id"], form["version"], form["by"]) for form in listed] == [("person", "1", "admin")]
    shown = city.client.get(f"{FORMS}/person", headers=headers).json()
    assert [field["name"] for field in shown["fields"]] == ["name", "phone"]


def test_a_third_check_is_refused_at_once(city: City) -> None:
    """While both places are held, forms and plans get a 503 that says when to come again; then they are taken."""
    with place_to_check(), place_to_check():
        answer = publish(city, person())
        assert (answer.status_code, answer.json()["error"], answer.headers["retry-after"]) == (503, "busy", "10")
        assert "重试" in answer.json()["reason_zh"]
        plan = f"/api/v1/plans?{urlencode({'name': 'x', 'date': '2026-11-01'})}"
        assert city.client.post(plan, content=b"{}", headers=city.log_in("admin")).status_code == 503
        assert city.client.get(FORMS, headers=city.log_in("admin")).json()["forms"] == []
    assert publish(city, person()).status_code == 201
    assert publish(city, b"no workbook").status_code == 400
    assert publish(city, person()).status_code == 201


def test_the_workbook_comes_back_as_it_was(city: City) -> None:
    """The very bytes that were published can be downloaded under their name."""
    content = person()
    publish(city, content, "人口.xlsx")
    answer = city.client.get(f"{FORMS}/person/xlsx", headers=city.log_in("admin"))
    assert answer.content == content
    assert "%E4%BA%BA%E5%8F%A3.xlsx" in answer.headers["content-disposition"]


def test_the_same_version_again_is_fine_and_another_content_is_not(city: City) -> None:
    """A published version never changes."""
    content = person()
    publish(city, content)
    again = publish(city, content)
    assert (again.status_code, again.json()["new"]) == (201, False)
    assert publish(city, person("1", question("text", "note"))).status_code == 409
    shown = city.client.get(f"{FORMS}/person", headers=city.log_in("admin")).json()
    assert len(shown["fields"]) == 2


def test_a_new_version_is_put_in_use_and_the_old_one_stays(city: City) -> None:
    """The pointer moves forward; publishing the old one again does not move it back."""
    publish(city, person("1"))
    city.clock.pass_(minutes=1)
    publish(city, person("2", question("text", "note")))
    city.clock.pass_(minutes=1)
    publish(city, person("1"))
    headers = city.log_in("admin")
    assert city.client.get(f"{FORMS}/person", headers=headers).json()["version"] == "2"
    assert len(city.client.get(f"{FORMS}/person?version=1", headers=headers).json()["fields"]) == 2
    assert city.services.forms.spec("person").version == "2"
    assert city.client.get(f"{FORMS}/person?version=9", headers=headers).status_code == 404


def test_a_new_version_may_not_retype_a_question(city: City) -> None:
    """A question keeps its type for good: the version is refused and the old one stays in use."""
    publish(city, person("1", question("text", "age")))
    answer = publish(city, person("2", question("integer", "age")))
    assert answer.status_code == 400
    assert "age" in answer.json()["reason"]
    assert city.services.forms.spec("person").version == "1"


def test_the_catalogue_says_how_items_merge(city: City) -> None:
    """The rules of the version in use are there for the merge, and follow a new version."""
    publish(city, person("1"))
    rules = city.services.forms.rules("person")
    assert rules.strategy_of("name") == "review"
    assert rules.strategy_of("note") == "latest"
    city.clock.pass_(minutes=1)
    publish(city, person("2", question("text", "note", fs_merge="append")))
    assert city.services.forms.rules("person").strategy_of("note") == "append"
    assert city.services.forms.rules("nothing").strategy_of("note") == "latest"


@pytest.mark.parametrize(
    ("content", "filename"),
    [(b"", "a.xlsx"), (b"no workbook", "a.xlsx"), (person(), "%00.xlsx"), (person(), ""), (person(), "x" * 300)],
)
def test_what_is_no_form_is_refused(city: City, content: bytes, filename: str) -> None:
    """One clear error, and nothing is published."""
    answer = publish(city, content, filename)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) >= {"error", "reason"}
    assert city.client.get(FORMS, headers=city.log_in("admin")).json()["forms"] == []


def test_only_administrators_publish(city: City) -> None:
    """A supervisor reads forms, but publishes none and gets no workbook."""
    city.add("wang", "supervisor", "510107")
    assert publish(city, person(), as_="wang").status_code == 403
    assert city.client.post(f"{FORMS}?filename=a.xlsx", content=person()).status_code == 401
    publish(city, person())
    headers = city.log_in("wang")
    assert city.client.get(f"{FORMS}/person", headers=headers).status_code == 200
    assert city.client.get(f"{FORMS}/person/xlsx", headers=headers).status_code == 403


def test_an_opened_round_reaches_the_cells_of_its_area(city: City) -> None:
    """Every cell below the area gets the round and its forms, other cells nothing."""
    city.import_plan()
    publish(city, person())
    answer = open_round(city)
    assert answer.status_code == 201, answer.text
    assert answer.json()["from"] == "2026-11-01"
    for cell in (NORTH, SOUTH):
        assert document(city, cell, "round:2026-11")["data"]["title"]["zh"] == "十一月核查"
        assert document(city, cell, "form:person")["data"]["version"] == "1"
    assert document(city, ELSEWHERE, "round:2026-11") is None


def test_a_tablet_reads_its_rounds(city: City) -> None:
    """What was published comes down by replication like any document."""
    city.import_plan()
    publish(city, person())
    open_round(city)
    city.add("li.na", "collector", "510107")
    city.assign(NORTH, "li.na")
    answer = city.client.get(f"/db/{NORTH}/round:2026-11", headers=bearer(city.enrol("li.na")))
    assert answer.json()["data"]["forms"] == ["person"]


def test_the_same_round_again_writes_nothing_and_another_content_is_refused(city: City) -> None:
    """A repeat leaves the cells as they are; the identifier stays with its round."""
    city.import_plan()
    publish(city, person())
    open_round(city)
    before = city.services.store.database(f"cell-{NORTH}").info()
    assert open_round(city).status_code == 201
    assert city.services.store.database(f"cell-{NORTH}").info() == before
    assert open_round(city, until="2026-12-31").status_code == 409


def test_later_cells_and_later_forms_reach_an_open_round(city: City) -> None:
    """A cell imported after the opening gets the round; a new version of a form replaces the old one in the cells."""
    city.import_plan()
    publish(city, person())
    open_round(city)
    later = "510107001001009"
    query = "/api/v1/plans?name=Later&date=2026-11-20"
    content = plan_of(square(later, 104.6, 30.6))
    assert city.client.post(query, content=content, headers=city.log_in("admin")).status_code == 201
    assert document(city, later, "round:2026-11") is not None
    city.clock.pass_(minutes=1)
    publish(city, person("2", question("text", "note")))
    assert [document(city, cell, "form:person")["data"]["version"] for cell in (NORTH, later)] == ["2", "2"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"id": "Nov 26"}, 400),
        ({"title": {"zh": "十一月核查"}}, 400),
        ({"title": {"zh": " ", "en": "x"}}, 400),
        ({"until": "2026-10-31"}, 400),
        ({"reference": "2026-11-01T00:00:00"}, 400),
        ({"area": "51010"}, 400),
        ({"area": "110101"}, 404),
        ({"forms": ["unknown"]}, 404),
        ({"forms": ["person@1"]}, 404),
    ],
)
def test_a_round_that_breaks_a_rule_is_not_opened(city: City, changes: dict[str, Any], status: int) -> None:
    """One clear error, and neither the list nor a cell has anything of it."""
    city.import_plan()
    publish(city, person())
    answer = open_round(city, **changes)
    assert answer.status_code == status, answer.text
    assert city.client.get("/api/v1/rounds", headers=city.log_in("admin")).json() == {"rounds": []}
    assert document(city, NORTH, "form:person") is None


def test_supervisors_open_rounds_in_their_areas(city: City) -> None:
    """A supervisor opens and sees rounds of his area only."""
    city.import_plan()
    publish(city, person())
    city.add("wang", "supervisor", "510107")
    city.add("zhao", "supervisor", "510104")
    assert open_round(city, "zhao").status_code == 403
    assert open_round(city, "wang").status_code == 201
    rounds = [city.client.get("/api/v1/rounds", headers=city.log_in(n)).json()["rounds"] for n in ("wang", "zhao")]
    assert [[each["id"] for each in listed] for listed in rounds] == [["2026-11"], []]


PLACES = [question("select_one_from_file places.csv", "place"), question("text", "note")]
PLACES_CSV = "name,label\n51,四川\n11,北京\n".encode()


def hand_in(city: City, *files: tuple[str, bytes], form: bytes | None = None, query: str = "") -> Any:
    parts = [
        ("workbook", ("place.xlsx", form or workbook(PLACES, form_id="place"))),
        *(("files", file) for file in files),
    ]
    return city.client.post(f"{FORMS}{query}", files=parts, headers=city.log_in("admin"))


def test_a_form_is_published_with_the_files_beside_it(city: City) -> None:
    """Its choices come from the file; the same again is fine; the workbook alone is told what is missing."""
    form = workbook(PLACES, form_id="place")
    answer = hand_in(city, ("places.csv", PLACES_CSV), form=form)
    assert (answer.status_code, answer.json()["new"], answer.json()["warnings"]) == (201, True, [])
    shown = city.client.get(f"{FORMS}/place", headers=city.log_in("admin")).json()
    assert [choice["value"] for choice in shown["choices"]["places"]] == ["51", "11"]
    assert hand_in(city, ("places.csv", PLACES_CSV), form=form).json()["new"] is False
    alone = publish(city, form, "place.xlsx")
    assert (alone.status_code, alone.json()["missing"]) == (409, ["places.csv"])
    assert "places.csv" in alone.json()["reason"]
    assert "缺少" in alone.json()["reason_zh"]
    other = hand_in(city, ("places.csv", PLACES_CSV + b"31,x\n"), form=form)
    assert (other.status_code, [change["kind"] for change in other.json()["changes"]]) == (409, ["choices_added"])


def test_a_file_that_is_not_there_is_a_warning_and_a_dry_run_keeps_nothing(city: City) -> None:
    """As on the command line."""
    answer = hand_in(city, query="?dry_run=true")
    assert answer.status_code == 201
    assert any("places.csv" in warning for warning in answer.json()["warnings"])
    assert any("places.csv" in warning and "文件" in warning for warning in answer.json()["warnings_zh"])
    assert city.client.get(FORMS, headers=city.log_in("admin")).json()["forms"] == []


BOOK = ("workbook", ("a.xlsx", person()))
NO_FORMS = {
    "no workbook": ([("files", ("places.csv", PLACES_CSV))], 400, "workbook"),
    "two workbooks": ([BOOK, ("workbook", ("b.xlsx", person()))], 400, "twice"),
    "a file twice": ([BOOK, ("files", ("a.csv", b"a")), ("files", ("a.csv", b"b"))], 400, "twice"),
    "a file that the form does not name": ([BOOK, ("files", ("photo.png", b"x"))], 400, "photo.png"),
    "a folder": ([BOOK, ("files", ("../a.csv", b"x"))], 400, "folders"),
    "another part": ([BOOK, ("picture", ("a.csv", b"x"))], 400, "picture"),
    "too large": ([BOOK, ("files", ("a.csv", b"x" * (16 * 2**20 + 1)))], 413, "16,777,216"),
}


def test_parts_that_are_no_form_are_refused(city: City) -> None:
    """One clear error in both languages, and nothing is published."""
    headers = city.log_in("admin")
    for case, (parts, status, word) in NO_FORMS.items():
        answer = city.client.post(FORMS, files=parts, headers=headers)
        assert (answer.status_code, word in answer.json()["reason"]) == (status, True), (case, answer.text)
        assert answer.json()["reason_zh"], case
    assert city.client.get(FORMS, headers=headers).json()["forms"] == []


def test_parts_are_read_of_administrators_only_and_must_be_sound(city: City) -> None:
    """Nobody else's megabytes are looked at; a body that is not what it says is refused."""
    parts = [("workbook", ("a.xlsx", person()))]
    assert city.client.post(FORMS, files=parts).status_code == 401
    headers = city.log_in("admin") | {"Content-Type": "multipart/form-data; boundary=x"}
    assert city.client.post(FORMS, content=b"--x\r\nnonsense", headers=headers).status_code == 400
    assert city.client.post(FORMS, content=person(), headers=city.log_in("admin")).status_code == 400
