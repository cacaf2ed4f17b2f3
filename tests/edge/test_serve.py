"""A real ``videochat serve``: starting, stopping, and being killed in the middle of work."""

import json
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tests.e2e.deployment import LocalDeployment, wait_until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from videochat.core.models import Identity
from videochat.server.bootstrap import NoSockets, open_services
from videochat.server.settings import Settings

PASSWORD = "correct horse battery"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalDeployment]:
    """A server that is not started yet."""
    deployment = LocalDeployment(tmp_path / "data")
    yield deployment
    if deployment.running:
        deployment.kill()


class People:
    """Users made before the server starts, some of them with accounts."""

    def __init__(self, deployment: LocalDeployment, accounts: int = 1, users: int = 0) -> None:
        self.tokens: list[str] = []
        none = NoSockets()
        services = open_services(Settings(data=deployment.data, public_url=deployment.base_url), none, none)
        for number in range(accounts):
            email = f"writer{number}@example.org"
            services.identity.accounts.add(email, f"Writer {number}", PASSWORD)
            token = services.identity.provider.access_token_for(email)
            self.tokens.append(deployment.secrets.remember(token))
        for number in range(users):
            services.core.users.current(
                Identity(f"user-{number}", f"user{number}@example.org", f"User {number}")
            )
        services.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refuses_connections(deployment: LocalDeployment) -> bool:
    try:
        socket.create_connection(("127.0.0.1", deployment.port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


class TestStart:
    def test_tells_where_to_go(self, server: LocalDeployment) -> None:
        server.start()
        assert server.stop() == 0
        assert f"Open      {server.base_url}\n" in server.log
        assert f"Data      {server.data}\n" in server.log
        assert "Sign-up   open" in server.log

    def test_port_in_use(self, server: LocalDeployment) -> None:
        with (
            socket.create_server(("127.0.0.1", server.port)),
            pytest.raises(AssertionError, match="did not start"),
        ):
            server.start()
        assert f"Port {server.port} of localhost is in use" in server.log
        assert "Traceback" not in server.log

    def test_second_server_on_the_same_data(self, server: LocalDeployment) -> None:
        server.start()
        other = LocalDeployment(server.data)
        with pytest.raises(AssertionError, match="did not start"):
            other.start()
        assert "Another server runs on the data directory" in other.log
        assert server.stop() == 0

    def test_unusable_settings(self, tmp_path: Path) -> None:
        server = LocalDeployment(tmp_path / "data", settings={"PUBLIC_URL": "nonsense", "SIGN_UP": "perhaps"})
        with pytest.raises(AssertionError, match="did not start"):
            server.start()
        assert "VIDEOCHAT_PUBLIC_URL: " in server.log
        assert "VIDEOCHAT_SIGN_UP: " in server.log
        assert not server.data.exists()

    def test_misspelt_variable_is_mentioned(self, tmp_path: Path) -> None:
        server = LocalDeployment(tmp_path / "data", settings={"SINGUP": "closed"})
        server.start()
        assert server.stop() == 0
        assert "VIDEOCHAT_SINGUP" in server.log

    def test_unusable_certificate(self, tmp_path: Path) -> None:
        for name in ("cert.pem", "key.pem"):
            (tmp_path / name).write_text("garbage")
        settings = {"TLS_CERT": str(tmp_path / "cert.pem"), "TLS_KEY": str(tmp_path / "key.pem")}
        server = LocalDeployment(tmp_path / "data", settings=settings)
        with pytest.raises(AssertionError, match="did not start"):
            server.start()
        assert "Certificate and key cannot be used" in server.log
        assert "Traceback" not in server.log


class TestCommandsBesideTheServer:
    def test_take_effect_at_once(self, server: LocalDeployment) -> None:
        server.start()
        server.add_user("ada@example.org", "Ada", PASSWORD)
        old = server.token("ada@example.org")
        url = f"{server.base_url}/api/user"
        assert httpx.get(url, headers=bearer(old)).json()["email"] == "ada@example.org"
        server.run("keys", "rotate")
        new = server.token("ada@example.org")
        assert new.split(".")[0] != old.split(".")[0]
        assert httpx.get(url, headers=bearer(new)).status_code == 200
        assert httpx.get(url, headers=bearer(old)).status_code == 200
        server.run("users", "remove", "ada@example.org")
        assert httpx.get(url, headers=bearer(new)).status_code == 401
        assert server.stop() == 0
        assert server.secrets.found_in(server.log) == []


class TestStop:
    @pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
    def test_closes_sockets_and_exits_with_zero(self, server: LocalDeployment, by: signal.Signals) -> None:
        people = People(server)
        server.start()
        ticket = httpx.post(f"{server.base_url}/api/tickets", headers=bearer(people.tokens[0])).json()[
            "ticket"
        ]
        url = f"{server.base_url.replace('http', 'ws')}/ws?Auth={server.secrets.remember(ticket)}"
        with connect(url) as client:
            client.send('{"action":"hello"}')
            assert json.loads(client.recv())["action"] == "welcome"
            assert server._end(by) == 0
            with pytest.raises(ConnectionClosed) as caught:
                client.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1012
        assert server.secrets.found_in(server.log) == []

    def test_finishes_the_request_under_way(self, server: LocalDeployment) -> None:
        people = People(server, users=1)
        server.start()
        body = b'{"email":"user0@example.org"}'
        head = (
            f"POST /api/contacts HTTP/1.1\r\nHost: localhost:{server.port}\r\n"
            f"Authorization: Bearer {people.tokens[0]}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        with socket.create_connection(("127.0.0.1", server.port), 20) as client:
            client.sendall(head + body[:5])
            # The server has read this far when it answers somebody else who came later.
            assert httpx.get(f"{server.base_url}/healthz").status_code == 200
            stopped: list[int] = []
            stopping = threading.Thread(target=lambda: stopped.append(server.stop()))
            stopping.start()
            wait_until(lambda: refuses_connections(server), "the server accepts no more connections")
            client.sendall(body[5:])
            answer = client.recv(65536)
            stopping.join()
        assert answer.startswith(b"HTTP/1.1 201 ")
        assert stopped == [0]
        server.start()
        contacts = httpx.get(f"{server.base_url}/api/contacts", headers=bearer(people.tokens[0])).json()
        assert [contact["email"] for contact in contacts["contacts"]] == ["user0@example.org"]

    def test_does_not_wait_for_ever(self, tmp_path: Path) -> None:
        server = LocalDeployment(tmp_path / "data", settings={"STOP_SECONDS": "1"})
        people = People(server)
        server.start()
        head = (
            f"POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {people.tokens[0]}\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port), 20) as client:
            client.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
            assert httpx.get(f"{server.base_url}/healthz").status_code == 200
            assert server.stop() == 0
            assert not client.recv(65536).startswith(b"HTTP/1.1 2")
        assert "timeout graceful shutdown exceeded" in server.log
        assert server.secrets.found_in(server.log) == []


class Writer:
    """Adds, blocks and removes contacts as fast as the server confirms, and remembers what it confirmed."""

    def __init__(self, base_url: str, token: str, emails: list[str]) -> None:
        self.confirmed: dict[str, str | None] = {}
        """Address → the state that the last confirmed write left; ``None``: removed."""
        self.in_doubt: str | None = None
        """The address whose write was under way when the server went."""
        self.unexpected: list[str] = []
        self.count = 0
        self._base_url = base_url
        self._token = token
        self._emails = emails
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with httpx.Client(
            base_url=f"{self._base_url}/api", headers=bearer(self._token), timeout=20
        ) as client:
            for index, email in enumerate(self._emails):
                self.in_doubt = email
                try:
                    self._write(client, index, email)
                except httpx.TransportError:
                    return  # killed
                self.in_doubt = None

    def _write(self, client: httpx.Client, index: int, email: str) -> None:
        answer = client.post("/contacts", json={"email": email})
        if answer.status_code != 201:
            self.unexpected.append(answer.text)
            return
        self._confirm(email, "pending_sent")
        path = f"/contacts/{answer.json()['contactId']}"
        if index % 3 == 1:
            answer = client.patch(path, json={"state": "blocked"})
            if answer.status_code == 200:
                self._confirm(email, "blocked")
            else:
                self.unexpected.append(answer.text)
        elif index % 3 == 2:
            answer = client.delete(path)
            if answer.status_code == 204:
                self._confirm(email, None)
            else:
                self.unexpected.append(answer.text)

    def _confirm(self, email: str, state: str | None) -> None:
        self.confirmed[email] = state
        self.count += 1


def test_killed_under_load_loses_nothing_confirmed(server: LocalDeployment) -> None:
    people = People(server, accounts=4, users=400)
    server.start()
    emails = [f"user{number}@example.org" for number in range(400)]
    writers = [Writer(server.base_url, token, emails) for token in people.tokens]
    for writer in writers:
        writer.thread.start()
    wait_until(lambda: sum(writer.count for writer in writers) >= 120, "enough writes are confirmed", 60)
    server.kill()
    for writer in writers:
        writer.thread.join()
        assert writer.unexpected == []
    assert any(writer.in_doubt for writer in writers), "it was killed after the last write"
    server.start()
    for writer, token in zip(writers, people.tokens, strict=True):
        answer = httpx.get(f"{server.base_url}/api/contacts", headers=bearer(token))
        stored = {contact["email"]: contact["state"] for contact in answer.json()["contacts"]}
        for email, state in writer.confirmed.items():
            if email != writer.in_doubt:
                assert stored.get(email) == state, email
        assert stored.keys() - writer.confirmed.keys() <= {writer.in_doubt}
    assert server.stop() == 0


class HttpsDeployment(LocalDeployment):
    """A server with a certificate of its own making, on loopback."""

    def __init__(self, data: Path) -> None:
        super().__init__(data, settings={"HTTPS": "true", "HOST": "localhost"})

    @property
    def base_url(self) -> str:
        return f"https://localhost:{self.port}"

    def trust(self) -> ssl.SSLContext:
        """Trusts what the server has made, and nothing else."""
        return ssl.create_default_context(cafile=str(self.data / "tls" / "cert.pem"))

    def _healthy(self) -> bool:
        assert self.running, self.log
        try:
            return httpx.get(f"{self.base_url}/healthz", verify=self.trust()).status_code == 200
        except (httpx.TransportError, FileNotFoundError):
            return False


class TestHttps:
    @pytest.fixture
    def https(self, tmp_path: Path) -> Iterator[HttpsDeployment]:
        deployment = HttpsDeployment(tmp_path / "data")
        yield deployment
        if deployment.running:
            deployment.kill()

    def test_pages_and_sockets(self, https: HttpsDeployment) -> None:
        people = People(https)
        https.start()
        config = httpx.get(f"{https.base_url}/config.json", verify=https.trust()).json()
        assert config["wsUrl"] == f"wss://localhost:{https.port}/ws"
        answer = httpx.post(
            f"{https.base_url}/api/tickets", headers=bearer(people.tokens[0]), verify=https.trust()
        )
        url = f"{config['wsUrl']}?Auth={https.secrets.remember(answer.json()['ticket'])}"
        with connect(url, ssl=https.trust()) as client:
            client.send('{"action":"ping"}')
            assert json.loads(client.recv())["action"] == "pong"
        assert https.stop() == 0
        assert https.secrets.found_in(https.log) == []

    def test_does_not_wait_for_who_has_vanished(self, https: HttpsDeployment) -> None:
        """A client that is gone with its network answers no farewell, which TLS would wait 30 s for."""
        https.start()
        with (
            socket.create_connection(("localhost", https.port), 20) as line,
            https.trust().wrap_socket(line, server_hostname="localhost") as client,
        ):
            client.sendall(f"GET /healthz HTTP/1.1\r\nHost: localhost:{https.port}\r\n\r\n".encode())
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
            assert https.stop() == 0
        assert '"level": "error"' not in https.log

    def test_certificate_is_kept(self, https: HttpsDeployment) -> None:
        https.start()
        https.stop()
        first = (https.data / "tls" / "cert.pem").read_bytes()
        https.start()
        assert https.stop() == 0
        assert (https.data / "tls" / "cert.pem").read_bytes() == first
        fingerprint = x509.load_pem_x509_certificate(first).fingerprint(hashes.SHA256())
        assert fingerprint.hex(":").upper() in https.log


class TestProxies:
    @pytest.mark.parametrize(
        ("trusted", "client"), [("127.0.0.1", "203.0.113.9"), ("192.0.2.1", "127.0.0.1")]
    )
    def test_only_those_named_are_believed(self, tmp_path: Path, trusted: str, client: str) -> None:
        server = LocalDeployment(tmp_path / "data", settings={"TRUSTED_PROXIES": trusted})
        server.start()
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Request-Id": "proxy-test"}
        httpx.get(f"http://127.0.0.1:{server.port}/api/user", headers=headers)
        assert server.stop() == 0
        lines = [json.loads(line) for line in server.log.splitlines() if "proxy-test" in line]
        assert [line["client"] for line in lines] == [client]
