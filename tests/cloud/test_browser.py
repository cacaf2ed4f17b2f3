"""The browser scenarios of the one-machine edition, against the emulated cloud, signing in by the emulated managed login.

All of them that calls and contacts have, but for what is the browser's business alone, as missing devices and narrow windows. A server that is killed
and started again is a cloud that stops answering and goes on here; in ``test_network.py`` it is one that closes all connections, and
``test_browser_sockets.py`` closes sockets alone. That nobody answers within a minute is seen without a browser (``test_contract.py``).
docs/deploy-aws.md has a table of what runs where.
"""

# ruff: noqa: F401 - what is imported here is collected here, and its fixtures are replaced

from tests.e2e.test_browser_accounts import (
    test_reloading_keeps_one_signed_in,
    test_sign_up_sign_out_and_in_again,
)
from tests.e2e.test_browser_call_ends import (
    test_a_reload_while_it_rings_here,
    test_calling_each_other_at_the_same_moment_connects,
    test_hanging_up_works_without_the_server,
    test_leaving_the_page_in_the_call_ends_it_for_the_other_side_too,
    test_one_of_two_tabs_answers,
    test_the_callee_declines,
    test_the_caller_cancels,
    test_the_caller_closes_the_window_while_it_rings,
    test_the_other_is_in_another_call,
    test_the_other_is_offline,
    test_the_server_dies_and_comes_back_in_the_middle,
)
from tests.e2e.test_browser_call_tools import (
    test_chat,
    test_quality,
    test_single_keys,
    test_verification,
)
from tests.e2e.test_browser_calls import (
    test_a_call_can_follow_a_call_in_both_directions,
    test_a_call_on_a_phone,
    test_cameras_are_released_after_the_call,
    test_mute_is_heard_and_seen_on_the_other_side,
    test_the_camera_goes_off_and_on,
    test_the_screen_is_shared_and_taken_back,
    test_two_people_call_each_other,
)
from tests.e2e.test_browser_contacts import (
    test_a_contact_is_blocked_unblocked_and_removed,
    test_a_request_is_declined,
    test_a_request_is_sent_and_accepted,
    test_crossing_requests_make_contacts,
    test_presence_follows_people,
    test_what_cannot_be_added_is_told,
)
from tests.e2e.test_browser_rejoin import (
    test_a_message_on_its_way_survives_a_reload,
    test_ending_a_call_after_a_reload,
    test_going_back_to_a_call_after_a_reload,
    test_the_chat_survives_a_reload,
    test_the_other_side_ends_the_call_after_a_reload,
)
