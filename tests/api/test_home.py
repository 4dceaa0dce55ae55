"""The page at the server's address."""

from __future__ import annotations

from tests.api.conftest import City


def test_somebody_who_opens_the_address_learns_what_is_there(city: City) -> None:
    """The page is in both languages, loads nothing from elsewhere, and lists the API's operations."""
    answer = city.client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "服务器运行正常" in answer.text
    assert "/api/v1/cases/{case}/decision" in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
