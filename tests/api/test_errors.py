"""Every error in the one form, limits, health and figures."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from fieldsync import errors
from fieldsync.settings import Settings
from mobile_api.app import create_app
from mobile_api.errors import STATUS
from tests.api.city import PASSWORD, City, Clock

GUARDED = [
    ("GET", "/api/v1/me"),
    ("DELETE", "/api/v1/session"),
    ("GET", "/api/v1/staff"),
    ("POST", "/api/v1/staff"),
    ("GET", "/api/v1/staff/x"),
    ("PATCH", "/api/v1/staff/x"),
    ("GET", "/api/v1/devices"),
    ("POST", "/api/v1/devices/enrolments"),
    ("POST", "/api/v1/devices/x/revoke"),
    ("GET", "/api/v1/cells"),
    ("GET", "/api/v1/cells/x"),
    ("GET", "/api/v1/plans"),
    ("GET", "/api/v1/assignments"),
    ("POST", "/api/v1/assignments"),
    ("POST", "/api/v1/assignments/x/end"),
    ("GET", "/api/v1/rounds"),
    ("POST", "/api/v1/rounds"),
    ("GET", "/api/v1/forms"),
    ("GET", "/api/v1/forms/x"),
    ("GET", "/api/v1/forms/x/xlsx"),
]


def bodies() -> dict[str, dict[str, object]]:
    """Return a well-formed body for each route that takes one."""
    return {
        "/api/v1/staff": {"name": "x", "roles": ["collector"]},
        "/api/v1/staff/x": {},
        "/api/v1/devices/enrolments": {"collector": "x"},
        "/api/v1/devices/x/revoke": {"reason": "lost"},
        "/api/v1/assignments": {"cell": "x", "collector": "x"},
        "/api/v1/assignments/x/end": {},
        "/api/v1/rounds": {
            "id": "x",
            "title": {"zh": "x", "en": "x"},
            "area": "510107",
            "from": "2026-11-01",
            "until": "2026-11-01",
            "reference": "2026-11-01T00:00:00Z",
        },
    }


def test_every_known_error_has_a_status() -> None:
    """No error of the catalogue is answered as a fault of ours for want of a line in the table."""
    codes = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert codes - {"error"} <= set(STATUS)


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nothing_is_served_without_a_token(city: City, method: str, path: str) -> None:
    """Every guarded route answers 401 in the one form, and says how to authenticate."""
    answer = city.client.request(method, path, json=bodies().get(path) if method != "GET" else None)
    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), [g for g in GUARDED if g[1] not in ("/api/v1/me", "/api/v1/session")])
def test_a_collector_does_not_administer(city: City, method: str, path: str) -> None:
    """Whatever is for staff is a 403 for a collector; forms he may read."""
    city.add("li.na", "collector", "510107")
    body = bodies().get(path) if method != "GET" else None
    answer = city.client.request(method, path, json=body, headers=city.log_in("li.na"))
    expected = {"/api/v1/forms": 200, "/api/v1/forms/x": 404}.get(path, 403)
    assert answer.status_code == expected


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b'{"name": 7, "password": "x"}', "application/json"),
        (b'{"name": "\xff", "password": "x"}', "application/json"),
        (b'{"name": "\\ud800", "password": "x"}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"name=admin&password=x", "application/x-www-form-urlencoded"),
    ],
)
def test_a_malformed_body_is_one_clear_error(city: City, content: bytes, kind: str) -> None:
    """What cannot be read is a 400 with a sentence, never a fault of ours."""
    answer = city.client.post("/api/v1/session", content=content, headers={"content-type": kind})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "bad_request"
    assert answer.json()["reason"]


def test_a_body_larger_than_its_route_takes_is_refused(city: City) -> None:
    """An announced and an unannounced surplus are both a 413; the next request is served."""
    large = json.dumps({"name": "admin", "password": "x" * 2**20}).encode()
    announced = city.client.post("/api/v1/session", content=large)
    assert (announced.status_code, announced.json()["error"]) == (413, "too_large")

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(large), 2**16):
            yield large[start : start + 2**16]

    streamed = city.client.post("/api/v1/session", content=pieces(), headers={"content-type": "application/json"})
    assert (streamed.status_code, streamed.json()["error"]) == (413, "too_large")
    city.log_in("admin")


def test_unknown_paths_and_methods_are_said_so(city: City) -> None:
    """404 and 405 have the one form too."""
    assert city.client.get("/api/v1/nothing").json()["error"] == "not_found"
    answer = city.client.put("/api/v1/session", json={})
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["allow"]


def test_what_nobody_foresaw_is_answered_without_details(
    settings: Settings, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer has an identifier and nothing else; the log has the place under it, and not the message."""
    app = create_app(settings, clock)
    router = APIRouter()

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError("王芳 510107198002030029")

    app.include_router(router)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["error"] == "internal_error"
    logged = capsys.readouterr().err
    assert answer.json()["id"] in logged
    assert "RuntimeError" in logged
    assert "王芳" not in answer.text + logged


def test_the_log_names_no_one(settings: Settings, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """A line per request has the route's template, not what was asked for."""
    with TestClient(create_app(settings, clock)) as client:
        client.post("/api/v1/session", json={"name": "li.na", "password": PASSWORD})
        client.get("/api/v1/staff/li.na")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["route"] for line in requests] == ["/api/v1/session", "/api/v1/staff/{name}"]
    assert "li.na" not in json.dumps(lines)


def test_health_tells_life_and_readiness(city: City) -> None:
    """Both answer without a token."""
    assert city.client.get("/health/live").json() == {"status": "live"}
    assert city.client.get("/health/ready").json() == {"status": "ready"}


def test_figures_are_counted_by_route(city: City) -> None:
    """Prometheus reads requests by template and status, and no path that names a document or a person."""
    city.client.get("/api/v1/staff/li.na", headers=city.log_in("admin"))
    city.client.get("/db/510107001001001/person:x")
    city.client.get("/no/such/li.na")
    text = city.client.get("/metrics").text
    assert 'fieldsync_requests_total{method="GET",route="/api/v1/staff/{name}",status="404"} 1.0' in text
    assert 'fieldsync_requests_total{method="GET",route="/db",status="401"} 1.0' in text
    assert 'fieldsync_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert "fieldsync_request_seconds_bucket" in text
    assert "li.na" not in text


def test_web_views_of_known_origins_may_ask(settings: Settings, clock: Clock) -> None:
    """A listed origin gets the headers a browser needs, another gets none."""
    listed = settings.model_copy(update={"cors_origins": ["https://tablet.example.org"]})
    with TestClient(create_app(listed, clock)) as client:
        good = client.get("/health/live", headers={"Origin": "https://tablet.example.org"})
        assert good.headers["access-control-allow-origin"] == "https://tablet.example.org"
        asked = {"Origin": "https://tablet.example.org", "Access-Control-Request-Method": "POST"}
        for path in ("/api/v1/session", "/db/510107001001001/_bulk_docs"):
            allowed = client.options(path, headers=asked | {"Access-Control-Request-Headers": "authorization"})
            assert allowed.status_code in (200, 204)
            assert allowed.headers.get_list("access-control-allow-origin") == ["https://tablet.example.org"]
            assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
        bad = client.get("/health/live", headers={"Origin": "https://evil.example.org"})
        assert "access-control-allow-origin" not in bad.headers


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/api/v1/lots", {"area": "510107"}, "body.round：缺少该项。"),
        ("POST", "/api/v1/lots", {"area": "510107", "round": "r", "colour": 1}, "body.colour：没有这个项目。"),
        ("POST", "/api/v1/lots", {"area": "x", "round": ""}, "body.area：格式不正确（另有 1 处）。"),
        ("POST", "/api/v1/cases/decisions", {"decisions": []}, "body.decisions：至少 1 项。"),
        ("GET", "/api/v1/cases?limit=0", None, "query.limit：不得小于 1。"),
        ("GET", "/api/v1/cases?state=moon", None, "query.state：应为以下之一：open、decided、closed。"),
        ("GET", "/api/v1/reports/accounting?from=x", None, "query.from：应为日期，例如 2026-11-23。"),
    ],
)
def test_what_is_malformed_is_told_in_chinese_too(
    city: City, method: str, path: str, body: dict[str, object] | None, words: str
) -> None:
    """Where, and what is wrong there; beside the English sentence."""
    city.add("wu.min", "reviewer", "510107")
    answer = city.client.request(method, path, json=body, headers=city.log_in("wu.min"))
    assert (answer.status_code, answer.json()["reason_zh"]) == (400, words), answer.text
    assert answer.json()["reason"]
