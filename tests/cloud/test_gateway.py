"""What API Gateway and IAM do before and around the functions."""

import json
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from tests.cloud.deployment import STACK, CloudDeployment
from tests.e2e.client import Account
from tests.e2e.conftest import AccountMaker


def problem(answer: httpx.Response, status: int, code: str, origin: str) -> None:
    """Checks that ``answer`` is this problem document, readable by the web app."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.json()["code"] == code


@pytest.mark.parametrize("token", ["none", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_without_a_good_token_the_gateway_tells_nothing(deployment: CloudDeployment, token: str) -> None:
    for method, path in (("GET", "/user"), ("POST", "/tickets"), ("DELETE", "/contacts/x")):
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.request(method, deployment.api_url + path, headers=headers, timeout=30)
        problem(answer, 401, "unauthorized", deployment.base_url)


def test_an_access_token_is_not_enough(account: AccountMaker, deployment: CloudDeployment) -> None:
    ada = account("Ada")
    access_token = deployment.tokens(ada.email)["access_token"]
    problem(ada.request("GET", "/user", token=access_token), 401, "unauthorized", deployment.base_url)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", "/contacts"), ("GET", "/")])
def test_unknown_paths_and_unknown_methods_are_told_alike(
    account: AccountMaker, deployment: CloudDeployment, method: str, path: str
) -> None:
    """API Gateway has one answer for both, "missing authentication token"; ours to it is 404, also where another edition says 405
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
    """
    problem(account("Ada").request(method, path), 404, "not_found", deployment.base_url)


def test_a_body_that_is_not_utf_8_arrives_as_another_text(
    account: AccountMaker, deployment: CloudDeployment
) -> None:
    """API Gateway hands bodies on as text, with replacement characters for what is none: the function gets JSON, and an address of nobody."""
    answer = account("Ada").request("POST", "/contacts", content=b'{"email": "\xff\xfe@example.test"}')
    problem(answer, 404, "user_not_found", deployment.base_url)


def test_a_preflight_is_answered_for_the_web_app_alone(deployment: CloudDeployment) -> None:
    answer = httpx.options(
        f"{deployment.api_url}/contacts",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
        timeout=30,
    )
    assert answer.headers["access-control-allow-origin"] == deployment.base_url
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]


def role(deployment: CloudDeployment, function: str) -> tuple[str, dict[str, Any]]:
    """Name and policy of a function's role."""
    resource = deployment.client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId=f"{function}Role"
    )
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    policy = deployment.client("iam").get_role_policy(RoleName=name, PolicyName="own")["PolicyDocument"]
    return name, policy if isinstance(policy, dict) else json.loads(policy)


def test_a_right_that_is_taken_away_is_missed(account: AccountMaker, deployment: CloudDeployment) -> None:
    """So the rights that the template gives are enforced here, and the other scenarios prove that they suffice."""
    ada: Account = account("Ada")
    assert ada.request("GET", "/calls").status_code == 200
    name, policy = role(deployment, "ListCalls")
    less = [one for one in policy["Statement"] if "dynamodb:Query" not in one["Action"]]
    assert len(less) == len(policy["Statement"]) - 1
    iam = deployment.client("iam")
    put = {"RoleName": name, "PolicyName": "own"}
    iam.put_role_policy(**put, PolicyDocument=json.dumps({**policy, "Statement": less}))
    try:
        problem(ada.request("GET", "/calls"), 503, "unavailable", deployment.base_url)
    finally:
        iam.put_role_policy(**put, PolicyDocument=json.dumps(policy))
    assert ada.request("GET", "/calls").status_code == 200


def assumed(deployment: CloudDeployment, function: str, service: str) -> Any:
    """A client with nothing but the rights of a function."""
    name, _ = role(deployment, function)
    arn = deployment.client("iam").get_role(RoleName=name)["Role"]["Arn"]
    iam = deployment.client("iam")
    before = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    anybody = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(anybody))
    try:
        made = deployment.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before))
    return boto3.client(
        service,  # type: ignore[call-overload]  # any service
        region_name="us-east-1",
        endpoint_url=f"http://localhost:{deployment.port}",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )


@pytest.mark.parametrize("function", ["Signal", "Authorizer", "IssueTicket"])
def test_functions_without_tables_reach_none(deployment: CloudDeployment, function: str) -> None:
    client = assumed(deployment, function, "dynamodb")
    tables = deployment.client("dynamodb").list_tables()["TableNames"]
    assert len(tables) == 4
    for table in tables:
        with pytest.raises(ClientError, match="AccessDenied"):
            client.scan(TableName=table)
        with pytest.raises(ClientError, match="AccessDenied"):
            client.query(
                TableName=table,
                KeyConditionExpression="userId = :u",
                ExpressionAttributeValues={":u": {"S": "x"}},
            )
