"""Brings to an emulated REST API what the emulator leaves out when it imports its OpenAPI document: what the mock integrations of CORS
preflights answer, and gateway responses. API Gateway imports both
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html). Everything comes from the deployed template.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from scripts.aws.deploy import Target, outputs

API = "RestApi"


def fill(target: Target) -> None:
    """Completes the REST API of the stack and deploys it again."""
    gateway = target.client("apigateway")
    api_id = urlsplit(outputs(target)["ApiUrl"]).netloc.partition(".")[0]
    body = _body(target)
    paths = {one["path"]: one["id"] for one in gateway.get_resources(restApiId=api_id, limit=500)["items"]}
    for path, method, integration in _mocks(body):
        where = {"restApiId": api_id, "resourceId": paths[path], "httpMethod": method}
        gateway.put_integration(**where, type="MOCK", requestTemplates=integration["requestTemplates"])
        for response in integration["responses"].values():
            parameters = response["responseParameters"]
            gateway.put_method_response(
                **where,
                statusCode=response["statusCode"],
                responseParameters=dict.fromkeys(parameters, False),
            )
            gateway.put_integration_response(
                **where,
                statusCode=response["statusCode"],
                responseParameters=parameters,
                responseTemplates=response["responseTemplates"],
            )
    for kind, response in body["x-amazon-apigateway-gateway-responses"].items():
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseParameters=response["responseParameters"],
            responseTemplates=response["responseTemplates"],
            **({"statusCode": response["statusCode"]} if "statusCode" in response else {}),
        )
    gateway.create_deployment(restApiId=api_id, stageName=target.stage)


def _mocks(body: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            integration = operation.get("x-amazon-apigateway-integration", {})
            if integration.get("type") == "mock":
                yield path, method.upper(), integration


def _body(target: Target) -> dict[str, Any]:
    template = target.client("cloudformation").get_template(
        StackName=target.stack, TemplateStage="Processed"
    )["TemplateBody"]
    if isinstance(template, str):
        template = json.loads(template)
    body: dict[str, Any] = _resolved(
        template["Resources"][API]["Properties"]["Body"], target.parameters["WebOrigin"]
    )
    return body


def _resolved(value: Any, web_origin: str) -> Any:
    """``value`` with its intrinsic functions carried out, as far as there are any: they choose the web app's origin."""
    match value:
        case {"Fn::If": ["HasWebOrigin", chosen, _]}:
            return _resolved(chosen, web_origin)
        case {"Ref": "WebOrigin"}:
            return web_origin
        case {"Fn::Sub": [str(text), {"Origin": origin}]}:
            return text.replace("${Origin}", _resolved(origin, web_origin))
        case dict():
            return {name: _resolved(member, web_origin) for name, member in value.items()}
        case list():
            return [_resolved(member, web_origin) for member in value]
    return value
