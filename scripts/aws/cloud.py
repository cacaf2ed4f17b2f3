"""The AWS edition on this machine: an emulated cloud that enforces IAM, the same template, and the web app on a port beside it.

The web app's files come out of the emulated bucket; CloudFront, which the emulator does not offer by a name that browsers know, is
stood in for by a few lines here.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from scripts.aws.deploy import Failed, Target, deploy, outputs
from scripts.aws.emulator_gaps import fill
from scripts.aws.package import ROOT, local_architecture

REGION = "us-east-1"
STARTUP_SECONDS = 60
# The emulator's root user; it means nothing anywhere else.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def free_port() -> int:
    """A port of the loopback interface that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def emulator(
    port: int, data: Path, log: Path, python: str = sys.executable, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """An emulator with IAM enforcement; yields its address.

    :param python: of the environment that it is installed in.
    :param settings: further environment variables for it.
    :raises Failed: it does not start.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **CREDENTIALS,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        # The names of its APIs then end as those of AWS do, which is what the functions are told by the template.
        "MINISTACK_HOST": f"{REGION}.amazonaws.com",
        "S3_DATA_DIR": str(data / "s3"),
        "TMPDIR": str(data),
        **(settings or {}),
    }
    command = [python, "-m", "scripts.aws.emulator"]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://localhost:{port}"
        deadline = time.monotonic() + STARTUP_SECONDS
        while not _healthy(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"The emulator did not start; {log} says why.")
            time.sleep(0.1)
        print(f"The emulator runs as process {process.pid} and logs to {log}.", flush=True)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_ministack/health", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def website(port: int, s3: Any, bucket: str) -> Iterator[None]:
    """Serves the files of a bucket as the distribution of the template would: the start page for paths whose last part has no dot."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0].strip("/")
            try:
                found = s3.get_object(
                    Bucket=bucket, Key=path if "." in path.rpartition("/")[2] else "index.html"
                )
            except ClientError:
                self.send_error(404)
                return
            body = found["Body"].read()
            self.send_response(200)
            self.send_header("Content-Type", found["ContentType"])
            self.send_header("Cache-Control", found.get("CacheControl", "no-cache"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keeps quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def target(endpoint: str, web_origin: str) -> Target:
    """The emulator, as something to deploy to. Functions run there on this Python and this processor."""
    return Target(
        region=REGION,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        architecture=local_architecture(),
        # Its CloudFormation does not know the style of managed login pages.
        parameters={"WebOrigin": web_origin, "LoginPages": "classic"},
        endpoint=endpoint,
    )


@contextmanager
def cloud(port: int, web_port: int, data: Path) -> Iterator[Target]:
    """An emulated cloud with everything deployed, the web app at ``http://localhost:<web_port>``."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(CREDENTIALS)
    with emulator(port, data, data / "emulator.log") as endpoint:
        where = target(endpoint, f"http://localhost:{web_port}")
        deploy(where)
        fill(where)
        with website(web_port, where.client("s3"), outputs(where)["WebBucketName"]):
            yield where


def add_account(target: Target, email: str) -> str:
    """Makes an account whose address counts as verified, as an administrator would; returns its password."""
    name = email.partition("@")[0].capitalize()
    password = f"correct horse {name}"
    pool = outputs(target)["Authority"].rpartition("/")[2]
    cognito = target.client("cognito-idp")
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
            {"Name": "name", "Value": name},
        ],
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    return password


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="of the emulator; 0: any free one")
    parser.add_argument("--web-port", type=int, default=8080, help="of the web app; 0: any free one")
    parser.add_argument(
        "--account",
        action="append",
        metavar="EMAIL",
        help="an account to make, since the emulator has no page for that; may be given several times (default: ada@ and grace@example.org)",
    )
    arguments = parser.parse_args()
    port, web_port = arguments.port or free_port(), arguments.web_port or free_port()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="videochat-cloud-") as data:
        try:
            with cloud(port, web_port, Path(data)) as where:
                emails = arguments.account or ["ada@example.org", "grace@example.org"]
                passwords = {email: add_account(where, email) for email in emails}
                print("\nThere are accounts to sign in with:")
                for email, password in passwords.items():
                    print(f"  {email}, password: {password}")
                print(f"Video Chat, AWS edition, emulated: http://localhost:{web_port}")
                print("Everything in it is gone when you stop it (Ctrl-C).", flush=True)
                stop.wait()
        except Failed as failure:
            print(failure, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
