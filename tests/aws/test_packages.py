"""What goes into the functions' packages, and what they load."""

import subprocess
import sys

import pytest
from scripts.aws import deploy, package

# Powertools loads botocore's top module, which holds next to nothing.
SDK = {"boto3", "botocore.session", "botocore.client", "botocore.auth"}
JOSE = {"joserfc", "cryptography"}


def loaded(module: str) -> set[str]:
    """The modules that are there after a function's module has been imported in a fresh process."""
    program = f"import sys\nimport videochat.aws.handlers.{module}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", package.modules())
def test_functions_load_no_sdk(module: str) -> None:
    assert not loaded(module) & (SDK | JOSE)


@pytest.mark.parametrize("module", package.modules())
def test_no_function_loads_what_belongs_to_the_other_edition(module: str) -> None:
    files, others = package.closure(f"videochat.aws.handlers.{module}")
    ours = {path.relative_to(package.SOURCE).as_posix() for path in files}
    assert not [path for path in ours if path.startswith(("videochat/server/", "videochat/adapters/sql/"))]
    assert not others & {"litestar", "sqlalchemy", "structlog", "uvicorn", "websockets", "authlib"}
    assert others <= {"aws_lambda_powertools", "msgspec", "joserfc"}
    assert ("joserfc" in others) == (module == "authorizer")


def test_imports_for_type_checkers_alone_are_left_out() -> None:
    files, _ = package.closure("videochat.aws.handlers.connect")
    assert package.SOURCE / "videochat" / "adapters" / "dynamodb" / "users.py" in files
    assert package.SOURCE / "videochat" / "adapters" / "cognito.py" not in files


OUTPUTS = {
    "ApiUrl": "https://rest1.execute-api.eu-west-1.amazonaws.com/dev",
    "SocketUrl": "wss://socket1.execute-api.eu-west-1.amazonaws.com/dev",
    "Authority": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
    "ClientId": "client",
}


def test_the_web_app_is_told_where_everything_is() -> None:
    assert deploy.config(OUTPUTS) == {
        "apiUrl": OUTPUTS["ApiUrl"],
        "wsUrl": OUTPUTS["SocketUrl"],
        "oidc": {"authority": OUTPUTS["Authority"], "clientId": "client", "dialect": "cognito"},
    }


def test_an_emulator_has_everything_under_one_address() -> None:
    assert deploy.config(OUTPUTS, "http://localhost:4566") == {
        "apiUrl": "http://localhost:4566/_aws/execute-api/rest1/dev",
        "wsUrl": "ws://localhost:4566/_aws/execute-api/socket1/dev",
        "oidc": {
            "authority": "http://localhost:4566/eu-west-1_abc",
            "clientId": "client",
            "dialect": "cognito",
        },
    }
