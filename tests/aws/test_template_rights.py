"""Who may do what: the roles of ``template.yaml``, a reviewed table, and the one in the documentation."""

import json
import re
from typing import Any

import pytest
from tests.aws import template

# Reviewed: what each function may do, as "table or service: actions". Every change of the template has to pass here.
DELIVER = {
    "ConnectionsTable": {"dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem"},
    "TimersQueue": {"sqs:SendMessage"},
    "SocketApi": {"execute-api:ManageConnections"},
}
"""Sending frames, and tidying up after connections that turn out to be gone."""
TICKETS = {"TicketSecret": {"secretsmanager:GetSecretValue"}}
END_CALLS = {"CallsTable": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"}}
"""Finding the call of somebody, and ending it."""
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
        {"ContactsTable": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"}},
        END_CALLS,
        DELIVER,
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
        END_CALLS,
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
    "Hello": together(
        {"UsersTable": {"dynamodb:GetItem"}, "CallsTable": {"dynamodb:GetItem"}}, DELIVER, TICKETS
    ),
    "Calls": together(
        {
            "UsersTable": {"dynamodb:GetItem"},
            "ContactsTable": {"dynamodb:GetItem"},
        },
        END_CALLS,
        DELIVER,
        TICKETS,
    ),
    "Relay": together({"ContactsTable": {"dynamodb:GetItem"}, "CallsTable": {"dynamodb:GetItem"}}, DELIVER),
    "Signal": together(TICKETS, {"SocketApi": {"execute-api:ManageConnections"}}),
    "Timers": together(
        {
            "ContactsTable": {"dynamodb:GetItem"},
            "ContactsTable/index/UserIdIndex": {"dynamodb:Query"},
            "ConnectionsTable": {"dynamodb:BatchGetItem"},
            "TimersQueue": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
        },
        END_CALLS,
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


DOCUMENTED = {
    "`GET /user`": "GetUser",
    "`GET /contacts`": "ListContacts",
    "`POST /contacts`": "AddContact",
    "`PATCH /contacts/{contactId}`": "ChangeContact",
    "`DELETE /contacts/{contactId}`": "RemoveContact",
    "`GET /ice-servers`": "GetIceServers",
    "`POST /tickets`": "IssueTicket",
    "`GET /calls`": "ListCalls",
    "authorizer": "Authorizer",
    "`$connect`": "Connect",
    "`$disconnect`": "Disconnect",
    "`hello`, `ping`": "Hello",
    "call control": "Calls",
    "`$default` (`relay`)": "Relay",
    "`signal`": "Signal",
    "timers": "Timers",
}
"""Rows of the table in ``docs/deploy-aws.md``."""


def test_the_documented_rights_are_the_reviewed_ones() -> None:
    text = (template.PATH.parent / "docs" / "deploy-aws.md").read_text("utf-8")
    table = text.partition("## What each function may do\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    assert [row[0] for row in rows[2:]] == list(DOCUMENTED)
    for function, tables, beside in rows[2:]:
        documented: dict[str, set[str]] = {}
        for entry in tables.split("; ") if tables != "–" else []:
            name, *words = entry.split()
            documented[f"{name}Table"] = {f"dynamodb:{word}" for word in words}
        if "deliver" in beside:
            documented = together(documented, {"ConnectionsTable": DELIVER["ConnectionsTable"]})
        reviewed: dict[str, set[str]] = {}
        for resource, actions in REVIEWED[DOCUMENTED[function]].items():
            if (name := resource.partition("/")[0]).endswith("Table"):
                reviewed[name] = reviewed.get(name, set()) | actions
        assert documented == reviewed, function
        others = REVIEWED[DOCUMENTED[function]].keys()
        assert ("deliver" in beside or "post" in beside) == ("SocketApi" in others), function
        assert ("ticket secret" in beside) == ("TicketSecret" in others), function
        assert ("deliver" in beside or "timers" in beside) == ("TimersQueue" in others), function


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
