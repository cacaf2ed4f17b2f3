"""How long each function takes until it could handle its first event: import and initialisation, in a fresh process.

Everything is a ratio to a bare handler that creates one boto3 DynamoDB client, measured in turn with the others in the same run, so that
other load on the machine strikes all alike. What the functions ask of services at their first event (a secret, a database) is not in it.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

HANDLERS = Path(__file__).resolve().parents[2] / "src" / "videochat" / "aws" / "handlers"
BARE = "import boto3\nboto3.client('dynamodb')"
LIGHT = {"authorizer", "signal", "issue_ticket", "get_ice_servers"}
TARGETS = {True: 0.6, False: 1.25}
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "USERS_TABLE": "users",
    "CONTACTS_TABLE": "contacts",
    "CONNECTIONS_TABLE": "connections",
    "CALLS_TABLE": "calls",
    "TIMERS_QUEUE_URL": "https://sqs.example/timers",
    "SOCKET_API_URL": "https://socket.example/dev",
    "TICKET_SECRET": "arn:tickets",
    "CLIENT_ID": "client",
    "ISSUER": "https://issuer.example",
    "WEB_ORIGIN": "https://video.example",
}


def code(module: str) -> str:
    """What a fresh process of this function does before its first event is done."""
    lines = [f"from videochat.aws.handlers import {module}", "from videochat.aws import process"]
    if module == "signal":
        lines.append("signal._signaling()")
    elif module in LIGHT:
        lines.append("process.requests()")
    else:
        lines += ["from videochat.aws import composition", "composition.core()"]
    return "\n".join(lines)


def measure(snippet: str) -> float:
    """Milliseconds that ``snippet`` takes in a fresh process, beside the start of Python itself."""
    program = (
        f"import time\nstart = time.process_time()\n{snippet}\nprint((time.process_time() - start) * 1000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return float(done.stdout.splitlines()[-1])


def report(turns: int) -> None:
    """Prints a table."""
    modules = sorted(path.stem for path in HANDLERS.glob("*.py") if path.stem != "__init__")
    snippets = {"": BARE, **{module: code(module) for module in modules}}
    times: dict[str, list[float]] = {name: [] for name in snippets}
    for _ in range(turns):
        for name, snippet in snippets.items():
            times[name].append(measure(snippet))
    bare = statistics.median(times.pop(""))
    print(f"Cold start: a bare handler with a boto3 DynamoDB client takes {bare:.0f} ms of processor time.")
    for name, values in times.items():
        target = TARGETS[name in LIGHT]
        ratio = statistics.median(values) / bare
        print(f"  {name:16} {ratio:5.2f}  aim {target}{'' if ratio <= target else '  missed'}")
