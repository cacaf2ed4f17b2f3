"""Key files: private, complete, shared between processes, rotated."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.race import race
from tests.fakes import FakeClock

from videochat.adapters.local.keys import KEEP_FOR, KeyFile, KeyFileError, load_or_create_secret


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keys"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_keys_are_made_at_first_start_and_kept(folder: Path, clock: FakeClock) -> None:
    keys = KeyFile(folder, clock)
    assert keys.current().is_private
    assert keys.current().public_key.key_size == 2048
    assert keys.find(keys.current().kid or "") == keys.current()
    assert keys.find("unknown") is None
    assert [key.kid for key in keys.published()] == [keys.current().kid]
    assert KeyFile(folder, clock).current().kid == keys.current().kid


def test_key_files_are_private_whatever_the_umask(folder: Path) -> None:
    script = (
        "import os, sys, pathlib; os.umask(0)\n"
        "from videochat.adapters.local.clock import SystemClock\n"
        "from videochat.adapters.local.keys import KeyFile, load_or_create_secret\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "KeyFile(folder, SystemClock()).rotate()\n"
        "load_or_create_secret(folder)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)
    assert mode(folder) == 0o700
    assert {path.name: mode(path) for path in folder.iterdir()} == {
        "signing-keys.json": 0o600,
        "secret": 0o600,
    }


def test_loose_permissions_are_taken_back(folder: Path, clock: FakeClock) -> None:
    KeyFile(folder, clock)
    load_or_create_secret(folder)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    KeyFile(folder, clock)
    load_or_create_secret(folder)
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}


def test_a_new_key_signs_and_the_old_ones_stay_while_their_tokens_live(
    folder: Path, clock: FakeClock
) -> None:
    keys = KeyFile(folder, clock)
    first = keys.current().kid
    second = keys.rotate()
    assert keys.current().kid == second != first
    assert [key.kid for key in keys.published()] == [second, first]

    clock.advance(KEEP_FOR - 1)
    third = keys.rotate()
    assert [key.kid for key in keys.published()] == [third, second, first]
    clock.advance(1)
    assert [key.kid for key in keys.published()] == [third, second]
    assert keys.find(first or "") is None

    keys.rotate()
    assert str(first) not in (folder / "signing-keys.json").read_text()


def test_a_running_server_sees_a_rotation_by_another_process(folder: Path, clock: FakeClock) -> None:
    server = KeyFile(folder, clock)
    before = server.current().kid
    new = KeyFile(folder, clock).rotate()
    assert server.current().kid == new
    assert [key.kid for key in server.published()] == [new, before]


def test_several_processes_that_start_at_once_have_one_key(folder: Path, clock: FakeClock) -> None:
    kids = race(*[lambda: KeyFile(folder, clock).current().kid] * 4)
    assert len(set(map(str, kids))) == 1
    secrets = race(*[lambda: load_or_create_secret(folder)] * 4)
    assert len(set(map(str, secrets))) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["secret", "signing-keys.json"]


def test_rotations_at_once_lose_no_key(folder: Path, clock: FakeClock) -> None:
    keys = KeyFile(folder, clock)
    first = keys.current().kid
    new = race(*[lambda: KeyFile(folder, clock).rotate()] * 4)
    assert {key.kid for key in keys.published()} == {first, *new}


def test_the_public_half_alone_is_published(folder: Path, clock: FakeClock) -> None:
    public = KeyFile(folder, clock).current().as_dict(private=False)
    assert set(public) >= {"kty", "n", "e"}
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(public)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "null", '{"keys": []}', '{"keys": [{"key": {}, "created_at": 1}]}', "not json", "\x00" * 100],
)
def test_a_damaged_file_is_reported_and_left_alone(folder: Path, clock: FakeClock, content: str) -> None:
    keys = KeyFile(folder, clock)
    path = folder / "signing-keys.json"
    path.write_text(content)
    for use in (lambda: KeyFile(folder, clock), keys.current):
        with pytest.raises(KeyFileError, match="signing-keys"):
            use()
    assert path.read_text() == content


def test_a_public_key_cannot_sign_and_the_error_quotes_no_key(folder: Path, clock: FakeClock) -> None:
    keys = KeyFile(folder, clock)
    path = folder / "signing-keys.json"
    ring = json.loads(path.read_text())
    ring["keys"][0]["key"].pop("d")
    for name in ("p", "q", "dp", "dq", "qi"):
        ring["keys"][0]["key"].pop(name)
    path.write_text(json.dumps(ring))
    with pytest.raises(KeyFileError) as error:
        keys.current()
    assert ring["keys"][0]["key"]["n"] not in str(error.value)
    assert error.value.__cause__ is None


def test_a_lost_file_is_reported(folder: Path, clock: FakeClock) -> None:
    keys = KeyFile(folder, clock)
    (folder / "signing-keys.json").unlink()
    with pytest.raises(KeyFileError, match="cannot read"):
        keys.current()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFileError, match="file"):
        KeyFile(tmp_path / "file" / "keys", clock)


def test_a_secret_is_random_and_kept(folder: Path, tmp_path: Path) -> None:
    secret = load_or_create_secret(folder)
    assert len(secret) == 32
    assert load_or_create_secret(folder) == secret
    assert load_or_create_secret(folder, "other") != secret
    assert load_or_create_secret(tmp_path / "elsewhere") != secret
    (folder / "secret").write_bytes(secret[:-1])
    with pytest.raises(KeyFileError, match="32 bytes"):
        load_or_create_secret(folder)
