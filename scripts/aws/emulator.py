"""Starts the emulator, with two things as they are on AWS.

*Names of AWS mean this machine.* The functions are told by the template where their WebSocket API is,
``….execute-api.<region>.amazonaws.com``, so the emulator has to go by that name. It also asks itself for key sets by its name, and nothing
of what runs here may ever reach AWS.

*Functions behind the WebSocket API run as all others do.* The emulator gives each a single process for events of all sockets, one after the
other, and throws away what it logs. Lambda gives every event that comes meanwhile an environment of its own, and keeps the log
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html).
"""

import socket
from typing import Any

from ministack.app import main  # type: ignore[import-not-found]  # only in the environment of requirements/cloud.txt
from ministack.core import lambda_runtime  # type: ignore[import-not-found]
from ministack.services import lambda_svc  # type: ignore[import-not-found]

_lookup = socket.getaddrinfo


def _getaddrinfo(host: Any, *arguments: Any, **more: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    return _lookup("127.0.0.1" if name and name.endswith(".amazonaws.com") else host, *arguments, **more)


class _Environments:
    """Where the emulator expects the one process of a function behind a WebSocket API."""

    def __init__(self, _name: str, config: dict[str, Any], code: bytes, qualifier: str = "") -> None:  # noqa: ARG002 - as it is called
        self._function = {"config": config, "code_zip": code}

    def invoke(self, event: dict[str, Any], _request_id: str) -> dict[str, Any]:
        """Runs an event as the emulator runs those of other sources."""
        done = lambda_svc._execute_function(self._function, event)
        if done.get("error") or done.get("throttle"):
            return {"status": "error", "error": str(done.get("body"))}
        return {"status": "ok", "result": done.get("body")}


if __name__ == "__main__":
    socket.getaddrinfo = _getaddrinfo
    lambda_runtime.get_or_create_worker = _Environments
    main()
