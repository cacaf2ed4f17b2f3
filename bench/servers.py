"""The two servers, each in a process of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from msgspec import Struct

_HERE: Final = Path(__file__).parent
_SECONDS: Final = 60


class Running(Struct, frozen=True):
    """A server that answers."""

    kind: str
    port: int
    pid: int
    data: str = ""
    """Video Chat's data directory."""
    started_in: float = 0
    """Seconds from the start of the process to the first good answer."""


class BenchError(Exception):
    """The measurement cannot be made; the text says why."""


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def video_chat(data: Path, port: int) -> Iterator[Running]:
    """``videochat serve`` as an operator runs it, except that the rate limit for frames is out of the way."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIDEOCHAT_")}
    environment |= {"VIDEOCHAT_FRAME_RATE": "1000000", "VIDEOCHAT_FRAME_BURST": "1000000"}
    command = [
        str(Path(sys.executable).with_name("videochat")),
        "serve",
        *("--host", "127.0.0.1", "--port", str(port), "--public-url", f"http://127.0.0.1:{port}"),
        *("--data", str(data), "--stun", "none"),
    ]
    with _running(
        "videochat", command, port, f"http://127.0.0.1:{port}/healthz", environment, str(data)
    ) as running:
        yield running


@contextmanager
def peer_server() -> Iterator[Running]:
    """PeerServer with its own command, its limit of 5,000 clients raised and its heartbeat time out of the way."""
    node = shutil.which("node")
    script = _HERE / "node_modules" / "peer" / "dist" / "bin" / "peerjs.js"
    if node is None or not script.exists():
        raise BenchError("PeerServer is missing: run “npm ci” in bench/ (make bench does).")
    port = free_port()
    command = [
        node,
        str(script),
        *(
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--concurrent_limit",
            "100000",
            "--alive_timeout",
            "3600000",
        ),
    ]
    with _running("peer", command, port, f"http://127.0.0.1:{port}/", dict(os.environ), "") as running:
        yield running


@contextmanager
def _running(
    kind: str, command: list[str], port: int, url: str, environment: dict[str, str], data: str
) -> Iterator[Running]:
    began = time.monotonic()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            while not _answers(url):
                if process.poll() is not None or time.monotonic() - began > _SECONDS:
                    process.kill()
                    assert process.stderr is not None
                    raise BenchError(f"{kind} did not start: {process.stderr.read().decode()[-2000:]}")
                time.sleep(0.005)
            yield Running(kind, port, process.pid, data, time.monotonic() - began)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
