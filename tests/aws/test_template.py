"""What ``template.yaml`` promises: who may do what, where people's data lives, what the web may do."""

import json
import re
from typing import Any

import pytest
from tests.aws import template

from videochat.aws import sockets

# Reviewed: what each function may do, as "table or service: actions". Every change of the template has to pass here.
DELIVER = {
    "ConnectionsTable": {"dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem"},
    "TimersQueue": {"sqs:SendMessage"},
    "SocketApi": {"execute-api:ManageConnections"},
}
"""Sending frames, and tidying up after connections that turn out to be gone."""
TICKETS = {"TicketSecret": {"secretsmanager:GetSecretValue"}}
ENSURE_USER = {
    "UsersTable": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"},
    "ContactsTable": {"dynamodb:GetItem", "dynamodb:PutItem"},
    "ContactsTable/index/UserIdIndex": {"dynamodb:Query"},
}
"""Creating a user, and writing a new name or address into the lists of others."""


def together(*rights: dict[str, set[str]]) -> dict[str, set[str]]:
    merged: dict[str, set[str]] = {}
    for one in rights:
        for resource, actions in one.items():
            merged[resource] = merged.get(resource, set()) | actions
    return merged


REVIEWED: dict[str, dict[str, set[str]]] = {
    "GetUser": together(ENSURE_USER, DELIVER),
    "ListContacts": {
        "ContactsTable/index/UserIdIndex": {"dynamodb:Query"},
        "ConnectionsTable": {"dynamodb:BatchGetItem"},
    },
    "AddContact": together(
        {
            "UsersTable": {"dynamodb:GetItem"},
            "UsersTable/index/UserEmailIndex": {"dynamodb:Query"},
            "ContactsTable": {"dynamodb:GetItem", "dynamodb:PutItem"},
            "ContactsTable/index/UserIdIndex": {"dynamodb:Query"},
        },
        DELIVER,
    ),
    "ChangeContact": together(
        {"ContactsTable": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"}}, DELIVER
    ),
    "RemoveContact": together(
        {
            "ContactsTable": {
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:DeleteItem",
                "dynamodb:ConditionCheckItem",
            }
        },
        DELIVER,
    ),
    "GetIceServers": {
        "TurnSecretArn": {"secretsmanager:GetSecretValue"},
        "TurnChannel": {"kinesisvideo:GetSignalingChannelEndpoint", "kinesisvideo:GetIceServerConfig"},
    },
    "IssueTicket": TICKETS,
    "ListCalls": {
        "CallsTable": {"dynamodb:Query", "dynamodb:BatchGetItem"},
        "UsersTable": {"dynamodb:BatchGetItem"},
    },
    "Authorizer": TICKETS,
    "Connect": together(
        ENSURE_USER,
        {"ConnectionsTable": {"dynamodb:BatchGetItem", "dynamodb:PutItem"}},
        DELIVER,
        TICKETS,
    ),
    "Disconnect": {
        "ConnectionsTable": {"dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem"},
        "TimersQueue": {"sqs:SendMessage"},
    },
    "Hello": together({"UsersTable": {"dynamodb:GetItem"}, "CallsTable": {"dynamodb:GetItem"}}, DELIVER),
    "Calls": together(
        {
            "UsersTable": {"dynamodb:GetItem"},
            "ContactsTable": {"dynamodb:GetItem"},
            "CallsTable": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"},
        },
        DELIVER,
        TICKETS,
    ),
    "Relay": together({"ContactsTable": {"dynamodb:GetItem"}, "CallsTable": {"dynamodb:GetItem"}}, DELIVER),
    "Signal": together(TICKETS, {"SocketApi": {"execute-api:ManageConnections"}}),
    "Timers": together(
        {
            "ContactsTable/index/UserIdIndex": {"dynamodb:Query"},
            "CallsTable": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"},
            "ConnectionsTable": {"dynamodb:BatchGetItem"},
            "TimersQueue": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
        },
        DELIVER,
    ),
}
ALWAYS = {"logs:CreateLogStream", "logs:PutLogEvents"}
WITHOUT_RESOURCE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html"""

FUNCTIONS = template.resources("AWS::Serverless::Function")


def statements(function: str) -> list[dict[str, Any]]:
    """The statements of a function's role, both branches of conditions included."""
    (policy,) = template.resources("AWS::IAM::Role")[f"{function}Role"]["Properties"]["Policies"]
    found = []
    for statement in policy["PolicyDocument"]["Statement"]:
        if "Fn::If" in statement:
            found += [one for one in statement["Fn::If"][1:] if one != {"Ref": "AWS::NoValue"}]
        else:
            found.append(statement)
    return found


def named(resource: Any) -> str:
    """The logical name of what a statement is about."""
    match resource:
        case {"Fn::GetAtt": [name, "Arn" | "Id"]}:
            return str(name)
        case {"Ref": name}:
            return str(name)
        case {"Fn::Sub": str(text)} if found := re.fullmatch(r"\$\{(\w+)\.Arn\}(/index/\w+)?", text):
            return found[1] + (found[2] or "")
        case {"Fn::Sub": str(text)} if text.endswith(":${SocketApi}/${Stage}/POST/@connections/*"):
            return "SocketApi"
    raise AssertionError(f"not one resource of this stack: {resource}")


@pytest.mark.parametrize("function", [name.removesuffix("Function") for name in FUNCTIONS])
def test_each_function_may_do_what_was_reviewed_and_no_more(function: str) -> None:
    rights: dict[str, set[str]] = {}
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        actions = {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])
        assert not any("*" in action for action in actions)
        if actions == WITHOUT_RESOURCE:
            assert statement["Resource"] == "*"
            continue
        resource = named(statement["Resource"])
        if resource == f"{function}Logs":
            assert actions == ALWAYS
        else:
            rights[resource] = rights.get(resource, set()) | actions
    assert rights == REVIEWED[function]


def test_every_function_was_reviewed_and_has_its_own_role() -> None:
    assert {f"{name}Function" for name in REVIEWED} == FUNCTIONS.keys()
    roles = [json.dumps(function["Properties"]["Role"]) for function in FUNCTIONS.values()]
    assert len(set(roles)) == len(roles)
    for name, function in FUNCTIONS.items():
        assert function["Properties"]["Role"] == {
            "Fn::GetAtt": [f"{name.removesuffix('Function')}Role", "Arn"]
        }


def test_nobody_may_scan() -> None:
    assert "Scan" not in template.PATH.read_text("utf-8")


def test_handlers_exist_and_packages_are_theirs() -> None:
    for function in FUNCTIONS.values():
        properties = function["Properties"]
        module = properties["Handler"].removesuffix(".handler")
        assert properties["CodeUri"] == f"build/lambda/{module.rpartition('.')[2]}"
        path = template.PATH.parent / "src" / f"{module.replace('.', '/')}.py"
        assert "def handler(" in path.read_text("utf-8")


def test_every_action_has_its_route() -> None:
    (api,) = template.resources("AWS::Serverless::WebSocketApi").values()
    routes = {
        route: one["FunctionArn"]["Fn::GetAtt"][0].removesuffix("Function")
        for route, one in api["Properties"]["Routes"].items()
    }
    expected = dict.fromkeys(sockets.HELLO_ACTIONS, "Hello")
    expected |= dict.fromkeys(sockets.CALL_ACTIONS, "Calls")
    expected |= {"signal": "Signal", "$default": "Relay", "$connect": "Connect", "$disconnect": "Disconnect"}
    assert routes == expected
    assert api["Properties"]["RouteSelectionExpression"] == "$request.body.action"
    assert api["Properties"]["Auth"]["AuthType"] == "CUSTOM"
    assert api["Properties"]["Auth"]["IdentitySource"] == ["route.request.querystring.Auth"]


def test_every_endpoint_needs_a_token() -> None:
    (api,) = template.resources("AWS::Serverless::Api").values()
    assert api["Properties"]["Auth"]["DefaultAuthorizer"] == "UserPool"
    paths = {}
    for function in FUNCTIONS.values():
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] == "Api":
                assert "Auth" not in event["Properties"]
                where = (event["Properties"]["Method"].upper(), event["Properties"]["Path"])
                paths[where] = function["Properties"]["Description"]
    assert {f"{method} {path}" for method, path in paths} == set(paths.values())
    assert len(paths) == 8


def test_what_the_gateway_refuses_is_a_problem_document_with_cors() -> None:
    (api,) = template.resources("AWS::Serverless::Api").values()
    responses = api["Properties"]["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "UNAUTHORIZED", "THROTTLED"} <= responses.keys()
    for kind, response in responses.items():
        document = json.loads(response["ResponseTemplates"]["application/json"])
        assert document.keys() == {"type", "title", "status", "detail", "code"}, kind
        if "StatusCode" in response:
            assert document["status"] == response["StatusCode"]
        headers = response["ResponseParameters"]["Headers"]
        assert headers["Access-Control-Allow-Origin"] == api["Properties"]["Cors"]["AllowOrigin"]
        assert headers["Content-Type"] == "'application/problem+json'"


def test_only_the_web_origin_is_allowed() -> None:
    text = template.PATH.read_text("utf-8")
    assert "Access-Control-Allow-Origin: \"'*'\"" not in text
    assert "AllowOrigin: \"'*'\"" not in text


@pytest.mark.parametrize("table", ["UsersTable", "ContactsTable", "CallsTable"])
def test_peoples_data_outlives_the_stack(table: str) -> None:
    resource = template.resources("AWS::DynamoDB::Table")[table]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert resource["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_every_table_is_encrypted_and_paid_by_use() -> None:
    tables = template.resources("AWS::DynamoDB::Table")
    assert len(tables) == 4
    for table in tables.values():
        assert table["Properties"]["SSESpecification"]["SSEEnabled"] is True
        assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
        assert "TableName" not in table["Properties"], "a fixed name would keep a table from being replaced"


def test_no_secret_stands_in_the_template() -> None:
    (secret,) = template.resources("AWS::SecretsManager::Secret").values()
    assert "GenerateSecretString" in secret["Properties"]
    assert "SecretString" not in secret["Properties"]
    for function in FUNCTIONS.values():
        for name, value in function["Properties"].get("Environment", {}).get("Variables", {}).items():
            if "SECRET" in name:
                assert value in ({"Fn::GetAtt": ["TicketSecret", "Id"]}, {"Ref": "TurnSecretArn"})


def test_functions_have_only_the_settings_they_may_use() -> None:
    tables = {
        "USERS_TABLE": "UsersTable",
        "CONTACTS_TABLE": "ContactsTable",
        "CONNECTIONS_TABLE": "ConnectionsTable",
        "CALLS_TABLE": "CallsTable",
    }
    for name, function in FUNCTIONS.items():
        variables = function["Properties"].get("Environment", {}).get("Variables", {})
        reviewed = {resource.partition("/")[0] for resource in REVIEWED[name.removesuffix("Function")]}
        for variable, table in tables.items():
            assert (variable in variables) == (table in reviewed), (name, variable)
        assert ("SOCKET_API_URL" in variables) == ("SocketApi" in reviewed), name
        assert ("TIMERS_QUEUE_URL" in variables) == ("TimersQueue" in reviewed), name
        assert ("TICKET_SECRET" in variables) == ("TicketSecret" in reviewed), name


def test_the_web_app_gets_the_policy_of_the_other_edition() -> None:
    from pathlib import Path

    from videochat.server.headers import page_policy
    from videochat.server.settings import Settings

    settings = Settings(data=Path("data"), public_url="https://video.example")
    ours = _directives(
        template.resources("AWS::CloudFront::ResponseHeadersPolicy")["WebHeaders"]["Properties"][
            "ResponseHeadersPolicyConfig"
        ]["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    )
    theirs = _directives(page_policy(settings))
    assert ours.pop("connect-src")[:1] == theirs.pop("connect-src")[:1] == ["'self'"]
    assert ours == theirs


def _directives(policy: str) -> dict[str, list[str]]:
    parts = [directive.split() for directive in policy.split(";")]
    return {name: sources for name, *sources in parts}


def test_answers_carry_the_headers_of_the_other_edition() -> None:
    from videochat.aws import rest
    from videochat.server import headers

    assert rest._HEADERS["Access-Control-Expose-Headers"] == headers._EXPOSED_HEADERS.decode()
    assert rest._HEADERS["Content-Security-Policy"] == headers._API_POLICY.decode()
    (api,) = template.resources("AWS::Serverless::Api").values()
    cors = api["Properties"]["Cors"]
    assert cors["AllowMethods"] == f"'{headers._ALLOWED_METHODS.decode()}'"
    assert cors["AllowHeaders"] == f"'{headers._ALLOWED_HEADERS.decode()}'"
