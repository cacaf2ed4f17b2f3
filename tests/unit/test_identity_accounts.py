"""What operators do with accounts, and how passwords are kept."""

from collections.abc import Iterator
from typing import Literal

import pytest
from argon2 import PasswordHasher, Type
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY
from tests.edge.identity_site import PASSWORD, Provider
from tests.fakes.identity import QUICK_HASHER

from videochat.core.errors import Refusal, Unavailable
from videochat.identity import ProviderSettings, SettingsError, SignUp
from videochat.identity.errors import InvalidField, UnknownAccount, WrongCredentials
from videochat.identity.passwords import Passwords, check_password
from videochat.identity.secrets import Signer, fingerprint, new_secret


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


def can_sign_in(provider: Provider, email: str, password: str) -> bool:
    try:
        provider.identity.accounts.authenticate(email, password, address="192.0.2.1", device=None)
    except WrongCredentials:
        return False
    return True


def test_an_account_is_added_and_listed(provider: Provider) -> None:
    accounts = provider.identity.accounts
    bob = accounts.add("Bob@Example.org", "Bob", PASSWORD)
    ann = accounts.add("ann@example.org", " Ann\tA. ", PASSWORD)
    assert [account.email for account in accounts.list()] == ["ann@example.org", "bob@example.org"]
    assert ann.name == "Ann A."
    assert ann.created_at == provider.clock.now()
    assert [(new.user_id, new.email, new.name) for new in provider.added] == [
        (bob.account_id, "bob@example.org", "Bob"),
        (ann.account_id, "ann@example.org", "Ann A."),
    ]
    assert can_sign_in(provider, "ann@example.org", PASSWORD)
    assert accounts.find("ANN@example.org") == ann
    assert accounts.is_active(ann.account_id)
    assert not accounts.is_active("nobody")


@pytest.mark.parametrize(
    ("email", "name", "password", "code"),
    [
        ("ann", "Ann", PASSWORD, "invalid_email"),
        ("ann@example.org", "", PASSWORD, "invalid_name"),
        ("ann@example.org", "Ann\x07", PASSWORD, "invalid_name"),
        ("ann@example.org", "Ann", "short", "weak_password"),
    ],
)
def test_a_bad_account_is_not_added(
    provider: Provider, email: str, name: str, password: str, code: str
) -> None:
    with pytest.raises(InvalidField) as refusal:
        provider.identity.accounts.add(email, name, password)
    assert refusal.value.code == code
    assert provider.data.accounts == {}
    assert provider.added == []


def test_an_address_is_taken_once_even_in_a_race(provider: Provider) -> None:
    accounts = provider.identity.accounts
    provider.accounts.interfere("add", lambda: accounts.add("ann@example.org", "First", PASSWORD))
    with pytest.raises(InvalidField) as refusal:
        accounts.add("ann@example.org", "Second", PASSWORD)
    assert provider.accounts.faults_left == 0
    assert refusal.value.code == "email_taken"
    assert [account.name for account in accounts.list()] == ["First"]


def test_when_no_user_can_be_made_there_is_no_account(provider: Provider) -> None:
    provider.broken = Unavailable("no users today")
    with pytest.raises(Unavailable):
        provider.identity.accounts.add("ann@example.org", "Ann", PASSWORD)
    assert provider.identity.accounts.list() == []


def test_an_invitation_is_not_lost_when_no_user_can_be_made() -> None:
    provider = Provider(sign_up=SignUp.INVITATION)
    code = provider.identity.accounts.invite().code
    provider.broken = Unavailable("no users today")

    def sign_up() -> object:
        return provider.identity.accounts.sign_up(
            "ann@example.org", "Ann", PASSWORD, invitation=code, address="192.0.2.1"
        )

    with pytest.raises(Unavailable):
        sign_up()
    provider.broken = None
    assert sign_up()
    provider.close()


def test_a_new_password_replaces_the_old_and_signs_out(provider: Provider) -> None:
    account = provider.identity.accounts.add("ann@example.org", "Ann", PASSWORD)
    secret, _ = provider.identity.sessions.begin(account, None)
    assert provider.identity.sessions.find(secret) is not None
    provider.identity.accounts.set_password("Ann@example.org", "another horse battery")
    assert provider.identity.sessions.find(secret) is None
    assert not can_sign_in(provider, "ann@example.org", PASSWORD)
    assert can_sign_in(provider, "ann@example.org", "another horse battery")
    with pytest.raises(InvalidField):
        provider.identity.accounts.set_password("ann@example.org", "short")
    assert can_sign_in(provider, "ann@example.org", "another horse battery")


def test_what_is_unknown_cannot_be_changed(provider: Provider) -> None:
    accounts = provider.identity.accounts
    for action in (
        lambda: accounts.set_password("nobody@example.org", PASSWORD),
        lambda: accounts.remove("nobody@example.org"),
        lambda: accounts.find("nobody@example.org"),
        lambda: provider.identity.provider.access_token_for("nobody@example.org"),
    ):
        with pytest.raises(UnknownAccount, match=r"nobody@example\.org"):
            action()


def test_removal_comes_in_an_order_that_leaves_no_gap(provider: Provider) -> None:
    account = provider.identity.accounts.add("ann@example.org", "Ann", PASSWORD)
    secret, _ = provider.identity.sessions.begin(account, None)
    provider.accounts.fail_next(on="remove")
    with pytest.raises(Unavailable):
        provider.identity.accounts.remove("ann@example.org")
    # Interrupted at the last step: nobody can use the account, and the operator can say it again.
    assert [gone.user_id for gone in provider.removed] == [account.account_id]
    assert not provider.identity.accounts.is_active(account.account_id)
    assert not can_sign_in(provider, "ann@example.org", PASSWORD)
    assert provider.identity.sessions.find(secret) is None
    with pytest.raises(UnknownAccount):
        provider.identity.provider.access_token_for("ann@example.org")
    provider.identity.accounts.remove("ann@example.org")
    assert provider.identity.accounts.list() == []
    provider.identity.accounts.add("ann@example.org", "Ann", PASSWORD)


def test_an_invitation_is_stored_as_a_fingerprint(provider: Provider) -> None:
    code = provider.identity.accounts.invite()
    assert len(code.code.replace("-", "")) == 20
    assert code.url == f"http://localhost:8000/oidc/sign-up?invitation={code.code}"
    assert code.expires_at == provider.clock.now() + 7 * 86_400_000
    assert list(provider.data.invitations) == [fingerprint(code.code.replace("-", ""))]
    assert provider.identity.accounts.invite().code != code.code


# Passwords


@pytest.mark.parametrize(
    "password",
    [
        "ten chars!",
        "p" * 3 + "assword" * 30,
        "пароль-длинный",
        "🐎🔋📎🧵" * 3,
        "correct horse battery staple",
    ],
)
def test_a_long_password_is_good_whatever_it_is_made_of(password: str) -> None:
    check_password(password, "ann@example.org", "Ann")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "ninechars",
        "n" * 257,
        "abababababab",
        "ann@example.org",
        "Ann Example Person",
        "QWERTYUIOP",
        "123456789a",
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        check_password(password, "ann@example.org", "Ann Example Person")
    assert (refusal.value.field, refusal.value.code) == ("password", "weak_password")
    if password:
        assert password not in refusal.value.message


def test_passwords_are_kept_with_argon2id_in_the_recommended_strength() -> None:
    stored = Passwords().hash(PASSWORD)
    low_memory = RFC_9106_LOW_MEMORY
    assert low_memory.type is Type.ID
    assert stored.startswith(
        f"$argon2id$v=19$m={low_memory.memory_cost},t={low_memory.time_cost},p={low_memory.parallelism}$"
    )


def test_the_same_password_in_another_composition_is_the_same() -> None:
    passwords = Passwords(QUICK_HASHER)
    stored = passwords.hash("cafe\u0301 au lait")
    assert passwords.verify(stored, "café au lait")
    assert not passwords.verify(stored, "cafe au lait")
    assert stored != passwords.hash("cafe\u0301 au lait")


@pytest.mark.parametrize("password", ["\udc80 from a terminal", "\x00\x00 nothing", "a" * 100_000])
def test_odd_passwords_crash_nothing(password: str) -> None:
    passwords = Passwords(QUICK_HASHER)
    assert passwords.verify(passwords.hash(password[:1000]), password) is (len(password) <= 1000)


@pytest.mark.parametrize("stored", ["", "garbage", "$argon2id$", "plain text"])
def test_a_damaged_hash_lets_nobody_in(stored: str) -> None:
    assert not Passwords(QUICK_HASHER).verify(stored, PASSWORD)


def test_an_unknown_account_costs_as_much_as_a_known_one() -> None:
    verified: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(hash))
            return super().verify(hash, password)

    passwords = Passwords(Watched.from_parameters(CHEAPEST))
    stored = passwords.hash(PASSWORD)
    assert passwords.verify(stored, PASSWORD)
    assert not passwords.verify(None, PASSWORD)
    known, nobodys = verified
    assert known != nobodys
    assert known.rsplit("$", 2)[0] == nobodys.rsplit("$", 2)[0]


def test_nobodys_password_is_not_one_that_opens(provider: Provider) -> None:
    assert not Passwords(QUICK_HASHER).verify(None, "")


# Secrets


def test_codes_differ_by_purpose_and_by_how_the_parts_are_cut() -> None:
    signer = Signer(b"s" * 32)
    code = signer.code("form", "ab", "c")
    assert signer.verify(code, "form", "ab", "c")
    assert not signer.verify(code, "form", "a", "bc")
    assert not signer.verify(code, "device", "ab", "c")
    assert not signer.verify(code + "x", "form", "ab", "c")
    assert not signer.verify("ü", "form", "ab", "c")
    assert not Signer(b"t" * 32).verify(code, "form", "ab", "c")
    with pytest.raises(SettingsError):
        Signer(b"short")
    assert len({new_secret() for _ in range(100)}) == 100


# Settings


def test_settings_follow_from_the_public_url() -> None:
    settings = ProviderSettings.for_public_url(
        "https://Video.example.org/", web_origins=("http://localhost:5173",)
    )
    assert settings.issuer == "https://Video.example.org"
    assert settings.redirect_uris == ("https://Video.example.org/callback", "http://localhost:5173/callback")
    assert settings.post_logout_redirect_uris == ("https://Video.example.org/", "http://localhost:5173/")
    assert settings.web_origins == ("https://video.example.org", "http://localhost:5173")
    assert settings.secure


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://video.example.org/"},
        {"issuer": "ftp://video.example.org"},
        {"issuer": "https://video.example.org?x=1"},
        {"redirect_uris": ()},
        {"redirect_uris": ("javascript:alert(1)",)},
        {"redirect_uris": ("https://video.example.org/callback#x",)},
        {"access_token_lifetime": 3601},
        {"id_token_lifetime": 3601},
        {"access_token_lifetime": 0},
        {"code_lifetime": 601},
        {"refresh_grace": 301},
        {"refresh_grace": -1},
        {"session_lifetime": 0},
    ],
)
def test_settings_that_are_unsafe_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        Provider(**changes)  # type: ignore[arg-type]


def test_refusals_are_refusals() -> None:
    assert issubclass(InvalidField, Refusal)
