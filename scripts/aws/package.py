"""Builds the package of each Lambda function under ``build/lambda``: what its handler imports, and nothing else.

Dependencies come as wheels for Lambda's platform and Python, whatever runs this
(https://docs.aws.amazon.com/lambda/latest/dg/python-package.html). An AWS SDK is not among them: no function uses one.
"""

import argparse
import ast
import fcntl
import platform
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, distributions
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
BUILD = ROOT / "build"
HANDLERS = "videochat.aws.handlers"
# Amazon Linux 2023, which Lambda's Python runtimes from 3.12 on stand on, has glibc 2.34; older wheels run as well.
GLIBC = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}


def local_architecture() -> str:
    """This machine's, by Lambda's name."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def modules() -> list[str]:
    """The functions, by the names of their modules."""
    return sorted(
        path.stem for path in (SOURCE / HANDLERS.replace(".", "/")).glob("*.py") if path.stem != "__init__"
    )


@cache
def imports(path: Path) -> frozenset[str]:
    """The absolute names that a module imports, at any depth but under ``if TYPE_CHECKING``."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    waiting: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                waiting += node.orelse
                continue
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def closure(module: str) -> tuple[set[Path], set[str]]:
    """What a module needs to be imported: files of ours, and the top-level names of others."""
    files: set[Path] = set()
    others: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        top = name.partition(".")[0]
        if top != "videochat":
            others.add(top)
            continue
        path = _file(name)
        if path is None or path in files:
            continue
        files.add(path)
        waiting += [name.rpartition(".")[0]] if "." in name else []
        waiting += imports(path)
    return files, others - set(sys.stdlib_module_names)


def _file(name: str) -> Path | None:
    base = SOURCE / name.replace(".", "/")
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def install(python: str, architecture: str) -> Path:
    """Installs all locked dependencies for the target; returns the folder."""
    target = BUILD / "lambda-dependencies" / f"{python}-{architecture}"
    lock = ROOT / "requirements" / "lambda.txt"
    stamp = target / ".lock"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return target
    shutil.rmtree(target, ignore_errors=True)
    machine = MACHINES[architecture]
    platforms = [argument for glibc in GLIBC for argument in ("--platform", f"{glibc}_{machine}")]
    subprocess.run(  # noqa: S603 - our own command
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--target", str(target), "--only-binary=:all:", "--no-compile", "--no-deps"),
            *("--python-version", python, "--implementation", "cp", *platforms),
            *("--require-hashes", "-r", str(lock)),
        ],
        check=True,
    )
    stamp.write_bytes(lock.read_bytes())
    return target


@cache
def _installed(folder: Path) -> tuple[dict[str, Distribution], dict[str, str]]:
    """The distributions in a folder by their names, and the names of those that provide a module."""
    by_name = {_canonical(d.metadata["Name"]): d for d in distributions(path=[str(folder)])}
    by_module = {
        file.parts[0].removesuffix(".py"): name
        for name, distribution in by_name.items()
        for file in distribution.files or ()
        if not file.parts[0].endswith((".dist-info", ".libs")) and file.parts[0] != ".."
    }
    return by_name, by_module


def needed(names: set[str], installed: Path) -> set[Path]:
    """The files of the distributions that provide ``names``, and of those that these require."""
    by_name, by_module = _installed(installed)
    files: set[Path] = set()
    done: set[str] = set()
    waiting = [by_module[name] for name in names]
    while waiting:
        name = waiting.pop()
        if name in done or name not in by_name:
            continue
        done.add(name)
        distribution = by_name[name]
        files |= {Path(str(file)) for file in distribution.files or () if _wanted(Path(str(file)))}
        waiting += _requirements(distribution)
    return files


def _requirements(distribution: Distribution) -> list[str]:
    requirements = map(Requirement, distribution.requires or ())
    return [
        _canonical(one.name)
        for one in requirements
        if one.marker is None or one.marker.evaluate({"extra": ""})
    ]


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _wanted(file: Path) -> bool:
    if ".." in file.parts or "__pycache__" in file.parts or file.suffix in (".pyi", ".c", ".h"):
        return False
    return not file.parts[0].endswith(".dist-info") or file.name in ("METADATA", "LICENSE")


@cache
def bytecode(source: Path, name: str) -> bytes:
    """A module's bytecode, which is taken as it is wherever the module lies by then. ``name`` is the file's in tracebacks.

    :raises py_compile.PyCompileError: it is no Python.
    """
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "compiled"
        py_compile.compile(
            str(source),
            str(compiled),
            name,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        return compiled.read_bytes()


def build(module: str, installed: Path, python: str) -> tuple[int, list[str]]:
    """Builds one package; returns its size in bytes and what it holds beside our own modules."""
    files, others = closure(f"{HANDLERS}.{module}")
    sources = {file.relative_to(SOURCE): file for file in files}
    sources |= {file: installed / file for file in needed(others, installed)}
    contents = {name: source.read_bytes() for name, source in sources.items()}
    # Lambda cannot write bytecode down: without it every cold start would compile everything. Only the same Python can make it.
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        contents |= {
            Path(cache_from_source(str(name))): bytecode(source, str(name))
            for name, source in sources.items()
            if name.suffix == ".py"
        }
    write(BUILD / "lambda" / module, contents)
    return sum(map(len, contents.values())), sorted(others)


def write(folder: Path, contents: dict[Path, bytes]) -> None:
    """Makes ``folder`` hold these files and no others. What is there already stays: writing takes longer than all the rest."""
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder) not in contents:
            path.unlink()
    for name, content in contents.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def build_all(python: str, architecture: str) -> None:
    """Builds all packages and prints their sizes. Waits while another process does so, since there is one folder for all."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lambda.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = install(python, architecture)
        print(f"Lambda packages for Python {python} on {architecture}:")
        for module in modules():
            size, others = build(module, installed, python)
            print(f"  {module:16} {size / 1e6:5.1f} MB  {', '.join(others)}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="3.13", help="the Python of the Lambda runtime")
    parser.add_argument("--architecture", default="arm64", choices=sorted(MACHINES))
    arguments = parser.parse_args()
    build_all(arguments.python, arguments.architecture)


if __name__ == "__main__":
    main()
