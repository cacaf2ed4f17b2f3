"""What ``template.yaml`` promises beside rights: where people's data lives, what the web may do, what is watched."""

import json
import re

import pytest
from tests.aws import template

from videochat.aws import sockets

FUNCTIONS = template.resources("AWS::Serverless::Function")


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
        assert document["status"] == response["StatusCode"], kind
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
    assert resource["Properties"]["DeletionProtectionEnabled"] is True


def test_accounts_outlive_the_stack() -> None:
    (pool,) = template.resources("AWS::Cognito::UserPool").values()
    assert pool["DeletionPolicy"] == pool["UpdateReplacePolicy"] == "Retain"
    assert pool["Properties"]["DeletionProtection"] == "ACTIVE"


def test_refresh_tokens_are_rotated_where_the_plan_has_it() -> None:
    (pool,) = template.resources("AWS::Cognito::UserPool").values()
    (client,) = template.resources("AWS::Cognito::UserPoolClient").values()
    rotation, flows = client["Properties"]["RefreshTokenRotation"], client["Properties"]["ExplicitAuthFlows"]
    nothing = {"Ref": "AWS::NoValue"}
    assert pool["Properties"]["UserPoolTier"] == {"Fn::If": ["HasManagedLogin", "ESSENTIALS", "LITE"]}
    assert rotation["Fn::If"][0] == "HasManagedLogin"
    assert rotation["Fn::If"][1]["Feature"] == "ENABLED"
    assert rotation["Fn::If"][2] == nothing
    # Each rules the other out.
    assert flows == [
        "ALLOW_USER_SRP_AUTH",
        {"Fn::If": ["HasManagedLogin", nothing, "ALLOW_REFRESH_TOKEN_AUTH"]},
    ]


def test_every_function_has_a_log_of_its_own_that_does_not_grow_for_ever() -> None:
    groups = template.resources("AWS::Logs::LogGroup")
    for group in groups.values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}
    for name, function in FUNCTIONS.items():
        logs = f"{name.removesuffix('Function')}Logs"
        assert function["Properties"]["LoggingConfig"] == {"LogGroup": {"Ref": logs}}
        assert logs in groups


def test_metrics_that_cost_extra_are_off() -> None:
    (rest,) = template.resources("AWS::Serverless::Api").values()
    (socket,) = template.resources("AWS::Serverless::WebSocketApi").values()
    assert not any(setting.get("MetricsEnabled") for setting in rest["Properties"]["MethodSettings"])
    assert not socket["Properties"]["DefaultRouteSettings"].get("DetailedMetricsEnabled")


def test_every_alarm_reaches_the_topic() -> None:
    alarms = template.resources("AWS::CloudWatch::Alarm")
    assert alarms
    for alarm in alarms.values():
        actions = alarm["Properties"]["AlarmActions"]
        assert actions == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
        assert alarm["Properties"]["AlarmDescription"].endswith(".")


def test_the_queue_leaves_time_for_throttled_functions() -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    queue = template.resources("AWS::SQS::Queue")["TimersQueue"]["Properties"]
    timeout = template.load()["Globals"]["Function"]["Timeout"]
    assert "Timeout" not in FUNCTIONS["TimersFunction"]["Properties"]
    assert queue["VisibilityTimeout"] >= 6 * timeout
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    # None is given up before its last attempt.
    assert (
        queue["MessageRetentionPeriod"]
        > queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]
    )


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", True),
        ("/callback", True),
        ("/calls/2026.11/x", True),
        ("/index.html", False),
        ("/config.json", False),
        ("/assets/main-1a2b3c4d.js", False),
    ],
)
def test_paths_that_are_no_files_lead_to_the_start_page(path: str, page: bool) -> None:
    (function,) = template.resources("AWS::CloudFront::Function").values()
    found = re.search(
        r"if \(!/(.+)/\.test\(request\.uri\)\) request\.uri", function["Properties"]["FunctionCode"]
    )
    assert found is not None
    assert (re.search(found[1], path) is None) == page
    (distribution,) = template.resources("AWS::CloudFront::Distribution").values()
    # Those would make a page out of any error, one of a firewall as well.
    assert "CustomErrorResponses" not in distribution["Properties"]["DistributionConfig"]


def test_only_the_distribution_reads_the_bucket() -> None:
    (policy,) = template.resources("AWS::S3::BucketPolicy").values()
    allowed = [one for one in policy["Properties"]["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert {one["Action"] for one in allowed} == {"s3:GetObject", "s3:ListBucket"}
    for one in allowed:
        assert one["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert one["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"].endswith(
            ":distribution/${Distribution}"
        )
    (bucket,) = template.resources("AWS::S3::Bucket").values()
    assert all(bucket["Properties"]["PublicAccessBlockConfiguration"].values())


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
