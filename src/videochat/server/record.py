"""What a server last ran with, kept in its data directory, so that operators' commands need not be told again."""

import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

FILE: Final = "server.json"


class Record(Struct, frozen=True, rename="camel"):
    """The settings that commands beside the server must share with it."""

    public_url: str
    """Issuer of its tokens."""
    database: str | None = None


def write_record(data: Path, record: Record) -> None:
    """Replaces the record, with mode 0600 (a database URL may hold a password).

    :raises OSError: the directory cannot be written.
    """
    write_private(data / FILE, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def read_record(data: Path) -> Record | None:
    """The record; ``None`` when no server has run on this directory yet, or the file is not ours."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=Record)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None


def write_private(path: Path, content: bytes) -> None:
    """Writes a file with mode 0600, all or nothing.

    :raises OSError: the directory cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
