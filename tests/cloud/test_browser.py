"""The browser scenarios of the one-machine edition, against the emulated cloud, signing in by the emulated managed login."""

from tests.e2e.test_browser_call_ends import (
    test_a_reload_while_it_rings_here,
    test_calling_each_other_at_the_same_moment_connects,
    test_one_of_two_tabs_answers,
    test_the_callee_declines,
    test_the_caller_cancels,
    test_the_caller_closes_the_window_while_it_rings,
    test_the_other_is_in_another_call,
    test_the_other_is_offline,
)
from tests.e2e.test_browser_calls import (
    test_a_call_can_follow_a_call_in_both_directions,
    test_two_people_call_each_other,
)
from tests.e2e.test_browser_contacts import (
    test_a_contact_is_blocked_unblocked_and_removed,
    test_a_request_is_sent_and_accepted,
    test_presence_follows_people,
)

__all__ = [
    "test_a_call_can_follow_a_call_in_both_directions",
    "test_a_contact_is_blocked_unblocked_and_removed",
    "test_a_reload_while_it_rings_here",
    "test_a_request_is_sent_and_accepted",
    "test_calling_each_other_at_the_same_moment_connects",
    "test_one_of_two_tabs_answers",
    "test_presence_follows_people",
    "test_the_callee_declines",
    "test_the_caller_cancels",
    "test_the_caller_closes_the_window_while_it_rings",
    "test_the_other_is_in_another_call",
    "test_the_other_is_offline",
    "test_two_people_call_each_other",
]
