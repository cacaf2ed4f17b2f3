"""Pushes frames through API Gateway's ``@connections`` API
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from videochat.adapters.aws_requests import AwsRequests
from videochat.core.errors import Unavailable

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_WORKERS: Final = 16
_GONE: Final = frozenset({400, 410})
"""410: gone, or never there. 400: no connection id of this API."""


class ApiGatewayPush:
    """Implements :class:`videochat.core.ports.Push`.

    :param url: ``https://…`` of the WebSocket API's stage, without a trailing slash.
    """

    def __init__(self, requests: AwsRequests, url: str) -> None:
        self._requests = requests
        self._url = url
        self._pool: ThreadPoolExecutor | None = None

    def send(self, connection_ids: Sequence[str], frame: bytes) -> set[str]:
        """See the port.

        :raises Unavailable: some posts failed, after all were tried; the others have been delivered.
        """
        if len(connection_ids) == 1:
            statuses = [self._post(connection_ids[0], frame)]
        else:
            if self._pool is None:
                # Loaded when there is more than one receiver: most frames have one.
                from concurrent.futures import ThreadPoolExecutor

                # Lives as long as its threads' connections are worth keeping: to the end of the process.
                self._pool = ThreadPoolExecutor(_WORKERS, "push")
            statuses = list(self._pool.map(lambda one: self._post(one, frame), connection_ids))
        gone = {one for one, status in zip(connection_ids, statuses, strict=True) if status in _GONE}
        failed = sorted({status for status in statuses if status != 200 and status not in _GONE})
        if failed:
            raise Unavailable(f"API Gateway: could not post, {failed}")
        return gone

    def _post(self, connection_id: str, frame: bytes) -> int:
        url = f"{self._url}/@connections/{quote(connection_id, safe='')}"
        try:
            return self._requests.post("execute-api", url, frame, operation="PostToConnection").status
        except Unavailable:
            return 0
