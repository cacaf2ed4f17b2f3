"""The wheel is all an operator needs: installed into a fresh environment, it serves the whole product."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.e2e.deployment import LocalDeployment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of a fresh virtual environment with the locked dependencies and the wheel, and nothing else."""
    wheels = sorted((ROOT / "dist").glob("videochat-*.whl"))
    assert len(wheels) == 1, "run `make wheel` first"
    venv = tmp_path_factory.mktemp("install") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "run.txt")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheels[0])], check=True)
    subprocess.run([str(venv / "bin" / "python"), "-m", "pip", "check"], check=True)
    return venv / "bin"


def test_the_wheel_serves_the_product(installed: Path, tmp_path: Path) -> None:
    server = LocalDeployment(tmp_path / "data", command=[str(installed / "videochat")])
    server.start()
    page = httpx.get(f"{server.base_url}/")
    assert page.status_code == 200
    assert '<div id="root"' in page.text
    script = page.text.partition('src="')[2].partition('"')[0]
    answer = httpx.get(f"{server.base_url}{script}", headers={"Accept-Encoding": "br, gzip"})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] in ("br", "gzip")
    assert "immutable" in answer.headers["cache-control"]
    assert httpx.get(f"{server.base_url}/theme.css").status_code == 200
    discovery = httpx.get(f"{server.base_url}/.well-known/openid-configuration").json()
    assert discovery["issuer"] == server.base_url
    server.add_user("ada@example.test", "Ada", "correct horse battery")
    token = server.token("ada@example.test")
    user = httpx.get(f"{server.base_url}/api/user", headers={"Authorization": f"Bearer {token}"}).json()
    assert user["email"] == "ada@example.test"
    assert server.stop() == 0
    assert not server.secrets.found_in(server.log)


def test_the_wheel_says_its_version(installed: Path) -> None:
    done = subprocess.run(
        [str(installed / "videochat"), "--version"], capture_output=True, text=True, check=True
    )
    assert "0.1.0" in done.stdout
    module = subprocess.run(
        [str(installed / "python"), "-m", "videochat", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "0.1.0" in module.stdout
