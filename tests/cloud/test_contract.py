"""The scenarios of the contract between client and server, REST and WebSocket, against the emulated cloud."""

# ruff: noqa: F401 - what is imported here is collected here, and its fixtures are replaced

from collections.abc import Iterator

import pytest
from tests.cloud.conftest import Unanswered
from tests.e2e.client import Account, Socket
from tests.e2e.conftest import AccountMaker
from tests.e2e.test_contract_calls import (
    invite,
    last_call,
    test_a_block_hangs_up,
    test_a_call_id_is_used_once,
    test_a_call_is_made_and_ends,
    test_a_callee_who_parts_stops_the_ringing_on_every_device,
    test_a_caller_who_blocks_stops_the_ringing,
    test_a_caller_who_vanishes_stops_ringing,
    test_a_cancel_that_comes_after_the_accept_loses,
    test_a_device_that_comes_late_learns_that_it_rings,
    test_a_new_socket_of_the_same_device_gets_new_routes,
    test_a_route_ticket_serves_nobody_else,
    test_a_second_call_is_refused_as_busy,
    test_a_socket_ticket_is_no_route_ticket,
    test_calling_each_other_at_once_leaves_one_call,
    test_declining_on_one_device_stops_the_other,
    test_hanging_up_before_the_accept_cancels_or_declines,
    test_members_of_a_call_reach_each_other_after_the_contact_is_gone,
    test_nobody_comes_back_from_a_reload,
    test_nobody_else_can_touch_a_call,
    test_only_one_of_two_devices_wins_the_accept,
    test_somebody_in_the_middle_of_a_reload_is_rung_when_back,
    test_strangers_cannot_ring,
    test_the_callee_declines,
    test_the_callee_hangs_up,
    test_the_callee_is_offline,
    test_the_caller_cancels,
    test_the_history_is_paged_newest_first,
    test_two_devices_race_for_the_accept,
)
from tests.e2e.test_contract_rest import (
    ada,
    grace,
    test_a_bad_body_is_refused,
    test_a_block_outlives_removal_by_the_blocked,
    test_a_contact_of_somebody_else_is_not_found,
    test_a_duplicate_request_is_refused,
    test_a_request_is_made_accepted_and_removed,
    test_a_state_that_cannot_be_set_is_refused,
    test_a_ticket_lasts_a_minute,
    test_a_user_sees_who_they_are,
    test_an_address_is_found_in_any_case,
    test_an_address_that_is_none_is_refused,
    test_an_unknown_address_is_not_found,
    test_an_unknown_path_and_method_are_problems,
    test_blocking_is_silent,
    test_contacts_are_sorted_by_email,
    test_crossing_requests_make_contacts,
    test_ice_servers_have_their_shape,
    test_nobody_adds_themselves,
    test_one_cannot_accept_ones_own_request,
    test_the_history_is_empty_at_first_and_bad_pages_are_refused,
    test_two_people_acting_at_once_agree,
)
from tests.e2e.test_contract_socket import (
    test_a_relay_to_a_contact_who_is_away_says_offline,
    test_a_relay_to_whom_one_may_not_reach_is_refused,
    test_a_relayed_frame_arrives_stamped,
    test_a_ticket_opens_one_socket,
    test_a_ticket_opens_one_socket_however_many_try_at_once,
    test_a_ticket_that_was_tampered_with_opens_nothing,
    test_a_token_opens_a_socket_too,
    test_a_user_id_reaches_every_device_and_a_connection_id_one,
    test_an_error_says_what_it_is_about,
    test_blocked_and_blocker_do_not_reach_each_other,
    test_dropped_sockets_leave_nothing_behind,
    test_nothing_is_sent_before_hello,
    test_presence_comes_and_goes_without_flicker,
    test_strangers_learn_nothing_of_presence,
    test_the_contact_list_announces_its_changes,
    test_welcome_says_who_and_where_one_is,
    test_without_good_auth_the_door_stays_shut,
)
from tests.e2e.test_contract_tokens import (
    test_a_token_that_was_changed_is_refused,
    test_tickets_and_tokens_are_not_each_other,
)


@pytest.fixture
def pair(account: AccountMaker) -> tuple[Account, Account]:
    """Two contacts that nobody else knows."""
    caller, callee = account("Ada"), account("Grace")
    caller.befriend(callee)
    return caller, callee


@pytest.fixture
def sockets(pair: tuple[Account, Account]) -> Iterator[tuple[Socket, Socket]]:
    """A socket of each."""
    with pair[0].socket(device="ada-tab") as caller, pair[1].socket(device="grace-tab") as callee:
        yield caller, callee


def test_nobody_answers(unanswered: Unanswered) -> None:
    assert unanswered.caller.expect("timeout")["callId"] == unanswered.call_id
    assert unanswered.callee.expect("timeout")["callId"] == unanswered.call_id
    unanswered.callee.send({"action": "accept", "callId": unanswered.call_id})
    assert unanswered.callee.expect_error("call_ended")["reason"] == "timeout"
    assert last_call(unanswered.account)["outcome"] == "timeout"
    invite(unanswered.caller, unanswered.callee)
