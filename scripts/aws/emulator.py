"""Starts the emulator in a process in which names of AWS mean this machine.

The functions are told by the template where their WebSocket API is, ``….execute-api.<region>.amazonaws.com``, so the emulator has to go by that
name. It also asks itself for key sets by its name, and nothing of what runs here may ever reach AWS.
"""

import socket
from typing import Any

from ministack.app import main  # type: ignore[import-not-found]  # only in the environment of requirements/cloud.txt

_lookup = socket.getaddrinfo


def _getaddrinfo(host: Any, *arguments: Any, **more: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    return _lookup("127.0.0.1" if name and name.endswith(".amazonaws.com") else host, *arguments, **more)


if __name__ == "__main__":
    socket.getaddrinfo = _getaddrinfo
    main()
