"""The API against its own description: whatever is sent, the answer is one that is documented, and never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from starlette.types import Receive, Scope, Send

from tests.api.city import NORTH, City

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
EXAMPLES = 5


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/geo+json")
def _as_bytes(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode()


@pytest.fixture
def api(city: City) -> Any:
    """The description of a server that has cells, accounts and an assignment."""
    city.import_plan()
    city.add("li.na", "collector", "510107")
    city.assign(NORTH, "li.na")

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        # The client of the fixture has started the app already.
        if scope["type"] == "http":
            await city.app(scope, receive, send)

    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", served)


def test_every_operation_has_a_name_of_its_own(city: City) -> None:
    """Clients made from the description name their functions by it."""
    paths = city.client.get("/api/v1/openapi.json").json()["paths"]
    names = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert len(names) == len(set(names)) > 60


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_is_documented(api: Any, city: City, mode: GenerationMode) -> None:
    """An administrator sends every route what its description allows, and what it does not."""
    operations = [found.ok() for found in api.include(path_regex="^/api/").get_all_operations()]
    assert len(operations) > 20
    for operation in operations:
        probe(city, operation.as_strategy(generation_mode=mode))


def probe(city: City, cases: Any) -> None:
    """Send some cases, and compare each answer with the description."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: schemathesis.Case) -> None:
        session = city.services.sessions.open("admin")
        case.call_and_validate(headers={"Authorization": f"Bearer {session.access}"}, checks=CHECKS)

    send()
