"""The server's ASGI application on fakes, and a client for it that needs no network."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.fakes import FakePush, Fakes, FakeTimers

from videochat.core.models import Identity
from videochat.server.app import create_app
from videochat.server.asgi import App
from videochat.server.settings import Settings
from videochat.server.static import WebApp

BASE = "http://localhost:8000"


class Site(Fakes):
    """An application and the world it stands on. Requests go to :meth:`request`."""

    def __init__(self, settings: Settings, web: WebApp, own_hosts: Sequence[str] = ()) -> None:
        super().__init__()
        self.broken: Exception | None = None
        """What ``/healthz`` finds, if anything."""
        self.core = self.assemble(FakePush(), FakeTimers())
        self.app: App = create_app(settings, self.core, web, own_hosts=own_hosts, check=self._check)
        self._runner = asyncio.Runner()

    def person(self, name: str) -> str:
        """A user with this name, known to the core; returns a token of theirs. The user id is the name in lower case."""
        identity = Identity(name.lower(), f"{name.lower()}@example.org", name)
        self.core.users.current(identity)
        return self.tokens.add(f"token-of-{name.lower()}", identity)

    def request(
        self, method: str, path: str, *, token: str | None = None, base: str = BASE, **options: Any
    ) -> httpx.Response:
        """One request; redirects are not followed."""
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.request(method, path, headers=headers, **options)

        return self._runner.run(send())

    def close(self) -> None:
        """Ends the event loop."""
        self._runner.close()

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken


@contextmanager
def open_site(
    settings: Settings | None = None, web_dir: Path | None = None, own_hosts: Sequence[str] = ()
) -> Iterator[Site]:
    """A site at :data:`BASE`, or where ``settings`` say."""
    if settings is None:
        settings = Settings(data=Path("unused"), public_url=BASE)
    site = Site(settings, WebApp(web_dir), own_hosts)
    try:
        yield site
    finally:
        site.close()
