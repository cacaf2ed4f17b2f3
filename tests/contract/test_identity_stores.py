"""What every adapter of the identity provider's store ports promises."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.contract.race import race
from tests.fakes.identity import FakeAccounts, FakeAttempts, FakeGrants, FakeIdentity, FakeSessions

from videochat.adapters.sql.engine import open_engine
from videochat.adapters.sql.identity import SqlAccounts, SqlAttempts, SqlGrants, SqlSessions
from videochat.adapters.sql.migrations import upgrade
from videochat.core.errors import EmailTaken, Refusal
from videochat.identity.errors import InvitationUnusable
from videochat.identity.models import (
    Account,
    AttemptLevel,
    AuthorizationCode,
    Invitation,
    RefreshToken,
    Session,
    TokenFamily,
)
from videochat.identity.ports import AccountStore, AttemptStore, GrantStore, SessionStore

NOW = 1_800_000_000_000
DAY = 86_400_000

ANN = Account("ann-id", "ann@example.org", "Ann", "$argon2id$ann", NOW)
BOB = Account("bob-id", "bob@example.org", "Bob", "$argon2id$bob", NOW)
SESSION = Session("s1", "ann-id", NOW, NOW + DAY)
CODE = AuthorizationCode(
    code_hash="c1",
    family_id="f1",
    account_id="ann-id",
    session_hash="s1",
    client_id="videochat-web",
    redirect_uri="http://localhost:8000/callback",
    scope="openid email",
    code_challenge="x" * 43,
    nonce=None,
    authenticated_at=NOW,
    expires_at=NOW + 60_000,
)
FAMILY = TokenFamily("f1", "ann-id", "s1", "videochat-web", "openid email", NOW, NOW, NOW + 180 * DAY)
TOKEN = RefreshToken("t1", "f1", NOW, NOW + 30 * DAY)


@dataclass(frozen=True)
class Stores:
    """One adapter of each port, on the same data."""

    accounts: AccountStore
    sessions: SessionStore
    grants: GrantStore
    attempts: AttemptStore


def fake_stores(_: Path) -> Iterator[Stores]:
    data = FakeIdentity()
    yield Stores(FakeAccounts(data), FakeSessions(data), FakeGrants(data), FakeAttempts())


def sql_stores(folder: Path) -> Iterator[Stores]:
    engine = open_engine(f"sqlite:///{folder / 'videochat.db'}")
    upgrade(engine)
    yield Stores(SqlAccounts(engine), SqlSessions(engine), SqlGrants(engine), SqlAttempts(engine))
    engine.dispose()


@pytest.fixture(params=[fake_stores, sql_stores])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    opening: Callable[[Path], Iterator[Stores]] = request.param
    yield from opening(tmp_path)


# Accounts


def test_an_account_is_found_by_id_and_by_address(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    assert stores.accounts.get("ann-id") == ANN
    assert stores.accounts.find("ann@example.org") == ANN
    assert stores.accounts.get("bob-id") is None
    assert stores.accounts.find("Ann@example.org") is None


def test_accounts_are_listed_by_address(stores: Stores) -> None:
    stores.accounts.add(BOB, None, NOW)
    stores.accounts.add(ANN, None, NOW)
    assert stores.accounts.list() == [ANN, BOB]


def test_an_address_is_taken_once(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    with pytest.raises(EmailTaken):
        stores.accounts.add(replace(BOB, email=ANN.email), None, NOW)
    assert stores.accounts.list() == [ANN]


def test_of_many_who_want_an_address_one_gets_it(stores: Stores) -> None:
    outcomes = race(
        *[lambda n=n: stores.accounts.add(replace(ANN, account_id=f"id-{n}"), None, NOW) for n in range(8)]
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 7


def test_a_password_is_replaced(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    stores.accounts.set_password_hash("ann-id", "$argon2id$new")
    assert stores.accounts.get("ann-id") == replace(ANN, password_hash="$argon2id$new")
    stores.accounts.set_password_hash("nobody", "$argon2id$new")


def test_an_account_under_removal_keeps_its_address(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    stores.accounts.start_removal("ann-id")
    assert stores.accounts.get("ann-id") == replace(ANN, removing=True)
    with pytest.raises(EmailTaken):
        stores.accounts.add(replace(BOB, email=ANN.email), None, NOW)
    stores.accounts.start_removal("nobody")


def test_removing_an_account_takes_along_what_hangs_on_it(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    stores.accounts.add(BOB, None, NOW)
    stores.sessions.add(SESSION)
    stores.grants.add_code(CODE)
    assert stores.grants.redeem_code("c1", FAMILY, TOKEN, NOW)
    stores.accounts.remove("ann-id")
    assert stores.accounts.list() == [BOB]
    assert stores.sessions.get("s1", NOW) is None
    assert stores.grants.get_code("c1") is None
    assert stores.grants.get_token("t1") is None
    stores.accounts.remove("ann-id")
    stores.accounts.add(replace(ANN, account_id="other"), None, NOW)


# Invitations


def test_an_invitation_makes_one_account(stores: Stores) -> None:
    stores.accounts.add_invitation(Invitation("i1", NOW, NOW + DAY))
    stores.accounts.add(ANN, "i1", NOW)
    with pytest.raises(InvitationUnusable):
        stores.accounts.add(BOB, "i1", NOW)
    assert stores.accounts.list() == [ANN]


def test_an_invitation_stays_used_when_its_account_is_gone(stores: Stores) -> None:
    stores.accounts.add_invitation(Invitation("i1", NOW, NOW + DAY))
    stores.accounts.add(ANN, "i1", NOW)
    stores.accounts.remove("ann-id")
    with pytest.raises(InvitationUnusable):
        stores.accounts.add(BOB, "i1", NOW)


def test_an_account_that_is_taken_back_gives_its_invitation_back(stores: Stores) -> None:
    stores.accounts.add_invitation(Invitation("i1", NOW, NOW + DAY))
    stores.accounts.add(ANN, "i1", NOW)
    stores.accounts.undo_add("ann-id")
    assert stores.accounts.list() == []
    stores.accounts.add(BOB, "i1", NOW)


def test_an_unknown_or_expired_invitation_makes_no_account(stores: Stores) -> None:
    stores.accounts.add_invitation(Invitation("i1", NOW, NOW + DAY))
    for code, now in (("i2", NOW), ("i1", NOW + DAY)):
        with pytest.raises(InvitationUnusable):
            stores.accounts.add(ANN, code, now)
    assert stores.accounts.list() == []
    assert stores.accounts.find(ANN.email) is None


def test_a_taken_address_does_not_use_up_the_invitation(stores: Stores) -> None:
    stores.accounts.add_invitation(Invitation("i1", NOW, NOW + DAY))
    stores.accounts.add(ANN, None, NOW)
    with pytest.raises(EmailTaken):
        stores.accounts.add(replace(BOB, email=ANN.email), "i1", NOW)
    stores.accounts.add(BOB, "i1", NOW)


def test_of_many_who_have_an_invitation_one_gets_in(stores: Stores) -> None:
    stores.accounts.add_invitation(Invitation("i1", NOW, NOW + DAY))
    outcomes = race(
        *[
            lambda n=n: stores.accounts.add(
                replace(ANN, account_id=f"id-{n}", email=f"{n}@example.org"), "i1", NOW
            )
            for n in range(8)
        ]
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InvitationUnusable) for outcome in outcomes) == 7
    assert len(stores.accounts.list()) == 1


# Sessions


def test_a_session_is_found_until_it_expires(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    stores.sessions.add(SESSION)
    assert stores.sessions.get("s1", NOW) == SESSION
    assert stores.sessions.get("s1", NOW + DAY - 1) == SESSION
    assert stores.sessions.get("s1", NOW + DAY) is None
    assert stores.sessions.get("s2", NOW) is None


def two_sessions(stores: Stores) -> None:
    """Ann with two sessions, each with an unused code and a token family."""
    stores.accounts.add(ANN, None, NOW)
    for number in ("1", "2"):
        stores.sessions.add(replace(SESSION, session_hash=f"s{number}"))
        code = replace(CODE, code_hash=f"c{number}", family_id=f"f{number}", session_hash=f"s{number}")
        stores.grants.add_code(code)
        family = replace(FAMILY, family_id=f"f{number}", session_hash=f"s{number}")
        token = replace(TOKEN, token_hash=f"t{number}", family_id=f"f{number}")
        assert stores.grants.redeem_code(f"c{number}", family, token, NOW)
        stores.grants.add_code(replace(code, code_hash=f"c{number}b", family_id=f"f{number}b"))


def revoked_at(stores: Stores, token_hash: str) -> int | None:
    known = stores.grants.get_token(token_hash)
    assert known is not None
    return known[1].revoked_at


def test_ending_a_session_ends_what_began_in_it(stores: Stores) -> None:
    two_sessions(stores)
    stores.sessions.end("s1", NOW + 5)
    assert stores.sessions.get("s1", NOW) is None
    assert stores.grants.get_code("c1b") is None
    assert revoked_at(stores, "t1") == NOW + 5
    assert stores.sessions.get("s2", NOW) is not None
    assert stores.grants.get_code("c2b") is not None
    assert revoked_at(stores, "t2") is None
    stores.sessions.end("s1", NOW + 9)
    assert revoked_at(stores, "t1") == NOW + 5


def test_ending_all_sessions_of_an_account_leaves_others_alone(stores: Stores) -> None:
    two_sessions(stores)
    stores.accounts.add(BOB, None, NOW)
    stores.sessions.add(replace(SESSION, session_hash="s3", account_id="bob-id"))
    stores.sessions.end_all("ann-id", NOW + 5)
    for number in ("1", "2"):
        assert stores.sessions.get(f"s{number}", NOW) is None
        assert stores.grants.get_code(f"c{number}b") is None
        assert revoked_at(stores, f"t{number}") == NOW + 5
    assert stores.sessions.get("s3", NOW) is not None


# Codes and tokens


def test_a_code_is_redeemed_once_and_stays_known(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    stores.grants.add_code(CODE)
    assert stores.grants.get_code("c1") == CODE
    assert stores.grants.redeem_code("c1", FAMILY, TOKEN, NOW + 1)
    assert stores.grants.get_code("c1") == replace(CODE, used_at=NOW + 1)
    assert stores.grants.get_token("t1") == (TOKEN, FAMILY)
    assert not stores.grants.redeem_code(
        "c1", replace(FAMILY, family_id="f2"), replace(TOKEN, token_hash="t2", family_id="f2"), NOW + 2
    )
    assert stores.grants.get_token("t2") is None
    assert stores.grants.get_code("c1") == replace(CODE, used_at=NOW + 1)


def test_a_code_may_lead_to_no_refresh_token(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    stores.grants.add_code(replace(CODE, nonce="n" * 512))
    assert stores.grants.redeem_code("c1", None, None, NOW)
    assert not stores.grants.redeem_code("c1", None, None, NOW)
    assert not stores.grants.redeem_code("unknown", None, None, NOW)


def test_of_many_who_redeem_a_code_one_succeeds(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    stores.grants.add_code(CODE)
    outcomes = race(
        *[
            lambda n=n: stores.grants.redeem_code(
                "c1",
                replace(FAMILY, family_id=f"f{n}"),
                replace(TOKEN, token_hash=f"t{n}", family_id=f"f{n}"),
                NOW,
            )
            for n in range(8)
        ]
    )
    assert sorted(map(str, outcomes)) == ["False"] * 7 + ["True"]
    winner = outcomes.index(True)
    assert [stores.grants.get_token(f"t{n}") is not None for n in range(8)] == [n == winner for n in range(8)]


@pytest.fixture
def family(stores: Stores) -> None:
    stores.accounts.add(ANN, None, NOW)
    stores.grants.add_code(CODE)
    assert stores.grants.redeem_code("c1", FAMILY, TOKEN, NOW)


@pytest.mark.usefixtures("family")
def test_a_token_is_rotated_once(stores: Stores) -> None:
    assert stores.grants.rotate("t1", replace(TOKEN, token_hash="t2"), NOW + 1)
    assert not stores.grants.rotate("t1", replace(TOKEN, token_hash="t3"), NOW + 2)
    assert stores.grants.get_token("t1") == (replace(TOKEN, used_at=NOW + 1), FAMILY)
    assert stores.grants.get_token("t2") == (replace(TOKEN, token_hash="t2"), FAMILY)
    assert stores.grants.get_token("t3") is None
    assert not stores.grants.rotate("unknown", replace(TOKEN, token_hash="t4"), NOW + 2)


@pytest.mark.usefixtures("family")
def test_of_many_who_rotate_a_token_one_succeeds(stores: Stores) -> None:
    outcomes = race(*[lambda: stores.grants.rotate("t1", replace(TOKEN, token_hash="t2"), NOW)] * 8)
    assert sorted(map(str, outcomes)) == ["False"] * 7 + ["True"]


@pytest.mark.usefixtures("family")
def test_a_revoked_family_rotates_no_more(stores: Stores) -> None:
    stores.grants.revoke_family("f1", NOW + 1)
    stores.grants.revoke_family("f1", NOW + 2)
    stores.grants.revoke_family("unknown", NOW + 2)
    assert revoked_at(stores, "t1") == NOW + 1
    assert not stores.grants.rotate("t1", replace(TOKEN, token_hash="t2"), NOW + 2)
    assert stores.grants.get_token("t1") == (TOKEN, replace(FAMILY, revoked_at=NOW + 1))


@pytest.mark.usefixtures("family")
def test_purging_forgets_what_can_have_no_effect_and_nothing_else(stores: Stores) -> None:
    stores.sessions.add(SESSION)
    stores.accounts.add_invitation(Invitation("i1", NOW, NOW + DAY))
    assert stores.grants.rotate("t1", replace(TOKEN, token_hash="t2", expires_at=NOW + 31 * DAY), NOW + 1)

    stores.grants.purge(NOW + DAY - 1)
    assert stores.sessions.get("s1", NOW) is not None
    assert stores.grants.get_code("c1") is not None
    assert stores.grants.get_token("t1") is not None

    stores.grants.purge(NOW + 60_000 + DAY)
    assert stores.grants.get_code("c1") is None
    # Asked as if it were still valid, so that the answer is about the row.
    assert stores.sessions.get("s1", NOW) is None
    with pytest.raises(InvitationUnusable):
        stores.accounts.add(BOB, "i1", NOW)
    assert stores.grants.get_token("t1") is not None

    stores.grants.purge(NOW + 30 * DAY)
    assert stores.grants.get_token("t1") is None
    assert stores.grants.get_token("t2") is not None

    stores.grants.purge(NOW + 31 * DAY)
    assert stores.grants.get_token("t2") is None
    # The family is gone too: its id is free.
    stores.grants.add_code(replace(CODE, code_hash="c2"))
    assert stores.grants.redeem_code("c2", FAMILY, TOKEN, NOW)


# Attempts


def test_levels_are_kept_changed_and_forgotten(stores: Stores) -> None:
    seen: list[Mapping[str, AttemptLevel]] = []

    def put(**levels: AttemptLevel | None) -> None:
        def decide(known: Mapping[str, AttemptLevel]) -> Mapping[str, AttemptLevel | None]:
            seen.append(dict(known))
            return levels

        stores.attempts.change(["a", "b"], decide)

    put(a=AttemptLevel(1.25, NOW))
    put(a=AttemptLevel(2.5, NOW + 1, NOW + 9), b=AttemptLevel(1, NOW))
    put(a=None)
    put()
    assert seen == [
        {},
        {"a": AttemptLevel(1.25, NOW)},
        {"a": AttemptLevel(2.5, NOW + 1, NOW + 9), "b": AttemptLevel(1, NOW)},
        {"b": AttemptLevel(1, NOW)},
    ]


def test_a_refused_change_writes_nothing(stores: Stores) -> None:
    def refuse(_: Mapping[str, AttemptLevel]) -> Mapping[str, AttemptLevel | None]:
        raise Refusal("no", "No.")

    with pytest.raises(Refusal):
        stores.attempts.change(["a"], refuse)
    stores.attempts.change(["a"], lambda known: {} if not known else pytest.fail("something was written"))


def test_changes_do_not_overtake_each_other(stores: Stores) -> None:
    def add(known: Mapping[str, AttemptLevel]) -> Mapping[str, AttemptLevel | None]:
        level = known["a"].level if "a" in known else 0
        return {"a": AttemptLevel(level + 1, NOW)}

    assert race(*[lambda: stores.attempts.change(["a"], add)] * 8) == [None] * 8
    seen: dict[str, AttemptLevel] = {}

    def look(known: Mapping[str, AttemptLevel]) -> Mapping[str, AttemptLevel | None]:
        seen.update(known)
        return {}

    stores.attempts.change(["a"], look)
    assert seen == {"a": AttemptLevel(8, NOW)}
