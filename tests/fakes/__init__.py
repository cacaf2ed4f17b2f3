"""In-memory stand-ins for every port, with fault switches. They pass the same contract suites as the real adapters.

Every fake has :meth:`~tests.fakes.faults.Faults.fail_next` (the next calls raise) and
:meth:`~tests.fakes.faults.Faults.interfere` (somebody else does something just before a call).
"""

from tests.fakes.assembly import Fakes
from tests.fakes.calls import FakeCalls
from tests.fakes.faults import Faults
from tests.fakes.outward import FakeIceServers, FakePush, FakeTimers, FakeTokens, Timer
from tests.fakes.small import FakeClock, FakeIds
from tests.fakes.stores import FakeConnections, FakeContacts, FakeTickets, FakeUsers

__all__ = [
    "FakeCalls",
    "FakeClock",
    "FakeConnections",
    "FakeContacts",
    "FakeIceServers",
    "FakeIds",
    "FakePush",
    "FakeTickets",
    "FakeTimers",
    "FakeTokens",
    "FakeUsers",
    "Fakes",
    "Faults",
    "Timer",
]
