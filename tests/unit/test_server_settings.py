"""Settings from flags and environment, and how they are refused."""

from pathlib import Path
from typing import Any

import pytest

from videochat.server.settings import (
    DEFAULT_STUN,
    Settings,
    SettingsError,
    default_data_dir,
    load,
    unknown_variables,
)


def problems(flags: dict[str, Any], environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(flags, environ or {})
    return caught.value.problems


class TestSources:
    def test_defaults(self) -> None:
        settings = load({}, {"XDG_DATA_HOME": "/var/data"})
        assert settings == Settings(data=Path("/var/data/videochat"))
        assert (settings.port, settings.sign_up, settings.stun) == (8000, "open", DEFAULT_STUN)
        assert settings.database_url == "sqlite:////var/data/videochat/videochat.db"

    def test_environment(self, tmp_path: Path) -> None:
        settings = load(
            {},
            {
                "VIDEOCHAT_PORT": "9000",
                "VIDEOCHAT_DATA": str(tmp_path),
                "VIDEOCHAT_HTTPS": "yes",
                "VIDEOCHAT_SIGN_UP": "closed",
                "VIDEOCHAT_STUN": "stun:a.example, stun:b.example:3478",
                "VIDEOCHAT_RING_SECONDS": "2.5",
            },
        )
        assert settings.port == 9000
        assert settings.data == tmp_path
        assert settings.https
        assert settings.sign_up == "closed"
        assert settings.stun == ("stun:a.example", "stun:b.example:3478")
        assert settings.ring_seconds == 2.5

    def test_flags_go_before_the_environment(self) -> None:
        settings = load({"port": 1, "host": None}, {"VIDEOCHAT_PORT": "2", "VIDEOCHAT_HOST": "box"})
        assert (settings.port, settings.host) == (1, "box")

    def test_an_empty_variable_counts_as_not_set(self) -> None:
        assert load({}, {"VIDEOCHAT_PORT": "", "VIDEOCHAT_TURN_SECRET": ""}).port == 8000

    def test_no_stun(self) -> None:
        assert load({}, {"VIDEOCHAT_STUN": "none"}).stun == ()

    def test_proxies(self) -> None:
        settings = load({}, {"VIDEOCHAT_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, ::1"})
        assert settings.trusted_proxies == ("127.0.0.1", "10.0.0.0/8", "::1")

    def test_a_secret_may_look_like_a_number(self) -> None:
        settings = load({"turn_urls": ["turn:a.example"]}, {"VIDEOCHAT_TURN_SECRET": "12345"})
        assert settings.turn_secret == "12345"

    def test_paths_are_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert load({"data": "here"}, {}).data == tmp_path / "here"

    def test_misspelt_variables_are_found(self) -> None:
        environ = {"VIDEOCHAT_PROT": "1", "VIDEOCHAT_PORT": "1", "PATH": "/bin"}
        assert unknown_variables(environ) == ["VIDEOCHAT_PROT"]

    def test_data_directory_ignores_a_relative_base(self) -> None:
        assert default_data_dir({"XDG_DATA_HOME": "rel"}) == Path.home() / ".local/share/videochat"


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("port", "http"),
            ("port", "65536"),
            ("port", "-1"),
            ("port", "80.5"),
            ("https", "maybe"),
            ("sign_up", "sometimes"),
            ("log_level", "loud"),
            ("log_format", "xml"),
            ("public_url", "video.example"),
            ("public_url", "ftp://video.example"),
            ("public_url", "https://video.example/chat"),
            ("public_url", "https://video.example/"),
            ("public_url", "https://user@video.example"),
            ("public_url", "https://Video.example"),
            ("public_url", "https://video.example:443"),
            ("public_url", "http://video.example:80"),
            ("public_url", "http://video.example:x"),
            ("public_url", "https://video.example?x"),
            ("web_origin", "app"),
            ("stun", "turn:a.example"),
            ("stun", "stun:"),
            ("stun", "stun:a b"),
            ("stun", "stun:a.example?transport=udp"),
            ("turn_ttl", "59"),
            ("token_seconds", "29"),
            ("token_seconds", "3601"),
            ("ring_seconds", "0"),
            ("ring_seconds", "nan"),
            ("frame_rate", "0"),
            ("stop_seconds", "-1"),
            ("tls_cert", "/nowhere/cert.pem"),
            ("web_dir", "/nowhere"),
            ("database", "videochat.db"),
            ("trusted_proxies", "proxy.lan"),
            ("trusted_proxies", "127.0.0.1,10.0.0.0/33"),
        ],
    )
    def test_names_the_variable(self, name: str, value: str) -> None:
        variable = f"VIDEOCHAT_{name.upper()}"
        assert any(line.startswith(f"{variable}: ") for line in problems({}, {variable: value}))

    def test_names_the_flag(self) -> None:
        assert problems({"ring_seconds": 0.0}) == ["--ring-seconds: from 0.1 to 600 seconds."]

    def test_names_everything_that_is_wrong(self) -> None:
        found = problems({"port": 70_000}, {"VIDEOCHAT_STUN": "x", "VIDEOCHAT_FRAME_RATE": "0"})
        assert [line.split(":")[0] for line in found] == ["--port", "VIDEOCHAT_STUN", "VIDEOCHAT_FRAME_RATE"]

    def test_data_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert problems({"data": tmp_path / "file"})[0].startswith("--data: ")

    def test_half_a_certificate(self, tmp_path: Path) -> None:
        (tmp_path / "cert.pem").touch()
        assert "belong together" in problems({"tls_cert": tmp_path / "cert.pem"})[0]

    def test_two_certificates(self, tmp_path: Path) -> None:
        for name in ("cert.pem", "key.pem"):
            (tmp_path / name).touch()
        flags = {"https": True, "tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"}
        assert problems(flags)[0].startswith("--https: ")

    @pytest.mark.parametrize(
        "flags",
        [
            {"turn_urls": ["turn:a.example"]},
            {"turn_secret": "s3cret"},
            {"turn_username": "u", "turn_credential": "s3cret"},
            {"turn_urls": ["turn:a.example"], "turn_username": "u"},
            {
                "turn_urls": ["turn:a.example"],
                "turn_secret": "s3cret",
                "turn_username": "u",
                "turn_credential": "s3cret",
            },
            {"turn_urls": ["http://a.example"], "turn_secret": "s3cret"},
        ],
    )
    def test_turn_without_what_it_needs(self, flags: dict[str, Any]) -> None:
        found = problems(flags)
        assert "s3cret" not in "".join(found)


class TestAddresses:
    def resolve(self, lan: str | None = None, port: int = 8000, **flags: Any) -> Settings:
        return load({"data": "d", **flags}, {}).resolved(port, lan)

    def test_by_default_localhost(self) -> None:
        settings = self.resolve("192.0.2.7")
        assert settings.listen_host == "localhost"
        assert settings.base_url == "http://localhost:8000"
        assert settings.socket_url == "ws://localhost:8000/ws"
        assert settings.origin == settings.base_url

    def test_https_is_for_the_network(self) -> None:
        settings = self.resolve("192.0.2.7", https=True)
        assert settings.listen_host == ""
        assert settings.base_url == "https://192.0.2.7:8000"
        assert settings.socket_url == "wss://192.0.2.7:8000/ws"

    def test_https_without_a_network(self) -> None:
        assert self.resolve(None, https=True).base_url == "https://localhost:8000"

    def test_https_on_one_name(self) -> None:
        assert self.resolve("192.0.2.7", https=True, host="box.lan").base_url == "https://box.lan:8000"

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "*"])
    def test_every_address(self, host: str) -> None:
        settings = self.resolve("192.0.2.7", host=host)
        assert (settings.listen_host, settings.base_url) == ("", "http://localhost:8000")

    def test_ipv6(self) -> None:
        assert self.resolve(host="2001:db8::7").base_url == "http://[2001:db8::7]:8000"
        assert self.resolve("2001:db8::7", https=True).base_url == "https://[2001:db8::7]:8000"

    def test_the_scheme_s_own_port_is_left_out(self) -> None:
        assert self.resolve(port=80).base_url == "http://localhost"
        assert self.resolve(None, port=443, https=True).base_url == "https://localhost"

    def test_given(self) -> None:
        settings = self.resolve(
            "192.0.2.7", public_url="https://video.example", web_origin="http://localhost:5173"
        )
        assert settings.base_url == "https://video.example"
        assert settings.origin == "http://localhost:5173"

    def test_not_known_before_the_port_is(self) -> None:
        with pytest.raises(ValueError, match="public URL"):
            _ = load({"data": "d"}, {}).base_url
