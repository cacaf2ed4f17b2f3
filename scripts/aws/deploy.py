"""Deploys the AWS edition: packages, stack, web app. ``python -m scripts.aws.deploy --help``"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError
from scripts.aws.package import ROOT, build_all

TEMPLATE = ROOT / "template.yaml"
GATEWAY_LOGS = ROOT / "deploy" / "gateway-logs.yaml"
GATEWAY_LOGS_STACK = "videochat-gateway-logs"
WEB = ROOT / "web" / "dist"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
ASSETS = "assets/"
"""Files whose names tell their contents."""
# Not left to the machine's mime.types, which differs from place to place.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
ONE_DEPLOYMENT = timedelta(hours=1)
"""Longer than an upload takes."""


class Failed(Exception):
    """Something that the operator can do something about."""


@dataclass(frozen=True)
class Target:
    """Where to deploy."""

    stage: str = "dev"
    region: str = "us-east-1"
    profile: str | None = None
    python: str = "3.13"
    architecture: str = "arm64"
    parameters: dict[str, str] = field(default_factory=dict)
    endpoint: str | None = None
    """Of an emulator."""

    @property
    def stack(self) -> str:
        """Name of the stack."""
        return f"videochat-{self.stage}"

    def client(self, service: str) -> Any:
        """A client of an AWS service."""
        session = boto3.Session(profile_name=self.profile, region_name=self.region)
        return session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]  # any service

    @property
    def environment(self) -> dict[str, str]:
        """For the tools that are started."""
        environment = {**os.environ, "AWS_REGION": self.region, "SAM_CLI_TELEMETRY": "0"}
        if self.profile:
            environment["AWS_PROFILE"] = self.profile
        if self.endpoint:
            environment["AWS_ENDPOINT_URL"] = self.endpoint
        return environment

    def sam(self, *arguments: str) -> None:
        """Runs the SAM command line.

        :raises Failed: it did not succeed; it has said why.
        """
        command = [str(Path(sys.executable).with_name("sam")), *arguments, "--region", self.region]
        if subprocess.run(  # noqa: S603 - our own command
            command, cwd=ROOT, env=self.environment, check=False
        ).returncode:
            raise Failed(f"sam {arguments[0]} failed; the lines above say why.")


def deploy(target: Target) -> str:
    """Deploys everything; returns the web app's address.

    :raises Failed: with what to do about it.
    """
    if not (WEB / "index.html").is_file():
        raise Failed("The web app has not been built: run `make web/dist/index.html`.")
    account(target)
    let_gateway_log(target)
    build_all(target.python, target.architecture)
    parameters = {
        "Stage": target.stage,
        "PythonRuntime": f"python{target.python}",
        "Architecture": target.architecture,
        **target.parameters,
    }
    target.sam(
        *("deploy", "--template-file", str(TEMPLATE), "--stack-name", target.stack, "--resolve-s3"),
        *("--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset", "--no-confirm-changeset"),
        # DELETE: a stack whose very first deployment failed; it could not be deployed to again. Failed updates are rolled back.
        *("--no-progressbar", "--on-failure", "DELETE"),
        "--parameter-overrides",
        *(override(name, value) for name, value in parameters.items()),
    )
    found = outputs(target)
    upload(target, found)
    return found["WebUrl"]


def override(name: str, value: str) -> str:
    """A parameter as SAM's command line takes it: in quotes, without which it would end at the first space and could not be empty."""
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'{name}="{escaped}"'


def account(target: Target) -> str:
    """The id of the account in use.

    :raises Failed: there are no usable credentials.
    """
    try:
        return str(target.client("sts").get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        raise Failed(
            f"AWS cannot be used: {error}\nSign in first (`aws sso login`, `aws configure`), and name the profile: PROFILE=…"
        ) from None


def let_gateway_log(target: Target) -> None:
    """Gives API Gateway a role to write logs with, unless the account has chosen one: without, it takes no stage that has access logs.

    :raises Failed: the stack that does it could not be made.
    """
    if target.client("apigateway").get_account().get("cloudwatchRoleArn"):
        return
    stacks = target.client("cloudformation")
    print(f"Making the stack {GATEWAY_LOGS_STACK}: API Gateway may write logs in this account and region.")
    try:
        stacks.create_stack(
            StackName=GATEWAY_LOGS_STACK,
            TemplateBody=GATEWAY_LOGS.read_text("utf-8"),
            Capabilities=["CAPABILITY_IAM"],
        )
        stacks.get_waiter("stack_create_complete").wait(
            StackName=GATEWAY_LOGS_STACK, WaiterConfig={"Delay": 2, "MaxAttempts": 150}
        )
    except (ClientError, WaiterError) as error:
        raise Failed(
            f"{error}\nThe stack {GATEWAY_LOGS_STACK} could not be made; its events in CloudFormation say why. Delete it before you try again."
        ) from None


def outputs(target: Target) -> dict[str, str]:
    """What the stack says about itself.

    :raises Failed: there is no such stack.
    """
    try:
        (stack,) = target.client("cloudformation").describe_stacks(StackName=target.stack)["Stacks"]
    except ClientError:
        raise Failed(f"There is no stack {target.stack} in {target.region}.") from None
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def config(found: dict[str, str], endpoint: str | None = None) -> dict[str, Any]:
    """What ``/config.json`` says."""
    api, socket, authority = found["ApiUrl"], found["SocketUrl"], found["Authority"]
    if endpoint is not None:
        # An emulator has all services under one address.
        api = emulated(api, endpoint)
        socket = "ws" + emulated(socket, endpoint).removeprefix("http")
        authority = f"{endpoint}{urlsplit(authority).path}"
    return {
        "apiUrl": api,
        "wsUrl": socket,
        # The dialect: Cognito's authorizer takes ID tokens, and its logout parameters of its own.
        "oidc": {"authority": authority, "clientId": found["ClientId"], "dialect": "cognito"},
    }


def emulated(url: str, endpoint: str) -> str:
    """The emulator's address for an API's stage."""
    parts = urlsplit(url)
    return f"{endpoint}/_aws/execute-api/{parts.netloc.partition('.')[0]}{parts.path}"


def upload(target: Target, found: dict[str, str]) -> None:
    """Uploads the web app and its configuration, pages last, and removes what is neither part of it nor of the one before, which pages that
    are open may still load parts of.
    """
    s3, bucket = target.client("s3"), found["WebBucketName"]
    files = sorted(
        path for path in WEB.rglob("*") if path.is_file() and path.suffix not in (".br", ".gz", ".map")
    )
    keys = {path.relative_to(WEB).as_posix(): path for path in files}
    keys.pop("config.json", None)
    for key, path in sorted(keys.items(), key=lambda entry: entry[0].endswith(".html")):
        content_type = TYPES.get(path.suffix, "application/octet-stream")
        cache = FOR_EVER if key.startswith(ASSETS) else ASK_AGAIN
        s3.put_object(
            Bucket=bucket, Key=key, Body=path.read_bytes(), ContentType=content_type, CacheControl=cache
        )
    body = json.dumps(config(found, target.endpoint)).encode()
    s3.put_object(
        Bucket=bucket,
        Key="config.json",
        Body=body,
        ContentType="application/json",
        CacheControl=ASK_AGAIN,
    )
    for key in outdated(stored(s3, bucket), {*keys, "config.json"}):
        s3.delete_object(Bucket=bucket, Key=key)
    target.client("cloudfront").create_invalidation(
        DistributionId=found["DistributionId"],
        InvalidationBatch={
            "CallerReference": os.urandom(8).hex(),
            "Paths": {"Quantity": 1, "Items": ["/*"]},
        },
    )
    print(f"Uploaded the web app: {len(keys) + 1} files.")


def stored(s3: Any, bucket: str) -> dict[str, datetime]:
    """The keys in a bucket, and when each was uploaded."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["LastModified"] for page in pages for entry in page.get("Contents", [])}


def outdated(files: Mapping[str, datetime], current: Collection[str]) -> set[str]:
    """The files that nobody needs any more.

    :param files: all that there are, and when each was uploaded. Every deployment uploads all of its files, so those of one are of one time.
    :param current: those of this deployment.
    """
    others = {key: time for key, time in files.items() if key not in current}
    assets = [time for key, time in others.items() if key.startswith(ASSETS)]
    kept_since = max(assets) - ONE_DEPLOYMENT if assets else None
    return {
        key
        for key, time in others.items()
        if kept_since is None or not key.startswith(ASSETS) or time < kept_since
    }


def destroy(target: Target) -> None:
    """Takes the stack away. Tables and the user pool with people's data stay; says where.

    :raises Failed: with what to do about it.
    """
    s3, bucket = target.client("s3"), outputs(target).get("WebBucketName")
    # A stack that was never completed says nothing of it.
    for key in stored(s3, bucket) if bucket else ():
        s3.delete_object(Bucket=bucket, Key=key)
    kept = [
        entry
        for page in target.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=target.stack)
        for entry in page["StackResourceSummaries"]
        if entry["LogicalResourceId"] in ("UsersTable", "ContactsTable", "CallsTable", "UserPool")
    ]
    target.sam("delete", "--stack-name", target.stack, "--no-prompts")
    print(f"The stack {target.stack} is gone. People's data is kept; remove it by hand when nobody needs it:")
    for entry in kept:
        print(f"  {entry['ResourceType']:24} {entry['PhysicalResourceId']}")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Deploys the AWS edition, or takes it away.")
    parser.add_argument("command", choices=["deploy", "destroy"])
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--profile")
    parser.add_argument("--python", default="3.13", help="the Python of the Lambda runtime")
    parser.add_argument("--architecture", default="arm64", choices=["arm64", "x86_64"])
    parser.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of template.yaml")
    arguments = parser.parse_args()
    target = Target(
        stage=arguments.stage,
        region=arguments.region,
        profile=arguments.profile or None,
        python=arguments.python,
        architecture=arguments.architecture,
        parameters=dict(parameter.split("=", 1) for parameter in arguments.parameters),
    )
    try:
        if arguments.command == "destroy":
            destroy(target)
        else:
            print(f"\nVideo Chat runs at {deploy(target)}")
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
