"""Several devices of one person, and Firefox: scenarios of ``tests/network`` that need no networks, against the emulated cloud."""

# ruff: noqa: F401 - what is imported here is collected here, and its fixtures are replaced

from tests.network.test_devices import (
    devices,
    test_a_third_device_joins_the_ring,
    test_declining_on_one_device_stops_all,
    test_two_devices_accept_at_once,
)
from tests.network.test_firefox import (
    ada,
    firefox,
    firefox_path,
    grace,
    test_a_call_between_chromium_and_firefox,
)
