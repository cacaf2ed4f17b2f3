"""Which tokens of a user pool are believed."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from tests.aws.service import Service

from videochat.adapters.aws_requests import AwsRequests, Credentials
from videochat.adapters.cognito import REFRESH_MS, CognitoTokens
from videochat.core.errors import Unauthorized, Unavailable
from videochat.core.models import Identity

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
JWKS = "/eu-west-1_abc/.well-known/jwks.json"
NOW = 1_800_000_000_000


@cache
def key(key_id: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": key_id, "use": "sig", "alg": "RS256"})


def published(*key_ids: str) -> tuple[int, bytes]:
    return 200, msgspec.json.encode(KeySet([key(one) for one in key_ids]).as_dict(private=False))


def claims(**changes: Any) -> dict[str, Any]:
    usual = {
        "sub": "user-1",
        "iss": ISSUER,
        "aud": "client-1",
        "token_use": "id",
        "iat": NOW // 1000 - 10,
        "exp": NOW // 1000 + 3600,
        "email": "Ann@Example.org",
        "email_verified": True,
        "name": "Ann",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def token(key_id: str = "k1", signed_by: str | None = None, **changes: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": key_id}, claims(**changes), key(signed_by or key_id))


@pytest.fixture
def tokens(service: Service) -> Iterator[CognitoTokens]:
    service.answers[JWKS] = [published("k1")]
    requests = AwsRequests("eu-west-1", Credentials("a", "b"), service.url, sleep=lambda _: None, timeout=60)
    yield CognitoTokens(requests, ISSUER, "client-1")
    requests.close()


def test_an_id_token_says_who_it_is(tokens: CognitoTokens) -> None:
    assert tokens.verify(token(), NOW) == Identity("user-1", "ann@example.org", "Ann")


def test_a_name_is_not_needed(tokens: CognitoTokens) -> None:
    assert tokens.verify(token(name=None), NOW) == Identity("user-1", "ann@example.org", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other"},
        {"iss": None},
        {"aud": "client-2"},
        {"aud": None},
        {"aud": ["client-1"]},
        {"token_use": "access"},
        {"token_use": None},
        {"exp": NOW // 1000},
        {"exp": None},
        {"exp": "9999999999"},
        {"iat": NOW // 1000 + 3600},
        {"nbf": NOW // 1000 + 3600},
        {"email": None},
        {"email": "no address"},
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": None},
        {"sub": None},
        {"sub": ""},
        {"name": 5},
    ],
    ids=str,
)
def test_other_claims_are_refused(tokens: CognitoTokens, changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        tokens.verify(token(**changes), NOW)


def encoded(*parts: dict[str, Any]) -> str:
    return ".".join(urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=").decode() for part in parts)


def unsigned() -> str:
    return encoded({"alg": "none", "kid": "k1"}, claims()) + "."


def signed_with_the_public_key() -> str:
    signed = encoded({"alg": "HS256", "kid": "k1"}, claims())
    mac = hmac.digest(key("k1").as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "forged",
    [
        lambda: token("k1", signed_by="k2"),
        lambda: token("k1")[:-8] + "AAAAAAAA",
        unsigned,
        signed_with_the_public_key,
        lambda: "",
        lambda: "a.b.c",
        lambda: "é.é.é",
        lambda: "..",
        lambda: "eyJhbGciOiJSUzI1NiJ9.e30.",
        lambda: "W10.e30.",
    ],
    ids=[
        "another key",
        "changed",
        "none",
        "HS256",
        "empty",
        "abc",
        "no ASCII",
        "dots",
        "no kid",
        "no object",
    ],
)
def test_forged_tokens_are_refused(tokens: CognitoTokens, forged: Any) -> None:
    with pytest.raises(Unauthorized):
        tokens.verify(forged(), NOW)


def test_the_key_set_is_fetched_once(service: Service, tokens: CognitoTokens) -> None:
    for _ in range(3):
        tokens.verify(token(), NOW)
    assert [path for _, path, _, _ in service.requests] == [JWKS]


def test_an_unknown_key_id_fetches_it_again_but_not_all_the_time(
    service: Service, tokens: CognitoTokens
) -> None:
    tokens.verify(token(), NOW)
    service.answers[JWKS] = [published("k1", "k2")]
    with pytest.raises(Unauthorized):
        tokens.verify(token("k2"), NOW + REFRESH_MS - 1)
    assert len(service.requests) == 1
    assert tokens.verify(token("k2"), NOW + REFRESH_MS).user_id == "user-1"
    assert tokens.verify(token("k1"), NOW + REFRESH_MS).user_id == "user-1"
    assert len(service.requests) == 2


@pytest.mark.parametrize("status", [403, 404, 500])
def test_without_keys_nothing_is_decided(service: Service, tokens: CognitoTokens, status: int) -> None:
    service.answers[JWKS] = [(status, b"")]
    with pytest.raises(Unavailable):
        tokens.verify(token(), NOW)
    service.answers[JWKS] = [published("k1")]
    assert tokens.verify(token(), NOW + 1).user_id == "user-1"
