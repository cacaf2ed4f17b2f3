"""The command line, run in this process."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec import json

from videochat import __version__
from videochat.cli import main
from videochat.server.record import Record, read_record, write_record

PASSWORD = "correct horse battery"


class Operator:
    """Runs commands on one data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *arguments: str, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
        environment = {"VIDEOCHAT_DATA": str(self.data), **(env or {})}
        result = CliRunner().invoke(main, arguments, input=stdin, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def add(self, email: str = "ada@example.org", name: str = "Ada") -> None:
        result = self.run("users", "add", email, "--name", name, stdin=f"{PASSWORD}\n")
        assert result.exit_code == 0, result.output


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path / "data")


def refused(result: Result) -> str:
    """The message of a command that failed in an orderly way."""
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("Error: ")
    assert result.stdout == ""
    return result.stderr


class TestHelp:
    def test_version(self) -> None:
        result = CliRunner().invoke(main, ["--version"])
        assert (result.exit_code, result.output) == (0, f"videochat, version {__version__}\n")

    @pytest.mark.parametrize(
        "command", [[], ["serve"], ["users"], ["users", "add"], ["token"], ["invite"], ["keys"]]
    )
    def test_every_command_explains_itself(self, command: list[str]) -> None:
        result = CliRunner().invoke(main, [*command, "--help"])
        assert result.exit_code == 0
        assert "Usage:" in result.output

    def test_help_imports_nothing_heavy(self) -> None:
        code = (
            "import sys, click\n"
            "from videochat.cli import main\n"
            "try: main(['serve', '--help'])\n"
            "except SystemExit: pass\n"
            "print([name for name in ('litestar', 'sqlalchemy', 'uvicorn', 'cryptography') if name in sys.modules])\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]"

    def test_runs_as_a_module(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "videochat", "--version"], capture_output=True, text=True, check=True
        )
        assert __version__ in done.stdout


def test_openapi() -> None:
    result = CliRunner().invoke(main, ["openapi"])
    assert json.decode(result.stdout_bytes)["openapi"].startswith("3.1")


class TestUsers:
    def test_add_and_list(self, operator: Operator) -> None:
        operator.add("Zoe@Example.org", "Zoë")
        operator.add()
        lines = operator.run("users", "list").stdout.splitlines()
        assert [line.split("\t")[:2] for line in lines] == [
            ["ada@example.org", "Ada"],
            ["zoe@example.org", "Zoë"],
        ]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[0].split("\t")[2])

    def test_password_option(self, operator: Operator) -> None:
        result = operator.run(
            "users",
            "add",
            "ada@example.org",
            "--name",
            "Ada",
            "--password-stdin",
            stdin=f"{PASSWORD}\nmore\n",
        )
        assert result.exit_code == 0
        assert PASSWORD not in result.output

    @pytest.mark.parametrize("stdin", ["", "\n"])
    def test_no_password(self, operator: Operator, stdin: str) -> None:
        result = operator.run("users", "add", "ada@example.org", "--name", "Ada", stdin=stdin)
        assert "no password" in refused(result)
        assert operator.run("users", "list").stdout == ""

    def test_weak_password(self, operator: Operator) -> None:
        refused(operator.run("users", "add", "ada@example.org", "--name", "Ada", stdin="short\n"))

    @pytest.mark.parametrize(("email", "name"), [("not an address", "Ada"), ("ada@example.org", " ")])
    def test_what_cannot_be_added(self, operator: Operator, email: str, name: str) -> None:
        refused(operator.run("users", "add", email, "--name", name, stdin=f"{PASSWORD}\n"))

    def test_twice(self, operator: Operator) -> None:
        operator.add()
        refused(operator.run("users", "add", "ADA@example.org", "--name", "A", stdin=f"{PASSWORD}\n"))

    def test_name_is_needed(self, operator: Operator) -> None:
        result = operator.run("users", "add", "ada@example.org")
        assert result.exit_code == 2
        assert "--name" in result.stderr

    def test_remove(self, operator: Operator) -> None:
        operator.add()
        assert operator.run("users", "remove", "ada@example.org").exit_code == 0
        assert operator.run("users", "list").stdout == ""
        refused(operator.run("users", "remove", "ada@example.org"))

    def test_password(self, operator: Operator) -> None:
        operator.add()
        assert operator.run("users", "password", "ada@example.org", stdin="another horse\n").exit_code == 0

    def test_password_of_nobody(self, operator: Operator) -> None:
        # Nothing is read before it is known that there is somebody.
        assert "password" not in refused(operator.run("users", "password", "ada@example.org", stdin=""))


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *command: str) -> None:
        # A helper in between gives the command a controlling terminal, from which passwords are read.
        spawn = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
        self._process = subprocess.Popen(
            [sys.executable, "-c", spawn, sys.executable, "-m", "videochat", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.shown = ""

    def answer(self, prompt: str, text: str) -> None:
        """Waits for the prompt, then types."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        start = len(self.shown)
        while prompt not in self.shown[start:]:
            byte = self._process.stdout.read(1)
            assert byte, f"{prompt} was never shown: {self.shown}"
            self.shown += byte.decode()
        self._process.stdin.write(f"{text}\n".encode())
        self._process.stdin.flush()

    def end(self) -> int:
        """Reads on to the end; returns the exit code."""
        rest, _ = self._process.communicate(timeout=60)
        self.shown += rest.decode()
        return self._process.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_password_is_asked_for_twice_and_not_shown(operator: Operator) -> None:
    terminal = Terminal("users", "add", "ada@example.org", "--name", "Ada", "--data", str(operator.data))
    terminal.answer("Password: ", PASSWORD)
    terminal.answer("The same again: ", "something else")
    terminal.answer("Password: ", PASSWORD)
    terminal.answer("The same again: ", PASSWORD)
    assert terminal.end() == 0
    assert PASSWORD not in terminal.shown
    assert "ada@example.org" in operator.run("users", "list").stdout


class TestToken:
    def test_one_line_on_standard_output(self, operator: Operator) -> None:
        operator.add()
        result = operator.run("token", "ada@example.org")
        assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", result.stdout)

    def test_of_nobody(self, operator: Operator) -> None:
        refused(operator.run("token", "ada@example.org"))

    def issuer(self, operator: Operator, *options: str, env: dict[str, str] | None = None) -> object:
        token = operator.run("token", "ada@example.org", *options, env=env).stdout
        payload = token.split(".")[1]
        from base64 import urlsafe_b64decode

        return json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iss"]

    def test_issuer_is_that_of_the_server(self, operator: Operator) -> None:
        operator.add()
        assert self.issuer(operator) == "http://localhost:8000"
        write_record(operator.data, Record("http://localhost:9999"))
        assert self.issuer(operator) == "http://localhost:9999"
        assert self.issuer(operator, "--public-url", "https://video.example") == "https://video.example"
        assert self.issuer(operator, env={"VIDEOCHAT_PUBLIC_URL": "https://x.example"}) == "https://x.example"


class TestInvitations:
    def test_link_on_standard_output(self, operator: Operator) -> None:
        result = operator.run("invite")
        assert result.stdout.startswith("http://localhost:8000/")
        code = result.stdout.strip().rpartition("=")[2]
        assert code in result.stderr


class TestKeys:
    def test_rotate(self, operator: Operator) -> None:
        operator.add()
        before = operator.run("token", "ada@example.org").stdout
        assert operator.run("keys", "rotate").exit_code == 0
        after = operator.run("token", "ada@example.org").stdout
        assert before.split(".")[0] != after.split(".")[0]


class TestDataDirectory:
    def test_is_private(self, operator: Operator) -> None:
        operator.add()
        assert stat.S_IMODE(operator.data.stat().st_mode) == 0o700
        for path in operator.data.rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path

    def test_record_is_private_and_survives_garbage(self, operator: Operator) -> None:
        operator.data.mkdir()
        record = Record("https://video.example", "postgresql+psycopg://u:p@h/d")
        write_record(operator.data, record)
        assert stat.S_IMODE((operator.data / "server.json").stat().st_mode) == 0o600
        assert read_record(operator.data) == record
        (operator.data / "server.json").write_text("garbage")
        assert read_record(operator.data) is None

    def test_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "not a directory" in refused(Operator(tmp_path / "file").run("users", "list"))

    def test_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "cannot be used" in refused(Operator(tmp_path / "file" / "data").run("users", "list"))

    def test_database_is_none(self, operator: Operator) -> None:
        operator.data.mkdir()
        (operator.data / "videochat.db").write_bytes(b"not a database, but long enough to look at: " * 50)
        assert "database" in refused(operator.run("users", "list"))

    def test_database_of_an_unknown_kind(self, operator: Operator) -> None:
        message = refused(operator.run("users", "list", "--database", "oracle://u:secret@h/d"))
        assert "sqlite" in message
        assert "secret" not in message

    def test_settings_are_explained(self, operator: Operator) -> None:
        message = refused(operator.run("users", "list", env={"VIDEOCHAT_PORT": "x", "VIDEOCHAT_STUN": "y"}))
        assert "VIDEOCHAT_PORT" in message
        assert "VIDEOCHAT_STUN" in message

    def test_damaged_keys(self, operator: Operator) -> None:
        operator.add()
        (operator.data / "keys" / "signing-keys.json").write_text("{}")
        assert "signing-keys.json" in refused(operator.run("token", "ada@example.org"))
