"""The AWS edition in an emulated cloud, as something to test from outside. See :class:`tests.e2e.deployment.Deployment`."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import boto3
import httpx
from tests.e2e.deployment import Secrets, free_port

ROOT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = ROOT / ".venv-cloud" / "bin" / "python"
READY: Final = "Video Chat, AWS edition, emulated"
STARTUP_SECONDS: Final = 300
STOP_SECONDS: Final = 60
REGION: Final = "us-east-1"
STACK: Final = "videochat-dev"


class CloudDeployment:
    """``make cloud`` on free ports."""

    def __init__(self) -> None:
        self.port, self.web_port = free_port(), free_port()
        self._secrets = Secrets()
        self._output: list[str] = []
        self._kept: list[str] = []
        self._process: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        """Where a browser opens the web app."""
        return f"http://localhost:{self.web_port}"

    @property
    def api_url(self) -> str:
        """Where the REST interface is."""
        url = self.config["apiUrl"]
        assert isinstance(url, str)
        return url

    @property
    def secrets(self) -> Secrets:
        """What must not show up in its logs."""
        return self._secrets

    @property
    def config(self) -> dict[str, Any]:
        """``/config.json``."""
        answer: dict[str, Any] = httpx.get(f"{self.base_url}/config.json").json()
        return answer

    def start(self) -> None:
        """Starts the emulator, deploys, and returns when the web app answers."""
        command = [
            str(TOOLS),
            "-m",
            "scripts.aws.cloud",
            "--port",
            str(self.port),
            "--web-port",
            str(self.web_port),
        ]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self._process, ready), daemon=True).start()
        assert ready.wait(STARTUP_SECONDS), f"No cloud:\n{self.output}"
        assert READY in self.output, f"No cloud:\n{self.output}"

    def warm_up(self) -> None:
        """Invokes every function once: the first start of each, many processes on a small machine, is not what the tests are about."""
        functions = self.client("lambda")
        for page in functions.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                functions.invoke(FunctionName=function["FunctionName"], Payload=b'{"Records":[]}')

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._output.append(line)
            if READY in line:
                ready.set()
        ready.set()

    @property
    def output(self) -> str:
        """What the command printed."""
        return "".join(self._output)

    def stop(self) -> None:
        """Stops it, as Ctrl-C would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            assert self._process.wait(STOP_SECONDS) == 0, self.output
        finally:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def client(self, service: str) -> Any:
        """A client of an emulated service, with the rights of the account's owner."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # any service
            region_name=REGION,
            endpoint_url=f"http://localhost:{self.port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def keep_logs(self) -> None:
        """Remembers the lines so far: they go with the stack."""
        self._kept = list(self.logs())

    def logs(self) -> Iterator[str]:
        """All lines that the functions have logged."""
        yield from self._kept
        logs = self.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                for event in page["events"]:
                    yield event["message"]

    def add_user(self, email: str, name: str, password: str) -> None:
        """Makes an account with a verified address, as an administrator would."""
        pool = self.config["oidc"]["authority"].rpartition("/")[2]
        identity = self.client("cognito-idp")
        identity.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "name", "Value": name},
            ],
        )
        identity.admin_set_user_password(
            UserPoolId=pool, Username=email, Password=self.secrets.remember(password), Permanent=True
        )
        self._passwords[email] = password

    @property
    def _passwords(self) -> dict[str, str]:
        passwords: dict[str, str] = self.__dict__.setdefault("_known_passwords", {})
        return passwords

    def tokens(self, email: str) -> dict[str, Any]:
        """Signs in through the pages of the emulated managed login; what the token endpoint answered."""
        oidc = self.config["oidc"]
        provider = httpx.get(f"{oidc['authority']}/.well-known/openid-configuration").json()
        redirect_uri = f"{self.base_url}/callback"
        # RFC 7636, appendix B.
        verifier, challenge = (
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        )
        with httpx.Client(timeout=30) as client:
            page = _Form(
                client.get(
                    provider["authorization_endpoint"],
                    params={
                        "response_type": "code",
                        "client_id": oidc["clientId"],
                        "redirect_uri": redirect_uri,
                        "scope": "openid profile email",
                        "code_challenge": challenge,
                        "code_challenge_method": "S256",
                    },
                )
            )
            fields = {**page.fields, "username": email, "password": self._passwords[email]}
            answer = client.post(page.action, data=fields)
            assert answer.is_redirect, answer.text
            (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
            tokens: dict[str, Any] = client.post(
                provider["token_endpoint"],
                data={
                    "grant_type": "authorization_code",
                    "client_id": oidc["clientId"],
                    "redirect_uri": redirect_uri,
                    "code": code,
                    "code_verifier": verifier,
                },
            ).json()
        for kind in ("access_token", "id_token", "refresh_token"):
            self.secrets.remember(tokens[kind])
        return tokens

    def token(self, email: str) -> str:
        """A token that the REST interface takes: an ID token."""
        return str(self.tokens(email)["id_token"])


class _Form(HTMLParser):
    """The form of a page."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        assert answer.status_code == 200, answer.text
        self._url = str(answer.url)
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = urljoin(self._url, attributes["action"])
        elif tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")
