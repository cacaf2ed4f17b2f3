"""Which tokens are accepted, and that nothing else is."""

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.edge.identity_site import PASSWORD, App, Browser, Provider
from tests.fakes.identity import rsa_key

from videochat.adapters.local.tokens import LocalTokens
from videochat.core.errors import Unauthorized, Unavailable
from videochat.core.models import Identity
from videochat.identity.models import Account
from videochat.identity.tokens import LEEWAY, half_hash


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def ann(provider: Provider) -> Account:
    return provider.identity.accounts.add("ann@example.org", "Ann", PASSWORD)


@pytest.fixture
def tokens(provider: Provider, ann: Account) -> LocalTokens:
    return LocalTokens(provider.settings, provider.keys, is_active=provider.identity.accounts.is_active)


@pytest.fixture
def access(provider: Provider, ann: Account) -> str:
    return provider.identity.provider.access_token_for("Ann@example.org")


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def decoded(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    return json.loads(base64.urlsafe_b64decode(header)), json.loads(base64.urlsafe_b64decode(claims))


def is_accepted(tokens: LocalTokens, token: str, now: int) -> bool:
    return tokens.verify(token, now).email == "ann@example.org"


def is_refused(tokens: LocalTokens, token: str, now: int) -> bool:
    try:
        tokens.verify(token, now)
    except Unauthorized as refusal:
        # The refusal does not tell a guesser what was wrong.
        assert refusal.message == "Sign in again."
        return True
    return False


def test_access_and_id_tokens_are_accepted(
    provider: Provider, tokens: LocalTokens, access: str, ann: Account
) -> None:
    now = provider.clock.now()
    identity = Identity(ann.account_id, "ann@example.org", "Ann")
    assert tokens.verify(access, now) == identity
    both = App(provider).tokens(Browser(provider))
    assert tokens.verify(both["access_token"], now) == identity
    assert tokens.verify(both["id_token"], now) == identity


def test_an_operators_token_is_like_the_apps(provider: Provider, access: str) -> None:
    header, claims = decoded(access)
    assert header == {"alg": "RS256", "kid": "first", "typ": "at+jwt"}
    assert claims["aud"] == "videochat"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["scope"] == "openid profile email"


def test_a_token_expires_with_a_little_leeway(provider: Provider, tokens: LocalTokens, access: str) -> None:
    expiry = (decoded(access)[1]["exp"] + LEEWAY) * 1000
    assert is_accepted(tokens, access, expiry - 1)
    assert is_refused(tokens, access, expiry)


def test_a_token_from_the_future_is_refused(provider: Provider, tokens: LocalTokens, access: str) -> None:
    issued = decoded(access)[1]["iat"] * 1000
    assert is_accepted(tokens, access, issued - LEEWAY * 1000)
    assert is_refused(tokens, access, issued - LEEWAY * 1000 - 1000)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": "http://localhost:8000/"},
        {"iss": None},
        {"aud": "someone-else"},
        {"aud": "videochat-web"},
        {"aud": ["someone-else"]},
        {"aud": []},
        {"aud": {"videochat": 1}},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"iat": None},
        {"nbf": 4_000_000_000},
        {"email": None},
        {"email": "no address"},
        {"email": ["ann@example.org"]},
        {"name": None},
        {"name": 7},
    ],
)
def test_wrong_claims_are_refused(
    provider: Provider, tokens: LocalTokens, access: str, changes: dict[str, Any]
) -> None:
    header, claims = decoded(access)
    for name, value in changes.items():
        if value is None:
            del claims[name]
        else:
            claims[name] = value
    token = jwt.encode(header, claims, rsa_key("first"))
    assert is_refused(tokens, token, provider.clock.now())


def test_the_kind_and_the_audience_belong_together(
    provider: Provider, tokens: LocalTokens, access: str
) -> None:
    now = provider.clock.now()
    header, claims = decoded(access)
    assert is_accepted(tokens, jwt.encode(header, claims, rsa_key("first")), now)
    for typ in ("JWT", "at+JWT", "logout+jwt", "", None, 7, ["at+jwt"]):
        token = resigned({**header, "typ": typ}, claims)
        assert is_refused(tokens, token, now), typ
    as_id_token = resigned({**header, "typ": "JWT"}, {**claims, "aud": "videochat-web"})
    assert is_accepted(tokens, as_id_token, now)


def resigned(header: dict[str, Any], claims: object) -> str:
    """A token whose header the library would not make, rightly signed."""
    signed = f"{encoded(header)}.{encoded(claims)}"
    signature = rsa_key("first").private_key.sign(signed.encode(), PKCS1v15(), SHA256())  # type: ignore[union-attr]
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_no_algorithm_but_the_pinned_one(provider: Provider, tokens: LocalTokens, access: str) -> None:
    now = provider.clock.now()
    header, claims = decoded(access)
    assert is_accepted(tokens, resigned(header, claims), now)
    for alg in ("none", "None", "NONE"):
        for signature in ("", "x"):
            assert is_refused(tokens, f"{encoded({**header, 'alg': alg})}.{encoded(claims)}.{signature}", now)
    # The public key, which everybody knows, as the secret of a symmetric algorithm.
    signed = f"{encoded({**header, 'alg': 'HS256'})}.{encoded(claims)}"
    for public in (rsa_key("first").as_pem(private=False), rsa_key("first").as_der(private=False)):
        code = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=")
        assert is_refused(tokens, f"{signed}.{code.decode()}", now)
    for alg in ("RS512", "PS256"):
        assert is_refused(
            tokens, jwt.encode({**header, "alg": alg}, claims, rsa_key("first"), algorithms=[alg]), now
        )
    elliptic = ECKey.generate_key("P-256", {"kid": "first"})
    assert is_refused(
        tokens, jwt.encode({**header, "alg": "ES256"}, claims, elliptic, algorithms=["ES256"]), now
    )
    for strange in ("RS256 ", "rs256", 7, None, ["RS256"]):
        assert is_refused(tokens, resigned({**header, "alg": strange}, claims), now)


def test_no_key_but_the_providers(provider: Provider, tokens: LocalTokens, access: str) -> None:
    now = provider.clock.now()
    header, claims = decoded(access)
    stranger = rsa_key("stranger")
    for kid in ("first", "stranger", "unknown", ""):
        assert is_refused(tokens, jwt.encode({**header, "kid": kid}, claims, stranger), now)
    without = {name: value for name, value in header.items() if name != "kid"}
    assert is_refused(tokens, jwt.encode(without, claims, rsa_key("first")), now)
    # A token that brings its own key, or says where to fetch one, changes nothing.
    own = {**header, "jwk": stranger.as_dict(private=False)}
    assert is_refused(tokens, jwt.encode(own, claims, stranger), now)
    assert is_refused(tokens, resigned({**header, "kid": 7}, claims), now)
    assert is_refused(tokens, resigned({**header, "crit": ["exp"]}, claims), now)


def test_keys_are_looked_up_each_time(provider: Provider, tokens: LocalTokens, access: str) -> None:
    now = provider.clock.now()
    provider.keys.keys.insert(0, rsa_key("second"))
    newer = provider.identity.provider.access_token_for("ann@example.org")
    assert decoded(newer)[0]["kid"] == "second"
    assert is_accepted(tokens, access, now)
    assert is_accepted(tokens, newer, now)
    provider.keys.keys.pop()
    assert is_refused(tokens, access, now)
    assert is_accepted(tokens, newer, now)


def test_a_changed_token_is_refused(provider: Provider, tokens: LocalTokens, access: str) -> None:
    now = provider.clock.now()
    header, claims, signature = access.split(".")
    other = encoded({**decoded(access)[1], "sub": "bob-id"})
    for token in (
        f"{header}.{other}.{signature}",
        f"{header}.{claims}.",
        f"{header}.{claims}",
        f"{header}.{claims}.{signature}.{signature}",
        f"{header}..{signature}",
        f"{claims}.{header}.{signature}",
        access[:-4],
        access + "AAAA",
    ):
        assert is_refused(tokens, token, now)


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "\x00",
        "\udc80.\udc80.\udc80",
        "é" * 50,
        "bnVsbA.bnVsbA.bnVsbA",
        "W10.W10.W10",
        "eyJhbGciOiJSUzI1NiJ9.bnVsbA.x",
        base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.x",
        "x" * 100_000,
        "x" * 43,
    ],
)
def test_garbage_is_refused(provider: Provider, tokens: LocalTokens, garbage: str) -> None:
    assert is_refused(tokens, garbage, provider.clock.now())


def test_claims_that_are_no_object_are_refused(provider: Provider, tokens: LocalTokens, access: str) -> None:
    header, _ = decoded(access)
    shapes: list[object] = [[], "text", None, 7]
    for claims in shapes:
        assert is_refused(tokens, resigned(header, claims), provider.clock.now())


def test_refresh_tokens_and_codes_are_no_credentials(
    provider: Provider, tokens: LocalTokens, ann: Account
) -> None:
    app = App(provider)
    browser = Browser(provider)
    code = app.answer(browser.sign_in(app.url()))["code"]
    refresh_token = app.redeem(code).json()["refresh_token"]
    for secret in (code, refresh_token, browser.cookies["videochat_session"]):
        assert is_refused(tokens, secret, provider.clock.now())


def test_an_id_token_without_name_and_address_is_not_enough(
    provider: Provider, tokens: LocalTokens, ann: Account
) -> None:
    both = App(provider).tokens(Browser(provider), scope="openid")
    assert is_refused(tokens, both["id_token"], provider.clock.now())
    # The access token is for the API and always tells it who that is.
    assert is_accepted(tokens, both["access_token"], provider.clock.now())


def test_a_token_does_not_outlive_its_account(provider: Provider, tokens: LocalTokens, access: str) -> None:
    provider.identity.accounts.remove("ann@example.org")
    assert is_refused(tokens, access, provider.clock.now())


def test_a_failing_database_is_no_refusal(provider: Provider, tokens: LocalTokens, access: str) -> None:
    provider.accounts.fail_next(on="get")
    with pytest.raises(Unavailable):
        tokens.verify(access, provider.clock.now())


def test_half_hash_is_that_of_the_standard() -> None:
    # OpenID Connect Core 1.0, appendix A.3.
    assert half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"
