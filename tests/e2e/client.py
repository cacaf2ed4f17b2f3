"""A client without a browser: the REST interface and the socket, as any program could use them."""

import json
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx
from tests.e2e.deployment import Deployment
from websockets.sync.client import ClientConnection, connect

Frame = dict[str, Any]

ANSWER_SECONDS: Final = 20
# Loading the certificates that a machine trusts takes longer than most requests.
TLS: Final = ssl.create_default_context()
# Frames that come for reasons of their own, at any time.
UNASKED: Final = frozenset({"presence", "contacts", "calls"})


class Socket:
    """A WebSocket that has said hello."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.unasked: list[Frame] = []
        """What came of :data:`UNASKED` so far."""
        self.send({"action": "hello"})
        self.welcome = self.expect("welcome")

    @property
    def id(self) -> str:
        """The connection id."""
        return str(self.welcome["connectionId"])

    @property
    def user_id(self) -> str:
        """Whose socket it is."""
        return str(self.welcome["userId"])

    def send(self, frame: Frame) -> None:
        """Sends a frame."""
        self.connection.send(json.dumps(frame))

    def receive(self) -> Frame:
        """The next frame, whatever it is."""
        message = self.connection.recv(timeout=ANSWER_SECONDS)
        frame = json.loads(message)
        assert isinstance(message, str), "a server's frame is a text message"
        assert isinstance(frame, dict)
        return frame

    def expect(self, action: str) -> Frame:
        """The next frame that is not one of :data:`UNASKED`; it must be an ``action``."""
        while True:
            frame = self.receive()
            if frame["action"] == action:
                return frame
            assert frame["action"] in UNASKED, f"{action} was expected, this came: {frame}"
            self.unasked.append(frame)

    def expect_error(self, code: str) -> Frame:
        """The next frame must be this error."""
        frame = self.expect("error")
        assert frame["code"] == code, frame
        assert isinstance(frame["message"], str)
        assert frame["message"]
        return frame

    def expect_unasked(self, action: str, **fields: object) -> Frame:
        """Waits for a frame of :data:`UNASKED` with these fields; counts those that came before."""
        seen = 0
        while True:
            for frame in self.unasked[seen:]:
                if frame["action"] == action and fields.items() <= frame.items():
                    self.unasked.remove(frame)
                    return frame
            seen = len(self.unasked)
            frame = self.receive()
            assert frame["action"] in UNASKED, f"{action} was expected, this came: {frame}"
            self.unasked.append(frame)

    def expect_nothing(self) -> None:
        """Nothing has been sent here but :data:`UNASKED`: a ping is answered before anything else comes."""
        self.send({"action": "ping", "id": "nothing"})
        assert self.expect("pong")["id"] == "nothing"

    def close(self) -> None:
        """Closes it in good order."""
        self.connection.close()

    def drop(self) -> None:
        """Cuts the line without a word."""
        self.connection.socket.close()
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass
class Account:
    """Somebody with an account and a token, without a browser."""

    deployment: Deployment
    email: str
    name: str
    token: str
    user_id: str = ""

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        json: object = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Calls the REST interface; ``token`` replaces the account's own."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        return httpx.request(
            method,
            f"{self.deployment.api_url}{path}",
            headers=headers,
            json=json,
            content=content,
            timeout=ANSWER_SECONDS,
            verify=TLS,
        )

    def ticket(self) -> str:
        """A fresh socket ticket."""
        answer = self.request("POST", "/tickets")
        assert answer.status_code == 201, answer.text
        return self.deployment.secrets.remember(answer.json()["ticket"])

    def socket(self, *, auth: str | None = None, device: str | None = None) -> Socket:
        """Opens a socket, by default with a fresh ticket."""
        return Socket(open_socket(self.deployment, auth or self.ticket(), device))

    def contacts(self) -> list[dict[str, Any]]:
        """The contact list."""
        answer = self.request("GET", "/contacts")
        assert answer.status_code == 200, answer.text
        contacts = answer.json()["contacts"]
        assert isinstance(contacts, list)
        return contacts

    def contact(self, other: "Account") -> dict[str, Any] | None:
        """What the list says about ``other``."""
        return next((c for c in self.contacts() if c["email"] == other.email), None)

    def add(self, other: "Account") -> httpx.Response:
        """Asks ``other`` to become a contact."""
        return self.request("POST", "/contacts", json={"email": other.email})

    def change(self, other: "Account", state: str) -> httpx.Response:
        """Accepts or blocks ``other``."""
        return self.request("PATCH", f"/contacts/{other.user_id}", json={"state": state})

    def remove(self, other: "Account") -> httpx.Response:
        """Removes ``other``."""
        return self.request("DELETE", f"/contacts/{other.user_id}")

    def befriend(self, other: "Account") -> None:
        """Makes the two contacts of each other."""
        assert self.add(other).status_code == 201
        assert other.change(self, "accepted").status_code == 200


def open_socket(deployment: Deployment, auth: str | None, device: str | None = None) -> ClientConnection:
    """Opens the socket that ``/config.json`` names.

    :raises websockets.exceptions.InvalidStatus: the handshake was refused.
    """
    url = httpx.get(f"{deployment.base_url}/config.json", verify=TLS).json()["wsUrl"]
    query = {k: v for k, v in (("Auth", auth), ("Device", device)) if v is not None}
    return connect(
        f"{url}?{httpx.QueryParams(query)}" if query else url,
        proxy=None,
        open_timeout=ANSWER_SECONDS,
        legacy=True,
    )
