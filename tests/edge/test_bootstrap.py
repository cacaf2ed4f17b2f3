"""The composition root: real adapters, some of them replaced."""

import asyncio
from pathlib import Path

import httpx
import pytest
from tests.edge.socket_world import until
from tests.fakes import FakeClock, FakeIceServers

from videochat.adapters.sql.calls import SqlCalls
from videochat.core.models import Call, EndReason
from videochat.identity.tokens import LEEWAY
from videochat.server.bootstrap import Application, NoSockets, SetupError, build, open_operator
from videochat.server.record import Record, write_record
from videochat.server.settings import Settings

BASE = "http://localhost:8000"
PASSWORD = "correct horse battery"


def settings(data: Path, **options: object) -> Settings:
    return Settings(data=data, public_url=BASE, **options)  # type: ignore[arg-type]  # the caller gives what the field takes


def get(application: Application, path: str, token: str = "") -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(application.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.get(path, headers={"Authorization": f"Bearer {token}"})

    return asyncio.run(send())


def test_everything_fits_together(tmp_path: Path) -> None:
    application = build(settings(tmp_path / "data", stun=("stun:a.example",)))
    try:
        application.services.identity.accounts.add("ada@example.org", "Ada", PASSWORD)
        token = application.services.identity.provider.access_token_for("ada@example.org")
        assert get(application, "/api/user", token).json()["name"] == "Ada"
        assert get(application, "/api/ice-servers", token).json()["iceServers"] == [
            {"urls": ["stun:a.example"]}
        ]
        assert get(application, "/.well-known/openid-configuration").json()["issuer"] == BASE
        assert get(application, "/healthz").status_code == 200
    finally:
        application.close()


def test_ports_can_be_replaced(tmp_path: Path) -> None:
    clock = FakeClock()
    application = build(settings(tmp_path / "data"), clock=clock, ice=FakeIceServers())
    try:
        application.services.identity.accounts.add("ada@example.org", "Ada", PASSWORD)
        token = application.services.identity.provider.access_token_for("ada@example.org")
        servers = get(application, "/api/ice-servers", token).json()["iceServers"]
        assert servers[0]["urls"] == ["stun:stun.example:3478"]
        clock.advance(2 * 3600 * 1000)
        assert get(application, "/api/user", token).status_code == 401
    finally:
        application.close()


def test_a_call_that_a_stop_interrupted_does_not_ring_for_ever(tmp_path: Path) -> None:
    clock = FakeClock()
    ringing = Call("call-0001", "ann", "phone", "bob", clock.now(), clock.now() + 60_000)
    first = build(settings(tmp_path / "data"), clock=clock)
    SqlCalls(first.services.engine).create(ringing)
    first.close()
    clock.advance(60_000)
    second = build(settings(tmp_path / "data"), clock=clock)
    calls = SqlCalls(second.services.engine)

    async def run() -> None:
        second.sockets.start()
        await until(lambda: calls.unfinished() == [])
        await second.sockets.stop()

    try:
        asyncio.run(run())
        stored = calls.get("call-0001")
        assert stored is not None
        assert (stored.reason, stored.ended_at) == (EndReason.TIMEOUT, ringing.ring_until)
    finally:
        second.close()


def test_tokens_live_as_long_as_the_operator_wants(tmp_path: Path) -> None:
    clock = FakeClock()
    application = build(settings(tmp_path / "data", token_seconds=60), clock=clock)
    try:
        application.services.identity.accounts.add("ada@example.org", "Ada", PASSWORD)
        token = application.services.identity.provider.access_token_for("ada@example.org")
        clock.advance(59 * 1000)
        assert get(application, "/api/user", token).status_code == 200
        clock.advance((LEEWAY + 2) * 1000)
        assert get(application, "/api/user", token).status_code == 401
    finally:
        application.close()


def test_turn_with_a_shared_secret(tmp_path: Path) -> None:
    turn = {"stun": (), "turn_urls": ("turn:t.example",), "turn_secret": "north", "turn_ttl": 600}
    application = build(settings(tmp_path / "data", **turn), clock=FakeClock(1_800_000_000_000))
    try:
        answer = application.services.core.ice.ice_servers("ada", 1_800_000_000_000)
        assert answer.ice_servers[0].username == "1800000600:ada"
    finally:
        application.close()


def test_removed_account_is_gone_everywhere(tmp_path: Path) -> None:
    application = build(settings(tmp_path / "data"))
    core, accounts = application.services.core, application.services.identity.accounts
    try:
        for name in ("Ada", "Bob"):
            accounts.add(f"{name}@example.org", name, PASSWORD)
        ada, bob = (accounts.find(f"{name}@example.org").account_id for name in ("ada", "bob"))
        core.contacts.add(ada, "bob@example.org")
        core.contacts.add(bob, "ada@example.org")
        token = application.services.identity.provider.access_token_for("ada@example.org")
        accounts.remove("ada@example.org")
        assert core.contacts.list_of(bob) == []
        assert get(application, "/api/user", token).status_code == 401
    finally:
        application.close()


def test_health_knows_of_the_database(tmp_path: Path) -> None:
    application = build(settings(tmp_path / "data"))
    try:
        assert get(application, "/healthz").status_code == 200
        application.services.engine.dispose()
        for path in (tmp_path / "data").glob("videochat.db*"):
            path.unlink()
        (tmp_path / "data" / "videochat.db").mkdir()
        answer = get(application, "/healthz")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    finally:
        application.close()


class TestOperator:
    def test_works_on_the_server_s_database(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        data.mkdir()
        write_record(data, Record("https://video.example", f"sqlite:///{tmp_path / 'elsewhere.db'}"))
        services = open_operator(Settings(data=data))
        try:
            assert services.settings.base_url == "https://video.example"
            assert (tmp_path / "elsewhere.db").exists()
            assert not (data / "videochat.db").exists()
        finally:
            services.close()

    def test_what_is_given_goes_first(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        data.mkdir()
        write_record(data, Record("https://video.example"))
        services = open_operator(Settings(data=data, public_url="https://other.example"))
        try:
            assert services.identity.settings.issuer == "https://other.example"
        finally:
            services.close()

    def test_has_no_sockets(self) -> None:
        none = NoSockets()
        none.schedule(0, "kind", "key")
        assert none.send(["a", "b"], b"{}") == {"a", "b"}


@pytest.mark.parametrize("url", ["oracle://h/d", "sqlite://", "sqlite:////nowhere/at/all.db", "nonsense://"])
def test_database_that_cannot_be_used(tmp_path: Path, url: str) -> None:
    with pytest.raises(SetupError, match="database"):
        build(settings(tmp_path / "data", database=url))
