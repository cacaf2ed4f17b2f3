"""Two homes whose routers let no direct path through: calls by way of coturn, with the configuration of docs/turn.md."""

import time
from pathlib import Path

from tests.e2e.browser import in_call
from tests.network.conftest import GIVE_UP_SECONDS, PublicStarter, Resident, ResidentMaker, are_told
from tests.network.coturn import Coturn
from tests.network.namespaces import Internet


def expiry(user: str) -> int:
    """When that TURN user name expires, in seconds since the epoch."""
    seconds, _, who = user.partition(":")
    assert who, f"“{user}” is not a name that expires"
    return int(seconds)


def test_a_call_connects_through_turn(neighbours: tuple[Resident, Resident], coturn: Coturn) -> None:
    ada, grace = neighbours
    in_call(ada, grace)
    for each in neighbours:
        assert "relay" in each.link().path, f"{each.name}: {each.link()}"
        assert set(each.link().users) <= set(coturn.allocated)
        assert all(expiry(user) > time.time() for user in each.link().users)
    grace.hang_up()
    for each in neighbours:
        each.is_out_of_the_call()


def test_stun_is_enough_behind_ordinary_routers(
    neighbours: tuple[Resident, Resident], internet: Internet
) -> None:
    with internet.routers["a"].keeping_ports(), internet.routers["b"].keeping_ports():
        in_call(*neighbours)
        for each in neighbours:
            each.takes_a_path(lambda link: set(link.path) <= {"srflx", "prflx"}, "a path without a relay")


def test_turn_over_tcp_where_udp_is_blocked(
    neighbours: tuple[Resident, Resident], internet: Internet
) -> None:
    ada, grace = neighbours
    with internet.routers["b"].without_udp():
        in_call(ada, grace)
        link = grace.link()
        assert link.path[0] == "relay"
        assert link.local["relay"] == "tcp"


def test_a_fixed_name_and_password(
    start_public: PublicStarter, resident: ResidentMaker, internet: Internet, tmp_path: Path
) -> None:
    relay = Coturn(internet.public, tmp_path, user=("video", "a fixed word"), port=3480)
    relay.start()
    try:
        server = start_public(
            turn_urls=relay.urls, turn_secret="", turn_username="video", turn_credential="a fixed word"
        )
        ada, grace = resident("Ada", "a", at=server), resident("Grace", "b", at=server)
        ada.befriend(grace)
        in_call(ada, grace)
        for each in (ada, grace):
            assert "relay" in each.link().path
        assert set(relay.allocated) == {"video"}
    finally:
        relay.stop()


def test_without_a_relay_both_are_told(
    start_public: PublicStarter, resident: ResidentMaker, coturn: Coturn
) -> None:
    """coturn refuses credentials that were made with another secret; there is no other path, and nobody waits for ever."""
    server = start_public(turn_secret="not what coturn knows")
    ada, grace = resident("Ada", "a", at=server), resident("Grace", "b", at=server)
    ada.befriend(grace)
    ada.call(grace)
    grace.is_rung()
    grace.accept()
    are_told((ada, grace), "Connection lost", GIVE_UP_SECONDS)
    for each in (ada, grace):
        each.is_out_of_the_call()
    assert coturn.refused


def test_turn_credentials_expire_in_the_call(
    start_public: PublicStarter, resident: ResidentMaker, coturn: Coturn
) -> None:
    """What the call started with is of no use any more: the picture goes on, and when the relay restarts new ones are fetched.

    Two others have called each other before, and call again when what they had at hand has expired as well.
    """
    server = start_public(turn_ttl="60")
    carol, dan = resident("Carol", "a", at=server), resident("Dan", "b", at=server)
    carol.befriend(dan)
    in_call(carol, dan)
    at_hand = {user for each in (carol, dan) for user in each.link().users}
    carol.hang_up()
    dan.is_out_of_the_call()
    ada, grace = resident("Ada", "a", at=server), resident("Grace", "b", at=server)
    ada.befriend(grace)
    in_call(ada, grace)
    first = {each.name: each.link() for each in (ada, grace)}
    last_expiry = max(expiry(user) for link in first.values() for user in link.users)
    ada.until(lambda: time.time() > last_expiry, "the credentials expire", 90)
    for each in (ada, grace):
        each.sees_and_hears()
        assert each.link().fragment == first[each.name].fragment, "expiry alone disturbs nothing"
    known = len(coturn.allocated)
    # Every relay is gone; from now on coturn sees the old names as strangers'.
    coturn.stop()
    coturn.start()
    for each in (ada, grace):
        each.has_restarted_ice(first[each.name], GIVE_UP_SECONDS)
        each.sees_and_hears()
        assert "relay" in each.link().path
    assert coturn.allocated[known:], "by way of new relays"
    assert all(expiry(user) > last_expiry for user in coturn.allocated[known:]), "with fresh credentials"
    ada.hang_up()
    grace.is_out_of_the_call()
    for each in (carol, dan):
        each.dismiss()
    in_call(carol, dan)
    for each in (carol, dan):
        assert "relay" in each.link().path
        assert not at_hand & set(each.link().users), "a call begins with fresh credentials"
