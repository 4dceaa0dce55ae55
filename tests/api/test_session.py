"""Logging in, refreshing, logging out, and forged tokens."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.api.city import PASSWORD, City, bearer

ME = "/api/v1/me"


def claims_of(city: City, headers: dict[str, str]) -> dict[str, Any]:
    token = headers["Authorization"].removeprefix("Bearer ")
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def status_with(city: City, token: str) -> int:
    return city.client.get(ME, headers={"Authorization": f"Bearer {token}"}).status_code


def test_log_in_gives_tokens_that_open_the_door(city: City) -> None:
    """A name and a password are exchanged for an access token that says who asks."""
    answer = city.client.post("/api/v1/session", json={"name": "admin", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["user"]["roles"] == ["administrator"]
    assert "password" not in answer.json()["user"]
    me = city.client.get(ME, headers=bearer(answer))
    assert me.json()["user"]["name"] == "admin"


@pytest.mark.parametrize(
    ("name", "password"), [("admin", "wrong horse"), ("nobody", PASSWORD), ("Ad min", "x"), ("", "")]
)
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(city: City, name: str, password: str) -> None:
    """Nobody learns from the answer whether a name exists."""
    answer = city.client.post("/api/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 401
    told = {"error": "unauthorized", "reason": "The name or the password is wrong.", "reason_zh": "用户名或密码错误。"}
    assert answer.json() == told


def test_guessing_passwords_is_braked(city: City) -> None:
    """After ten failures a name is not heard for a while, not even with the right password; then it is again."""
    wrong = {"name": "admin", "password": "wrong horse"}
    assert [city.client.post("/api/v1/session", json=wrong).status_code for _ in range(10)] == [401] * 10
    right = {"name": "admin", "password": PASSWORD}
    held = city.client.post("/api/v1/session", json=right)
    assert held.status_code == 429
    assert int(held.headers["retry-after"]) == 300
    city.clock.pass_(minutes=5)
    assert city.client.post("/api/v1/session", json=right).status_code == 200


def test_an_access_token_expires(city: City) -> None:
    """After its life an access token opens nothing, and the answer says to refresh."""
    headers = city.log_in("admin")
    city.clock.pass_(minutes=29)
    assert city.client.get(ME, headers=headers).status_code == 200
    city.clock.pass_(minutes=2)
    answer = city.client.get(ME, headers=headers)
    assert answer.status_code == 401
    assert "expired" in answer.json()["reason"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_session_is_refreshed(city: City) -> None:
    """A refresh token gives new tokens, and each new one gives further ones."""
    answer = city.client.post("/api/v1/session", json={"name": "admin", "password": PASSWORD})
    for _ in range(3):
        city.clock.pass_(days=20)
        answer = city.client.post("/api/v1/session/refresh", json={"refresh": answer.json()["refresh"]})
        assert answer.status_code == 200
        assert city.client.get(ME, headers=bearer(answer)).status_code == 200


def test_a_lost_answer_costs_nothing(city: City) -> None:
    """A refresh token whose answer was lost is good again, as long as no successor was used."""
    first = city.client.post("/api/v1/session", json={"name": "admin", "password": PASSWORD}).json()["refresh"]
    city.client.post("/api/v1/session/refresh", json={"refresh": first})
    city.clock.pass_(hours=3)
    again = city.client.post("/api/v1/session/refresh", json={"refresh": first})
    assert again.status_code == 200
    assert city.client.post("/api/v1/session/refresh", json={"refresh": again.json()["refresh"]}).status_code == 200


def test_a_used_refresh_token_ends_the_session(city: City) -> None:
    """A token that comes again after its successor was used is a copy: the whole session is over."""
    first = city.client.post("/api/v1/session", json={"name": "admin", "password": PASSWORD}).json()["refresh"]
    second = city.client.post("/api/v1/session/refresh", json={"refresh": first}).json()["refresh"]
    third = city.client.post("/api/v1/session/refresh", json={"refresh": second})
    assert city.client.post("/api/v1/session/refresh", json={"refresh": first}).status_code == 401
    assert city.client.post("/api/v1/session/refresh", json={"refresh": third.json()["refresh"]}).status_code == 401
    assert city.client.get(ME, headers=bearer(third)).status_code == 401


def test_a_refresh_token_expires(city: City) -> None:
    """A session that was not refreshed for longer than its life is over."""
    first = city.client.post("/api/v1/session", json={"name": "admin", "password": PASSWORD}).json()["refresh"]
    city.clock.pass_(days=61)
    assert city.client.post("/api/v1/session/refresh", json={"refresh": first}).status_code == 401


@pytest.mark.parametrize("token", ["", ".", "x", "x.y", "é.é", "a.b.c", "x" * 200])
def test_a_senseless_refresh_token_is_refused(city: City, token: str) -> None:
    """What never was a refresh token is a 401, not an error of ours."""
    assert city.client.post("/api/v1/session/refresh", json={"refresh": token}).status_code == 401


def test_logging_out_ends_the_session(city: City) -> None:
    """After logging out neither the access token nor the refresh token is good."""
    answer = city.client.post("/api/v1/session", json={"name": "admin", "password": PASSWORD})
    assert city.client.delete("/api/v1/session", headers=bearer(answer)).status_code == 204
    assert city.client.get(ME, headers=bearer(answer)).status_code == 401
    refresh = {"refresh": answer.json()["refresh"]}
    assert city.client.post("/api/v1/session/refresh", json=refresh).status_code == 401


def test_an_unsigned_token_is_refused(city: City) -> None:
    """`alg: none` opens nothing."""
    claims = claims_of(city, city.log_in("admin"))
    kid = city.services.keys.current
    assert status_with(city, jwt.encode(claims, None, "none", headers={"kid": kid})) == 401


def test_the_public_key_is_no_secret_to_sign_with(city: City) -> None:
    """A token signed by HMAC with the public key, the oldest confusion, opens nothing."""
    claims = claims_of(city, city.log_in("admin"))
    keys = city.services.keys
    private = load_pem_private_key(keys.signing[keys.current].encode(), None)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "typ": "JWT", "kid": keys.current}
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signed.encode(), public)
    assert status_with(city, f"{signed}.{_base64(signature)}") == 401


def test_another_key_does_not_sign_for_us(city: City) -> None:
    """A token by a foreign key is refused, whether it borrows our key id or brings its own."""
    claims = claims_of(city, city.log_in("admin"))
    foreign = ec.generate_private_key(ec.SECP256R1())
    for kid in (city.services.keys.current, "theirs", "../../etc/passwd", "https://example.org/key"):
        assert status_with(city, jwt.encode(claims, foreign, "ES256", headers={"kid": kid})) == 401


@pytest.mark.parametrize("kid", [None, 7, ["a"], {"a": 1}])
def test_a_key_id_is_a_text_or_nothing(city: City, kid: Any) -> None:
    """A key id of another type is refused and breaks nothing."""
    keys, claims = city.services.keys, claims_of(city, city.log_in("admin"))
    header = {"alg": "ES256", "typ": "JWT", "kid": kid}
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    key = load_pem_private_key(keys.signing[keys.current].encode(), None)
    signature = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).sign(signed.encode(), key)
    assert status_with(city, f"{signed}.{_base64(signature)}") == 401


@pytest.mark.parametrize(
    ("claim", "value"),
    [("iss", "other"), ("aud", "other"), ("sub", "nobody"), ("sid", "nothing"), ("exp", "soon"), ("exp", 1e400)],
)
def test_every_claim_is_checked(city: City, claim: str, value: Any) -> None:
    """A token of our own key with a foreign issuer, audience, subject or session opens nothing."""
    keys, claims = city.services.keys, claims_of(city, city.log_in("admin"))
    header = {"alg": "ES256", "typ": "JWT", "kid": keys.current}
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims | {claim: value}))
    key = load_pem_private_key(keys.signing[keys.current].encode(), None)
    signature = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).sign(signed.encode(), key)
    assert status_with(city, f"{signed}.{_base64(signature)}") == 401


def test_roles_in_a_token_count_for_nothing(city: City) -> None:
    """Rights are read from the account at each request, so a change holds at once."""
    city.add("wang", "supervisor", "510107")
    headers = city.log_in("wang")
    assert city.client.get("/api/v1/staff", headers=headers).status_code == 200
    body = {"roles": ["collector"]}
    assert city.client.patch("/api/v1/staff/wang", json=body, headers=city.log_in("admin")).status_code == 200
    assert city.client.get("/api/v1/staff", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YWRtaW46eA==", "Bearer a.b.c", "Bearer " + "[" * 9000]
)
def test_a_header_without_a_token_is_refused(city: City, header: str) -> None:
    """What is no bearer token is a 401 with one clear line."""
    answer = city.client.get(ME, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized"


def test_a_header_nested_without_end_is_refused(city: City) -> None:
    """A token whose header is nested deeper than a parser goes is refused like any other."""
    token = _base64(b"[" * 20_000) + ".e30.x"
    assert status_with(city, token) == 401


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
