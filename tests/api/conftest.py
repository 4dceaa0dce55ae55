"""The real app over a real store in a temporary folder, with a clock that the test holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from fieldsync.accounts import User
from fieldsync.settings import Settings
from mobile_api.app import create_app
from tests.api.city import PASSWORD, City, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=f"sqlite:///{tmp_path}/store")


@pytest.fixture
def city(settings: Settings, clock: Clock) -> Iterator[City]:
    app = create_app(settings, clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        city = City(app, client, clock)
        city.services.accounts.create_first_administrator(User(name="admin", display={}, roles=()), PASSWORD)
        yield city
