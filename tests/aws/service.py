"""A server on the loopback interface that answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Service:
    """Answers each request with the next of ``answers`` for its path, the last one again and again; 200 when there is none.

    An answer is a status, with a body if need be; ``None`` breaks the connection.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, bytes] | None]] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.open_connections = 0
        self.gate: threading.Barrier | None = None
        """Requests wait here for each other."""
        lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                with lock:
                    service.open_connections += 1

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    service.requests.append((self.command, self.path, headers, body))
                    queue = service.answers.get(self.path, [(200, b"")])
                    answer = queue.pop(0) if len(queue) > 1 else queue[0]
                if service.gate is not None:
                    service.gate.wait(timeout=30)
                if answer is None:
                    self.close_connection = True
                    return
                status, content = answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _answer

            def log_message(self, format: str, *args: Any) -> None:
                """Keeps quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def serving() -> Iterator[Service]:
    """A server for a while."""
    service = Service()
    service.server.daemon_threads = True
    thread = threading.Thread(target=service.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        thread.join()
        service.server.server_close()
