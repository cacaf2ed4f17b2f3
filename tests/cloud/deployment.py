"""The AWS edition in an emulated cloud, as something to test from outside. See :class:`tests.e2e.deployment.Deployment`."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import boto3
import httpx
from tests.e2e.deployment import Secrets, free_port

from videochat.adapters.dynamodb.calls import DynamoDBCalls
from videochat.adapters.dynamodb.connections import DynamoDBConnections

ROOT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = ROOT / ".venv-cloud" / "bin" / "python"
READY: Final = "Video Chat, AWS edition, emulated"
STARTUP_SECONDS: Final = 300
STOP_SECONDS: Final = 60
# Whatever kind of event a function expects, this is one that changes nothing.
NOTHING: Final = {
    "Records": [],
    "requestContext": {"requestId": "warm-up", "connectionId": "nobody", "routeKey": "warm-up"},
    "queryStringParameters": {"Auth": "no.ticket"},
    "methodArn": "arn:aws:execute-api:us-east-1:000000000000:api/dev/$connect",
}
MEMORY: Final = Path("/dev/shm")
"""Where Linux keeps files in memory."""
REGION: Final = "us-east-1"
STACK: Final = "videochat-dev"


class CloudDeployment:
    """``make cloud`` on free ports."""

    def __init__(self) -> None:
        self.port, self.web_port = free_port(), free_port()
        self._secrets = Secrets()
        self._output: list[str] = []
        self._kept: list[str] = []
        self._passwords: dict[str, str] = {}
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

    @cached_property
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
            env=_environment(),
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
        """Starts two processes of every function. On a small machine that takes its time, which is not what the tests are about."""
        functions = self.client("lambda")
        names = [
            function["FunctionName"]
            for page in functions.get_paginator("list_functions").paginate()
            for function in page["Functions"]
        ]
        with ThreadPoolExecutor(4) as pool:
            answers = list(
                pool.map(
                    lambda name: functions.invoke(FunctionName=name, Payload=json.dumps(NOTHING)),
                    [name for name in names for _ in range(2)],
                )
            )
        # A process that fails is not kept.
        assert not [answer for answer in answers if "FunctionError" in answer]

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

    @property
    def _emulator(self) -> int:
        """The process id of the emulator."""
        found = re.search(r"as process (\d+)", self.output)
        assert found, self.output
        return int(found[1])

    def fall_silent(self) -> None:
        """From now on nothing answers, and no socket is closed."""
        os.kill(self._emulator, signal.SIGSTOP)

    def go_on(self) -> None:
        """Does what has been asked for meanwhile, and goes on."""
        os.kill(self._emulator, signal.SIGCONT)

    def client(self, service: str, endpoint: str | None = None) -> Any:
        """A client of an emulated service, with the rights of the account's owner."""
        return _client(service, endpoint or f"http://localhost:{self.port}")

    @cached_property
    def tables(self) -> dict[str, str]:
        """The stack's tables when the tests began: physical names by logical ids."""
        return self.find_tables()

    def find_tables(self) -> dict[str, str]:
        """The stack's tables now."""
        resources = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in resources.paginate(StackName=STACK)
            for one in page["StackResourceSummaries"]
            if one["ResourceType"] == "AWS::DynamoDB::Table"
        }

    def change(self, **parameters: str) -> None:
        """Gives parameters of the stack other values, as an operator may at any time; all others stay as they are."""
        stacks = self.client("cloudformation")
        (stack,) = stacks.describe_stacks(StackName=STACK)["Stacks"]
        current = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
        if parameters.items() <= current.items():
            return  # CloudFormation refuses updates that change nothing.
        stacks.update_stack(
            StackName=STACK,
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": parameters[key]}
                if key in parameters
                else {"ParameterKey": key, "UsePreviousValue": True}
                for key in current
            ],
        )
        stacks.get_waiter("stack_update_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
        # Functions whose settings have changed start anew.
        self.warm_up()

    def keep_secret(self, name: str, secret: str) -> str:
        """Puts a secret into Secrets Manager; returns its ARN."""
        made = self.client("secretsmanager").create_secret(
            Name=name, SecretString=self.secrets.remember(secret)
        )
        return str(made["ARN"])

    def forget_calls(self, user_id: str) -> None:
        """Empties the call history of a user."""
        table, database = self.tables["CallsTable"], self.client("dynamodb")
        found = database.query(
            TableName=table,
            KeyConditionExpression="userId = :user",
            ExpressionAttributeValues={":user": {"S": user_id}},
        )
        for row in found["Items"]:
            key = {name: row[name] for name in ("userId", "startedAt#callId")}
            database.delete_item(TableName=table, Key=key)

    def sockets(self, user_id: str) -> set[str]:
        """The connection ids of a user's open sockets, as far as the functions know."""
        stored = DynamoDBConnections(self.client("dynamodb"), self.tables["ConnectionsTable"])
        return {one.connection_id for one in stored.of_user(user_id, int(time.time() * 1000))}

    def is_in_call(self, user_id: str) -> bool:
        """Whether the functions hold a call of a user that rings or goes on."""
        stored = DynamoDBCalls(self.client("dynamodb"), self.tables["CallsTable"])
        return stored.unfinished_of(user_id) is not None

    def close_sockets(self, user_id: str) -> int:
        """Closes a user's sockets as API Gateway does after two hours, or when it has a bad day; returns how many there were."""
        parts = urlsplit(self.config["wsUrl"])
        gateway = self.client("apigatewaymanagementapi", f"http://{parts.netloc}{parts.path}")
        found = self.sockets(user_id)
        for connection_id in found:
            gateway.delete_connection(ConnectionId=connection_id)
        return len(found)

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

    def add_user(self, email: str, name: str, password: str, *, verified: bool = True) -> None:
        """Makes an account, by default with a verified address, as an administrator would."""
        identity = self.client("cognito-idp")
        identity.admin_create_user(
            UserPoolId=self._pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": str(verified).lower()},
                {"Name": "name", "Value": name},
            ],
        )
        identity.admin_set_user_password(
            UserPoolId=self._pool,
            Username=email,
            Password=self.remember_password(email, password),
            Permanent=True,
        )

    def verify_address(self, email: str) -> None:
        """Does what Cognito does when somebody has sent the code that was mailed to them, and the emulator does not."""
        self.client("cognito-idp").admin_update_user_attributes(
            UserPoolId=self._pool,
            Username=email,
            UserAttributes=[{"Name": "email_verified", "Value": "true"}],
        )

    def revoke(self, refresh_token: str) -> None:
        """See :class:`tests.e2e.deployment.Deployment`."""
        self.client("cognito-idp").revoke_token(Token=refresh_token, ClientId=self.config["oidc"]["clientId"])

    def user_id(self, email: str) -> str:
        """The user id of an account."""
        found = self.client("cognito-idp").admin_get_user(UserPoolId=self._pool, Username=email)
        return next(str(one["Value"]) for one in found["UserAttributes"] if one["Name"] == "sub")

    def remember_password(self, email: str, password: str) -> str:
        """Notes what :meth:`tokens` signs in with; returns it."""
        self._passwords[email] = self.secrets.remember(password)
        return password

    @property
    def _pool(self) -> str:
        return str(self.config["oidc"]["authority"]).rpartition("/")[2]

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


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # Each process of a function unpacks its package, hundreds of files.
    if MEMORY.is_dir():
        environment["TMPDIR"] = str(MEMORY)
    return environment


@cache
def _client(service: str, endpoint: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]  # any service
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


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
