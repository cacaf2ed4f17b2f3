"""Pages under another of the machine's names lead to the public URL."""

from pathlib import Path

import pytest
from tests.edge.site import BASE, Site, open_site

from videochat.server.settings import Settings

NAVIGATION = {"Accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://192.0.2.7:8000", "http://BOX:8000"]
)
def test_navigation_is_redirected(host: str) -> None:
    with open_site(own_hosts=["192.0.2.7", "box"]) as site:
        answer = site.request("GET", "/callback?code=a%20b&state=c", base=host, headers=NAVIGATION)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{BASE}/callback?code=a%20b&state=c"


def test_path_is_kept_as_it_came(site: Site) -> None:
    answer = site.request("GET", "/a%2Fb%0d%0aX", base="http://127.0.0.1:8000", headers=NAVIGATION)
    assert answer.headers["location"] == f"{BASE}/a%2Fb%0d%0aX"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/api/user", NAVIGATION),
        ("GET", "/config.json", {}),
        ("GET", "/app.js", {"Accept": "*/*"}),
        ("GET", "/", {**NAVIGATION, "Sec-Fetch-Mode": "cors"}),
        ("POST", "/", NAVIGATION),
    ],
)
def test_other_requests_are_answered(site: Site, method: str, path: str, headers: dict[str, str]) -> None:
    answer = site.request(method, path, base="http://127.0.0.1:8000", headers=headers)
    assert answer.status_code != 307


def test_foreign_names_are_left_alone(site: Site) -> None:
    answer = site.request("GET", "/", base="http://elsewhere.example", headers=NAVIGATION)
    assert answer.status_code != 307


def test_no_circles_behind_a_proxy() -> None:
    settings = Settings(data=Path("unused"), public_url="https://video.example")
    with open_site(settings) as site:
        answer = site.request("GET", "/", base="http://127.0.0.1:8000", headers=NAVIGATION)
    assert answer.status_code != 307
