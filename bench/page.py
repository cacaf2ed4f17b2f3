"""What a browser transfers for the first page, and for the rest of the app after signing in."""

import re
from typing import Final
from urllib.parse import urljoin

import httpx
from msgspec import Struct

_LINK: Final = re.compile(r"<(?:script|link)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"[^>]*>", re.IGNORECASE)
_IMPORT: Final = re.compile(r"""(?:\bfrom|\bimport)\s*["'`]([^"'`]+\.js)["'`]""")
_LATER: Final = re.compile(r"""\bimport\(\s*["'`]([^"'`]+\.js)["'`]""")
_BROWSER: Final = {"Accept-Encoding": "gzip, deflate, br"}


class Transfer(Struct, frozen=True):
    """Bytes of bodies on the wire."""

    javascript: int
    """Scripts of the first page."""
    total: int
    """The first page with scripts, styles, icons."""
    files: int
    later_javascript: int
    """Scripts that are loaded on demand: what signed-in people need besides."""


def first_load(base_url: str) -> Transfer:
    """Fetches the page as a browser does, compressed, with all that it names and all that its scripts import."""
    with httpx.Client() as client:
        first: dict[str, tuple[int, str]] = {}
        later = _fetch(client, [f"{base_url}/"], first)
        more: dict[str, tuple[int, str]] = {}
        while later:
            later = _fetch(client, [url for url in later if url not in first and url not in more], more)
    return Transfer(
        javascript=_scripts(first),
        total=sum(size for size, _ in first.values()),
        files=len(first),
        later_javascript=_scripts({url: found for url, found in more.items() if url not in first}),
    )


def _fetch(client: httpx.Client, waiting: list[str], sizes: dict[str, tuple[int, str]]) -> list[str]:
    """Fetches ``waiting`` and what they need at once; returns what their scripts load on demand."""
    later: list[str] = []
    while waiting:
        url = waiting.pop()
        if url in sizes:
            continue
        with client.stream("GET", url, headers=_BROWSER) as response:
            response.raise_for_status()
            size = sum(map(len, response.iter_raw()))
        kind = response.headers["content-type"].partition(";")[0]
        sizes[url] = size, kind
        text = client.get(url, headers={"Accept-Encoding": "identity"}).text
        if kind == "text/html":
            waiting += [urljoin(url, target) for target in _LINK.findall(text)]
        elif "javascript" in kind:
            waiting += [urljoin(url, target) for target in _IMPORT.findall(text)]
            later += [urljoin(url, target) for target in _LATER.findall(text)]
    return later


def _scripts(sizes: dict[str, tuple[int, str]]) -> int:
    return sum(size for size, kind in sizes.values() if "javascript" in kind)
