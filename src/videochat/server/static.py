"""The built web app: files from an index made at start, with caching, precompressed variants and a fallback to the start page."""

import hashlib
import mimetypes
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from msgspec import Struct

from videochat.server.asgi import Receive, Scope, Send

# Vite's names: a stem, a dash and at least 8 characters of content hash.
_HASHED: Final = re.compile(r"/assets/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9.]+\Z")
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_YEAR: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"

# Not left to the machine's mime.types, which differs from place to place.
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".wasm": "application/wasm",
}

_NOT_BUILT: Final = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Video Chat: not built</title></head>
<body><h1>The web app has not been built</h1>
<p>The server runs, but it has no pages to show. In a clone, <code>make run</code> builds them (into <code>web/dist</code>);
an installed package has them inside. Another place can be named with <code>--web-dir</code>.</p></body></html>
"""


class Asset(Struct, frozen=True):
    """One file and its precompressed variants."""

    path: Path
    content_type: str
    cache: str
    variants: dict[str, tuple[Path, str]]
    """Content coding → file and its ETag; the uncompressed one is under ``identity``."""


class WebApp:
    """Serves a directory of built files.

    Only what was there when the index was made is ever opened, so no request path can lead out of the directory.
    """

    def __init__(self, directory: Path | None) -> None:
        self._assets: Mapping[str, Asset] = _index(directory) if directory is not None else {}

    @property
    def built(self) -> bool:
        """Whether there is a start page."""
        return "/index.html" in self._assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry: the file under the path; for a page navigation without one, the start page (the app does its own routing)."""
        del receive  # nothing here takes a body
        asset = self._assets.get(self._name(scope["path"]))
        if scope["method"] not in ("GET", "HEAD"):
            allowed = [("allow", "GET, HEAD")]
            await _send_text(send, 405, "This method is not allowed here.\n", allowed)
        elif asset is not None:
            await _send_asset(asset, scope, send)
        elif not is_navigation(scope):
            await _send_text(send, 404, "There is nothing here.\n", [])
        elif self.built:
            await _send_asset(self._assets["/index.html"], scope, send)
        else:
            headers = [("content-type", _TYPES[".html"]), ("cache-control", "no-store")]
            await _send(send, 503, headers, _NOT_BUILT, scope["method"] == "HEAD")

    @staticmethod
    def _name(path: str) -> str:
        return "/index.html" if path == "/" else path


def find_web_dir() -> Path | None:
    """The built web app: inside the package, or in the clone that the package runs from."""
    package = Path(str(files("videochat")))
    for candidate in (package / "web", package.parents[1] / "web" / "dist"):
        if (candidate / "index.html").is_file():
            return candidate
    return None


def is_navigation(scope: Scope) -> bool:
    """Whether a browser asks for a page, rather than for a part of one."""
    if scope["method"] not in ("GET", "HEAD"):
        return False
    headers: dict[bytes, bytes] = dict(scope["headers"])
    mode = headers.get(b"sec-fetch-mode")
    if mode is not None:
        return mode == b"navigate"
    return b"text/html" in headers.get(b"accept", b"")


def _index(directory: Path) -> dict[str, Asset]:
    root = directory.resolve()
    found = {
        "/" + path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*"))
        if _is_inside(path, root)
    }
    compressed = {
        name
        for name in found
        for _, suffix in _ENCODINGS
        if name.endswith(suffix) and name[: -len(suffix)] in found
    }
    return {name: _asset(name, path, found) for name, path in found.items() if name not in compressed}


def _is_inside(path: Path, root: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(root)


def _asset(name: str, path: Path, found: Mapping[str, Path]) -> Asset:
    variants = {"identity": (path, _etag(path))}
    for coding, suffix in _ENCODINGS:
        if (variant := found.get(name + suffix)) is not None:
            variants[coding] = (variant, _etag(variant))
    suffix = path.suffix.lower()
    content_type = _TYPES.get(suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(path, content_type, _YEAR if _HASHED.search(name) else _REVALIDATE, variants)


def _etag(path: Path) -> str:
    return f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"'


async def _send_asset(asset: Asset, scope: Scope, send: Send) -> None:
    request = dict(scope["headers"])
    coding = _choose_coding(request.get(b"accept-encoding", b"").decode("latin-1"), asset.variants)
    path, etag = asset.variants[coding]
    headers = [("etag", etag), ("cache-control", asset.cache)]
    if len(asset.variants) > 1:
        headers.append(("vary", "Accept-Encoding"))
    if _matches(request.get(b"if-none-match", b"").decode("latin-1"), etag):
        await _send(send, 304, headers, b"", head=True)
        return
    headers.append(("content-type", asset.content_type))
    if coding != "identity":
        headers.append(("content-encoding", coding))
    # Small and in the page cache: reading one in place costs less than a trip to a thread.
    await _send(send, 200, headers, path.read_bytes(), scope["method"] == "HEAD")


def _choose_coding(accept: str, variants: Mapping[str, object]) -> str:
    """The smallest variant that the client takes (RFC 9110, section 12.5.3); ``identity`` is always possible."""
    accepted: dict[str, bool] = {}
    for item in accept.split(","):
        name, _, parameters = item.partition(";")
        weight = parameters.strip().removeprefix("q=").strip()
        accepted[name.strip().lower()] = not re.fullmatch(r"0(\.0{0,3})?", weight)
    for coding, _ in _ENCODINGS:
        if coding in variants and accepted.get(coding, accepted.get("*", False)):
            return coding
    return "identity"


def _matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, section 13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    return etag in {candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")}


async def _send_text(send: Send, status: int, text: str, headers: Iterable[tuple[str, str]]) -> None:
    await _send(send, status, [("content-type", _TYPES[".txt"]), *headers], text.encode(), head=False)


async def _send(send: Send, status: int, headers: Iterable[tuple[str, str]], body: bytes, head: bool) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    if status != 304:
        raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if head else body, "more_body": False})
