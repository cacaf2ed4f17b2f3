"""The product's server on the public network."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.e2e.deployment import LocalDeployment
from tests.network.namespaces import PUBLIC_ADDRESS, Namespace

# Its own certificate is not to be checked here: that it works is the business of other tests.
_ANSWERS: Final = """
import httpx, sys
try:
    sys.exit(httpx.get(sys.argv[1], verify=False).status_code != 200)
except httpx.TransportError:
    sys.exit(2)
"""


class PublicDeployment(LocalDeployment):
    """``videochat serve --https`` in a network namespace.

    With TLS, since browsers open camera and microphone on https and localhost only, and the homes are not where the server is.

    :param namespace: where it runs.
    """

    def __init__(self, data: Path, namespace: Namespace, settings: Mapping[str, str]) -> None:
        self._namespace = namespace
        super().__init__(
            data, namespace.command(str(Path(sys.executable).with_name("videochat"))), settings={}
        )
        fixed = {"HTTPS": "true", "HOST": "0.0.0.0", "PUBLIC_URL": self.base_url}
        for name, value in {**fixed, **settings}.items():
            self._environment[f"VIDEOCHAT_{name}"] = value

    @property
    def base_url(self) -> str:
        """See :class:`tests.e2e.deployment.Deployment`."""
        return f"https://{PUBLIC_ADDRESS}:{self.port}"

    def _healthy(self) -> bool:
        assert self.running, f"The server did not start:\n{self.log}"
        probe = self._namespace.command(
            sys.executable, "-W", "error", "-c", _ANSWERS, f"{self.base_url}/healthz"
        )
        return subprocess.run(probe, check=False, stderr=subprocess.DEVNULL).returncode == 0
