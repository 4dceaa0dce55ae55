"""A server as the tests use it: a clock that stands, a plan of three cells, and the steps every story begins with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from fieldsync.services import Services

PASSWORD = "correct horse"
NORTH, SOUTH, ELSEWHERE = "510107001001001", "510107001001002", "510104002001001"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **span: float) -> None:
        self.time += timedelta(**span)


def square(code: str, west: float, south: float) -> dict[str, Any]:
    ring = [[west, south], [west + 0.01, south], [west + 0.01, south + 0.01], [west, south + 0.01], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code, "name": f"Cell {code}"}, "geometry": geometry}


def plan_of(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


PLAN = plan_of(square(NORTH, 104.0, 30.6), square(SOUTH, 104.0, 30.59), square(ELSEWHERE, 104.2, 30.6))


@dataclass(frozen=True)
class City:
    """A server, and what a test asks of it."""

    app: FastAPI
    client: TestClient
    clock: Clock

    @property
    def services(self) -> Services:
        kept: Services = self.app.state.services
        return kept

    def log_in(self, name: str, password: str = PASSWORD) -> dict[str, str]:
        answer = self.client.post("/api/v1/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        return bearer(answer)

    def add(self, name: str, role: str, *areas: str) -> None:
        body = {"name": name, "roles": [role], "areas": list(areas), "password": PASSWORD}
        answer = self.client.post("/api/v1/staff", json=body, headers=self.log_in("admin"))
        assert answer.status_code == 201, answer.text

    def import_plan(self, geojson: bytes = PLAN) -> None:
        query = "/api/v1/plans?name=Sample&date=2026-11-01"
        answer = self.client.post(query, content=geojson, headers=self.log_in("admin"))
        assert answer.status_code == 201, answer.text

    def enrol(self, collector: str) -> Response:
        code = self.client.post(
            "/api/v1/devices/enrolments", json={"collector": collector}, headers=self.log_in("admin")
        )
        assert code.status_code == 201, code.text
        body = {"code": code.json()["code"], "label": "Tablet 7"}
        answer = self.client.post("/api/v1/devices/enrol", json=body)
        assert answer.status_code == 201, answer.text
        return answer

    def assign(self, cell: str, collector: str, role: str = "holder") -> dict[str, Any]:
        body = {"cell": cell, "collector": collector, "role": role}
        answer = self.client.post("/api/v1/assignments", json=body, headers=self.log_in("admin"))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


def bearer(answer: Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access']}"}
