"""The provider's signing keys and the server's secret, in files that only their owner can read."""

import json
import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from msgspec import Struct

from videochat.core.errors import VideoChatError
from videochat.core.ports import Clock

if sys.platform != "win32":
    import fcntl

KEY_SIZE: Final = 2048
"""Bits (RFC 7518, section 3.3: 2048 or larger)."""

KEEP_FOR: Final = 2 * 3600 * 1000
"""Milliseconds for which a replaced key stays published: longer than any token it signed lives, clocks and leeway included."""

SECRET_SIZE: Final = 32
"""Bytes."""


class KeyFileError(VideoChatError):
    """A key file cannot be read, written or kept private. The text names the file and the reason, never its content."""


class _Entry(Struct, frozen=True):
    key: dict[str, str]
    """A private JSON Web Key (RFC 7517)."""
    created_at: int
    retired_at: int | None = None


class _Ring(Struct, frozen=True):
    keys: list[_Entry]
    """The newest, which signs, is the first."""


class _Loaded(Struct, frozen=True):
    stamp: tuple[int, int, int]
    entries: tuple[tuple[RSAKey, int | None], ...]


class KeyFile:
    """The signing keys in ``directory/signing-keys.json``; implements :class:`videochat.identity.ports.SigningKeys`.

    The file is made when it is not there. Another process may rotate the keys meanwhile: the file is looked at before each use and
    read again when it has changed. Thread-safe.

    :raises KeyFileError: from the constructor and every method.
    """

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._path = directory / "signing-keys.json"
        self._clock = clock
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None
        _private_directory(directory)
        _create_once(self._path, lambda: _encode(_Ring([_new_entry(clock.now())])))
        self._load()

    def current(self) -> RSAKey:
        """The private key that signs."""
        return self._load().entries[0][0]

    def find(self, kid: str) -> RSAKey | None:
        """The key with this id, unless it was replaced longer than :data:`KEEP_FOR` ago."""
        return next((key for key in self.published() if key.kid == kid), None)

    def published(self) -> Sequence[RSAKey]:
        """The keys whose tokens may still be valid, the current one first."""
        now = self._clock.now()
        return [
            key
            for key, retired_at in self._load().entries
            if retired_at is None or now < retired_at + KEEP_FOR
        ]

    def rotate(self) -> str:
        """Makes a new key, which signs from now on, in this process and in others. Keys that have served their time are deleted.

        :return: the new key's id.
        """
        now = self._clock.now()
        entry = _new_entry(now)
        with self._lock, _locked(self._path.parent):
            ring = self._read()
            kept = [
                msgspec.structs.replace(old, retired_at=now if old.retired_at is None else old.retired_at)
                for old in ring.keys
                if old.retired_at is None or now < old.retired_at + KEEP_FOR
            ]
            _replace(self._path, _encode(_Ring([entry, *kept])))
        return entry.key["kid"]

    def _load(self) -> _Loaded:
        try:
            status = self._path.stat()
        except OSError as error:
            raise KeyFileError(f"cannot read {self._path}: {error.strerror}") from error
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        loaded = self._loaded
        if loaded is None or loaded.stamp != stamp:
            _private_file(self._path)
            loaded = _Loaded(stamp, tuple(self._import(entry) for entry in self._read().keys))
            self._loaded = loaded
        return loaded

    def _read(self) -> _Ring:
        try:
            ring = msgspec.json.decode(self._path.read_bytes(), type=_Ring)
        except OSError as error:
            raise KeyFileError(f"cannot read {self._path}: {error.strerror}") from error
        except msgspec.DecodeError:
            ring = _Ring([])
        if not ring.keys:
            raise KeyFileError(f"{self._path} holds no signing keys; restore it from a backup or delete it")
        return ring

    def _import(self, entry: _Entry) -> tuple[RSAKey, int | None]:
        try:
            key: RSAKey | None = RSAKey.import_key(dict(entry.key))
        except (JoseError, ValueError, TypeError, KeyError):
            key = None
        # Raised out here, so that it carries no cause: that might quote the key.
        if key is None or not key.is_private or not key.kid:
            raise KeyFileError(f"{self._path} holds a key that cannot be used")
        return key, entry.retired_at


def load_or_create_secret(directory: Path, name: str = "secret") -> bytes:
    """The random bytes in ``directory/name``, made when they are not there.

    :return: :data:`SECRET_SIZE` bytes.
    :raises KeyFileError:
    """
    path = directory / name
    _private_directory(directory)
    _create_once(path, lambda: secrets.token_bytes(SECRET_SIZE))
    _private_file(path)
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"cannot read {path}: {error.strerror}") from error
    if len(secret) != SECRET_SIZE:
        raise KeyFileError(f"{path} does not hold {SECRET_SIZE} bytes; restore it from a backup or delete it")
    return secret


def _new_entry(now: int) -> _Entry:
    key = RSAKey.generate_key(KEY_SIZE, private=True)
    return _Entry({**_strings(key.as_dict(private=True)), "kid": key.thumbprint()}, now)


def _strings(parameters: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items()}


def _encode(ring: _Ring) -> bytes:
    return json.dumps(msgspec.to_builtins(ring), indent=2).encode() + b"\n"


def _private_directory(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_mode & 0o077:
            directory.chmod(0o700)
    except OSError as error:
        raise KeyFileError(f"cannot keep {directory} private: {error.strerror}") from error


def _private_file(path: Path) -> None:
    """Takes back what others may do with the file: a copy or a backup may have been restored with looser permissions."""
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise KeyFileError(f"cannot keep {path} private: {error.strerror}") from error


def _create_once(path: Path, content: Callable[[], bytes]) -> None:
    """Makes the file, complete and on disk, unless it is there; of several processes that start at once, one wins."""
    if path.exists():
        return
    temporary = _write_temporary(path, content())
    try:
        with suppress(FileExistsError):
            os.link(temporary, path)
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyFileError(f"cannot write {path}: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    temporary = _write_temporary(path, content)
    try:
        temporary.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise KeyFileError(f"cannot write {path}: {error.strerror}") from error


def _write_temporary(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise KeyFileError(f"cannot write {path}: {error.strerror}") from error
    return temporary


def _sync_directory(directory: Path) -> None:
    if sys.platform != "win32":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keeps other processes from rotating at the same time: one of the new keys would be lost with the tokens it signed."""
    if sys.platform == "win32":
        yield
    else:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
