"""The limit of frames from one socket, which each process of a function keeps by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cloud.deployment import STACK, CloudDeployment
from tests.e2e.conftest import AccountMaker

MANY = 200
"""More frames than the few processes of a function on this machine take, each as many as the test lets it."""


@contextmanager
def hello_with(deployment: CloudDeployment, **variables: str) -> Iterator[None]:
    """The function that answers pings, with other environment variables for a while."""
    functions = deployment.client("lambda")
    name = next(
        one["FunctionName"]
        for page in functions.get_paginator("list_functions").paginate()
        for one in page["Functions"]
        if one["FunctionName"].startswith(f"{STACK}-HelloFunction")
    )
    usual = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**usual, **variables}}
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": usual})
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)


def test_a_flood_is_answered_with_rate_limited_and_the_socket_lives_on(
    account: AccountMaker, deployment: CloudDeployment
) -> None:
    ada = account("Ada")
    with ada.socket() as socket:
        with hello_with(deployment, FRAME_BURST="3", FRAME_RATE="0.001"):
            answers: list[dict[str, Any]] = []
            while not answers or (answers[-1]["action"] == "pong" and len(answers) < MANY):
                socket.send({"action": "ping"})
                answers.append(socket.receive())
        assert [answer["action"] for answer in answers[:3]] == ["pong"] * 3
        assert answers[-1]["code"] == "rate_limited"
        socket.send({"action": "ping"})
        assert socket.expect("pong")
