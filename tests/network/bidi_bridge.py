"""Stands between Playwright and a Firefox that is older than the WebDriver BiDi commands which Playwright sends to every page.

Started in Firefox's place, with its arguments: starts Firefox, and announces an endpoint of its own instead of Firefox's. Everything passes
through unchanged, but for the commands in :data:`UNKNOWN`: those are answered here, with success, since the tests do not ask for what
they set (``emulation.setMediaFeaturesOverride``: the colour scheme, which stays Firefox's own). When Debian's Firefox knows them, this
file can go.
"""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE, Process
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


async def bridge(client: ServerConnection, address: str) -> None:
    """Connects Playwright's ``client`` with Firefox at ``address`` until one of them closes."""
    assert client.request is not None
    url = f"ws://{address}{client.request.path}"
    async with connect(url, max_size=None, origin=None, proxy=None, ping_interval=None) as firefox:

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


async def main(command: list[str]) -> int:
    """Runs Firefox to its end; returns its exit status."""
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
                await bridge(client, address)

            server = await serve(talk, "127.0.0.1", 0, max_size=None, ping_interval=None)
            servers.append(server)
            port = server.sockets[0].getsockname()[1]
            sys.stderr.write(f"WebDriver BiDi listening on ws://127.0.0.1:{port}\n")
        sys.stderr.flush()
    for server in servers:
        server.close()
    return await firefox.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
