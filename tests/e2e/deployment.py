"""Something to test from outside: a running installation, reached by its addresses alone.

The scenarios know :class:`Deployment` only, so that the same ones can run against another edition.
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

import httpx

STARTUP_SECONDS: Final = 60
STOP_SECONDS: Final = 30

# What must never stand in a log, whoever wrote the line: the beginning of an SDP, its credentials and fingerprints, a candidate,
# any JWT, a socket ticket in a URL, an Argon2 hash.
SECRET_SHAPES: Final = (
    re.compile(r"v=0(\\r|\r)"),
    re.compile(r"a=(ice-ufrag|ice-pwd|fingerprint)"),
    re.compile(r"candidate:\d"),
    re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}"),
    re.compile(r"[?&]Auth=(?!\[)", re.IGNORECASE),
    re.compile(r"\$argon2"),
)


class Deployment(Protocol):
    """A running installation."""

    @property
    def base_url(self) -> str:
        """Where a browser opens the web app, without a trailing slash."""
        ...

    @property
    def api_url(self) -> str:
        """Where the REST interface is, without a trailing slash."""
        ...

    @property
    def secrets(self) -> "Secrets":
        """What must not show up in its logs."""
        ...

    def add_user(self, email: str, name: str, password: str) -> None:
        """Makes an account."""
        ...

    def token(self, email: str) -> str:
        """An access token of that account."""
        ...

    def revoke(self, refresh_token: str) -> None:
        """Ends a session: from now on the refresh token is worth nothing."""
        ...


class Secrets:
    """Remembers what must not show up in a log."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def remember(self, secret: str) -> str:
        """Notes ``secret`` and returns it."""
        self._known.add(secret)
        return secret

    def found_in(self, log: str) -> list[str]:
        """The lines of ``log`` that give something away."""
        return [
            line
            for line in log.splitlines()
            if any(secret in line for secret in self._known)
            or any(shape.search(line) for shape in SECRET_SHAPES)
        ]


def free_port() -> int:
    """A port of the loopback interface that nobody uses at this moment.

    None of those that connections get (32768 and above on Linux, ip(7)): with tests side by side, one of them would now and then have
    it before the server does. And above 10080, the last one that browsers refuse to open.
    """
    while True:
        port = random.randrange(11_000, 32_768)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Returns as soon as ``condition()`` holds.

    :raises AssertionError: it did not within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds} s: {what}")
        time.sleep(0.05)


class LocalDeployment:
    """``videochat serve`` on a free port of this machine, with a data directory of its own.

    :param data: the data directory; the log goes beside it.
    :param command: how to run ``videochat``; by default the one beside this Python.
    :param settings: ``VIDEOCHAT_*`` variables, by their names without the prefix.
    """

    def __init__(
        self, data: Path, command: list[str] | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.data = data
        self.port = free_port()
        self._secrets = Secrets()
        self._command = command or [str(Path(sys.executable).with_name("videochat"))]
        self._log_path = data.with_suffix(".log")
        self._log_path.touch()
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("VIDEOCHAT_")}
        own = {
            "DATA": str(data),
            "PORT": str(self.port),
            # Nothing is fetched from outside; on one machine the peers need no STUN.
            "STUN": "none",
            # The most talkative setting: what is never to be logged is looked for in these lines.
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
        }
        for name, value in {**own, **(settings or {})}.items():
            self._environment[f"VIDEOCHAT_{name}"] = value

    @property
    def base_url(self) -> str:
        """See :class:`Deployment`."""
        return f"http://localhost:{self.port}"

    @property
    def api_url(self) -> str:
        """See :class:`Deployment`."""
        return f"{self.base_url}/api"

    @property
    def secrets(self) -> Secrets:
        """See :class:`Deployment`."""
        return self._secrets

    @property
    def log(self) -> str:
        """What the server wrote since its first start."""
        return self._log_path.read_text("utf-8", "replace")

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the server and returns when it answers."""
        assert not self.running
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, "serve"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._healthy, "the server answers", STARTUP_SECONDS)

    def _healthy(self) -> bool:
        if not self.running:
            raise AssertionError(f"The server did not start:\n{self.log}")
        try:
            return httpx.get(f"{self.base_url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Asks the server to stop, as an operator would; returns its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Takes the server away without a warning, as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, by: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(by)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"The server did not stop within {STOP_SECONDS} s of {by.name}") from None

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Runs another command of ``videochat`` on this data; returns what it printed on standard output."""
        done = subprocess.run(
            [*self._command, *arguments],
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"videochat {' '.join(arguments)} failed:\n{done.stderr}"
        return done.stdout

    def add_user(self, email: str, name: str, password: str) -> None:
        """See :class:`Deployment`."""
        self.run(
            "users",
            "add",
            email,
            "--name",
            name,
            "--password-stdin",
            stdin=self.secrets.remember(password) + "\n",
        )

    def token(self, email: str) -> str:
        """See :class:`Deployment`."""
        return self.secrets.remember(self.run("token", email).strip())

    def revoke(self, refresh_token: str) -> None:
        """See :class:`Deployment`."""
        oidc = httpx.get(f"{self.base_url}/config.json").json()["oidc"]
        provider = httpx.get(f"{oidc['authority']}/.well-known/openid-configuration").json()
        answer = httpx.post(
            provider["revocation_endpoint"],
            data={
                "token": refresh_token,
                "token_type_hint": "refresh_token",
                "client_id": oidc["clientId"],
            },
        )
        assert answer.status_code == 200, answer.text
