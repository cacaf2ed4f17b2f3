"""Deploying again over people's data, and taking everything away. Runs last: nothing is left to test afterwards."""

import subprocess

import pytest
from botocore.exceptions import ClientError
from tests.cloud.deployment import ROOT, TOOLS, CloudDeployment
from tests.e2e.conftest import AccountMaker

KEPT = ("UsersTable", "ContactsTable", "CallsTable")


def run(deployment: CloudDeployment, command: str) -> str:
    """Runs ``deploy`` or ``destroy`` as the make targets do, but on the emulator; returns what it printed."""
    program = (
        "import os; os.environ.update(AWS_ACCESS_KEY_ID='test', AWS_SECRET_ACCESS_KEY='test')\n"
        "from scripts.aws.cloud import target\n"
        "from scripts.aws import deploy\n"
        f"deploy.{command}(target('http://localhost:{deployment.port}', '{deployment.base_url}'))"
    )
    done = subprocess.run(
        [TOOLS, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_upgrade_loses_nothing_and_destroying_keeps_peoples_data(
    account: AccountMaker, deployment: CloudDeployment
) -> None:
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    before = deployment.find_tables()
    run(deployment, "deploy")
    assert deployment.find_tables() == before
    assert [contact["state"] for contact in ada.contacts()] == ["accepted"]

    deployment.keep_logs()
    said = run(deployment, "destroy")
    database = deployment.client("dynamodb")
    for table in KEPT:
        assert before[table] in said
        assert database.describe_table(TableName=before[table])["Table"]["TableStatus"] == "ACTIVE"
    with pytest.raises(ClientError):
        database.describe_table(TableName=before["ConnectionsTable"])
    stored = database.get_item(TableName=before["UsersTable"], Key={"userId": {"S": ada.user_id}})
    assert stored["Item"]["email"]["S"] == ada.email
