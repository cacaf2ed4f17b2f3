"""Stands between Playwright and a Firefox that is older than the WebDriver BiDi commands which Playwright sends to every page.

Started in Firefox's place, with its arguments: starts Firefox, and announces an endpoint of its own instead of Firefox's. Everything passes
through unchanged, but for the commands in :data:`UNKNOWN`: those are answered here, with success, since the tests do not ask for what
they set (``emulation.setMediaFeaturesOverride``: the colour scheme, which stays Firefox's own). When Debian's Firefox knows them, this
file can go.

With ``--netns NAME`` first, Firefox runs in that network namespace. Playwright stays outside, and this is the door between the two.
"""

import asyncio
import ctypes
import json
import os
import re
import socket
import sys
from asyncio.subprocess import PIPE, Process
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

UNKNOWN: Final = frozenset({"emulation.setMediaFeaturesOverride"})
_ANNOUNCEMENT: Final = re.compile(rb"WebDriver BiDi listening on ws://([\w.:\[\]-]+)\s*$")


def answer_to(message: str | bytes) -> str | None:
    """The answer to a command that Firefox need not see, or ``None``."""
    if not any(name in str(message) for name in UNKNOWN):
        return None
    command: dict[str, Any] = json.loads(message)
    if command.get("method") not in UNKNOWN:
        return None
    return json.dumps({"type": "success", "id": command["id"], "result": {}})


def open_socket(address: str, namespace: str | None) -> socket.socket:
    """A TCP connection to ``address`` from within a network namespace. Its thread stays in there, so it must be one of its own."""
    if namespace is not None:
        # In the standard library from Python 3.12 (os.setns). A socket belongs to the namespace that it was made in.
        with Path(f"/run/netns/{namespace}").open("rb") as file:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(file.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)))


async def bridge(client: ServerConnection, address: str, namespace: str | None) -> None:
    """Connects Playwright's ``client`` with Firefox at ``address`` until one of them closes."""
    assert client.request is not None
    url = f"ws://{address}{client.request.path}"
    with ThreadPoolExecutor(max_workers=1) as thread:
        line = await asyncio.get_running_loop().run_in_executor(thread, open_socket, address, namespace)
    async with connect(url, sock=line, max_size=None, origin=None, proxy=None, ping_interval=None) as firefox:

        async def forth() -> None:
            async for message in client:
                answer = answer_to(message)
                if answer is None:
                    await firefox.send(message)
                else:
                    await client.send(answer)

        async def back() -> None:
            async for message in firefox:
                await client.send(message)

        ways = [asyncio.create_task(forth()), asyncio.create_task(back())]
        done, rest = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in rest:
            way.cancel()
        await client.close()
        for way in done:
            way.result()


async def main(command: list[str], namespace: str | None) -> int:
    """Runs Firefox to its end; returns its exit status."""
    if namespace is not None:
        command = ["ip", "netns", "exec", namespace, *command]
    firefox: Process = await asyncio.create_subprocess_exec(*command, stderr=PIPE)
    assert firefox.stderr is not None
    servers = []
    async for line in firefox.stderr:
        said = _ANNOUNCEMENT.search(line)
        if said is None:
            sys.stderr.buffer.write(line)
        else:
            address = said[1].decode()

            async def talk(client: ServerConnection, address: str = address) -> None:
                await bridge(client, address, namespace)

            server = await serve(talk, "127.0.0.1", 0, max_size=None, ping_interval=None)
            servers.append(server)
            port = server.sockets[0].getsockname()[1]
            sys.stderr.write(f"WebDriver BiDi listening on ws://127.0.0.1:{port}\n")
        sys.stderr.flush()
    for server in servers:
        server.close()
    return await firefox.wait()


if __name__ == "__main__":
    given = sys.argv[1:]
    inside = given[1] if given[0] == "--netns" else None
    sys.exit(asyncio.run(main(given if inside is None else given[2:], inside)))
