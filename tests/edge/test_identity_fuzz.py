"""Whatever comes in: no crash, no token, nobody sent to an address that is not registered."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.edge.identity_site import ALL_SCOPES, CHALLENGE, Provider

from videochat.adapters.local.tokens import LocalTokens
from videochat.core.errors import Unauthorized
from videochat.identity.errors import BadAuthorizationRequest
from videochat.identity.provider import ConfirmSignOut, Redirect, SignedOut, SignInNeeded
from videochat.identity.sessions import SignedIn

VALID = {
    "client_id": "videochat-web",
    "redirect_uri": "http://localhost:8000/callback",
    "response_type": "code",
    "scope": ALL_SCOPES,
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
NAMES = [*VALID, "prompt", "max_age", "login_hint", "response_mode", "request", "request_uri", "id_token_hint",
         "post_logout_redirect_uri", "grant_type", "code", "code_verifier", "refresh_token", "token", "client_secret"]  # fmt: skip
VALUES = [
    *VALID.values(), "none", "login", "create", "consent", "select_account", "0", "http://localhost:8000/", "authorization_code",
    "refresh_token", "https://evil.example/", "http://localhost:8000/callback#", "code token",
]  # fmt: skip

text = st.text(max_size=60) | st.sampled_from(VALUES)
anything = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=12), text), max_size=10)
nearly_valid = st.dictionaries(st.sampled_from(NAMES), text, max_size=3).map(
    lambda changes: list({**VALID, **changes}.items())
)
requests = anything | nearly_valid

many = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def signed_in(provider: Provider) -> SignedIn:
    account = provider.identity.accounts.find("ann@example.org")
    return provider.identity.sessions.begin(account, None)[1]


@many
@given(pairs=requests, here=st.booleans(), just_now=st.booleans())
def test_authorization_requests(
    provider: Provider, signed_in: SignedIn, pairs: list[tuple[str, str]], here: bool, just_now: bool
) -> None:
    try:
        outcome = provider.identity.provider.authorize(pairs, signed_in if here else None, just_now=just_now)
    except BadAuthorizationRequest:
        return
    if isinstance(outcome, Redirect):
        callbacks = tuple(f"{uri}?" for uri in provider.settings.redirect_uris)
        assert outcome.location.startswith(callbacks)
        assert outcome.location.isascii()
        assert outcome.location.isprintable()
        assert here or "code=" not in outcome.location.split("state=")[0]
    else:
        assert isinstance(outcome, SignInNeeded)


@many
@given(pairs=requests, here=st.booleans())
def test_logout_requests(
    provider: Provider, signed_in: SignedIn, pairs: list[tuple[str, str]], here: bool
) -> None:
    try:
        outcome = provider.identity.provider.logout(pairs, signed_in if here else None)
    except BadAuthorizationRequest:
        return
    if isinstance(outcome, Redirect):
        assert outcome.location.split("?")[0] in provider.settings.post_logout_redirect_uris
        assert outcome.location.isascii()
    else:
        assert isinstance(outcome, ConfirmSignOut | SignedOut)


@many
@given(pairs=requests)
def test_token_requests(provider: Provider, pairs: list[tuple[str, str]]) -> None:
    response = provider.identity.provider.token(pairs)
    assert response.status == 400
    assert "access_token" not in response.body
    assert provider.identity.provider.revoke(pairs).status in (200, 400)


@many
@given(token=st.text(max_size=200) | st.text("abcdefgABCDEFG0123_-.", max_size=200))
def test_tokens(provider: Provider, token: str) -> None:
    tokens = LocalTokens(provider.settings, provider.keys, is_active=lambda _: True)
    with pytest.raises(Unauthorized):
        tokens.verify(token, provider.clock.now())
    assert provider.identity.provider.userinfo(token).status == 401


@many
@given(email=st.text(max_size=60), password=st.text(max_size=60), device=st.none() | st.text(max_size=10))
def test_credentials(provider: Provider, email: str, password: str, device: str | None) -> None:
    provider.attempts.levels.clear()
    with pytest.raises(Exception, match="address or the password is wrong"):
        provider.identity.accounts.authenticate(email, password, address="192.0.2.1", device=device)
