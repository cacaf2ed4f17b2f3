"""The API does what its own description says, whatever is thrown at it; the description is complete."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from tests.edge.site import BASE, Site
from tests.edge.test_rest import ENDPOINTS, befriend

from videochat.server.rest import openapi_document
from videochat.server.settings import Settings
from videochat.server.static import WebApp

OPERATIONS = [(method, path.replace("/x", "/{contact_id}")) for method, path in ENDPOINTS]
# The schema calls an address a string; which strings are addresses, the core decides.
# A wrong query is, among others, one with a parameter too many, and those are ignored.
EXCLUDED = {
    ("POST", "/api/contacts"): [positive_data_acceptance],
    ("GET", "/api/calls"): [negative_data_rejection],
}
# Only what takes something can be given something wrong.
CASES = [(*operation, GenerationMode.POSITIVE) for operation in OPERATIONS] + [
    (*operation, GenerationMode.NEGATIVE)
    for operation in OPERATIONS
    if operation[0] in ("POST", "PATCH", "DELETE") and "contacts" in operation[1]
]
CASES.append(("GET", "/api/calls", GenerationMode.NEGATIVE))


@pytest.fixture(scope="module")
def populated() -> Iterator[Site]:
    """Ada, with contacts in every state."""
    site = Site(Settings(data=Path("unused"), public_url=BASE), WebApp(None))
    for name in ("Ada", "Bob", "Cyd", "Dan", "Eve"):
        site.person(name)
    befriend(site, "ada", "bob")
    befriend(site, "ada", "cyd")
    site.core.contacts.change("ada", "cyd", "blocked")
    site.core.contacts.add("ada", "dan@example.org")
    site.core.contacts.add("eve", "ada@example.org")
    yield site
    site.close()


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_keeps_its_word(populated: Site, method: str, path: str, mode: GenerationMode) -> None:
    operation = schemathesis.openapi.from_asgi("/api/openapi.json", populated.app)[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=60,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def answers_as_described(case: Any) -> None:
        case.call_and_validate(
            headers={"Authorization": "Bearer token-of-ada"}, excluded_checks=EXCLUDED.get((method, path), [])
        )

    answers_as_described()


class TestDescription:
    @pytest.fixture
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(openapi_document())
        return document

    def test_is_served(self, site: Site) -> None:
        answer = site.request("GET", "/api/openapi.json")
        assert answer.content == openapi_document()
        assert answer.headers["content-type"] == "application/json"

    def test_the_web_app_is_built_from_it(self, document: dict[str, Any]) -> None:
        copy = Path(__file__).parents[2] / "web" / "src" / "api" / "openapi.json"
        # Bring it up to date: videochat openapi > web/src/api/openapi.json, then npm run gen:api in web/.
        assert json.loads(copy.read_bytes()) == document

    def test_every_endpoint_is_in_it(self, document: dict[str, Any]) -> None:
        described = {
            (method.upper(), path) for path, operations in document["paths"].items() for method in operations
        }
        assert described == set(OPERATIONS)

    def test_every_operation_is_complete(self, document: dict[str, Any]) -> None:
        ids: set[str] = set()
        for operations in document["paths"].values():
            for operation in operations.values():
                ids.add(operation["operationId"])
                assert operation["summary"]
                assert operation["security"] == [{"bearer": []}]
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        problem = response["content"]["application/problem+json"]["schema"]
                        assert problem == {"$ref": "#/components/schemas/Problem"}
                assert {"401", "500", "503"} <= operation["responses"].keys()
        assert len(ids) == len(ENDPOINTS)
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
