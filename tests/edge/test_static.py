"""The built web app's files."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.edge.site import Site, open_site

from videochat.server.static import find_web_dir

NAVIGATION = {"Accept": "text/html"}
SCRIPT = "/assets/main-B1a2C3d4.js"
GZIPPED = gzip.compress(b"plain")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Site]:
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>Video Chat</title>")
    (root / "theme.css").write_text("body{}")
    (root / "icon.svg").write_text("<svg/>")
    (root / "app.webmanifest").write_text("{}")
    (root / SCRIPT[1:]).write_text("plain")
    (root / (SCRIPT[1:] + ".br")).write_bytes(b"brotli")
    (root / (SCRIPT[1:] + ".gz")).write_bytes(GZIPPED)
    (root / "only.txt.gz").write_bytes(b"not a variant")
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    with open_site(web_dir=root) as site:
        yield site


class TestFiles:
    @pytest.mark.parametrize(
        ("path", "content_type"),
        [
            ("/", "text/html; charset=utf-8"),
            ("/index.html", "text/html; charset=utf-8"),
            (SCRIPT, "text/javascript; charset=utf-8"),
            ("/theme.css", "text/css; charset=utf-8"),
            ("/icon.svg", "image/svg+xml"),
            ("/app.webmanifest", "application/manifest+json"),
        ],
    )
    def test_types(self, web: Site, path: str, content_type: str) -> None:
        answer = web.request("GET", path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == content_type

    def test_hashed_names_are_kept_for_a_year(self, web: Site) -> None:
        assert web.request("GET", SCRIPT).headers["cache-control"] == "public, max-age=31536000, immutable"

    @pytest.mark.parametrize("path", ["/", "/theme.css", "/contacts"])
    def test_others_are_asked_for_again(self, web: Site, path: str) -> None:
        assert web.request("GET", path, headers=NAVIGATION).headers["cache-control"] == "no-cache"

    def test_head(self, web: Site) -> None:
        got = web.request("GET", "/theme.css")
        headed = web.request("HEAD", "/theme.css")
        assert headed.content == b""
        assert headed.headers["content-length"] == str(len(got.content))
        assert headed.headers["etag"] == got.headers["etag"]

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_other_methods(self, web: Site, method: str) -> None:
        answer = web.request(method, "/theme.css")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


class TestConditional:
    @pytest.mark.parametrize("condition", ["{}", "W/{}", '"other", {}', "*"])
    def test_unchanged(self, web: Site, condition: str) -> None:
        etag = web.request("GET", "/").headers["etag"]
        answer = web.request("GET", "/", headers={"If-None-Match": condition.format(etag)})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag

    def test_changed(self, web: Site) -> None:
        assert web.request("GET", "/", headers={"If-None-Match": '"other"'}).status_code == 200

    def test_each_coding_has_a_tag_of_its_own(self, web: Site) -> None:
        tags = {
            web.request("GET", SCRIPT, headers={"Accept-Encoding": coding}).headers["etag"]
            for coding in ("br", "gzip", "identity")
        }
        assert len(tags) == 3


class TestCompression:
    @pytest.mark.parametrize(
        ("accepted", "coding", "length"),
        [
            ("br, gzip", "br", 6),
            ("gzip, deflate", "gzip", len(GZIPPED)),
            ("gzip;q=1.0, br;q=0", "gzip", len(GZIPPED)),
            ("br;q=0.0, gzip;q=0", None, 5),
            ("*", "br", 6),
            ("*;q=0", None, 5),
            ("identity", None, 5),
            ("", None, 5),
            ("GZIP", "gzip", len(GZIPPED)),
        ],
    )
    def test_choice(self, web: Site, accepted: str, coding: str | None, length: int) -> None:
        answer = web.request("HEAD", SCRIPT, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["content-length"] == str(length)
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"

    def test_variants_are_no_files(self, web: Site) -> None:
        assert web.request("GET", SCRIPT + ".br").status_code == 404
        assert web.request("GET", "/only.txt.gz").status_code == 200


class TestFallback:
    @pytest.mark.parametrize("path", ["/contacts", "/callback?code=x", "/a/b/c", "/apis"])
    def test_navigation_gets_the_start_page(self, web: Site, path: str) -> None:
        answer = web.request("GET", path, headers=NAVIGATION)
        assert answer.status_code == 200
        assert "<title>Video Chat</title>" in answer.text

    def test_browsers_say_that_they_navigate(self, web: Site) -> None:
        assert web.request("GET", "/x", headers={"Sec-Fetch-Mode": "navigate"}).status_code == 200
        headers = {**NAVIGATION, "Sec-Fetch-Mode": "no-cors"}
        assert web.request("GET", "/x", headers=headers).status_code == 404

    @pytest.mark.parametrize("path", ["/missing.js", "/assets/old-12345678.js"])
    def test_parts_of_a_page_do_not(self, web: Site, path: str) -> None:
        answer = web.request("GET", path, headers={"Accept": "*/*"})
        assert answer.status_code == 404
        assert "cache-control" not in answer.headers

    @pytest.mark.parametrize("path", ["/api/contacts/x", "/api/nothing"])
    def test_the_api_does_not(self, web: Site, path: str) -> None:
        answer = web.request("GET", path, headers=NAVIGATION)
        assert answer.headers["content-type"] == "application/problem+json"


class TestTraversal:
    @pytest.mark.parametrize(
        "path",
        [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/assets/../../secret.txt",
            "/%2e%2e%5csecret.txt",
            "//etc/passwd",
            "/link.txt",
            "/index.html%00.js",
        ],
    )
    def test_nothing_outside_is_served(self, web: Site, path: str) -> None:
        answer = web.request("GET", path)
        assert answer.status_code == 404
        assert "secret" not in answer.text


class TestNotBuilt:
    def test_says_so(self, site: Site) -> None:
        answer = site.request("GET", "/", headers=NAVIGATION)
        assert answer.status_code == 503
        assert "make run" in answer.text
        assert answer.headers["cache-control"] == "no-store"

    def test_the_rest_works(self, site: Site) -> None:
        assert site.request("GET", "/api/user", token=site.person("Ada")).status_code == 200


def test_found_where_it_is_built() -> None:
    found = find_web_dir()
    assert found is None or (found / "index.html").is_file()
