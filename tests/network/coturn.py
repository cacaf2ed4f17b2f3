"""Debian's coturn on the public network, with the configuration that the product recommends."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.e2e.deployment import wait_until
from tests.network.namespaces import PUBLIC_ADDRESS, Namespace

RECOMMENDED: Final = Path("deploy/turnserver.conf")
PORT: Final = 3478
# “session 000000000000000001: realm <r> user <1790000000:u1>: incoming packet ALLOCATE processed, success”
_ALLOCATED: Final = re.compile(r"user <([^>]*)>: incoming packet ALLOCATE processed, success")
_REFUSED: Final = re.compile(r"Cannot find credentials of user <([^>]*)>")


def is_installed() -> bool:
    """Whether there is a coturn."""
    return shutil.which("turnserver") is not None


class Coturn:
    """A TURN server in the public namespace.

    :param folder: for its configuration and log.
    :param secret: see ``static-auth-secret``.
    :param user: a fixed name and password, instead of the shared secret.
    :param port: where it listens.
    """

    def __init__(
        self,
        namespace: Namespace,
        folder: Path,
        *,
        secret: str = "",
        user: tuple[str, str] | None = None,
        port: int = PORT,
    ) -> None:
        self._namespace = namespace
        self._folder = folder
        self.port = port
        text = RECOMMENDED.read_text("utf-8")
        placeholder = "static-auth-secret=REPLACE-WITH-LONG-RANDOM-TEXT"
        assert placeholder in text
        if user is None:
            text = text.replace(placeholder, f"static-auth-secret={secret}")
        else:
            # The change that docs/turn.md describes.
            text = text.replace(placeholder, f"user={user[0]}:{user[1]}").replace(
                "use-auth-secret\n", "lt-cred-mech\n"
            )
        self._configuration = folder / "turnserver.conf"
        self._configuration.write_text(text, "utf-8")
        self._log = folder / "turnserver.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def urls(self) -> str:
        """For the server's ``turn_urls``: over UDP and over TCP."""
        return ",".join(
            f"turn:{PUBLIC_ADDRESS}:{self.port}?transport={transport}" for transport in ("udp", "tcp")
        )

    @property
    def log(self) -> str:
        """What it wrote since its first start."""
        return self._log.read_text("utf-8", "replace")

    @property
    def allocated(self) -> list[str]:
        """The user names for whom a relay was opened, in that order."""
        return _ALLOCATED.findall(self.log)

    @property
    def refused(self) -> list[str]:
        """The user names that it refused, as expired or not its own."""
        return _REFUSED.findall(self.log)

    def start(self) -> None:
        """Starts it and returns when it answers."""
        assert self._process is None
        known = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._namespace.command(
                    "turnserver",
                    "-c",
                    str(self._configuration),
                    f"--listening-port={self.port}",
                    f"--listening-ip={PUBLIC_ADDRESS}",
                    f"--relay-ip={PUBLIC_ADDRESS}",
                    f"--pidfile={self._folder / 'turnserver.pid'}",
                    f"--db={self._folder / 'turndb'}",
                    "--log-file=stdout",
                    "--verbose",
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
            )

        def listens() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"coturn did not start:\n{self.log[known:]}"
            return bool(self._namespace.run("ss", "-Hlun", f"sport = :{self.port}").strip())

        wait_until(listens, "coturn listens")

    def stop(self) -> None:
        """Takes it away, and with it every relay; it keeps nothing on disk that it would need again."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
