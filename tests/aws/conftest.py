"""What the tests of the AWS edition share."""

import threading
from collections.abc import Iterator

import pytest
from tests.aws.service import Service


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    service.server.daemon_threads = True
    thread = threading.Thread(target=service.server.serve_forever, args=(0.01,))
    thread.start()
    yield service
    service.server.shutdown()
    thread.join()
    service.server.server_close()
