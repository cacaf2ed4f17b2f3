"""Settings of the one-machine edition: typed, read once from flags and ``VIDEOCHAT_*`` variables, immutable."""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from videochat.core.errors import VideoChatError

ENV_PREFIX: Final = "VIDEOCHAT_"
CLIENT_ID: Final = "videochat-web"
DEFAULT_STUN: Final = ("stun:stun.cloudflare.com:3478",)

SignUp = Literal["open", "closed", "invitation"]
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "json", "console"]

# RFC 7064 and RFC 7065: scheme, host, optional port, and for TURN an optional transport.
_STUN_URL: Final = re.compile(r"stuns?:(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?\Z")
_TURN_URL: Final = re.compile(
    r"turns?:(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?\Z"
)
_LISTS: Final = frozenset({"stun", "turn_urls", "trusted_proxies"})
_PATHS: Final = frozenset({"data", "tls_cert", "tls_key", "web_dir"})
_FALSE: Final = frozenset({"0", "false", "no", "off", ""})
_TRUE: Final = frozenset({"1", "true", "yes", "on"})


class SettingsError(VideoChatError):
    """One or more settings cannot be used. The text has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(Struct, frozen=True, kw_only=True):
    """What an operator can choose. :func:`load` fills and checks it."""

    host: str | None = None
    """Address or name to listen on. Not set: ``localhost``, with ``https`` every address of the machine."""
    port: int = 8000
    """0: any free port."""
    data: Path
    """Directory for the database, keys and certificate; created on first use, with mode 0700."""
    database: str | None = None
    """SQLAlchemy URL. Not set: SQLite in ``data``."""
    public_url: str | None = None
    """Where browsers reach the server, without a trailing slash. Not set: derived from host and port."""
    web_origin: str | None = None
    """Origin of the web app when it is served from elsewhere. Not set: the public URL's."""
    web_dir: Path | None = None
    """Directory of the built web app. Not set: the one in the package, or ``web/dist`` of a clone."""
    https: bool = False
    """Make and keep a self-signed certificate."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed."""
    sign_up: SignUp = "open"
    stun: tuple[str, ...] = DEFAULT_STUN
    turn_urls: tuple[str, ...] = ()
    turn_secret: str | None = None
    """Shared with the TURN server (coturn's ``static-auth-secret``): makes credentials that expire."""
    turn_ttl: int = 3600
    """Seconds for which those credentials are good."""
    turn_username: str | None = None
    turn_credential: str | None = None
    """A fixed name and password, for TURN servers without a shared secret."""
    token_seconds: int = 3600
    """How long access and ID tokens are good. The web app renews them without a question."""
    ring_seconds: float = 60
    """How long an unanswered call rings."""
    frame_rate: float = 400
    """Frames a second that one socket may send in the long run."""
    frame_burst: float = 400
    """Frames that one socket may send at once."""
    stop_seconds: int = 10
    """How long a graceful stop waits for requests that are under way."""
    log_level: LogLevel = "info"
    log_format: LogFormat = "auto"
    """``auto``: text on a terminal, else JSON."""

    @property
    def tls(self) -> bool:
        """Whether this server speaks TLS itself."""
        return self.https or self.tls_cert is not None

    @property
    def listen_host(self) -> str:
        """What to bind; an empty string means every address."""
        if self.host is not None:
            return "" if self.host in ("*", "0.0.0.0", "::") else self.host  # noqa: S104 - the operator asked for it
        return "" if self.https else "localhost"

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database or f"sqlite:///{self.data / 'videochat.db'}"

    @property
    def base_url(self) -> str:
        """The public URL, which is also the issuer of the embedded identity provider.

        :raises ValueError: it is not known yet; see :meth:`resolved`.
        """
        if self.public_url is None:
            raise ValueError("The public URL is known only after the server has its port.")
        return self.public_url

    @property
    def socket_url(self) -> str:
        """Where browsers open the WebSocket."""
        return f"ws{self.base_url.removeprefix('http')}/ws"

    @property
    def origin(self) -> str:
        """The origin that the web app runs on."""
        return self.web_origin or self.base_url

    def resolved(self, port: int, lan_address: str | None = None) -> "Settings":
        """These settings with the real port, and the public URL that follows from it unless one was given.

        :param lan_address: the machine's address on its network, if it has one: other devices need it.
        """
        public_url = self.public_url
        if public_url is None:
            scheme = "https" if self.tls else "http"
            host = self.host if self.host is not None and self.listen_host else "localhost"
            if self.https and lan_address is not None and not self.listen_host:
                host = lan_address
            if ":" in host:
                host = f"[{host}]"
            default_port = 443 if self.tls else 80
            public_url = f"{scheme}://{host}" + ("" if port == default_port else f":{port}")
        return msgspec.structs.replace(self, port=port, public_url=public_url)


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """``$XDG_DATA_HOME/videochat``, by default ``~/.local/share/videochat`` (XDG Base Directory Specification)."""
    base = environ.get("XDG_DATA_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share") / "videochat"


def load(flags: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``flags`` (by field name; ``None`` counts as not given), then ``environ``, then the defaults.

    :param environ: by default the environment of the process.
    :raises SettingsError: naming everything that is wrong, with the flag or variable it came from.
    """
    environ = os.environ if environ is None else environ
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for field in msgspec.structs.fields(Settings):
        name = field.name
        flag, variable = "--" + name.replace("_", "-"), ENV_PREFIX + name.upper()
        raw = flags.get(name)
        if raw is not None:
            sources[name] = flag
        elif environ.get(variable, "") != "":
            raw = environ[variable]
            sources[name] = variable
        else:
            sources[name] = f"{flag} or {variable}"
            continue
        try:
            values[name] = _convert(name, field.type, raw)
        except ValueError as error:
            problems[name] = str(error)
    values.setdefault("data", default_data_dir(environ))
    settings = Settings(**values)
    for name, text in _check(settings):
        problems.setdefault(name, text)
    if problems:
        raise SettingsError([f"{sources[name]}: {text}" for name, text in problems.items()])
    return settings


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """``VIDEOCHAT_*`` variables that mean nothing, most likely misspelt."""
    known = {ENV_PREFIX + field.name.upper() for field in msgspec.structs.fields(Settings)}
    return sorted(name for name in environ if name.startswith(ENV_PREFIX) and name not in known)


def _convert(name: str, type_: Any, raw: Any) -> Any:
    """``raw`` (text from the environment, or a flag's value) as the field's type; raises ``ValueError`` with a readable text."""
    if name in _LISTS:
        parts = raw.split(",") if isinstance(raw, str) else list(raw)
        items = [part.strip() for part in parts if part.strip()]
        return () if items == ["none"] else tuple(items)
    if name in _PATHS:
        return Path(raw).expanduser().absolute()
    if type_ is bool and isinstance(raw, str):
        if raw.lower() in _TRUE | _FALSE:
            return raw.lower() in _TRUE
        raise ValueError("say “true” or “false”.")
    if isinstance(raw, str) and type_ not in (int, float):
        raw = raw.strip()
    try:
        return msgspec.convert(raw, type_, strict=False)
    except msgspec.ValidationError:
        choices = get_args(type_)
        if choices and all(isinstance(choice, str) for choice in choices):
            raise ValueError(f"say one of {', '.join(choices)}.") from None
        if type_ is int:
            raise ValueError("a whole number is needed.") from None
        if type_ is float:
            raise ValueError("a number is needed.") from None
        raise ValueError("this value cannot be used.") from None


def _check(s: Settings) -> list[tuple[str, str]]:
    """What is wrong: (field, text) pairs. Values of secrets are never repeated."""
    problems: list[tuple[str, str]] = []

    def need(condition: bool, field: str, text: str) -> None:
        if not condition:
            problems.append((field, text))

    need(0 <= s.port <= 65535, "port", "a port is a number from 0 to 65535.")
    need(s.host is None or bool(s.host), "host", "a host name or address is needed.")
    for field, url in (("public_url", s.public_url), ("web_origin", s.web_origin)):
        if url is not None:
            need(
                _is_origin(url),
                field,
                "only scheme, host and a port other than the scheme's own, in lower case, as in https://video.example or http://localhost:8000.",
            )
    need(not (s.https and s.tls_cert), "https", "makes a certificate; do not give --tls-cert as well.")
    need(
        (s.tls_cert is None) == (s.tls_key is None),
        "tls_cert",
        "certificate and key (--tls-key) belong together.",
    )
    for field, path in (("tls_cert", s.tls_cert), ("tls_key", s.tls_key)):
        need(path is None or path.is_file(), field, f"there is no file {path}.")
    need(s.web_dir is None or s.web_dir.is_dir(), "web_dir", f"there is no directory {s.web_dir}.")
    need(not s.data.exists() or s.data.is_dir(), "data", f"{s.data} is not a directory.")
    need(
        s.database is None or "://" in s.database,
        "database",
        "a database URL is needed, as in sqlite:///file.db.",
    )
    for url in s.stun:
        need(bool(_STUN_URL.match(url)), "stun", f"“{url}” is not a STUN URL, as in stun:stun.example:3478.")
    for url in s.turn_urls:
        need(
            bool(_TURN_URL.match(url)),
            "turn_urls",
            f"“{url}” is not a TURN URL, as in turn:turn.example:3478?transport=udp.",
        )
    for proxy in s.trusted_proxies:
        need(_is_network(proxy), "trusted_proxies", f"“{proxy}” is no address or network, as in 10.0.0.0/8.")
    static = s.turn_username is not None and s.turn_credential is not None
    need(
        (s.turn_username is None) == (s.turn_credential is None),
        "turn_username",
        "name and credential belong together.",
    )
    need(
        not (s.turn_secret and static),
        "turn_secret",
        "give either the shared secret or a fixed name and credential.",
    )
    if s.turn_urls:
        need(
            bool(s.turn_secret) or static,
            "turn_urls",
            "TURN needs --turn-secret, or --turn-username and --turn-credential.",
        )
    elif s.turn_secret or static:
        need(False, "turn_urls", "TURN credentials are given, but no TURN URL.")
    need(60 <= s.turn_ttl <= 86_400, "turn_ttl", "from 60 to 86400 seconds.")
    need(30 <= s.token_seconds <= 3600, "token_seconds", "from 30 to 3600 seconds.")
    need(0.1 <= s.ring_seconds <= 600, "ring_seconds", "from 0.1 to 600 seconds.")
    need(1 <= s.frame_rate <= 1_000_000, "frame_rate", "from 1 to 1000000 frames a second.")
    need(1 <= s.frame_burst <= 1_000_000, "frame_burst", "from 1 to 1000000 frames.")
    need(0 <= s.stop_seconds <= 600, "stop_seconds", "from 0 to 600 seconds.")
    return problems


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    return (
        (parts.scheme, port) not in (("http", 80), ("https", 443))  # browsers leave these out, and compare
        and parts.scheme in ("http", "https")
        and bool(re.fullmatch(r"[a-z0-9.:-]+", host))
        and url
        == f"{parts.scheme}://{f'[{host}]' if ':' in host else host}"
        + (f":{port}" if port is not None else "")
    )
