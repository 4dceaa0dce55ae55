"""Who speaks to a bare server: nobody in particular, or users with a password or a cookie."""

from __future__ import annotations

import base64

import httpx
import pytest

WRONG = {"error": "unauthorized", "reason": "Name or password is incorrect."}


@pytest.fixture
def stranger(guarded: str) -> httpx.Client:
    """Return a client without credentials of the server with users."""
    return httpx.Client(base_url=guarded)


def test_without_users_everybody_is_an_administrator(couch: httpx.Client) -> None:
    """As in CouchDB before it has administrators."""
    known = couch.get("/_session").json()
    assert (known["ok"], known["userCtx"]) == (True, {"name": None, "roles": ["_admin"]})
    assert couch.get("/_all_dbs", auth=("any", "body")).status_code == 200


def test_a_stranger_sees_the_root_and_no_database(stranger: httpx.Client) -> None:
    """Nor which databases there are."""
    assert stranger.get("/").status_code == 200
    assert stranger.get("/_up").status_code == 200
    assert stranger.get("/_session").json()["userCtx"] == {"name": None, "roles": []}
    listing, database = stranger.get("/_all_dbs"), stranger.put("/mine")
    assert (listing.status_code, listing.json()["reason"]) == (401, "You are not a server admin.")
    assert (database.status_code, database.json()["reason"]) == (401, "You are not authorized to access this db.")
    assert database.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("user", [("admin", "secret"), ("li.na", "pass:word")])
def test_a_user_shows_a_password(stranger: httpx.Client, user: tuple[str, str]) -> None:
    """With every request."""
    assert stranger.get("/_all_dbs", auth=user).status_code == 200
    known = stranger.get("/_session", auth=user).json()
    assert known["userCtx"] == {"name": user[0], "roles": ["_admin"]}
    assert known["info"]["authenticated"] == "default"


@pytest.mark.parametrize(
    "header", ["Basic !", "Basic " + base64.b64encode(b"admin:guess").decode(), "Basic bm9ib2R5Og=="]
)
def test_a_wrong_password_is_refused_everywhere(stranger: httpx.Client, header: str) -> None:
    """At the root too."""
    for path in ("/", "/_all_dbs", "/_session"):
        refused = stranger.get(path, headers={"Authorization": header})
        assert (refused.status_code, refused.json()) == (401, WRONG)


@pytest.mark.parametrize("as_form", [True, False])
def test_a_user_logs_in_and_out(stranger: httpx.Client, as_form: bool) -> None:
    """With a cookie in between."""
    given = {"name": "admin", "password": "secret"}
    answer = stranger.post("/_session", data=given) if as_form else stranger.post("/_session", json=given)
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "name": "admin", "roles": ["_admin"]})
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert stranger.get("/_all_dbs").status_code == 200
    assert stranger.get("/_session").json()["info"]["authenticated"] == "cookie"
    assert stranger.delete("/_session").json() == {"ok": True}
    assert stranger.get("/_all_dbs").status_code == 401


def test_a_wrong_login_gives_no_cookie(stranger: httpx.Client) -> None:
    """And takes the one there was."""
    refused = stranger.post("/_session", json={"name": "admin", "password": "guess"})
    assert (refused.status_code, refused.json()) == (401, WRONG)
    assert refused.headers["set-cookie"].startswith("AuthSession=;")


def test_a_forged_cookie_is_nobody_s(stranger: httpx.Client) -> None:
    """Its seal decides, and its time."""
    forged = base64.urlsafe_b64encode(b"admin:FFFFFFFF:" + b"0" * 64).decode()
    assert stranger.get("/_all_dbs", headers={"Cookie": f"AuthSession={forged}"}).status_code == 401
    assert stranger.get("/_all_dbs", headers={"Cookie": "AuthSession=junk"}).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5984", "203.0.113.9", "[::2]:5984", "["])
def test_an_open_server_answers_to_local_names_only(couch: httpx.Client, host: str) -> None:
    """A page that gives its own name this machine's address is turned away."""
    refused = couch.get("/_all_dbs", headers={"Host": host})
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")


@pytest.mark.parametrize("host", ["localhost:5984", "127.0.0.1", "127.1.2.3:80", "[::1]:5984"])
def test_local_names_are_good(couch: httpx.Client, host: str) -> None:
    """With any port."""
    assert couch.get("/_all_dbs", headers={"Host": host}).status_code == 200


def test_a_server_with_users_may_have_any_name(stranger: httpx.Client) -> None:
    """The password decides."""
    assert stranger.get("/_all_dbs", headers={"Host": "db.example"}, auth=("admin", "secret")).status_code == 200


def test_foreign_pages_are_turned_away(couch: httpx.Client, name: str) -> None:
    """Before anything is done; those of the settings and the server's own are not."""
    refused = couch.put(f"/{name}", headers={"Origin": "https://evil.example"})
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")
    assert couch.get(f"/{name}").status_code == 404
    own = str(couch.base_url).rstrip("/")
    assert couch.get("/_all_dbs", headers={"Origin": own}).status_code == 200
    named = couch.get("/_all_dbs", headers={"Origin": "https://tools.example"})
    assert named.headers["access-control-allow-origin"] == "https://tools.example"
