"""The pages to compare with and their signaling, and the delaying proxies before all servers."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from bench.calls.delay import DelayProxy

_PAGES: Final = Path(__file__).parent / "pages"
_NODE_MODULES: Final = Path(__file__).parents[1] / "node_modules"
_FILES: Final = {
    f"/{path.name}": path for path in (*_PAGES.iterdir(), _NODE_MODULES / "peerjs" / "dist" / "peerjs.min.js")
}
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


class BarePages:
    """Serves the pages, and relays what their sockets say to all others in the same room."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._rooms: dict[str, set[ServerConnection]] = {}

    async def serve(self, stack: AsyncExitStack) -> None:
        """Serves until ``stack`` is closed."""
        await stack.enter_async_context(
            serve(self._relay, "127.0.0.1", self.port, process_request=self._page, compression=None)
        )

    def _page(self, _: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path == "/signal":
            return None
        file = _FILES.get(path)
        if file is None:
            return Response(HTTPStatus.NOT_FOUND, "Not Found", Headers({"Content-Length": "0"}))
        body = file.read_bytes()
        headers = Headers({"Content-Type": _TYPES[file.suffix], "Content-Length": str(len(body))})
        headers["Connection"] = "close"
        return Response(HTTPStatus.OK, "OK", headers, body)

    async def _relay(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        (name,) = parse_qs(urlsplit(socket.request.path).query)["room"]
        room = self._rooms.setdefault(name, set())
        room.add(socket)
        try:
            async for message in socket:
                for other in room - {socket}:
                    await other.send(message)
        except ConnectionClosed:
            pass  # The page is gone.
        finally:
            room.discard(socket)


class Proxies:
    """One :class:`DelayProxy` per server, on an event loop of their own; also runs the pages' server there.

    :param ports: by name, the port to listen on and that of the server behind it.
    """

    def __init__(self, pages: BarePages, ports: dict[str, tuple[int, int]]) -> None:
        self._pages = pages
        self._proxies = {name: DelayProxy(*both) for name, both in ports.items()}

    def port(self, name: str) -> int:
        """The port before the server called ``name``."""
        return self._proxies[name].port

    def set_delay(self, seconds: float) -> None:
        """From now on every hop, to a server or from it, takes so much longer."""
        for proxy in self._proxies.values():
            proxy.delay = seconds

    @contextmanager
    def running(self) -> Iterator[None]:
        """Runs everything in a thread."""
        loop = asyncio.new_event_loop()
        started, stop = threading.Event(), asyncio.Event()
        failures: list[BaseException] = []

        async def run() -> None:
            async with AsyncExitStack() as stack:
                await self._pages.serve(stack)
                for proxy in self._proxies.values():
                    await stack.enter_async_context(proxy.running())
                started.set()
                await stop.wait()

        def work() -> None:
            try:
                with asyncio.Runner(loop_factory=lambda: loop) as runner:
                    runner.run(run())
            except BaseException as error:  # noqa: BLE001 - raised again below, in the caller's thread
                failures.append(error)
            finally:
                started.set()

        thread = threading.Thread(target=work, name="bench-proxies")
        thread.start()
        started.wait()
        try:
            if not failures:
                yield
        finally:
            if thread.is_alive():
                loop.call_soon_threadsafe(stop.set)
            thread.join()
        if failures:
            raise RuntimeError("The proxies broke.") from failures[0]
